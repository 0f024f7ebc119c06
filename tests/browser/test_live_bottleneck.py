"""The live figure of the bottleneck in headless Chromium: the same numbers as Python, and every control moves it."""

import math

import numpy as np
import pytest
import torch
from reading import attributes, points, ruler, says, texts
from standalone import as_widget, drag, drawn, module, spoken, standalone
from torch.testing import assert_close

from course_pkg.bottleneck import informations
from course_pkg.bottleneck.discrete import self_consistent
from course_pkg.questions.bottleneck.splits import spectrum
from course_pkg.questions.bottleneck.steps import ENCODER_STEP
from course_pkg.show import live

PAIRS = [0.04, 0.12, 0.45, 0.55, 0.88, 0.96]
TABLES = [PAIRS, [0.05, 0.23, 0.41, 0.59, 0.77, 0.95], [0.3, 0.3, 0.3, 0.3, 0.3, 0.97], [0.01, 0.5, 0.99]]
PRICES = [0.4, 0.2, 0.1, 0.02, 0.005]


def table(p_y, p_x=None):
    """p(x), p(y|x) and p(x, y) of a bit y, float64."""
    p_y = torch.tensor(p_y, dtype=torch.float64)
    p_x = torch.full_like(p_y, 1 / len(p_y)) if p_x is None else p_x
    given = torch.stack([1 - p_y, p_y], 1)
    return p_x, given, p_x[:, None] * given


def rows(seed, n, z):
    return torch.rand(n, z, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).softmax(1)


def test_a_step_and_its_informations_as_in_the_package(tmp_path):
    call = """([m, p_x, p_y, code, beta]) => { const c = Float64Array.from(code), i = m.informations(p_x, p_y, c);
        return [Array.from(m.step(p_x, p_y, c, beta)), i.rate, i.kept]; }"""
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("bottleneck"))
        for seed, p_y in enumerate(TABLES):
            p_x, given, joint = table(p_y, rows(seed, 1, len(p_y))[0])
            code = rows(seed + 9, len(p_y), 4)
            code[:, 1] = 0  # a code that nobody uses
            code /= code.sum(1, keepdim=True)
            for beta in (2.0, 0.1, 0.001):
                arguments = [figure, p_x.tolist(), p_y, code.flatten().tolist(), beta]
                found, rate, kept = page.evaluate(call, arguments)
                expected = ENCODER_STEP.reference(p_x, code, given, beta, 1.0)
                found = torch.tensor(found, dtype=torch.float64).reshape(code.shape)
                assert_close(found, expected, rtol=0, atol=1e-11)
                assert_close(found, self_consistent(joint, code, beta), rtol=0, atol=1e-11)
                assert_close([rate, kept], [v.item() for v in informations(joint, code)], rtol=0, atol=1e-12)


def best_in_python(p_y, beta, restarts=20, steps=4000):
    """Cost, kept and table of the code of the lowest Lagrangian that random starts and a code for every x find."""
    p_x, given, joint = table(p_y)
    n = len(p_y)
    starts = [rows(seed, n, n) ** 3 for seed in range(restarts)] + [torch.eye(n, dtype=torch.float64)]
    code = torch.stack([start / start.sum(1, keepdim=True) for start in starts])
    for _ in range(steps):  # all starts at once: q(z) exp(cross-entropy / beta), normalised
        q_z = torch.einsum("x,rxz->rz", p_x, code)
        p_y_z = torch.einsum("rxz,xy->rzy", code, joint) / q_z.clamp_min(1e-300)[..., None]
        fit = torch.einsum("xy,rzy->rxz", given, p_y_z.clamp_min(1e-300).log())
        code = (q_z.log()[:, None] + fit / beta).softmax(2)
    rate, kept = informations(joint, code)
    least = (beta * rate - kept).argmin()
    return rate[least].item(), kept[least].item(), code[least]


@pytest.mark.parametrize("p_y", TABLES, ids=["pairs", "even", "odd one", "three"])
def test_the_best_code_is_the_best_that_python_finds(p_y, tmp_path):
    call = """([m, p_y, prices]) => { const p_x = p_y.map(() => 1 / p_y.length),
        grid = Array.from({length: 91}, (_, i) => 10 ** (-3 + i / 30)), points = m.path(p_x, p_y, grid, 600);
        return prices.map(b => {
          const f = m.best(p_x, p_y, b, points, 20000);
          return [f.rate, f.kept, Array.from(f.code)];
        }); }"""
    p_x, given, joint = table(p_y)
    with standalone(tmp_path, "") as page:
        found = page.evaluate(call, [module(page, live.module("bottleneck")), p_y, PRICES])
    for beta, (rate, kept, code) in zip(PRICES, found, strict=True):
        code = torch.tensor(code, dtype=torch.float64).reshape(len(p_y), -1)
        assert_close([rate, kept], [v.item() for v in informations(joint, code)], rtol=0, atol=1e-9)
        residual = (ENCODER_STEP.reference(p_x, code, given, beta, 1.0) - code).abs().max().item()
        assert residual < 1e-9, f"at {beta} a step still moves the code by {residual:.1e}"
        rate_of, kept_of, _ = best_in_python(p_y, beta)
        missed = beta * rate - kept - (beta * rate_of - kept_of)
        assert missed < 1e-9, f"at {beta} a random start finds a code that is better by {missed:.1e} nats"


