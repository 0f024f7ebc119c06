"""The live figure of latents that open in turn in headless Chromium: the same numbers as Python, and every control
moves it."""

import itertools
import json
import math

import pytest
import torch
from reading import attributes, points, ruler, says, texts
from standalone import as_widget, drawn, module, spoken, standalone

from course_pkg.cascade import linear
from course_pkg.show import live

TRAITS = ("b1", "b2", "b3", "start", "step", "in_turn", "starts", "nudges", "eigenvalues", "variance")
WORLD = live.cascade_figure().state
RATE, CLOSED = 0.1, 1000.0


def random_world(seed):
    """A decoder, prices, variances of four directions and of a pixel."""
    g = torch.Generator().manual_seed(seed)
    W = torch.randn(4, 3, generator=g, dtype=torch.float64)
    prices = 1 + 2 * torch.rand(3, generator=g, dtype=torch.float64)
    eigenvalues = 0.1 + 4 * torch.rand(4, generator=g, dtype=torch.float64)
    return W, prices, eigenvalues.sort(descending=True)[0], 0.2 + torch.rand(1, generator=g).item()


def in_javascript(page, call, worlds):
    """What a call makes of m, W (flat), prices, eigenvalues and s2 of each world."""
    arguments = [[W.flatten().tolist(), b.tolist(), values.tolist(), s2] for W, b, values, s2 in worlds]
    body = f"([m, all]) => all.map(([W, b, l, s2]) => {{ W = Float64Array.from(W); {call} }})"
    return page.evaluate(body, [module(page, live.module("cascade")), arguments])


def test_loss_encoder_and_step_are_the_packages(tmp_path):
    """On 100 random worlds: the loss is the package's at an encoder that no slope of the package's loss would change,
    and a step goes down the package's slope."""
    worlds = [random_world(seed) for seed in range(100)]
    call = """const { V, variances } = m.encoder(W, b, s2), loss = m.loss(W, b, l, s2);
        m.step(W, b, l, s2); return [Array.from(V), variances, loss, Array.from(W)];"""
    with standalone(tmp_path, "") as page:
        found = in_javascript(page, call, worlds)
    for (W, prices, eigenvalues, s2), (V, variances, loss, moved) in zip(worlds, found, strict=True):
        V = torch.tensor(V, dtype=torch.float64).reshape(4, 3).requires_grad_()
        log_var = torch.tensor(variances, dtype=torch.float64).log().requires_grad_()
        W = W.clone().requires_grad_()
        expected = linear.loss(linear.Weights(V, W, log_var), eigenvalues.diag(), prices, s2)
        assert loss == pytest.approx(expected.item(), abs=1e-9)
        of_V, of_W, of_log_var = torch.autograd.grad(expected, (V, W, log_var))
        assert of_V.abs().max() < 1e-9 and of_log_var.abs().max() < 1e-9
        assert moved == pytest.approx((W - RATE * of_W).flatten().tolist(), abs=1e-9)


def test_what_orders_cost_is_the_packages(tmp_path):
    worlds = [random_world(seed) for seed in range(100)]
    with standalone(tmp_path, "") as page:
        found = in_javascript(page, "return [m.ORDERS, m.order_losses(b, Array.from(l), s2)];", worlds)
    for (_, prices, eigenvalues, s2), (orders, losses) in zip(worlds, found, strict=True):
        costs = linear.pairing_costs(eigenvalues[:3], prices, s2, orders)
        rest = 2 * math.log(2 * math.pi * s2) + eigenvalues[3] / (2 * s2)
        assert losses == pytest.approx((costs + rest).tolist(), abs=1e-9) and len({*map(tuple, orders)}) == 6


