"""The live figure of a shuffled batch in headless Chromium: the same numbers as Python, draws that follow their law,
and every control moves it."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
from reading import attributes, darker, points, ruler, says, squares, texts
from standalone import as_widget, drag, drawn, module, spoken, standalone

from course_pkg.density_ratio import gaussian_log_ratio, gaussian_reading, seen
from course_pkg.show import live

TRAITS = ("tc", "log2_batch", "z1", "z2", "seed")
SLIDERS = ("total correlation", "batch B", "place: latent 1", "place: latent 2")


def rho_of(tc):
    return math.sqrt(-math.expm1(-2 * tc))


def test_the_numbers_are_the_packages(tmp_path):
    """On 100 random total correlations, batches and places: the two log ratios, and the reading."""
    g = torch.Generator().manual_seed(0)
    tc = (8 * torch.rand(100, generator=g, dtype=torch.float64)).tolist()
    B = [2 ** (1 + k % 10) for k in range(100)]
    z = 3 * (2 * torch.rand(100, 2, generator=g, dtype=torch.float64) - 1)
    tc[0], z[1] = 0.0, 0.0
    call = """([m, all]) => all.map(([tc, B, z]) => { const t = m.log_ratio(z, tc);
        return [t, m.seen(t, B), m.reading(tc, B), m.reading(tc, B, 61)]; })"""
    with standalone(tmp_path, "") as page:
        found = page.evaluate(call, [module(page, live.module("shuffle")), [*zip(tc, B, z.tolist(), strict=True)]])
    for k, (here, said, reading, coarse) in enumerate(found):
        expected = gaussian_log_ratio(z[k], rho_of(tc[k]))
        assert here == pytest.approx(expected.item(), rel=1e-6, abs=1e-9)  # 1 - rho^2 loses digits in Python
        assert said == pytest.approx(seen(torch.tensor(here, dtype=torch.float64), B[k]).item(), abs=1e-12)
        assert reading == pytest.approx(gaussian_reading(tc[k], B[k]), abs=1e-8)
        assert coarse == pytest.approx(reading, abs=1e-4), "the drawn curve"
        assert reading <= math.log(B[k]) and reading <= (1 - 1 / B[k]) * tc[k] + 1e-9


def test_codes_and_shuffles_follow_their_laws(tmp_path):
    """The covariance of codes; every order of three rows as often; one whole row of a batch on average, at any size."""
    call = """([m, tc, B, n]) => { const next = m.random(3), normal = m.normals(4);
        return Array.from({ length: n }, () => m.batch(tc, B, normal, next)); }"""
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("shuffle") + "\nexport { random, normals };")
        one = page.evaluate(call, [figure, 0.8, 20_000, 1])[0]
        small = page.evaluate(call, [figure, 0.0, 3, 6000])
        large = page.evaluate(call, [figure, 0.0, 64, 3000])
    z = np.array(one["codes"])
    assert np.cov(z.T) == pytest.approx(np.array([[1, rho_of(0.8)], [rho_of(0.8), 1]]), abs=4 * 2**0.5 / 20_000**0.5)
    assert all(scipy.stats.kstest(latent, "norm").pvalue > 1e-3 for latent in z.T)
    assert sorted(one["from"]) == list(range(20_000))
    orders = {}
    for drawn_batch in small:
        orders[tuple(drawn_batch["from"])] = orders.get(tuple(drawn_batch["from"]), 0) + 1
    assert len(orders) == 6 and all(abs(n - 1000) < 4.5 * (6000 * 5 / 36) ** 0.5 for n in orders.values()), orders
    whole = np.array([sum(i == j for i, j in enumerate(b["from"])) for b in large])
    assert abs(whole.mean() - 1) < 4 / 3000**0.5 and abs(whole.var() - 1) < 0.2


def numbers(page):
    drawn(page)
    return {k: float(v) for k, v in page.evaluate("({...document.querySelector('.live-shuffle').dataset})").items()}


@pytest.mark.parametrize("width", [1280, 390])
def test_by_keyboard(width, tmp_path):
    with standalone(tmp_path, live.shuffle_figure(), width=width) as page:
        plane, curve = page.locator("svg.plane"), page.locator("svg.curve")
        press = lambda name: page.get_by_role("button", name=name, exact=True).press("Enter")
        for label in SLIDERS:
            seen_before = plane.inner_html()
            page.get_by_role("slider", name=label).focus()
            page.keyboard.press("ArrowLeft")
            drawn(page)
            assert plane.inner_html() != seen_before, f"{label} moves nothing"
        press("three nats, 64 codes")
        assert numbers(page)["read"] == pytest.approx(gaussian_reading(3, 64), abs=1e-8)
        press("place on the ridge")
        on = numbers(page)
        press("place off the ridge")
        off = numbers(page)
        assert on["here"] > on["said"] > 3 and off["here"] < off["said"] < -3
        before = plane.inner_html()
        press("another batch")
        drawn(page)
        assert plane.inner_html() != before
        points = curve.inner_html()
        press("against the ceiling")
        now = numbers(page)
        assert curve.inner_html() != points and now["batch"] == 16
        assert math.log(16) - 0.05 < now["read"] < math.log(16)
        press("independent")
        now = numbers(page)
        assert abs(now["read"]) < 1e-12 and now["here"] == 0 == page.locator(".live-shuffle .more").count()
        assert "reads 0.00" in spoken(page, page.get_by_role("status"), plane)


@pytest.mark.parametrize("width", [1280, 390])
def test_each_mark_stands_by_its_ticks_and_each_number_by_its_name(width, tmp_path):
    tc, B, place = 2.2, 16, (1.2, -0.7)
    with standalone(tmp_path, live.shuffle_figure(tc, B, *place), width=width) as page:
        plane, curve = page.locator("svg.plane"), page.locator("svg.curve")
        here = gaussian_log_ratio(torch.tensor(place, dtype=torch.float64), rho_of(tc)).item()
        said, read = seen(torch.tensor(here, dtype=torch.float64), B).item(), gaussian_reading(tc, B)
        words = plane.get_attribute("aria-label")
        says(words, "The place is ({}, {}). Total correlation {} nats; the best classifier of batches of {} reads {}; "
             "none can read over {}. At the place the log ratio is {}; it says {}. In this batch {} of {} shuffled",
             *place, tc, B, read, math.log(B), here, said, numbers(page)["tied"], B)  # fmt: skip

        across, up = ruler(curve, "x"), ruler(curve, "y")
        drawn_at = lambda css: np.array([[across(x), up(y)] for x, y in points(curve.locator(css))])
        [[cx, cy]] = attributes(curve.locator("circle.here"), "cx", "cy")
        assert (across(cx), up(cy)) == pytest.approx((tc, read), abs=0.02)
        assert drawn_at("path.limit")[0] == pytest.approx([0, math.log(B)], abs=0.02)
        assert drawn_at("path.truth") == pytest.approx(np.array([[0, 0], [8, 8]]), abs=0.02)
        assert drawn_at("path.missing")[0] == pytest.approx([tc, tc], abs=0.02)
        for x, y in drawn_at("path.read")[::4]:
            assert y == pytest.approx(gaussian_reading(min(max(x, 0), 8), B), abs=0.03)
        named = {words: (across(x), up(y)) for words, x, y, _ in texts(curve)}
        ceiling, truth = named["ceiling: log B"], named["truth"]
        assert 0 < ceiling[1] - math.log(B) < 0.5 and truth[1] - truth[0] > 0.3, "beside what they name"
        assert named["total correlation, nats"][1] < 0 < 7.5 < named["what is read"][1]

        unit = float(plane.get_attribute("width")) / 7
        value = lambda pixels: (np.asarray(pixels) / unit - 3.5) * [1, -1]
        assert value(attributes(plane.locator(".grip"), "cx", "cy")) == pytest.approx(np.array([place]), abs=1e-9)
        for css, sign in (("path.more", 1), ("path.less", -1)):
            ratio = lambda at, s=sign: [
                s * gaussian_log_ratio(z, rho_of(tc)).item() for z in torch.tensor(value(at), dtype=torch.float64)
            ]
            assert min(ratio(squares(plane.locator(css)))) > 0, css
            darker(plane, css, lambda at, r=ratio, s=sign: s * seen(s * torch.tensor(r(at)).double(), B).numpy())
        codes = value(points(plane.locator("path.code")))
        assert np.abs(codes[:, 0] - codes[:, 1]).max() < 6 * math.exp(-tc) and np.ptp(codes) > 1, "codes on the ridge"
        rows = value(points(plane.locator("path.row")))
        assert all(np.isclose(codes[:, k], row[k], atol=0.01).any() for row in rows for k in (0, 1))
        names = {words: value((x, y)) for words, x, y, _ in texts(plane)}
        assert names["latent 1"][0] > 3 and names["latent 2"][1] > 3, "at the ends of their axes"


def test_whole_rows_are_marked(tmp_path):
    """As many rings as whole rows, within the picture: for a batch of two, that is both or none."""
    with standalone(tmp_path, live.shuffle_figure(tc=0.5, batch=2)) as page:
        counts = set()
        for _ in range(12):
            page.get_by_role("button", name="another batch").press("Enter")
            tied = numbers(page)["tied"]
            rings = page.locator(".tied").get_attribute("d").count("M")
            assert rings == tied or rings < tied == 2  # one may lie outside the picture
            counts.add(tied)
        assert counts == {0, 2}


def test_by_pointer(tmp_path):
    with standalone(tmp_path, live.shuffle_figure(z1=0, z2=0), width=390) as page:
        numbers(page)
        drag(page.locator(".live-shuffle .grip"), 60, -30)
        one, two = (float(page.get_by_label(f"place: latent {k}").input_value()) for k in (1, 2))
        assert 0.8 < one < 1.6 and one == pytest.approx(2 * two, abs=0.15)


def test_as_a_widget(tmp_path):
    widget = live.shuffle_explorer(tc=2, batch=8)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, *TRAITS)
        page.get_by_role("button", name="place off the ridge").press("Enter")
        assert page.evaluate("[model.sent.at(-1).z1, model.sent.at(-1).z2]") == [1, -1]
        page.evaluate("model.from_python('tc', 5)")
        assert numbers(page)["read"] == pytest.approx(gaussian_reading(5, 8), abs=1e-8)
        assert page.get_by_role("slider", name="total correlation").input_value() == "5"
