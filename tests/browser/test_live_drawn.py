"""The live figures of two Gaussians and of rate and distortion in headless Chromium: each number stands by its own
name, and each mark where Python puts it."""

import math
import re

import numpy as np
import pytest
import torch
from reading import attributes, each, points, ruler, says, texts
from standalone import drawn, place, standalone
from torch.distributions import Normal, kl_divergence

from course_pkg.kkt import latent_rates
from course_pkg.show import live

# No number is 1, by which a figure could divide in vain.
SPECTRUM, VARIANCE = [16.0, 8.0, 4.0, 2.0, 1.2], 0.8


def bells(mu_q, log_var_q, mu_p, log_var_p):
    normal = lambda mu, log_var: Normal(torch.tensor(mu).double(), math.exp(log_var / 2))
    return normal(mu_q, log_var_q), normal(mu_p, log_var_p)


@pytest.mark.parametrize(
    ("figure", "grip", "axes"),
    [
        (live.kl_figure, "[data-grip=mu_q] circle >> nth=1", "x"),
        (live.kl_figure, "[data-grip=log_var_p] circle >> nth=1", "x"),
        (live.rate_figure, "[data-grip=rate] circle >> nth=1", "x"),
        (live.bottleneck_figure, "[data-x='3'] circle", "x"),
        (lambda: live.mmd_figure(right=0, up=0), ".live-mmd .grip", "xy"),
        (lambda: live.shuffle_figure(z1=0, z2=0), ".live-shuffle .grip", "xy"),
    ],
)
def test_a_handle_stays_under_the_pointer(figure, grip, axes, tmp_path):
    """Along the axes that it moves on, but for half a step of its slider."""
    with standalone(tmp_path, figure(), width=390) as page:
        handle = page.locator(grip)
        before, mouse = place(handle), page.mouse
        x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 30, y - 22, steps=4)
        drawn(page)
        now = place(handle)
        assert [now[k] - before[k] for k in axes] == pytest.approx([30, -22][: len(axes)], abs=2)
        mouse.up()


@pytest.mark.parametrize("over", ["q", "p"])
def test_kl_each_number_by_its_name_and_each_mark_by_its_ticks(over, tmp_path):
    at = {"mu_q": 1.25, "log_var_q": -1.0, "mu_p": -0.5, "log_var_p": 0.5}
    q, p = bells(**at)
    both = [kl_divergence(q, p).item(), kl_divergence(p, q).item()]
    with standalone(tmp_path, live.kl_figure(**at)) as page:
        page.locator("input[type=radio]").nth("qp".index(over)).check()
        drawn(page)
        svg, figure = page.locator("live-kl svg"), page.locator(".live-kl")
        says(figure.inner_text(), "Averaged over q: KL(q \u2016 p) = {} nats p: KL(p \u2016 q) = {} nats", *both)
        words = svg.get_attribute("aria-label")
        says(words, "KL(q \u2016 p) is {} nats, KL(p \u2016 q) is {} nats", *both)
        says(words, "Added up, the area below is {} nats.", both["qp".index(over)])

        of = ruler(svg, "x")
        for name, law in (("q", q), ("p", p)):
            z, height = points(svg.locator(f"path.{name}")).T
            assert of(z[height == height.min()].mean()) == pytest.approx(law.mean.item(), abs=0.03)
            assert [of(x) for words, x, *_ in texts(svg) if words == name] == [pytest.approx(law.mean.item(), abs=0.01)]
            for grip, far in (("mu", 0.0), ("log_var", law.stddev.item())):
                [[cx, cy]] = attributes(svg.locator(f"[data-grip={grip}_{name}] circle >> nth=1"), "cx", "cy")
                assert of(cx) == pytest.approx(law.mean.item() + far, abs=0.01)
                assert cy == pytest.approx(np.interp(cx, z, height), abs=1), "a handle lies on its curve"
        assert [w for w, *_ in texts(svg) if "log" in w] == [{"q": "q log(q / p)", "p": "p log(p / q)"}[over]]
        first, second = (q, p) if over == "q" else (p, q)
        z = torch.linspace(-6, 6, 601).double()
        integrand = first.log_prob(z).exp() * (first.log_prob(z) - second.log_prob(z))
        says(" ".join(w for w, *_ in texts(svg)), "highest {}", integrand.max().item())


