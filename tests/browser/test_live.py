"""The live figures in headless Chromium: the same numbers as Python, and every control moves the picture."""

import base64

import numpy as np
import pytest
import scipy.optimize
import torch
from accessibility import violations
from standalone import as_widget, cancelled, drag, drawn, module, spoken, standalone

from course_pkg.elbo import gaussian_kl
from course_pkg.kkt import latent_rates
from course_pkg.models.networks import burgess, mlp
from course_pkg.models.weights import lesson, rounded
from course_pkg.show import live
from course_pkg.show.live.decoder import latent_state

PIXELS = "e => Array.from(e.getContext('2d').getImageData(0, 0, e.width, e.height).data).join()"


def rate_figure():
    return live.rate_figure(lessons={2: "beta-4", 8: "beta-4"})


FIGURES = {
    "kl": live.kl_figure,
    "latents": live.latent_figure,
    "rate": rate_figure,
    "bottleneck": live.bottleneck_figure,
    "scores": live.scores_figure,
    "mmd": live.mmd_figure,
    "turn": live.turn_figure,
    "batch": live.batch_figure,
    "shuffle": live.shuffle_figure,
    "cascade": live.cascade_figure,
}


# --- the same numbers as Python ---------------------------------------------------------------------------------------


def in_javascript(page, model, z, logits=True):
    """What the page's decoder makes of latents (n, d), flattened as torch does."""
    weights, state = latent_state(model, logits=logits)
    call = """([m, weights, layers, codes]) => { const decode = m.make_decoder(
        Uint8Array.from(atob(weights), c => c.charCodeAt(0)), layers);
        return codes.map(z => Array.from(decode(z))); }"""
    argument = [module(page, live.module("latents")), base64.b64encode(weights).decode(), state["layers"], z.tolist()]
    return torch.tensor(page.evaluate(call, argument))


