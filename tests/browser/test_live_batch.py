"""The live figure of what a batch reads in headless Chromium: the same numbers as Python, draws that follow their law,
and every control moves it."""

import json
import math

import numpy as np
import pytest
import scipy.stats
import torch
from reading import each, says, texts
from standalone import as_widget, drawn, module, spoken, standalone
from torch.testing import assert_close

from course_pkg.elbo import reparameterise
from course_pkg.show import live
from course_pkg.total_correlation import gaussian_tc, own_weights, split_by

N = 737_280
TRAITS = ("latents", "nats", "rho", "log2_batch", "log10_own", "seed")


def random_batch(seed):
    """Codes of the first images of a batch, of one width, with a weight for the own image from 1/N to 1."""
    g = torch.Generator().manual_seed(seed)
    d, B = 2 + seed % 5, 4 + seed % 23
    codes = 1 + seed % B
    mu = torch.randn(B, d, generator=g, dtype=torch.float64)
    sigma = (0.05 + torch.rand(1, generator=g, dtype=torch.float64)).item()
    z = mu[:codes] + sigma * torch.randn(codes, d, generator=g, dtype=torch.float64)
    return z, mu, sigma, N ** -torch.rand(1, generator=g, dtype=torch.float64).item()


def in_python(z, mu, sigma, own):
    """The course's estimator, over a batch whose further images have a code, too, that is not read."""
    codes = torch.cat([z, mu[len(z) :]])
    read = split_by(codes, mu, torch.full_like(mu, 2 * math.log(sigma)), own_weights(len(mu), own, mu))
    information, tc = (read[name][: len(z)] for name in ("information", "tc"))
    means = {"information": information.mean(), "tc": tc.mean(), "singles": (information + tc).mean()}
    return {name: value.item() for name, value in means.items()} | {"largest": information.max().item()}


def test_what_a_batch_reads_is_the_packages(tmp_path):
    batches = [random_batch(seed) for seed in range(100)]
    arguments = [[z.flatten().tolist(), mu.flatten().tolist(), mu.shape[1], s, own] for z, mu, s, own in batches]
    call = "([m, all]) => all.map(([z, mu, ...rest]) => m.read(Float64Array.from(z), Float64Array.from(mu), ...rest))"
    with standalone(tmp_path, "") as page:
        found = page.evaluate(call, [module(page, live.module("batch")), arguments])
    for batch, read in zip(batches, found, strict=True):
        assert read == pytest.approx(in_python(*batch), abs=1e-9)


def world(d, nats, rho):
    """Covariances of the means and of the codes."""
    noise = math.exp(-2 * nats)
    means = (1 - noise) * (rho + (1 - rho) * torch.eye(d, dtype=torch.float64))
    return means, means + noise * torch.eye(d, dtype=torch.float64)


def true_parts(d, nats, rho):
    _, q = world(d, nats, rho)
    without = [q[[k for k in range(d) if k != j]][:, [k for k in range(d) if k != j]] for j in range(d)]
    entropy = lambda S: 0.5 * (torch.logdet(S) + len(S) * math.log(2 * math.pi * math.e))
    pairs = [gaussian_tc(q[[i, j]][:, [i, j]]) for i in range(d) for j in range(i)]
    return {
        "singles": d * 0.5 * math.log(1 / math.exp(-2 * nats)),
        "information": (0.5 * (torch.logdet(q) + 2 * nats * d)).item(),
        "tc": gaussian_tc(q).item(),
        "dual": (torch.stack([entropy(S) for S in without]).sum() - (d - 1) * entropy(q)).item(),
        "pairs": torch.stack(pairs).sum().item(),
    }


def test_the_truth_is_that_of_a_gaussian(tmp_path):
    g = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, 100, generator=g, dtype=torch.float64)
    worlds = [(2 + k % 9, 0.2 + 3.8 * a[k].item(), 0.99 * b[k].item()) for k in range(100)]
    call = "([m, all]) => all.map(([latents, nats, rho]) => m.truth({ latents, nats, rho }))"
    with standalone(tmp_path, "") as page:
        found = page.evaluate(call, [module(page, live.module("batch")), worlds])
    for given, is_ in zip(worlds, found, strict=True):
        assert is_ == pytest.approx(true_parts(*given), abs=1e-8)


