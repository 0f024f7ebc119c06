"""Every control and every button of the live figures does what Python says it does: the numbers, the words and the
curves that are drawn, the latent that moves, where a button starts."""

import math
import re

import numpy as np
import pytest
import scipy.stats
import torch
from standalone import drawn, standalone

from course_pkg.kkt import latent_rates
from course_pkg.models.weights import lesson
from course_pkg.show import live

# A repeatable Math.random: a multiplicative generator of 31 bits (Park and Miller 1988).
REPEATABLE = "let s = 20011; Math.random = () => (s = (s * 48271) % 2147483647) / 2147483647;"


def move(control, value):
    """Set a slider as its reader does."""
    control.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", value)


def minus(text):
    return float(text.replace("\u2212", "-"))


# Two Gaussians -----------------------------------------------------------------------------------------


KL_CONTROLS = {"mu_q": "mean of q", "log_var_q": "log_var of q", "mu_p": "mean of p", "log_var_p": "log_var of p"}


def gaussians(page):
    """Where the four sliders stand."""
    return {key: float(page.get_by_label(label).input_value()) for key, label in KL_CONTROLS.items()}


def divergence(mu_q, log_var_q, mu_p, log_var_p):
    """By torch.distributions, both ways."""
    normal = lambda mu, log_var: torch.distributions.Normal(torch.tensor(mu).double(), math.exp(0.5 * log_var))
    q, p = normal(mu_q, log_var_q), normal(mu_p, log_var_p)
    return [torch.distributions.kl_divergence(*pair).item() for pair in ((q, p), (p, q))]


def path(page, css):
    """A drawn curve: z and the height in pixels, upwards."""
    points = [tuple(map(float, xy.split(","))) for xy in page.locator(css).get_attribute("d")[1:].split("L")]
    x, y = np.array(points).T
    return x, -y


def check_gaussians(page, over="q"):
    """All that the figure says and draws, against scipy and torch, where its sliders stand."""
    at = gaussians(page)
    forward, reverse = divergence(**at)
    data = page.locator(".live-kl").evaluate("e => ({...e.dataset})")
    assert float(data["forward"]) == pytest.approx(forward, rel=1e-9, abs=1e-12)
    assert float(data["reverse"]) == pytest.approx(reverse, rel=1e-9, abs=1e-12)
    assert float(data["summed"]) == pytest.approx(forward if over == "q" else reverse, rel=1e-3, abs=1e-4)
    shown = [float(text.split()[0]) for text in page.locator(".live-kl .number").all_inner_texts()]
    assert shown == [pytest.approx(v, abs=0.06 if v >= 100 else 6e-4) for v in (forward, reverse)], (
        "q's first, then p's"
    )
    words = page.locator("live-kl svg").get_attribute("aria-label")
    for name in ("q", "p"):
        mean, width = re.search(rf"\b{name} has mean (\S+) and width (\S+?)[,.] ", words).groups()
        assert minus(mean) == pytest.approx(at[f"mu_{name}"], abs=6e-3)
        assert float(width) == pytest.approx(math.exp(0.5 * at[f"log_var_{name}"]), abs=6e-3)
    z = np.linspace(-6, 6, 601)
    density = {name: scipy.stats.norm(at[f"mu_{name}"], math.exp(0.5 * at[f"log_var_{name}"])) for name in "qp"}
    first, second = (density[name] for name in (over, "p" if over == "q" else "q"))
    integrand = first.pdf(z) * (first.logpdf(z) - second.logpdf(z))
    curves = {"path.q": density["q"].pdf(z), "path.p": density["p"].pdf(z), "path.integrand": integrand}
    for css, expected in curves.items():
        x, y = path(page, css)
        assert np.corrcoef(x, z)[0, 1] > 1 - 1e-6  # drawn to a tenth of a pixel
        if np.ptp(expected) > 0.02:  # more than a pixel
            slope, _, r, *_ = scipy.stats.linregress(expected, y)
            assert slope > 0 and r > 1 - 1e-3, f"{css} is not the curve that it should be"