def test_kl_what_the_legend_calls_filled_adds_and_what_it_calls_hatched_subtracts(tmp_path):
    with standalone(tmp_path, live.kl_figure()) as page:
        svg = page.locator("live-kl svg")
        fills = lambda css: each(svg, css, "e => getComputedStyle(e).fill")
        assert fills("path.against") == ["none"] and fills("path.for")[0].startswith("rgb")
        zero = attributes(svg.locator("line.axis"), "y1")[1][0]
        adds = points(svg.locator("path.for"))[:, 1]
        assert adds.min() < zero - 5 and adds.max() <= zero + 0.1, "above zero: the integrand adds there"
        ends = [float(v) for v in re.findall(r"V([\d.]+)", svg.locator("path.against").get_attribute("d"))]
        assert max(ends) > zero + 5 and min(ends) >= zero - 0.1, "below zero"
        assert "filled: adds to the KL; hatched: subtracts" in [w for w, *_ in texts(svg)]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("beta", [0.8, 3.0, 6.0])
def test_rate_each_number_by_its_name_and_each_mark_by_its_ticks(beta, width, tmp_path):
    with standalone(tmp_path, live.rate_figure(SPECTRUM, VARIANCE, beta), width=width) as page:
        svg = page.locator("live-rate svg")
        spectrum = torch.tensor(SPECTRUM).double()
        rates = latent_rates(spectrum, beta, VARIANCE)
        rate, left = rates.sum().item(), (spectrum * (-2 * rates).exp()).sum().item() / (2 * VARIANCE)
        loss, on = left + beta * rate, int((rates > 0).sum())
        says(svg.get_attribute("aria-label"), "At beta {} the rate is {} nats, the distortion {} nats, the loss {} "
             "nats. {} of {} latents are on.", beta, rate, left, loss, on, 5)  # fmt: skip
        shown = texts(svg)
        says(" ".join(w for w, *_ in shown), "dashed: slope \u2212{}, and at rate 0 the loss, {}", beta, loss)

        whole, full = sum(SPECTRUM) / (2 * VARIANCE), latent_rates(spectrum, 0.5, VARIANCE).sum().item()
        up = ruler(svg, "y")
        [[x1, y1, *_], [*floor]] = attributes(svg.locator("line.axis"), "x1", "y1", "x2", "y2")[:2]
        across = lambda x: (x - x1) / (floor[2] - x1) * full
        [[cx, cy]] = attributes(svg.locator(".here circle >> nth=1"), "cx", "cy")
        assert across(cx) == pytest.approx(rate, abs=0.01 * full) and up(cy) == pytest.approx(left, abs=0.01 * whole)
        [[cx, cy]] = attributes(svg.locator("circle.loss"), "cx", "cy")
        assert cx == x1 and up(cy) == pytest.approx(min(loss, whole), abs=0.01 * whole)
        named = {w: (x, y) for w, x, y, _ in shown}
        assert named["distortion, nats"][1] < y1 and abs(named["distortion, nats"][0] - x1) < 10
        assert named["rate, nats"] == (floor[2], floor[1] + 34), "below the right end of its axis"
        ends = [value for value in named if abs(named[value][1] - floor[1] - 15) < 1 and named[value][0] <= floor[2]]
        assert [float(v) for v in ends] == pytest.approx([0, full / 2, full], rel=5e-3)

        bars = points_of_bars(svg)
        assert len(bars) == on
        for j, (x, top) in enumerate(bars):
            column = [w for w, at, *_ in sorted(shown, key=lambda t: t[2]) if abs(at - x) < 0.1]
            number, name, off = column[-3:]
            says(f"{number} {name} {off}", "{} {} {}", rates[j].item(), j + 1, SPECTRUM[j] / VARIANCE)
            assert next(y for w, at, y, _ in shown if abs(at - x) < 0.1 and w == number) == pytest.approx(top - 5)


def points_of_bars(svg):
    """The middle and the top of each bar, from left to right."""
    return sorted(each(svg, "path.bar", "e => { const b = e.getBBox(); return [b.x + b.width / 2, b.y]; }"))
