"""The words inside the pictures of the live figures: every one is in a table here, and those of the bottleneck are what
Python finds. Who changes a label reads the picture again, and then the table."""

import math
import re

import pytest
import torch
from reading import NUMBER, attributes, points, ruler, texts
from standalone import drawn, standalone
from test_live_bottleneck import PAIRS, best_in_python, rows, settled, table

from course_pkg.bottleneck import informations
from course_pkg.show import live
from test_live import FIGURES

# Every text with a letter in it, {} for a number that another test reads.
LABELS = {
    "kl": ("q", "p", "q log(q / p)", "p log(p / q)", "highest {}", "filled: adds to the KL; hatched: subtracts"),
    "latents": (),  # its pictures are decoded
    "rate": ("dashed: slope {}, and", "at rate 0 the loss, {}", "distortion, nats", "rate, nats", "rate of each latent",
             "off at"),
    "bottleneck": ("beta", "at the top one code for all", "a faint code: {}", "p(y = 1), given z; below, given x",
                   "shaded: out of reach", "I(x; z), nats: what the code costs", "I(z; y): kept"),
    "scores": (*(row + column for row in "abcd" for column in "1234"), "Kim-Mnih", "modularity", "MIG", "compactness",
               "SAP", "straight lines", "InfoM", "InfoC"),
    "mmd": ("Q", "ticks: labels dealt anew; long line: as observed"),
    "turn": ("factor 1", "factor 2", "log p(x)", "the objective misses", "TC of the codes", "Kim-Mnih"),
    "batch": ("truth: information {}, one by one {}", "read: information {}, one by one {}", "TC {}", "log 1/w",
              "log B"),
    "shuffle": ("latent 1", "latent 2", "total correlation, nats", "what is read", "ceiling: log B", "truth"),
    "cascade": ("variance of each direction", "latent 1", "latent 2", "latent 3", "at {}", "closed",
                "nats above the best order", "3,000 steps", "all at once", "one after the other"),
}  # fmt: skip

FAR = """share => document.querySelectorAll(".live input[type=range]").forEach(e => {
  e.value = +e.min + share * (e.max - e.min); e.dispatchEvent(new Event("input")); })"""


def words_in(page):
    drawn(page)
    found = (words for svg in page.locator(".live svg").all() for words, *_ in texts(svg))
    return {words for words in found if re.search("[A-Za-z]", words)}


def matching(words, labels):
    """The labels that the words are; {} is any number."""
    return [label for label in labels if re.fullmatch(re.escape(label).replace(r"\{\}", NUMBER), words)]


def test_every_figure_has_its_labels():
    assert [*LABELS] == [*FIGURES]


@pytest.mark.parametrize("name", FIGURES)
def test_every_label_of_a_picture_is_in_the_table(name, tmp_path):
    """At the start, with each choice, and then with all sliders at either end; none of the table is there in vain."""
    with standalone(tmp_path, FIGURES[name]()) as page:
        shown = words_in(page)
        for choice in [None, *page.locator(".live :is([type=radio], [type=checkbox], [aria-pressed])").all()]:
            if choice:
                choice.click()
                shown |= words_in(page)
            for share in (0, 1):
                page.evaluate(FAR, share)
                shown |= words_in(page)
    found = {words: matching(words, LABELS[name]) for words in shown}
    unknown = sorted(words for words, labels in found.items() if not labels)
    assert not unknown, f"{name}.js writes {unknown}: read whether it is so, have it judged, and take it into LABELS"
    gone = {*LABELS[name]} - {label for labels in found.values() for label in labels}
    assert not gone, f"{name}.js does not write {sorted(gone)} any more"


# --- the bottleneck ---------------------------------------------------------------------------------------------------

SHARED = {"one code for all": 1, "a code for each": len(PAIRS)}


def codes_at(beta):
    """How many codes that say different things of y Python finds at a price, and what they cost."""
    p_x, _, joint = table(PAIRS)
    rate, _, code = best_in_python(PAIRS, beta)
    q_z = p_x @ code
    return len(torch.unique(((code.mT @ joint)[:, 1] / q_z)[q_z > 1e-6].round(decimals=3))), rate


def test_at_the_top_of_the_tree_there_are_as_many_codes_as_its_label_says(tmp_path):
    with standalone(tmp_path, live.bottleneck_figure()) as page:
        settled(page)
        tree = page.locator("svg.tree")
        [(words, y)] = [(words, y) for words, _, y, _ in texts(tree) if words.startswith("at the top ")]
        prices = {float(words): at for words, x, at, anchor in texts(tree) if anchor == "end" and is_number(words)}
    top, foot = min(prices, key=prices.get), max(prices, key=prices.get)
    assert y < min(prices.values()) and (top, foot) == (1.0, 0.001)
    found, rate = codes_at(top)
    assert found == SHARED[words.removeprefix("at the top ")] and abs(rate) < 1e-6, "no code tells two x apart"
    found, rate = codes_at(foot)
    assert found == SHARED["a code for each"]
    assert rate == pytest.approx(math.log(len(PAIRS)), abs=1e-3), "H(X): the code names its x"


def is_number(words):
    return re.fullmatch(NUMBER, words) is not None


def test_no_code_is_found_where_the_plane_says_out_of_reach(tmp_path):
    """2,000 random codes, from clear ones to faint ones: none lies in the shade, and the best ones come to its edge."""
    with standalone(tmp_path, live.bottleneck_figure()) as page:
        settled(page)
        plane, tree = page.locator("svg.plane"), page.locator("svg.tree")
        across, up = ruler(plane, "x"), ruler(plane, "y")
        (x0, y0), (x1, y1) = ((across(x), up(y)) for x, y in points(plane.locator("path.shut"))[:2])
        below, above = (attributes(tree.locator(css), "cy") for css in (".value circle", "circle.code"))
    _, _, joint = table(PAIRS)
    for seed in range(2000):
        code = rows(seed, 6, 6) ** (1 + seed % 20)
        rate, kept = (v.item() for v in informations(joint, code / code.sum(1, keepdim=True)))
        edge = y0 + (rate - x0) / (x1 - x0) * (y1 - y0)
        assert kept <= min(edge, y1) + 0.005, f"seed {seed}: it costs {rate:.3f} and keeps {kept:.3f} nats"
    kept = informations(joint, torch.eye(6, dtype=torch.float64))[1].item()
    assert kept == pytest.approx(y1, abs=0.005), "a code for each x keeps all that there is: the shade begins there"
    assert max(above) < min(below), "given z above, given x below"