@pytest.mark.parametrize(
    ("model", "logits"),
    [
        (lesson("beta-4")[0], True),
        (burgess(channels=3, latents=4, seed=1), False),
        (mlp((1, 8, 8), latents=2, seed=2), True),
    ],
    ids=["the lesson", "colours, means", "the lecture's net"],
)
def test_decoded_as_in_torch(model, logits, tmp_path):
    z = torch.randn(100, model.latents, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = rounded(model).decode(z)
        expected = (expected.sigmoid() if logits else expected).flatten(1)
    with standalone(tmp_path, "") as page:
        found = in_javascript(page, model, z, logits)
    error = (found - expected).abs().max().item()
    print(f"largest difference from torch: {error:.1e}")
    assert error < 1e-4
    assert found.std(0).max() > 100 * error, "the pictures are all alike: nothing was compared"


def test_a_decoder_refuses_other_weights(tmp_path):
    weights, state = latent_state(mlp((1, 8, 8), latents=2))
    with standalone(tmp_path, "") as page:
        call = (
            "([m, n, layers]) => { try { m.make_decoder(new Uint8Array(n), layers); } catch (e) { return e.message; } }"
        )
        said = page.evaluate(call, [module(page, live.module("latents")), len(weights) + 2, state["layers"]])
    assert said == f"expected {len(weights) // 2} weights, got {len(weights) // 2 + 1}"


def test_kl_as_in_the_package(tmp_path):
    g = torch.Generator().manual_seed(0)
    m, m2 = 6 * torch.rand(2, 200, generator=g, dtype=torch.float64) - 3
    s, s2 = 6 * torch.rand(2, 200, generator=g, dtype=torch.float64) - 4
    s2[:20] = s[:20] + 1e-6  # nearly equal widths, where digits could be lost
    s2[:10], m2[:10] = s[:10], m[:10]
    ours = gaussian_kl((m - m2) * (-0.5 * s2).exp(), s - s2)  # in units of the second width
    normal = lambda mean, log_var: torch.distributions.Normal(mean, (0.5 * log_var).exp())
    torchs = torch.distributions.kl_divergence(normal(m, s), normal(m2, s2))
    arguments = torch.stack([m, s, m2, s2], 1).tolist()
    with standalone(tmp_path, "") as page:
        call = "([m, all]) => all.map(a => [m.kl(...a), m.area(...a)])"
        found = torch.tensor(page.evaluate(call, [module(page, live.module("kl")), arguments]), dtype=torch.float64)
    closed, summed = found.T
    print(f"largest difference: {(closed - ours).abs().max():.1e}; summed {(summed - ours).abs().max():.1e}")
    assert torch.allclose(closed, ours, rtol=1e-12, atol=1e-12) and torch.allclose(closed, torchs, rtol=1e-9, atol=1e-9)
    assert (summed - ours).abs().max() < 1e-6, "the area under the integrand is not the closed form"


def test_rates_as_in_the_package(tmp_path):
    """Against the chapter's closed form, and against scipy, which minimises the loss over the rates."""
    g = torch.Generator().manual_seed(0)
    spectra = [(4 * torch.rand(n, generator=g, dtype=torch.float64)).tolist() for n in (1, 5, 12)]
    given = [(v, variance, beta) for v in spectra for variance in (0.1, 1.0) for beta in (0.3, 1.0, 4.0, 60.0)]
    call = """([m, all]) => all.map(a => { const o = m.optimum(...a);
        return [...o.rates, o.rate, o.distortion, m.beta_for(a[0], a[1], o.rate)]; })"""
    with standalone(tmp_path, "") as page:
        found = page.evaluate(call, [module(page, live.module("rate")), given])
    silent = 0
    for (values, variance, beta), (*rates, rate, distortion, back) in zip(given, found, strict=True):
        v = torch.tensor(values, dtype=torch.float64)
        ours = latent_rates(v, beta, variance)
        assert torch.allclose(torch.tensor(rates, dtype=torch.float64), ours, rtol=1e-12, atol=1e-12)
        assert rate == pytest.approx(ours.sum().item(), abs=1e-12)
        for one, at in zip(values, rates, strict=True):
            best = scipy.optimize.minimize_scalar(
                lambda r, at_zero, beta: at_zero * np.exp(-2 * r) + beta * r,
                args=(one / (2 * variance), beta), bounds=(0, 9), method="bounded", options={"xatol": 1e-10},
            )  # fmt: skip
            assert at == pytest.approx(best.x, abs=1e-5)
        assert distortion == pytest.approx(sum(min(one, beta * variance) for one in values) / (2 * variance))
        silent += rate == 0
        if rate > 0:  # where all latents are silent many prices do
            assert back == pytest.approx(beta, rel=1e-9)
    assert 0 < silent < len(given)


# --- every control, by keyboard ---------------------------------------------------------------------------------------


def press(page, control, key="ArrowRight", times=3):
    control.focus()
    for _ in range(times):
        page.keyboard.press(key)
    drawn(page)


def test_kl_controls_by_keyboard(tmp_path):
    with standalone(tmp_path, live.kl_figure(mu_q=1, log_var_q=-1, mu_p=0.5, log_var_p=0.5)) as page:
        picture, figure = page.locator("live-kl svg"), page.locator(".live-kl")
        look = lambda: (picture.inner_html(), picture.get_attribute("aria-label"))
        assert page.locator(".live-kl input[type=range]").count() == 4
        for name in ("mean of q", "log_var of q", "mean of p", "log_var of p"):
            before, control = look(), page.get_by_label(name)
            press(page, control)
            assert look()[0] != before[0] and look()[1] != before[1], f"{name} moves nothing"
        assert page.get_by_label("log_var of q").get_attribute("aria-valuetext") == "\u22120.85, \u03c3 = 0.65"
        forward = float(figure.get_attribute("data-forward"))
        reading = gaussian_kl(*torch.tensor([[0.5 * torch.tensor(-0.325).exp()], [-0.85 - 0.65]], dtype=torch.float64))
        assert abs(forward - reading.item()) < 1e-6 and f"{forward:.3f} nats" in figure.inner_text()
        before = look()
        press(page, page.locator("input[type=radio]:checked"), "ArrowDown", 1)
        assert look() != before and "p log(p / q)" in picture.inner_html(), "the other direction is not shown"
        for text in ("swap q and p", "p = N(0, 1)"):
            before = look()
            press(page, page.get_by_role("button", name=text), "Enter", 1)
            assert look() != before, f"{text} changes nothing"
        assert page.get_by_label("log_var of p").input_value() == "0"
        assert "nats" in spoken(page, page.get_by_role("status"), picture)


@pytest.mark.parametrize("grip", ["mu_q", "log_var_q", "mu_p", "log_var_p"])
def test_kl_by_pointer(grip, tmp_path):
    with standalone(tmp_path, live.kl_figure(), width=390) as page:
        control = page.get_by_label(("mean of " if grip[0] == "m" else "log_var of ") + grip[-1])
        before = float(control.input_value())
        drag(page.locator(f"[data-grip={grip}] circle >> nth=1"), 12, 3)
        unit = page.locator("live-kl svg").evaluate("e => (e.getBoundingClientRect().width - 20) / 12")  # from -6 to 6
        z = 12 / unit
        follows = before + z if grip[0] == "m" else 2 * np.log(np.exp(before / 2) + z)  # its point, one width beside
        assert float(control.input_value()) == pytest.approx(follows, abs=0.1), f"{grip} does not follow the pointer"


def test_rate_by_keyboard(tmp_path):
    with standalone(tmp_path, rate_figure()) as page:
        picture, figure, dial = (
            page.locator("live-rate svg"),
            page.locator(".live-rate"),
            page.get_by_role("slider", name="beta"),
        )
        number = lambda name: float(figure.get_attribute(f"data-{name}"))
        assert number("on") == 3 and number("rate") == pytest.approx(sum(0.5 * np.log(v / 3) for v in (16, 8, 4)))
        before = picture.inner_html()
        press(page, dial, "ArrowRight", 10)
        assert number("beta") == pytest.approx(3 * 2**0.1, rel=0.01) and picture.inner_html() != before
        assert dial.get_attribute("aria-valuetext") == f"{number('beta'):.2f}"
        for text, on, beta in (("next latent off", 2, 4), ("next latent off", 1, 8), ("last one on again", 2, 4)):
            press(page, page.get_by_role("button", name=text), "Enter", 1)
            assert (number("on"), number("beta")) == (on, pytest.approx(beta))
            assert float(dial.input_value()) == pytest.approx(np.log2(beta), abs=0.01), "the slider stayed behind"
        assert page.locator(".live-rate .off").count() == 3 and page.locator(".live-rate .bar").count() == 2
        press(page, dial, "End", 1)
        assert number("on") == 0 and number("rate") == 0
        press(page, dial, "Home", 1)
        assert number("on") == 5
        page.wait_for_function("document.querySelector('.live-rate > .status').innerText.includes('5 of 5 latents')")
        assert "5 of 5 latents are on" in spoken(page, page.locator(".live-rate > .status"), picture)


def test_the_line_touches_the_curve(tmp_path):
    """The drawn line lies below the drawn curve and meets it at the point, at every beta."""
    call = """() => { const svg = document.querySelector("live-rate svg"), n = (e, k) => +e.getAttribute(k);
      const l = svg.querySelector(".tangent"), [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map(k => n(l, k));
      const at = x => y1 + (x - x1) / (x2 - x1) * (y2 - y1), c = svg.querySelector(".here circle");
      const path = svg.querySelector(".curve").getAttribute("d").slice(1);
      const points = path.split("L").map(p => p.split(",").map(Number));
      return [Math.max(...points.map(([x, y]) => y - at(x))), Math.abs(n(c, "cy") - at(n(c, "cx")))]; }"""
    with standalone(tmp_path, rate_figure()) as page:
        for times in (0, 60, 60, 60):
            press(page, page.get_by_role("slider", name="beta"), "ArrowRight", times)
            above, off = page.evaluate(call)
            assert above < 0.3 and off < 0.1, "pixels"  # a picture grows downwards: no point of the curve is lower


def test_rate_by_pointer(tmp_path):
    with standalone(tmp_path, rate_figure(), width=390) as page:
        number = lambda name: float(page.locator(".live-rate").get_attribute(f"data-{name}"))
        before = number("rate"), number("beta")
        drag(page.locator("[data-grip=rate] circle >> nth=1"), 30, 3)
        assert 0.2 < number("rate") - before[0] < 1.0 and number("beta") < before[1]


@pytest.mark.parametrize(
    ("name", "grip", "picture"),
    [
        ("kl", "[data-grip=mu_q] circle >> nth=1", "live-kl svg"),
        ("rate", "[data-grip=rate] circle >> nth=1", "live-rate svg"),
        ("bottleneck", "[data-x='3'] circle", "svg.tree"),
        ("mmd", ".live-mmd .grip", "svg.clouds"),
        ("shuffle", ".live-shuffle .grip", ".live-shuffle svg:has(.grip)"),
    ],
)
def test_a_drag_that_the_browser_ends_is_over(name, grip, picture, tmp_path):
    with standalone(tmp_path, FIGURES[name](), width=390) as page:
        first, dragged, after = cancelled(page.locator(grip), page.locator(picture).first)
        assert first != dragged == after, f"{name}.js: let go at a pointercancel, too"


def test_strips_follow_beta(tmp_path):
    with standalone(tmp_path, rate_figure()) as page:
        shown = lambda: page.locator(".live-rate .strip:visible").evaluate_all("e => e.map(s => s.dataset.beta)")
        for name, expected in (("beta = 8", "8"), ("beta = 2", "2")):
            press(page, page.get_by_role("button", name=name), "Enter", 1)
            assert shown() == [expected]
        press(
            page, page.get_by_role("slider", name="beta"), "ArrowRight", 110
        )  # 2 ** 1.1 further is nearer to 8 than to 2
        assert shown() == ["8"]
        images = page.locator(".live-rate .strip:visible img")
        assert images.count() == 3
        assert all(w == 296 for w in images.evaluate_all("e => e.map(i => i.naturalWidth)"))
        assert all("white, its centre" in images.nth(i).get_attribute("alt") for i in range(3))


def test_latents_by_keyboard(tmp_path):
    card = lesson("beta-4")[1]
    used = [k for k, kl in enumerate(sorted(card["kl"], reverse=True)) if kl > 0.1]
    with standalone(tmp_path, live.latent_figure()) as page:
        canvas, controls = page.locator("canvas.picture"), page.locator("live-latents input[type=range]")
        assert controls.count() == 10
        for k in range(10):
            before, words = canvas.evaluate(PIXELS), canvas.get_attribute("aria-label")
            press(page, controls.nth(k), "PageUp" if k in used else "ArrowRight", 3)
            if k in used:
                assert canvas.evaluate(PIXELS) != before, f"latent {k + 1} moves nothing"
        assert words.startswith("The decoded picture. ") and "% of the picture is white" in words
        for button in page.locator("[aria-label='Start from'] button").all():
            before = canvas.evaluate(PIXELS)
            press(page, button, "Enter", 1)
            assert canvas.evaluate(PIXELS) != before, f"{button.inner_text()} changes nothing"
        before = canvas.evaluate(PIXELS)
        press(page, button, "Enter", 1)
        assert canvas.evaluate(PIXELS) != before, "a second draw from the prior is the first one"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_traversals_on_demand(motion, tmp_path):
    with standalone(tmp_path, live.latent_figure(), reduced_motion=motion) as page:
        button, strip = page.get_by_role("button", name="Show what each latent does"), page.locator(".strip")
        assert strip.is_hidden() and button.get_attribute("aria-expanded") == "false"
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.strip').dataset.tiles === '90'")
        assert strip.is_visible() and button.get_attribute("aria-expanded") == "true"
        rows = page.locator(".strip canvas")
        first = rows.nth(0).evaluate(PIXELS)
        assert rows.count() == 10 and len(set(first.split(","))) > 2, "the strip is empty"
        assert "At \u22123: " in rows.nth(0).get_attribute("aria-label")
        press(page, page.locator("live-latents input[type=range]").nth(1), "PageUp", 3)
        follows = f"""([row, first]) => document.querySelector('.strip').dataset.tiles === '90'
            && ({PIXELS})(row) !== first"""
        page.wait_for_function(follows, arg=[rows.nth(0).element_handle(), first])  # the strip follows the sliders
        page.keyboard.press("Tab")
        button.focus()
        page.keyboard.press("Enter")
        assert strip.is_hidden()


def test_every_change_is_drawn_in_the_next_frame(tmp_path):
    drag = """async () => { const input = document.querySelector("live-latents input"),
        canvas = document.querySelector("canvas.picture"), frame = () => new Promise(requestAnimationFrame);
      const move = async n => { for (let i = 0; i < n; i++) {
        input.value = 2 * Math.sin(i / 9); input.dispatchEvent(new Event("input")); await frame(); } };
      await move(20); const from = +canvas.dataset.frames; await move(90);
      return +canvas.dataset.frames - from; }"""
    with standalone(tmp_path, live.latent_figure()) as page:
        frames = page.evaluate(drag)
    assert 88 <= frames <= 90, f"{frames} pictures for 90 changes, a frame each"


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", FIGURES)
def test_accessible_and_within_the_window(name, width, theme, tmp_path):
    with standalone(tmp_path, FIGURES[name](), theme=theme, width=width) as page:
        if name == "latents":
            page.get_by_role("button", name="Show what").click()
            page.wait_for_function("document.querySelector('.strip').dataset.tiles === '90'")  # each with its label
        drawn(page)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.getAnimations().length") == 0, "something moves by itself"
        ink = page.locator(".live .slider .name").first.evaluate("e => getComputedStyle(e).color")
        assert ink == {"light": "rgb(34, 40, 50)", "dark": "rgb(206, 214, 221)"}[theme], "text lost the page's colour"


def test_rate_as_a_widget(tmp_path):
    widget = live.rate_explorer([4.0, 1.0], variance=0.5, beta=2.0)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, "beta", "variance", "eigenvalues", "sweep")
        press(page, page.get_by_role("slider", name="beta"), "ArrowRight", 3)
        assert page.evaluate("model.sent.at(-1).beta") == pytest.approx(2 * 2**0.03, rel=0.01)
        page.evaluate("model.from_python('beta', 5.0)")
        drawn(page)
        assert page.locator(".live-rate").get_attribute("data-on") == "1"
        assert float(page.get_by_role("slider", name="beta").input_value()) == pytest.approx(np.log2(5), abs=0.01)