def test_a_faint_code_pays_below_the_squared_maximal_correlation(tmp_path):
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("bottleneck"))
        for seed, p_y in enumerate(TABLES):
            p_x, _, joint = table(p_y, rows(seed, 1, len(p_y))[0])
            found = page.evaluate("([m, p_x, p_y]) => m.faint_pays_below(p_x, p_y)", [figure, p_x.tolist(), p_y])
            assert math.isclose(found, spectrum(joint)[1].item() ** 2, rel_tol=1e-9)


# --- every control ----------------------------------------------------------------------------------------------------

SETTLED = "document.querySelector('.live-bottleneck').dataset.fine === 'true'"


def settled(page):
    page.wait_for_function(SETTLED)
    return page.evaluate("({...document.querySelector('.live-bottleneck').dataset})")


def press(page, control, key, times):
    control.focus()
    for _ in range(times):
        page.keyboard.press(key)
    drawn(page)


def test_by_keyboard(tmp_path):
    with standalone(tmp_path, live.bottleneck_figure()) as page:
        before, tree, plane = settled(page), page.locator("svg.tree"), page.locator("svg.plane")
        assert before["codes"] == "3" and page.locator(".live-bottleneck input[type=range]").count() == 7
        look = lambda: (tree.inner_html(), plane.inner_html())
        seen = look()
        press(page, page.get_by_label("price beta"), "PageDown", 3)  # a tenth of the way each: 10 ** -0.3
        now = settled(page)
        assert float(now["beta"]) < 0.02 and int(now["codes"]) > 3 and float(now["rate"]) > float(before["rate"])
        assert look()[0] != seen[0] and look()[1] != seen[1]
        for x in range(6):
            seen = look()
            press(page, page.get_by_label(f"p(y=1) at x = {x + 1}"), "ArrowLeft", 3)
            assert look()[0] != seen[0] and look()[1] != seen[1], f"x = {x + 1} moves nothing"
        for name in ("three pairs", "evenly spread", "one odd one out"):
            seen = look()
            press(page, page.get_by_role("button", name=name), "Enter", 1)
            assert look() != seen, f"{name} changes nothing"
        press(page, page.get_by_label("price beta"), "End", 1)
        now = settled(page)
        assert now["codes"] == "1" and abs(float(now["rate"])) < 1e-9
        status = page.get_by_role("status")
        page.get_by_role("status").filter(has_text="all values of x share one code").wait_for(state="attached")
        assert "all values of x share one code" in spoken(page, status, plane)
        assert page.get_by_label("price beta").get_attribute("aria-valuetext") == "1.00"