def test_what_is_drawn_has_the_law_of_the_world(tmp_path):
    """20,000 images: their means' covariance, and that the noise of a code is normal and apart from its mean."""
    call = """([m, seed]) => { const next = m.normals(seed), { mu, z } = m.drawn(
        { latents: 3, nats: 0.7, rho: 0.4 }, 20000, 20000, next); return [Array.from(mu), Array.from(z)]; }"""
    means, _ = world(3, 0.7, 0.4)
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("batch") + "\nexport { normals };")
        mu, z = (np.array(page.evaluate(call, [figure, 5])[k]).reshape(-1, 3) for k in (0, 1))
    noise = (z - mu) / math.exp(-0.7)
    assert_close(torch.tensor(np.cov(mu.T)), means, rtol=0, atol=4 * 2**0.5 / 20_000**0.5)
    assert scipy.stats.kstest(noise.ravel(), "norm").pvalue > 1e-3
    assert scipy.stats.kstest(mu[:, 1] / means[1, 1].sqrt().item(), "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(noise.T, mu.T) - np.eye(6))[:3].max() < 4 / 20_000**0.5


@pytest.mark.parametrize("d, nats, rho, B, own", [(4, 2.0, 0.0, 64, 1 / N), (3, 1.0, 0.6, 16, 1 / 16)])
def test_readings_have_the_mean_of_the_packages_estimator(d, nats, rho, B, own, tmp_path):
    """Fifty draws of the figure against 200 batches by torch, within four standard errors of their difference."""
    call = """([m, world, B, own]) => Array.from({ length: 50 }, (_, seed) => m.readings(world, B, own, seed))"""
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("batch"))
        found = page.evaluate(call, [figure, {"latents": d, "nats": nats, "rho": rho}, B, own])
    g, root, mine = torch.Generator().manual_seed(0), torch.linalg.cholesky(world(d, nats, rho)[0] + 1e-12), []
    for _ in range(200):
        mu = torch.randn(B, d, generator=g, dtype=torch.float64) @ root.mT
        log_var = torch.full_like(mu, -2 * nats)
        read = split_by(reparameterise(mu, log_var, g), mu, log_var, own_weights(B, own, mu))
        mine.append([read["information"].mean().item(), read["tc"].mean().item()])
    for k, name in enumerate(("information", "tc")):
        a, b = np.array([one[name] for one in found]), np.array(mine)[:, k]
        error = math.hypot(a.std() / len(a) ** 0.5, b.std() / len(b) ** 0.5)
        assert error < 0.1 and abs(a.mean() - b.mean()) < 4 * error, name
    if own == 1 / N:  # as the chapter's table has it
        assert abs(np.mean([one["tc"] for one in found]) + 3.67) < 0.2


def numbers(page):
    drawn(page)
    data = page.evaluate("({...document.querySelector('.live-batch').dataset})")
    return json.loads(data["truth"]), json.loads(data["read"]), data["seed"]


@pytest.mark.parametrize("width", [1280, 390])
def test_by_keyboard(width, tmp_path):
    with standalone(tmp_path, live.batch_figure(), width=width) as page:
        picture, press = (
            page.locator("live-batch svg"),
            lambda name: page.get_by_role("button", name=name).press("Enter"),
        )
        for label in ("latents", "nats a latent", "correlation of means", "batch B", "own image's weight w"):
            seen = picture.inner_html()
            page.get_by_role("slider", name=label).focus()
            page.keyboard.press("ArrowRight")
            drawn(page)
            assert picture.inner_html() != seen, f"{label} moves nothing"
        press("like the log")
        is_, read, _ = numbers(page)
        assert abs(is_["tc"] - 0.17) < 0.01 and read["tc"] < -2 and read["largest"] <= math.log(N) + 1e-9
        assert read["information"] > is_["information"] + 3
        press("weight 1/B")
        is_, read, _ = numbers(page)
        assert read["information"] < is_["information"] and read["largest"] <= math.log(64) + 1e-9
        assert page.get_by_role("slider", name="weight w").get_attribute("aria-valuetext") == "1/64"
        press("weight 1/N")
        press("independent")
        is_, read, seed = numbers(page)
        assert is_["tc"] == 0 == is_["dual"] and read["tc"] < -2
        press("other images")
        assert numbers(page)[2] != seed and numbers(page)[1]["tc"] != read["tc"]
        press("copies of one")
        is_, _, _ = numbers(page)
        assert is_["tc"] > 4 > 2.5 > is_["dual"] and is_["pairs"] > is_["tc"]
        assert "In truth TC is" in spoken(page, page.get_by_role("status"), picture)
        page.get_by_role("slider", name="batch B").press("End")
        page.get_by_role("slider", name="nats a latent").press("Home")
        is_, read, _ = numbers(page)  # a batch that is large enough
        assert abs(is_["information"] - read["information"]) < 0.2 and abs(is_["tc"] - read["tc"]) < 0.2


