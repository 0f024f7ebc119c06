"""The live figure of a turn in headless Chromium: the same numbers as Python, and every control moves it."""

import json
import math

import numpy as np
import pytest
import torch
from reading import attributes, points, says, texts
from standalone import as_widget, drawn, module, spoken, standalone

from course_pkg.identifiability import best_angle, price_of_the_factors
from course_pkg.metrics import kim_mnih
from course_pkg.show import live
from course_pkg.total_correlation.shapes import gaussian_tc
from course_pkg.worlds import LinearGaussianWorld

NOISE = 0.01
WORLDS = [
    (t, rho, ratio, beta) for t in (0, 13, 45, 80) for rho, ratio, beta in ((0, 2, 1), (0.4, 1, 4), (0.7, 3, 2.5))
]


def world_of(turn, rho, ratio, beta):
    """The best linear model of this price, its latents turned from the factors, and the best diagonal encoder."""
    off = rho * ratio**0.5
    C = torch.tensor([[ratio, off], [off, 1.0]], dtype=torch.float64)
    values, U = torch.linalg.eigh(C)
    t = math.radians(turn)
    Q = torch.tensor([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]], dtype=torch.float64)
    W = U @ (values - beta * NOISE).sqrt().diag() @ U.mT @ Q
    M = torch.eye(2).double() + W.mT @ W / (beta * NOISE)
    zero = torch.zeros(2, dtype=torch.float64)
    V = torch.linalg.solve(M, W.mT) / (beta * NOISE)
    noise = torch.tensor(NOISE**0.5, dtype=torch.float64)
    return LinearGaussianWorld(W, zero, noise, V, zero, M.diagonal().reciprocal().diag(), zero, C)


def in_python(turn, rho, ratio, beta):
    w = world_of(turn, rho, ratio, beta)
    P = w.W @ w.W.mT + NOISE * torch.eye(2)
    evidence = -0.5 * (torch.trace(torch.linalg.solve(P, w.C)) + torch.logdet(P)) - math.log(2 * math.pi)
    noisy = LinearGaussianWorld(w.W, w.b, w.s * beta**0.5, w.V, w.c, w.S, w.m, w.C)
    return {
        "log p(x)": evidence.item(),
        "the objective misses": beta * noisy.gap(w.m).item(),
        "TC of the codes": gaussian_tc(w.V @ w.C @ w.V.mT + w.S).item(),
    }


def test_the_numbers_are_the_packages(tmp_path):
    call = "([m, all]) => all.map(([turn, rho, ratio, beta]) => m.read({ turn, rho, ratio, beta }))"
    with standalone(tmp_path, "") as page:
        found = page.evaluate(call, [module(page, live.module("turn")), WORLDS])
    for world, read in zip(WORLDS, found, strict=True):
        assert {k: v for k, v in read.items() if k != "Kim-Mnih"} == pytest.approx(in_python(*world), abs=1e-9)
    by = dict(zip(WORLDS, found, strict=True))
    assert by[0, 0.4, 1, 4]["the objective misses"] == pytest.approx(price_of_the_factors(0.4, 4).item(), abs=1e-9)
    assert by[45, 0.4, 1, 4]["the objective misses"] == pytest.approx(0, abs=1e-9)
    assert len({f"{by[t, 0.7, 3, 2.5]['log p(x)']:.9f}" for t in (0, 13, 45, 80)}) == 1


@pytest.mark.parametrize("turn", [10, 40, 50, 85])
def test_votes_are_those_of_the_metric(turn, tmp_path):
    """On a grid of two factors with drawn votes: 1 below 45 degrees from the factors, and above."""
    factors = torch.cartesian_prod(*[torch.arange(24)] * 2)
    x = (factors.double() - 11.5) / 6.92 * torch.tensor([2**0.5, 1.0])
    w = world_of(turn, 0.0, 2.0, 1.0)
    score = kim_mnih(x @ w.V.mT, factors, torch.Generator().manual_seed(0), votes=500, samples=64)
    call = "([m, turn]) => m.read({ turn, rho: 0, ratio: 2, beta: 1 })['Kim-Mnih']"
    with standalone(tmp_path, "") as page:
        assert page.evaluate(call, [module(page, live.module("turn")), turn]) == pytest.approx(score.value, abs=0.02)


def test_the_best_axes(tmp_path):
    call = "([m, all]) => all.map(([t, rho, ratio, b]) => m.axes(m.covariance(rho, ratio)).angle)"
    with standalone(tmp_path, "") as page:
        found = page.evaluate(call, [module(page, live.module("turn")), WORLDS])
    assert found == pytest.approx([best_angle(rho, ratio).item() for _, rho, ratio, _ in WORLDS], abs=1e-12)


