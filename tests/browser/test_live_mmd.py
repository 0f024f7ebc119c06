"""The live figure of the two clouds in headless Chromium: the same numbers as Python, and every control moves it."""

import re

import numpy as np
import pytest
import torch
from reading import attributes, darker, says, squares, texts
from standalone import as_widget, drag, drawn, module, place, spoken, standalone
from torch.testing import assert_close

from course_pkg.mmd import mmd2, rbf, witness
from course_pkg.show import live

F64 = torch.float64


def cloud(n, seed):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("n, m, h", [(5, 5, 1.0), (7, 12, 0.3), (12, 6, 4.0)])
def test_the_numbers_are_the_packages(n, m, h, tmp_path):
    call = """([m, points, n, h, at]) => { const deals = m.dealt(n, points.length, 30, 7);
        return [m.verdict(points, n, h, deals), deals, at.map(a => m.witness(points, n, h, a))]; }"""
    x, y, at = cloud(n, 0), cloud(m, 1) + 0.7, cloud(9, 2)
    joint = torch.cat([x, y])
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("mmd"))
        found, deals, seen = page.evaluate(call, [figure, joint.tolist(), n, h, at.tolist()])
    assert found["observed"] == pytest.approx(mmd2(rbf(h), x, y).item(), abs=1e-12)
    values = []
    for labels in deals:
        mine = torch.tensor(labels).bool()
        assert mine.sum() == n
        values.append(mmd2(rbf(h), joint[mine], joint[~mine]).item())
    assert_close(found["values"], values, rtol=0, atol=1e-12)
    b = sum(value >= found["observed"] - 1e-12 for value in values)
    assert found["p"] == pytest.approx((b + 1) / 31)
    assert_close(torch.tensor(seen, dtype=torch.float64), witness(rbf(h), x, y, at), rtol=0, atol=1e-12)


def test_every_way_to_deal_is_equally_likely(tmp_path):
    """Two labels of four points, 6,000 deals: each of six ways within 4.5 deviations of a sixth."""
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("mmd"))
        counts = page.evaluate(
            """(m) => { const c = {}; for (const d of m.dealt(2, 4, 6000, 3)) c[d.join("")] = (c[d.join("")] ?? 0) + 1;
               return c; }""",
            figure,
        )
    assert len(counts) == 6
    assert all(abs(count - 1000) < 4.5 * (6000 * 5 / 36) ** 0.5 for count in counts.values()), counts


def numbers(page):
    drawn(page)
    return page.evaluate("({...document.querySelector('.live-mmd').dataset})")


def test_by_keyboard(tmp_path):
    with standalone(tmp_path, live.mmd_figure()) as page:
        before, picture = numbers(page), page.locator("svg.clouds")
        assert float(before["p"]) <= 0.05 and page.locator(".live-mmd input[type=range]").count() == 4
        for label in ("Q to the right", "Q upwards", "spread of Q", "kernel width h"):
            seen = picture.inner_html()
            page.get_by_label(label).focus()
            for _ in range(3):
                page.keyboard.press("ArrowLeft")
            assert numbers(page) != before and picture.inner_html() != seen, f"{label} moves nothing"
            before = numbers(page)
        page.get_by_role("button", name="same law").press("Enter")
        assert float(numbers(page)["p"]) > 0.05
        page.get_by_role("status").filter(has_text="sees no difference").wait_for(state="attached")
        assert "sees no difference" in spoken(page, page.get_by_role("status"), picture)
        page.get_by_role("button", name="too narrow a kernel").press("Enter")
        assert float(numbers(page)["h"]) < 0.05
        assert page.get_by_label("kernel width h").get_attribute("aria-valuetext") == "0.04"