def test_each_slider_moves_what_its_name_says_and_nothing_else(tmp_path):
    with standalone(tmp_path, live.kl_figure(mu_q=1, log_var_q=-1, mu_p=0.5, log_var_p=0.5)) as page:
        check_gaussians(page)
        for key, value in (("mu_q", -1.5), ("log_var_q", 0.75), ("mu_p", 2.0), ("log_var_p", -0.5)):
            before = gaussians(page)
            move(page.get_by_label(KL_CONTROLS[key]), value)
            drawn(page)
            assert gaussians(page) == {**before, key: value}
            check_gaussians(page)
        page.locator("input[type=radio] >> nth=1").check()
        drawn(page)
        check_gaussians(page, "p")


def test_each_button_of_the_two_gaussians_goes_where_it_says(tmp_path):
    with standalone(tmp_path, live.kl_figure(mu_q=1, log_var_q=-1, mu_p=0.5, log_var_p=0.5)) as page:
        assert page.locator(".live-kl button").all_inner_texts() == ["p = N(0, 1)", "swap q and p"]
        page.get_by_role("button", name="swap q and p").click()
        drawn(page)
        assert gaussians(page) == {"mu_q": 0.5, "log_var_q": 0.5, "mu_p": 1, "log_var_p": -1}
        check_gaussians(page)
        page.get_by_role("button", name="p = N(0, 1)").click()
        drawn(page)
        assert gaussians(page) == {"mu_q": 0.5, "log_var_q": 0.5, "mu_p": 0, "log_var_p": 0}
        check_gaussians(page)


# Latents that are decoded --------------------------------------------------------------------------------


MODEL, CARD = lesson("beta-4")
ORDER = sorted(range(MODEL.latents), key=lambda k: -CARD["kl"][k])
GREY = """e => { const d = e.getContext('2d').getImageData(0, 0, e.width, e.height).data;
    return Array.from(d).filter((_, i) => i % 4 === 0); }"""


def decoded(z):
    """The picture of a code, from 0 to 255."""
    with torch.no_grad():
        return 255 * MODEL.decode(torch.tensor([z]).float()).sigmoid()[0, 0]


def grey(canvas):
    width = canvas.evaluate("e => e.width")
    return torch.tensor(canvas.evaluate(GREY)).reshape(-1, width).float()


def codes(page):
    """Where the sliders stand, in the order of the model."""
    values = [float(v) for v in page.locator("live-latents input[type=range]").evaluate_all("e => e.map(s => s.value)")]
    return [values[ORDER.index(k)] for k in range(len(values))]


def words_of(picture):
    """How much is white, and where its centre lies: pixels to the right and down."""
    share = picture.double() / 255
    rows, columns = torch.meshgrid(*[torch.arange(n).double() - (n - 1) / 2 for n in share.shape], indexing="ij")
    return 100 * share.mean().item(), *((share * c).sum().item() / share.sum().item() for c in (columns, rows))


def check_picture(page, z):
    canvas = page.locator("canvas.picture")
    expected = decoded(z)
    assert (grey(canvas) - expected).abs().max() < 6, "weights are halves, pixels whole numbers"
    white, right, down = words_of(expected)
    said = canvas.get_attribute("aria-label")
    assert float(re.search(r"([\d.]+) %", said)[1]) == pytest.approx(white, abs=0.2)
    for far, words in ((right, ("right of", "left of")), (down, ("below", "above"))):
        signs = [(1, words[0]), (-1, words[1])]
        told = next((s * float(n) for s, w in signs for n in re.findall(rf"(\d+) (?:pixels )?{w}", said)), 0.0)
        assert told == pytest.approx(far, abs=0.8), said