@pytest.mark.parametrize("width", [1280, 390])
def test_by_keyboard(width, tmp_path):
    with standalone(tmp_path, live.turn_figure(), width=width) as page:
        figure, picture = page.locator(".live-turn"), page.locator("live-turn svg")
        read = lambda: drawn(page) or json.loads(figure.get_attribute("data-read"))
        before = read()
        page.get_by_role("slider", name="turn of the latents").focus()
        page.keyboard.press("ArrowRight")
        after = read()
        assert after["log p(x)"] == pytest.approx(before["log p(x)"], abs=1e-12)
        assert after["the objective misses"] > before["the objective misses"] + 1e-4
        for label in ("ratio of variances", "correlation of the factors", "beta"):
            seen = picture.inner_html()
            page.get_by_role("slider", name=label).focus()
            page.keyboard.press("ArrowRight")
            drawn(page)
            assert picture.inner_html() != seen, f"{label} moves nothing"
        page.get_by_role("button", name="equal and correlated").press("Enter")
        page.get_by_role("button", name="turn to the best axes").press("Enter")
        assert (
            read()["the objective misses"] == pytest.approx(0, abs=1e-9) and figure.get_attribute("data-turn") == "45"
        )
        page.get_by_role("button", name="turn to the factors").press("Enter")
        assert read()["the objective misses"] > 0.05 and read()["Kim-Mnih"] == 1
        assert "turned by 0 degrees" in spoken(page, page.get_by_role("status"), picture)


@pytest.mark.parametrize("width", [1280, 390])
def test_each_mark_stands_at_its_place_and_each_number_by_its_name(width, tmp_path):
    turn, rho, ratio, beta = 25, 0.4, 3.0, 4.0
    C = torch.tensor([[ratio, rho * ratio**0.5], [rho * ratio**0.5, 1.0]], dtype=torch.float64).numpy()
    with standalone(tmp_path, live.turn_figure(turn, rho, ratio, beta), width=width) as page:
        svg = page.locator("live-turn svg")
        expected = in_python(turn, rho, ratio, beta)
        says(svg.get_attribute("aria-label"), "Latents turned by {} degrees. log p(x) {}, the objective misses {}, TC "
             "of the codes {}, Kim-Mnih {}.", turn, *expected.values(), 1)  # fmt: skip
        shown, curves = texts(svg), page.locator("live-turn path.curve")
        here = attributes(svg.locator("circle.here"), "cx", "cy")
        for k, (name, value) in enumerate({**expected, "Kim-Mnih": 1.0}.items()):
            [y] = [y for words, _, y, _ in shown if words == name]
            [number] = [words for words, _, at, anchor in shown if at == y and anchor == "end"]
            says(number, "{}", value)
            path = points(curves.nth(k))
            assert y < path[:, 1].min() and path[:, 1].max() < y + 74, "a strip below its name"
            assert here[k] == pytest.approx(path[turn], abs=0.1), "of a curve from 0 to 90 degrees"
            if name in expected:
                values = np.array([in_python(t, rho, ratio, beta)[name] for t in range(0, 91, 10)])
                slope, start = np.polyfit(values, path[::10, 1], 1) if np.ptp(values) > 1e-3 else (0, path[0, 1])
                assert slope <= 0 and start + slope * values == pytest.approx(path[::10, 1], abs=0.2), name
            else:  # both factors' votes go to a latent of their own, to one and the same, to their own again
                assert sorted(np.unique(path[:, 1])) == [path[:, 1].min(), path[:, 1].max()]
                assert path[turn, 1] == path[0, 1] == path[90, 1] == path[:, 1].min()

        angle = lambda css: [
            math.degrees(math.atan2(a - b, c - d))
            for a, b, c, d in attributes(svg.locator(css), "y1", "y2", "x2", "x1")
        ]
        assert angle("line.factor") == pytest.approx([0, 90], abs=0.1)
        assert angle("line.latent") == pytest.approx([turn, turn + 90], abs=0.1)
        middle = np.array(attributes(svg.locator("line.factor"), "x1", "x2", "y1", "y2"))[0].reshape(2, 2).mean(1)
        names = {words: np.array([x, y]) - middle for words, x, y, _ in shown}
        assert names["factor 1"][0] > 100 > 10 > -names["factor 1"][1] and -names["factor 2"][1] > 100
        rings = [(points(svg.locator("path.cloud").nth(k)) - middle) * [1, -1] for k in (0, 1)]
        scatter = rings[0][:-1].T @ rings[0][:-1]
        assert scatter / scatter[1, 1] == pytest.approx(C, abs=0.02), "the spread of the images"
        assert rings[0] == pytest.approx(2 * rings[1], abs=0.3)


def test_as_a_widget(tmp_path):
    widget = live.turn_explorer(turn=30, rho=0.3)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, "turn", "rho", "ratio", "beta")
        page.get_by_role("button", name="turn to the factors").press("Enter")
        assert page.evaluate("model.sent.at(-1).turn") == 0 and widget.rho == 0.3
        page.evaluate("model.from_python('beta', 4)")
        drawn(page)
        assert page.get_by_role("slider", name="beta").input_value() == "4"
        read = json.loads(page.locator(".live-turn").get_attribute("data-read"))
        expected = in_python(0, 0.3, 2.0, 4.0)
        assert {k: v for k, v in read.items() if k != "Kim-Mnih"} == pytest.approx(expected, abs=1e-9)
