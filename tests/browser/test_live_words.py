"""What every slider of the live figures shows beside itself, and tells a screen reader, is its value; what the rows of
a decoder's latents say of their ends is what these pictures are."""

import math
import re

import pytest
import torch
from reading import says, value
from standalone import drawn, standalone
from test_live_controls import CARD, MODEL, ORDER, decoded, words_of

from test_live import FIGURES

# Sliders whose own numbers are logarithms, by their names; any other shows its number.
SHOWN = {
    ("mmd", "kernel width h"): lambda v: 10**v,
    ("rate", "beta"): lambda v: 2**v,
    ("bottleneck", "price beta"): lambda v: 10**v,
    ("shuffle", "batch B"): lambda v: 2**v,
    ("batch", "batch B"): lambda v: 2**v,
    ("batch", "own image's weight w"): lambda v: 10**-v,  # the second number of 1/1,000
}


@pytest.mark.parametrize("share", [0.0, 0.37, 1.0])
@pytest.mark.parametrize("name", FIGURES)
def test_a_slider_shows_its_value(name, share, tmp_path):
    with standalone(tmp_path, FIGURES[name]()) as page:
        for line in page.locator(".live label.slider").all():
            label, slider = line.locator(".name").inner_text(), line.locator("input")
            slider.evaluate(
                """(e, share) => { e.value = +e.min + share * (e.max - e.min);
                e.dispatchEvent(new Event("input")); }""",
                share,
            )
            words, v = slider.get_attribute("aria-valuetext"), float(slider.input_value())
            assert line.locator(".value").inner_text() == words
            expected = SHOWN.get((name, label), lambda v: v)(v)
            number = words.split(", ")[0].removeprefix("1/").rstrip("\u00b0")
            assert value(number) == pytest.approx(expected, rel=6e-3, abs=6e-3), f"{label}: {words} at {v}"
            if "\u03c3" in words:
                says(words, "\u03c3 = {}", math.exp(v / 2))
            assert ("1/" in words) == label.startswith("own image") or expected == 1


def test_what_a_row_says_of_its_ends_is_how_they_look(tmp_path):
    """In each row of a decoder's latents the first picture is that at -3 and the last that at 3."""
    with standalone(tmp_path, FIGURES["latents"](), reduced_motion="reduce") as page:
        page.get_by_role("button", name="Show what each latent does").click()
        page.wait_for_function("document.querySelector('.strip').dataset.tiles === '90'")
        drawn(page)
        start = next(iter(CARD["starts"].values()))
        for rank, k in enumerate(ORDER):
            line = page.locator(".strip > div").nth(rank)
            says(line.locator("span").inner_text(), "latent {} ({} nats)", rank + 1, CARD["kl"][k])
            said = re.findall(r"At \u2212?3: ([\d.]+) %", line.locator("canvas").get_attribute("aria-label"))
            for shown, end in zip(said, (-3.0, 3.0), strict=True):
                z = [end if i == k else float(v) for i, v in enumerate(start)]
                assert float(shown) == pytest.approx(words_of(decoded(z))[0], abs=0.2), f"row {rank + 1} at {end:g}"
        assert len(CARD["kl"]) == MODEL.latents and torch.tensor(CARD["kl"])[ORDER].diff().max() <= 0
        says(page.locator(".strip > p").inner_text(), "Each row moves one latent from {} to {} and holds", -3, 3)


@pytest.mark.parametrize("name", ["batch", "cascade", "mmd", "shuffle"])
def test_what_stands_below_a_picture_is_told_of_it_too(name, tmp_path):
    with standalone(tmp_path, FIGURES[name]()) as page:
        told = page.locator(".live .reading").inner_text()
        assert len(told) > 40 and told in page.locator(".live svg[role=img]").get_attribute("aria-label")