def test_each_mark_stands_at_its_place_and_each_number_by_its_name(tmp_path):
    """A picture of eight by eight; what lies further up is drawn further up."""
    figure = live.mmd_figure(right=0.8, up=-0.4, spread=0.7, h=0.5)
    x, y = (torch.tensor(figure.state[key], dtype=F64) for key in "xy")
    y = torch.tensor([0.8, -0.4], dtype=F64) + 0.7 * y
    with standalone(tmp_path, figure) as page:
        svg, strip = page.locator("svg.clouds"), page.locator(".live-mmd svg.strip")
        unit = float(svg.get_attribute("width")) / 8
        value = lambda pixels: torch.tensor(np.array(pixels) / unit * [1, -1] + [-4, 4], dtype=F64)
        places = lambda css: value(attributes(svg.locator(css), "cx", "cy")).numpy()
        for css, cloud in (("circle.p", x), ("circle.q", y), (".grip", torch.tensor([[0.8, -0.4]], dtype=F64))):
            assert places(css) == pytest.approx(cloud.numpy(), abs=1e-9), css
        for css, sign in (("path.p", 1), ("path.q", -1)):
            seen = lambda at, s=sign: (s * witness(rbf(0.5), x, y, value(at))).numpy()
            assert seen(squares(svg.locator(css))).min() > 0, f"{css}: where it is denser"
            darker(svg, css, seen)

        deals = page.evaluate("([m, n]) => m.dealt(n, 2 * n, 99, 1)", [module(page, live.module("mmd")), len(x)])
        observed, joint = mmd2(rbf(0.5), x, y).item(), torch.cat([x, y])
        masks = [torch.tensor(labels).bool() for labels in deals]
        values = torch.stack([mmd2(rbf(0.5), joint[mask], joint[~mask]) for mask in masks])
        p = (1 + (values >= observed - 1e-12).sum().item()) / 100
        assert [(w, at, low) for w, at, low, _ in texts(svg)] == [
            ("Q", pytest.approx(4.8 * unit + 12), pytest.approx(4.4 * unit + 5))
        ]
        words = svg.get_attribute("aria-label")
        says(words, "Two clouds of {} and {} points", 40, 40)
        says(
            words,
            "Q lies at ({}, {}), its spread is {}. MMD\u00b2 (unbiased) is {}, p is {}:",
            0.8,
            -0.4,
            0.7,
            observed,
            p,
        )
        at = lambda css: [float(v) for v in re.findall(r"M([\d.]+),", strip.locator(css).get_attribute("d"))]
        [long] = at("path.observed")
        slope, start = np.polyfit(values, at("path.permuted"), 1)
        assert slope > 0 and start + slope * observed == pytest.approx(long, abs=0.2)
        assert start + slope * values.numpy() == pytest.approx(np.array(at("path.permuted")), abs=0.2)
        assert strip.text_content() == "ticks: labels dealt anew; long line: as observed"


def test_upwards_is_up(tmp_path):
    with standalone(tmp_path, live.mmd_figure(right=0.0), width=390) as page:
        grip = page.locator(".live-mmd .grip")
        before = place(grip)
        page.get_by_label("Q upwards").press("ArrowRight")
        drawn(page)
        assert place(grip)["y"] < before["y"] and place(grip)["x"] == before["x"]
        assert "the test sees no difference" in page.locator(".live-mmd .reading").inner_text()
        page.get_by_label("Q upwards").press("End")
        drawn(page)
        assert (
            float(numbers(page)["p"]) == 0.01 and "the test tells them apart" in page.locator(".reading").inner_text()
        )


def test_by_pointer(tmp_path):
    with standalone(tmp_path, live.mmd_figure(right=0.0), width=390) as page:
        numbers(page)
        drag(page.locator(".live-mmd .grip"), 60, -30)
        assert float(numbers(page)["p"]) <= 0.05
        right, up = (float(page.get_by_label(name).input_value()) for name in ("Q to the right", "Q upwards"))
        assert 0.8 < right < 2.2 and 0.4 < up < 1.1 and right == pytest.approx(2 * up, abs=0.1)


def test_as_a_widget(tmp_path):
    widget = live.mmd_explorer(points=10, h=0.5)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, "x", "y", "right", "up", "spread", "log_h")
        page.get_by_role("button", name="same law").press("Enter")
        assert page.evaluate("model.sent.at(-1).right") == 0
        page.evaluate("model.from_python('spread', 0.5)")
        expected = mmd2(rbf(0.5), torch.tensor(widget.x, dtype=F64), 0.5 * torch.tensor(widget.y, dtype=F64)).item()
        assert float(numbers(page)["mmd2"]) == pytest.approx(expected, abs=1e-12)
        assert page.get_by_label("spread of Q").input_value() == "0.5"