def test_each_slider_moves_its_latent_and_says_its_rate(tmp_path):
    with standalone(tmp_path, live.latent_figure()) as page:
        labels = page.locator("live-latents label").all_inner_texts()
        sliders = page.locator("live-latents input[type=range]")
        start = next(iter(CARD["starts"].values()))
        assert codes(page) == pytest.approx(start, abs=0.03)
        z = [float(v) for v in start]
        for rank, k in enumerate(ORDER):
            assert f"latent {rank + 1} ({CARD['kl'][k]:.2f} nats)" in labels[rank]
            z[k] = 1.5 if rank % 2 else -1.5
            move(sliders.nth(rank), z[k])
            drawn(page)
            check_picture(page, z)


def test_each_start_is_the_code_that_its_card_says(tmp_path):
    with standalone(tmp_path, live.latent_figure()) as page:
        starts = {**CARD["starts"], "all at zero": [0.0] * MODEL.latents}
        buttons = page.locator("[aria-label='Start from'] button")
        assert buttons.all_inner_texts() == [*starts, "a draw from the prior"]
        for text, z in starts.items():
            page.get_by_role("button", name=text, exact=True).click()
            drawn(page)
            assert codes(page) == pytest.approx(z, abs=0.026)
            check_picture(page, z)


@pytest.mark.parametrize("name", ["cascade", "joint"])
def test_a_discrete_latent_has_a_slider_of_whole_values(tmp_path, name):
    """The last number of a code is its value; the decoder takes the numbers, and a one among zeros."""
    model, card = lesson(name)
    parts = len(card["kl"])
    rank = sorted(range(parts), key=lambda k: -card["kl"][k]).index(parts - 1)
    with standalone(tmp_path, live.latent_figure(name), reduced_motion="reduce") as page:
        page.get_by_role("button", name="all at zero").click()
        page.get_by_role("button", name="Show what each latent does").click()
        sliders, canvas = page.locator("live-latents input[type=range]"), page.locator("canvas.picture")
        assert sliders.count() == parts
        assert f"value ({card['kl'][-1]:.2f} nats)" in page.locator("live-latents label").all_inner_texts()[rank]
        pictures = []
        for value in range(model.values):
            move(sliders.nth(rank), value)
            drawn(page)
            code = torch.zeros(1, model.latents + model.values)
            code[0, model.latents + value] = 1
            with torch.no_grad():
                expected = 255 * model.decode(code).sigmoid()[0, 0]
            assert (grey(canvas) - expected).abs().max() < 6
            pictures.append(grey(canvas))
        assert name == "joint" or (pictures[0] - pictures[1]).abs().max() > 20, "the value moves nothing"
        page.wait_for_function(f"document.querySelector('.strip').dataset.tiles === '{9 * parts}'")
        assert page.locator(".strip canvas").nth(rank).get_attribute("aria-label").startswith("At 0: ")
        page.evaluate(REPEATABLE)
        button, values = page.get_by_role("button", name="a draw from the prior"), set[str]()
        for _ in range(20):
            button.click()
            values.add(sliders.nth(rank).input_value())
        assert values == {str(v) for v in range(model.values)}


def test_each_strip_moves_its_latent_alone(tmp_path):
    with standalone(tmp_path, live.latent_figure(), reduced_motion="reduce") as page:
        page.get_by_role("button", name="Show what each latent does").click()
        page.wait_for_function("document.querySelector('.strip').dataset.tiles === '90'")
        drawn(page)
        side, start = MODEL.shape[-1], [float(v) for v in next(iter(CARD["starts"].values()))]
        for rank, k in enumerate(ORDER):
            row = grey(page.locator(".strip canvas").nth(rank))
            for step, value in ((0, -3.0), (2, -1.5), (8, 3.0)):
                tile = row[:, step * (side + 1) : step * (side + 1) + side]
                moved = [value if i == k else v for i, v in enumerate(start)]
                assert (tile - decoded(moved)).abs().max() < 6, f"row {rank + 1}, tile {step + 1}"