def descended(W, prices, eigenvalues, s2, nudges, in_turn, steps):
    """The same descent by autograd, with the encoder solved for at each step."""
    now, d = prices, len(prices)
    for t in range(steps):
        if in_turn and t % (steps // d) == 0:
            stage = d * t // steps
            now = torch.where(torch.arange(d) <= stage, prices, CLOSED)
            W = W + nudges[stage].reshape(W.shape)
        W = W.detach().requires_grad_()
        with torch.no_grad():
            V = W @ torch.linalg.inv(W.mT @ W / s2 + now.diag()) / s2
            log_var = (now / (now + W.square().sum(0) / s2)).log()
        value = linear.loss(linear.Weights(V, W, log_var), eigenvalues.diag(), now, s2)
        W = W - RATE * torch.autograd.grad(value, W)[0]
    return W.detach()


def test_training_is_the_same_descent(tmp_path):
    """On 100 random worlds, every other one with its latents opened in turn."""
    worlds = [(0.3 * W, b, values, 0.3) for W, b, values, _ in map(random_world, range(100))]
    nudges = 1e-3 * torch.randn(3, 12, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    call = f"""window.turn = !window.turn; const nudges = {json.dumps(nudges.tolist())};
        return Array.from(m.train(W, b, Array.from(l), s2, nudges, window.turn, 30, 30).at(-1)[0]);"""
    with standalone(tmp_path, "") as page:
        found = in_javascript(page, call, worlds)
    for k, (world, W) in enumerate(zip(worlds, found, strict=True)):
        assert descended(*world, nudges, k % 2 == 0, 30).flatten().tolist() == pytest.approx(W, abs=1e-9)


ENDS = [((1, 1.3, 1.6), 7, 12), ((1, 1, 1), 12, 12), ((1, 2, 3), 12, 12), ((1.6, 1.3, 1), 6, 0)]


@pytest.mark.parametrize("prices, together, in_turn", ENDS)
def test_where_twelve_starts_end(prices, together, in_turn, tmp_path):
    """At rest, at the loss of one of the six orders; from the chapter's starts as often the best as it says."""
    call = """([m, w, b]) => [false, true].map(turn => w.starts.map(start =>
        m.train(start, b, w.eigenvalues, w.variance, w.nudges, turn).at(-1)[1]));"""
    eigenvalues, prices = torch.tensor(WORLD["eigenvalues"]).double(), torch.tensor(prices).double()
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("cascade"))
        found = page.evaluate(call, [figure, WORLD, prices.tolist()])
        orders = page.evaluate(
            "([m, b, l]) => m.order_losses(b, l, 0.3)", [figure, prices.tolist(), eigenvalues.tolist()]
        )
    for ends in found:
        assert all(min(abs(end - order) for order in orders) < 2e-3 for end in ends)
    assert [sum(end < min(orders) + 0.01 for end in ends) for ends in found] == [together, in_turn]
    if in_turn == 0:  # the latent that opens first takes the largest direction, whatever it pays
        assert all(end == pytest.approx(max(orders), abs=1e-6) for end in found[1])


def numbers(page):
    drawn(page)
    data = page.evaluate("({...document.querySelector('.live-cascade').dataset})")
    return {key: value if key == "held" else float(value) for key, value in data.items()}


@pytest.mark.parametrize("width", [1280, 390])
def test_by_keyboard(width, tmp_path):
    with standalone(tmp_path, live.cascade_figure(), width=width) as page:
        grid, chart = page.locator("svg.held"), page.locator("svg.path")
        press = lambda name: page.get_by_role("button", name=name, exact=True).press("Enter")
        now = numbers(page)
        assert now["loss"] > now["best"] + 0.1 and (now["together"], now["turns"]) == (7, 12)
        for label in ("price of latent 1", "price of latent 2", "price of latent 3", "start"):
            look = lambda: grid.inner_html() + chart.inner_html()
            seen = look()
            page.get_by_role("slider", name=label).focus()
            page.keyboard.press("ArrowRight")
            drawn(page)
            assert look() != seen, f"{label} moves nothing"
        press("prices 1, 1.3, 1.6")
        page.get_by_role("slider", name="step of training").press("Home")
        at_first = numbers(page)["loss"]
        page.get_by_role("slider", name="step of training").press("PageUp")
        assert numbers(page)["loss"] < at_first
        press("next start")
        assert page.get_by_role("slider", name="start", exact=True).input_value() == "5"
        assert page.get_by_role("slider", name="step of training").input_value() == "3000"
        press("one after the other")
        toggle = page.get_by_role("button", name="one after the other")
        assert numbers(page)["held"] == "1,2,3" and toggle.get_attribute("aria-pressed") == "true"
        page.get_by_role("slider", name="step of training").press("Home")
        assert len(numbers(page)["held"]) == 1 and grid.get_by_text("closed").count() == 2
        press("dearest first")
        now = numbers(page)
        assert (now["together"], now["turns"], now["held"]) == (6, 0, "1,2,3") and now["loss"] > now["best"] + 0.4
        press("far apart")
        assert numbers(page)["together"] == 12 == page.locator(".end.best").count() - 12
        press("equal prices")
        assert numbers(page)["loss"] == pytest.approx(numbers(page)["best"], abs=1e-3)
        press("one after the other")
        drawn(page)
        assert toggle.get_attribute("aria-pressed") == "false"
        assert "all at once, after 3,000 steps" in spoken(page, page.get_by_role("status"), grid)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("prices, together, in_turn", [ENDS[0], ENDS[3]])
def test_each_mark_stands_by_its_ticks_and_each_number_by_its_name(prices, together, in_turn, width, tmp_path):
    """After 600 steps from the third start, all latents open; how many of twelve end at the best is the chapter's."""
    b, s2, values = torch.tensor(prices).double(), WORLD["variance"], torch.tensor(WORLD["eigenvalues"]).double()
    W = descended(torch.tensor(WORLD["starts"][2]).double().reshape(4, 3), b, values, s2, None, False, 600)
    V = W @ torch.linalg.inv(W.mT @ W / s2 + b.diag()) / s2
    log_var = (b / (b + W.square().sum(0) / s2)).log()
    rest = 2 * math.log(2 * math.pi * s2) + values[3].item() / (2 * s2)
    orders = linear.pairing_costs(values[:3], b, s2, list(itertools.permutations(range(3)))) + rest
    best = orders.min().item()
    above = linear.loss(linear.Weights(V, W, log_var), values.diag(), b, s2).item() - best
    with standalone(tmp_path, live.cascade_figure(prices), width=width) as page:
        page.get_by_role("slider", name="step of training").evaluate(
            "e => { e.value = 600; e.dispatchEvent(new Event('input')); }"
        )
        now, grid, chart = numbers(page), page.locator("svg.held"), page.locator("svg.path")
        held = [k + 1 for k in W.abs().argmax(0).tolist()]
        words = page.locator(".live-cascade .reading").inner_text()
        says(words, "Start {}, all at once, after {} steps: {} nats above the best order; open latents hold direction "
             "{}, {}, {}.", 3, 600, above, *held)  # fmt: skip
        says(words, "Of {} starts {} end at the best order if all are open at once, {} one after the other.", 12,
             together, in_turn)  # fmt: skip
        assert (now["together"], now["turns"]) == (together, in_turn) and words in grid.get_attribute("aria-label")

        shown, cells = texts(grid), attributes(grid.locator("circle.load"), "cx", "cy", "r")
        room = attributes(grid.locator("circle.room"), "cx", "cy", "r")
        assert [[x, y] for x, y, _ in cells] == [[x, y] for x, y, _ in room]
        weights = (W.abs().mT / 2).clamp_max(1).flatten().tolist()
        assert [r / whole[2] for (*_, r), whole in zip(cells, room, strict=True)] == pytest.approx(weights, abs=0.01)
        assert [float(w) for w, x, y, _ in shown if y == 32] == WORLD["eigenvalues"]
        assert [x for _, x, y, _ in shown if y == 32] == [x for x, *_ in cells[:4]]
        for j, price in enumerate(prices):
            lines = [w for w, x, y, _ in shown if x == 0 and abs(y - cells[4 * j][1]) < 16]
            says(" ".join(lines), "latent {} at {}", j + 1, price)

        height, axis = ruler(chart, "y", log=True), chart.locator("path.axis").get_attribute("d")
        [[cx, cy]] = attributes(chart.locator("circle.here"), "cx", "cy")
        assert height(cy) == pytest.approx(above, rel=0.03)
        rows = chart.locator("path.order").evaluate_all("all => all.map(e => e.getAttribute('d'))")
        drawn_at = sorted(height(float(d.split(",")[1].split("H")[0])) for d in rows)
        assert drawn_at == pytest.approx(
            (orders - best)[orders > best + 1e-3].round(decimals=6).unique().tolist(), rel=0.03
        )
        path = points(chart.locator("path.chosen"))
        at = lambda step: path[0, 0] + step / 3000 * (path[-1, 0] - path[0, 0])
        assert cx == pytest.approx(at(600), abs=0.1) and path[30] == pytest.approx([cx, cy], abs=0.2)
        left, right = (float(v) for v in (axis[1:].split(",")[0], axis.split("H")[1]))
        assert path[[0, -1], 0] == pytest.approx([left, right], abs=0.1)
        rows = {w: y - 4 for w, _, y, _ in texts(chart) if w in ("all at once", "one after the other")}
        ends = {w: chart.locator(f"circle.end[cy='{y:g}']") for w, y in rows.items()}
        for w, count in (("all at once", together), ("one after the other", in_turn)):
            assert (ends[w].count(), chart.locator(f"circle.end.best[cy='{rows[w]:g}']").count()) == (12, count), w
        [[rx, ry]] = attributes(chart.locator("circle.ring"), "cx", "cy")
        assert [rx, ry] == attributes(ends["all at once"], "cx", "cy")[2]


def test_as_a_widget(tmp_path):
    widget = live.cascade_explorer(prices=(1, 1.2, 1.4), start=2)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, *TRAITS)
        page.get_by_role("button", name="one after the other").press("Enter")
        assert page.evaluate("model.sent.at(-1).in_turn") is True
        page.evaluate("model.from_python('b3', 3)")
        drawn(page)
        assert page.get_by_role("slider", name="price of latent 3").input_value() == "3"
        assert numbers(page)["held"] == "1,2,3"
