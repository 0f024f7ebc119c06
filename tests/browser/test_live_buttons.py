"""Every button and every slider of the live figures tells the kernel the keys and the values that its name says, and no
other: what a figure draws is tested where the figure is."""

import math

import pytest
from standalone import as_widget, drawn, standalone

from course_pkg.show import live

PAIRS, EVEN, ODD = (
    [0.04, 0.12, 0.45, 0.55, 0.88, 0.96],
    [0.05, 0.23, 0.41, 0.59, 0.77, 0.95],
    [0.3, 0.3, 0.3, 0.3, 0.3, 0.97],
)
N = 737_280
TOGGLES = {
    "pack both into one": "packed",
    "every latent twice": "twice",
    "scramble the settings": "scrambled",
    "drop the second latent": "dropped",
}
# Of each figure: {slider: (key, a value)}, and in the order in which they are pressed [(button, what changes)].
FIGURES = {
    "cascade": (
        lambda: live.cascade_explorer(prices=(1.2, 2.5, 1.4), start=2),
        {
            "price of latent 1": ("b1", 1.5),
            "price of latent 2": ("b2", 1.5),
            "price of latent 3": ("b3", 1.7),
            "start": ("start", 5),
            "step of training": ("step", 600),
        },
        [
            ("prices 1, 1.3, 1.6", {"b1": 1, "b2": 1.3, "b3": 1.6, "step": 3000}),
            ("equal prices", {"b2": 1, "b3": 1}),
            ("far apart", {"b2": 2, "b3": 3}),
            ("dearest first", {"b1": 1.6, "b2": 1.3, "b3": 1}),
            ("next start", {"start": 6}),
            ("one after the other", {"in_turn": True}),
            ("one after the other", {"in_turn": False}),
        ],
    ),
    "mmd": (
        lambda: live.mmd_explorer(points=6, h=0.5),
        {
            "Q to the right": ("right", 2),
            "Q upwards": ("up", -1),
            "spread of Q": ("spread", 1.5),
            "kernel width h": ("log_h", -0.2),
        },
        [
            ("too wide a kernel", {"log_h": 1}),
            ("too narrow a kernel", {"log_h": -1.4}),
            ("same law", {"right": 0, "up": 0, "spread": 1}),
            ("same place, other spread", {"spread": 0.5}),
        ],
    ),
    "turn": (
        live.turn_explorer,
        {
            "turn of the latents": ("turn", 33),
            "ratio of variances": ("ratio", 2.5),
            "correlation of the factors": ("rho", 0.6),
            "beta": ("beta", 3.5),
        },
        [
            ("turn to the factors", {"turn": 0}),
            ("equal and correlated", {"ratio": 1, "rho": 0.3}),
            ("turn to the best axes", {"turn": 45}),
            ("equal variances", {"rho": 0}),
        ],
    ),
    "scores": (
        lambda: live.scores_explorer(turn=20),
        {"turn": ("turn", 50)},
        [
            *((name, {key: True}) for name, key in TOGGLES.items()),
            ("as it was", {"turn": 0, **dict.fromkeys(TOGGLES.values(), False)}),
        ],
    ),
    "shuffle": (
        live.shuffle_explorer,
        {
            "total correlation": ("tc", 2),
            "batch B": ("log2_batch", 7),
            "place: latent 1": ("z1", 0.5),
            "place: latent 2": ("z2", -2),
        },
        [
            ("independent", {"tc": 0}),
            ("three nats, 64 codes", {"tc": 3, "log2_batch": 6}),
            ("against the ceiling", {"tc": 8, "log2_batch": 4}),
            ("place on the ridge", {"z1": 1.5, "z2": 1.5}),
            ("place off the ridge", {"z1": 1, "z2": -1}),
            ("another batch", {"seed": 10}),
        ],
    ),
    "batch": (
        live.batch_explorer,
        {
            "latents": ("latents", 3),
            "nats a latent": ("nats", 1.5),
            "correlation of means": ("rho", 0.5),
            "batch B": ("log2_batch", 8),
            "own image's weight w": ("log10_own", -3),
        },
        [
            ("like the log", {"latents": 4, "nats": 2.2, "rho": 0.27, "log2_batch": 6, "log10_own": -math.log10(N)}),
            ("independent", {"rho": 0}),
            ("copies of one", {"rho": 0.99}),
            ("weight 1/B", {"log10_own": -math.log10(64)}),
            ("weight 1/N", {"log10_own": -math.log10(N)}),
            ("other images", {"seed": 2}),
        ],
    ),
    "bottleneck": (
        live.bottleneck_explorer,
        {},
        [("evenly spread", {"p_y": EVEN}), ("one odd one out", {"p_y": ODD}), ("three pairs", {"p_y": PAIRS})],
    ),
    "rate": (
        lambda: live.rate_explorer([4.0, 2.0, 1.0], variance=0.5, beta=1.0),
        {},
        [("next latent off", {"beta": 2}), ("next latent off", {"beta": 4}), ("last one on again", {"beta": 2})],
    ),
}


def moved(page, keys, before):
    """The keys whose values are other than before, each with what it is now."""
    now = page.evaluate("keys => Object.fromEntries(keys.map(key => [key, model.get(key)]))", keys)
    return {key: value for key, value in now.items() if value != before[key]}, now


@pytest.mark.parametrize("name", FIGURES)
def test_each_slider_and_each_button_changes_what_it_says_and_nothing_else(name, tmp_path):
    make, sliders, buttons = FIGURES[name]
    widget = make()
    keys = [key for key in widget.trait_names() if widget.trait_metadata(key, "sync") and not key.startswith("_")]
    keys = [key for key in keys if key not in ("layout", "tabbable", "tooltip")]
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, *keys)
        _, now = moved(page, keys, dict.fromkeys(keys))
        for label, (key, value) in sliders.items():
            slider = page.get_by_role("slider", name=label, exact=True)
            slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", value)
            drawn(page)
            changed, now = moved(page, keys, now)
            assert changed == {key: pytest.approx(value)}, f"{name}: the slider {label!r}"
        named = {text for text, _ in buttons}
        there = set(page.locator(f".live-{name} button").all_inner_texts())
        assert named == there, f"{name}: say in FIGURES what each button changes"
        for text, expected in buttons:
            page.get_by_role("button", name=text, exact=True).press("Enter")
            drawn(page)
            changed, now = moved(page, keys, now)
            assert changed == {key: pytest.approx(value) for key, value in expected.items()}, f"{name}: {text!r}"