@pytest.mark.parametrize("width", [1280, 390])
def test_each_mark_stands_by_its_ticks_and_each_number_by_its_name(width, tmp_path):
    beta = 0.1
    rate, kept, code = best_in_python(PAIRS, beta)
    p_x, _, joint = table(PAIRS)
    q_z = p_x @ code
    says_of_y = torch.unique(((code.mT @ joint)[:, 1] / q_z)[q_z > 1e-6].round(decimals=4)).tolist()
    home = ((code.mT @ joint)[:, 1] / q_z)[code.argmax(1)].round(decimals=4).tolist()
    shared = "; ".join(", ".join(str(x + 1) for x in range(6) if home[x] == said) for said in says_of_y)
    faint, all_kept = spectrum(joint)[1].item() ** 2, informations(joint, torch.eye(6, dtype=torch.float64))[1].item()
    with standalone(tmp_path, live.bottleneck_figure(), width=width) as page:
        settled(page)
        tree, plane = page.locator("svg.tree"), page.locator("svg.plane")
        told = page.locator(".live-bottleneck .readings").inner_text()
        says(told, "codes: {} I(x; z) = {} nats I(z; y) = {} nats", len(says_of_y), rate, kept)
        for svg in (tree, plane):
            words = svg.get_attribute("aria-label")
            says(words, "At a price of {}: {} codes", beta, len(says_of_y))
            says(words, "I(x; z) is {} nats, I(z; y) {} nats.", rate, kept)
            assert f"codes, for the values of x {shared}. I(x; z)" in words
        says(tree.get_attribute("aria-label"), "A faint code pays below {}.", faint)

        across, down = ruler(tree, "x"), ruler(tree, "y", log=True)
        says(" ".join(words for words, *_ in texts(tree)), "a faint code: {}", faint)
        row = lambda css: float(tree.locator(css).get_attribute("d").split(",")[1].split("H")[0])
        assert (down(row("path.now")), down(row("path.faint"))) == pytest.approx((beta, faint), rel=0.01)
        shown = attributes(tree.locator("circle.code"), "cx", "cy")
        assert [across(x) for x, _ in shown] == pytest.approx(says_of_y, abs=0.003)
        assert all(down(y) == pytest.approx(beta, rel=0.01) for _, y in shown)
        values = [across(x) for [x] in attributes(tree.locator(".value circle"), "cx")]
        assert values == pytest.approx(PAIRS, abs=0.003)
        numbers = sorted((x, words) for words, x, y, _ in texts(tree, ".value text"))
        assert [words for _, words in numbers] == list("123456")
        ends = points(tree.locator("path.branch"))
        lowest = ends[np.isclose(ends[:, 1], ends[:, 1].max(), atol=0.2), 0]
        assert sorted({round(across(x), 2) for x in lowest}) == pytest.approx(PAIRS, abs=0.011), "at the foot, each x"

        across, up = ruler(plane, "x"), ruler(plane, "y")
        [[cx, cy]] = attributes(plane.locator("circle.code"), "cx", "cy")
        assert (across(cx), up(cy)) == pytest.approx((rate, kept), abs=0.01)
        one, other = ([across(x), up(y)] for x, y in points(plane.locator("path.slope")))
        slope = (other[1] - one[1]) / (other[0] - one[0])
        assert slope == pytest.approx(beta, rel=0.05), f"the line through the point has slope {slope:.3g}, not beta"
        curve = np.array([[across(x), up(y)] for x, y in points(plane.locator("path.curve"))])
        assert np.hypot(*(curve - [rate, kept]).T).min() < 0.02 and curve[0] == pytest.approx([0, 0], abs=0.01)
        assert curve[-1, 1] == pytest.approx(all_kept, abs=0.01)
        corners = np.array([[across(x), up(y)] for x, y in points(plane.locator("path.shut"))])
        assert corners == pytest.approx(np.array([[0, 0], [all_kept] * 2]), abs=0.01), (
            "no code keeps what it does not cost"
        )
        [cost] = [y for words, _, y, _ in texts(plane) if words == "I(x; z), nats: what the code costs"]
        [keeps] = [(x, y) for words, x, y, _ in texts(plane) if words == "I(z; y): kept"]
        assert up(cost) < 0 and up(keeps[1]) > all_kept and across(keeps[0]) == pytest.approx(0, abs=0.01)


def test_by_pointer(tmp_path):
    with standalone(tmp_path, live.bottleneck_figure(), width=390) as page:
        settled(page)
        drag(page.locator("svg.tree"), 0, 170, start=(150, 60))
        assert 0.002 < float(settled(page)["beta"]) < 0.01
        drag(page.locator("[data-x='3'] circle"), 40, 5)
        moved = float(page.get_by_label("p(y=1) at x = 4").input_value()) - 0.55
        assert 0.08 < moved < 0.25 and 0.002 < float(settled(page)["beta"]) < 0.01


def test_a_drag_is_drawn_at_once(tmp_path):
    """Within two frames of each change another picture is there; the fine one may come later."""
    drag = """async () => { const input = document.querySelectorAll(".live-bottleneck input")[1], seen = [];
      const frame = () => new Promise(requestAnimationFrame), plane = document.querySelector("svg.plane");
      for (let i = 0; i < 30; i++) { input.value = 0.06 + 0.01 * i;
        input.dispatchEvent(new Event("input")); await frame(); await frame(); seen.push(plane.innerHTML); }
      return new Set(seen).size; }"""
    with standalone(tmp_path, live.bottleneck_figure()) as page:
        settled(page)
        assert page.evaluate(drag) == 30


def test_as_a_widget(tmp_path):
    widget = live.bottleneck_explorer()
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, "p_y", "beta")
        press(page, page.get_by_label("p(y=1) at x = 1"), "ArrowRight", 2)
        assert page.evaluate("model.sent.at(-1).p_y[0]") == pytest.approx(0.06)
        page.evaluate("model.from_python('beta', 0.9)")
        assert settled(page)["codes"] == "1" and page.get_by_label("price beta").input_value() == "-0.05"
        page.evaluate("model.from_python('p_y', [0.1, 0.2, 0.3, 0.7, 0.8, 0.9])")
        assert page.get_by_label("p(y=1) at x = 6").input_value() == "0.9"