def test_kl_as_a_widget(tmp_path):
    widget = live.kl_explorer(mu_q=0.5)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, "mu_q", "log_var_q", "mu_p", "log_var_p", "over")
        press(page, page.get_by_role("button", name="swap q and p"), "Enter", 1)
        assert page.evaluate("[model.sent.at(-1).mu_q, model.sent.at(-1).mu_p]") == [0, 0.5]
        page.evaluate("model.from_python('mu_q', 2)")
        drawn(page)
        widget.mu_q, widget.mu_p, widget.log_var_q, widget.log_var_p = 2, 0.5, widget.log_var_p, widget.log_var_q
        assert float(page.locator(".live-kl").get_attribute("data-forward")) == pytest.approx(widget.kl()[0], abs=1e-9)
        assert page.get_by_label("mean of q").input_value() == "2"


def test_several_figures_on_one_page(tmp_path):
    with standalone(tmp_path, live.kl_figure(), live.kl_figure(mu_q=-2), live.latent_figure()) as page:
        one, two = page.locator("live-kl").all()
        assert one.locator("svg").inner_html() != two.locator("svg").inner_html()
        press(page, one.locator("input[type=radio]").nth(0), "ArrowDown", 1)
        assert (
            one.locator("input[type=radio]").nth(1).is_checked()
            and two.locator("input[type=radio]").nth(0).is_checked()
        )
        assert page.locator("canvas.picture").count() == 1
        ids = page.evaluate("Array.from(document.querySelectorAll('[id]')).map(e => e.id)")
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", FIGURES)
def test_on_paper(name, tmp_path):
    with standalone(tmp_path, FIGURES[name]()) as page:
        page.emulate_media(media="print")
        drawn(page)
        assert page.locator(".live .buttons").first.is_hidden()
        assert page.locator(".live [role=img]").first.is_visible()