# Rate and distortion -----------------------------------------------------------------------------------


def test_what_is_drawn_and_told_at_each_price_is_the_closed_form(tmp_path):
    figure = live.rate_figure(lessons={2: "beta-4", 8: "beta-4"})
    spectrum = torch.tensor(sorted(figure.state["eigenvalues"], reverse=True)).double()
    variance = figure.state["variance"]
    geometry = """() => { const n = (e, k) => +e.getAttribute(k), svg = document.querySelector("live-rate svg");
      const line = svg.querySelector(".tangent"), path = svg.querySelector(".curve").getAttribute("d").slice(1);
      return { line: ["x1", "y1", "x2", "y2"].map(k => n(line, k)),
        curve: path.split("L").map(p => p.split(",").map(Number)),
        bars: [...svg.querySelectorAll(".bar")].map(b => b.getAttribute("d")), off: svg.querySelectorAll(".off").length,
        ticks: [...svg.querySelectorAll("text.tick")].map(t => t.textContent) }; }"""
    with standalone(tmp_path, figure) as page:
        dial = page.get_by_role("slider", name="beta")
        low, high = (float(dial.get_attribute(end)) for end in ("min", "max"))
        for share in (0.1, 0.35, 0.6, 0.9):
            move(dial, round(low + share * (high - low), 2))
            drawn(page)
            data = page.locator(".live-rate").evaluate("e => ({...e.dataset})")
            beta = float(data["beta"])
            assert beta == pytest.approx(2 ** float(dial.input_value()))
            rates = latent_rates(spectrum, beta, variance)
            distortion = (spectrum * (-2 * rates).exp()).sum().item() / (2 * variance)
            assert float(data["rate"]) == pytest.approx(rates.sum().item(), abs=1e-9)
            assert float(data["distortion"]) == pytest.approx(distortion, abs=1e-9)
            assert float(data["loss"]) == pytest.approx(distortion + beta * rates.sum().item(), abs=1e-9)
            assert int(data["on"]) == int((rates > 0).sum())

            shown = page.evaluate(geometry)
            heights = [float(re.search(r"v-([\d.]+)h", d)[1]) for d in shown["bars"]]
            on = rates[rates > 0]
            assert len(heights) == len(on) and shown["off"] == len(rates) - len(on)
            if len(on) > 1:  # in proportion, one by one
                assert torch.allclose(torch.tensor(heights).double() / heights[0], on / on[0], atol=1e-6)
            for rate in on:
                assert f"{rate.item():.1f}" in shown["ticks"], "the rate above its bar"
            for value in spectrum / variance:  # the price at which it goes off
                assert f"{value.item():.{1 if value < 9.95 else 0}f}" in shown["ticks"]

            # The axes' scales from the drawn curve, then the slope of the line in nats of distortion a nat of rate.
            curve = np.array(shown["curve"])
            ends = [latent_rates(spectrum, b, variance) for b in curve_prices(spectrum, variance)]
            x, y = (np.array([r.sum().item() for r in ends]), np.array([loss_of(spectrum, r, variance) for r in ends]))
            across, up = np.polyfit(x, curve[[0, -1], 0], 1)[0], np.polyfit(y, curve[[0, -1], 1], 1)[0]
            x1, y1, x2, y2 = shown["line"]
            assert (y2 - y1) / up / ((x2 - x1) / across) == pytest.approx(-beta, rel=0.02)
            words = page.locator("live-rate svg").get_attribute("aria-label")
            assert f"the rate is {rates.sum().item():.2f} nats, the distortion {distortion:.2f} nats" in words


def curve_prices(spectrum, variance):
    """The prices at the two ends of the drawn curve."""
    critical = (spectrum / variance).tolist()
    return min(0.5, critical[-1] / 2), critical[0]


def loss_of(spectrum, rates, variance):
    return (spectrum * (-2 * rates).exp()).sum().item() / (2 * variance)