@pytest.mark.parametrize(("latents", "nats", "rho"), [(4, 2.0, 0.3), (3, 1.5, 0.6), (2, 1.5, 0.0)])
def test_a_batch_is_enough_from_as_many_images_on_as_it_takes(latents, nats, rho, tmp_path):
    """At each size of a batch, those just below and just above e to the information among them."""
    needed = math.exp(true_parts(latents, nats, rho)["information"])
    with standalone(tmp_path, live.batch_figure(latents=latents, nats=nats, rho=rho)) as page:
        slider, said = page.get_by_role("slider", name="batch B"), {}
        slider.press("Home")
        for exponent in range(2, 13):
            drawn(page)
            said[2**exponent] = "enough" in page.locator(".reading").inner_text()
            slider.press("ArrowRight")
    expected = {B: B >= needed for B in said}
    assert said == expected, f"it takes {needed:.4g} images"
    assert len({*expected.values()}) == 2, "on both sides of the border"


@pytest.mark.parametrize("width", [1280, 390])
def test_each_mark_stands_at_its_place_and_each_number_by_its_name(width, tmp_path):
    """Four latents of correlated means, a weight at which the line of the largest reading lies within the picture."""
    is_, B, own = true_parts(4, 2.2, 0.6), 64, 1 / 1000
    with standalone(tmp_path, live.batch_figure(rho=0.6, batch=B, own=own), width=width) as page:
        _, read, _ = numbers(page)
        svg, words = page.locator("live-batch svg"), page.locator(".live-batch .reading").inner_text()
        says(words, "In truth TC is {} nats, its dual {}, the sum over pairs {}. The batch reads {}. It holds {} "
             "images; to tell {} nats it takes about {}", *(is_[k] for k in ("tc", "dual", "pairs")), read["tc"], B,
             is_["information"], round(math.exp(is_["information"])))  # fmt: skip
        says(svg.get_attribute("aria-label"), "Two bars of information, as it is, {} nats, and as a batch reads it, "
             "{};", is_["information"], read["information"])  # fmt: skip
        shown = texts(svg)
        box = "e => { const b = e.getBBox(); return [b.x, b.x + b.width, b.y]; }"
        bars = {css: each(svg, f"path.{css}", box) for css in ("information", "tc")}
        left, unit = bars["information"][0][0], np.diff(bars["information"][0][:2])[0] / is_["information"]
        at = lambda v: left + unit * v
        for k, (name, v) in enumerate((("truth", is_), ("read", read))):
            [(text, _, y, _)] = [line for line in shown if line[0].startswith(name)]
            says(text, name + ": information {}, one by one {}", v["information"], v["singles"])
            both = [bars[css][k] for css in ("information", "tc")]
            assert [y + 7, y + 24] == [bar[2] for bar in both], "below their name"
            assert both[0][:2] == pytest.approx([left, at(v["information"])], abs=0.3)
            assert both[1][:2] == pytest.approx(sorted((at(v["information"]), at(v["singles"]))), abs=0.3)
            [total] = [text for text, _, low, _ in shown if low == y + 36]
            says(total, "TC {}", v["tc"])
        lines = [float(d[1 : d.index(",")]) for d in each(svg, "path.limit", "e => e.getAttribute('d')")]
        assert lines == pytest.approx([at(math.log(1 / own)), at(math.log(B))], abs=0.5)
        named = {text: x for text, x, *_ in shown if "log" in text}
        assert [named["log 1/w"], named["log B"]] == pytest.approx(lines, abs=0.5)


def test_as_a_widget(tmp_path):
    widget = live.batch_explorer(rho=0.5, batch=128)
    assert (widget.rho, widget.log2_batch) == (0.5, 7)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, *TRAITS)
        page.get_by_role("button", name="independent").press("Enter")
        assert page.evaluate("model.sent.at(-1).rho") == 0
        page.evaluate("model.from_python('latents', 7)")
        drawn(page)
        assert page.get_by_role("slider", name="latents").input_value() == "7"
        assert numbers(page)[0]["singles"] == pytest.approx(7 * 2.2)