@pytest.mark.parametrize("name", FIGURES)
def test_without_scripts_it_says_what_is_missing(name, tmp_path):
    with standalone(tmp_path, FIGURES[name](), java_script_enabled=False) as page:
        assert "A live figure" in page.locator("main").inner_text()


def test_as_a_widget(tmp_path):
    """The module as a notebook's widget manager calls it: state by traits, changes in both directions."""
    widget = live.explorer(mlp((1, 8, 8), latents=2, seed=2))
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, "z", "weights", "layers", "shape", "order", "kl", "starts")
        control, canvas = page.get_by_label("latent 2"), page.locator("canvas.picture")
        press(page, control)
        assert page.evaluate("model.sent.at(-1).z") == [0, pytest.approx(0.15)]
        before = canvas.evaluate(PIXELS)
        page.evaluate("model.from_python('z', [1.5, -2])")
        drawn(page)
        assert canvas.evaluate(PIXELS) != before and control.input_value() == "-2"


def test_inserted_as_a_notebook_does(tmp_path):
    """JupyterLab puts the HTML in place first, then makes each script anew so that it runs; a cell may run twice."""
    insert = """html => { const output = document.querySelector("main").appendChild(document.createElement("div"));
      output.innerHTML = html;
      output.querySelectorAll("script").forEach(old => { const script = document.createElement("script");
        for (const { name, value } of old.attributes) script.setAttribute(name, value);
        script.textContent = old.textContent; old.replaceWith(script); }); }"""
    with standalone(tmp_path, "") as page:
        for figure in (live.kl_figure(), live.kl_figure(mu_q=-2), live.latent_figure()):
            page.evaluate(insert, figure._repr_html_())
        page.wait_for_function("document.querySelectorAll('live-kl svg path').length >= 10")
        page.locator("canvas.picture").wait_for()
        drawn(page)
        assert page.locator("live-kl svg path").count() == 10 and page.locator("canvas.picture").count() == 1
        assert page.get_by_label("mean of q").nth(1).input_value() == "-2"
