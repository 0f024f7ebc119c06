"""Figures of the pages: letters that a telephone can show, and colours that follow the theme of the book."""

import importlib.util
import io
import math
import re

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

from course_pkg.show import diagrams, figures
from helpers import ROOT

PHONE = 358  # pixels that a telephone of 390 leaves for a figure


def extension(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def drawn():
    """The SVG of a figure that uses everything: ink, a quantity's colour in a line and in words, a clip, an image."""
    with matplotlib.rc_context():
        figures.style()
        fig, (left, right) = plt.subplots(1, 2)
        left.plot([0, 1], [0, 1], color=figures.COLOURS["rate"])
        left.set(title="a title", xlabel="x", ylabel="y")
        left.text(0.2, 0.5, "rate", color=figures.COLOURS["rate"])
        right.imshow([[0, 1], [1, 0]])
        file = io.StringIO()
        fig.savefig(file, format="svg", metadata={"Date": None})
        plt.close(fig)
    return file.getvalue()


def test_letters_are_eight_pixels_or_more_on_a_telephone(drawn):
    shrunk = PHONE / (figures.WIDTH * 96)
    points = [
        float(size) for size in re.findall(r"font: ([\d.]+)px|font-size: ?([\d.]+)px", drawn) for size in size if size
    ]
    assert points and min(points) * 96 / 72 * shrunk >= 8, "sizes are those of the SVG, in points"


def test_a_figure_in_the_book_follows_the_theme(drawn):
    page = extension("inline_figures").themed(drawn, 'a "line" & more', "f1")
    assert figures.INK in drawn and figures.PLATE in drawn, "the notebook's own copy can be read on any ground"
    assert not re.search("|".join([figures.INK, figures.PLATE, *figures.COLOURS.values()]), page)
    assert "currentColor" in page and "var(--q-rate)" in page
    assert re.search(r"<text[^>]*var\(--q-rate-text\)", page), "words have the variant that can be read"
    assert 'role="img"' in page and 'aria-label="a &quot;line&quot; &amp; more"' in page
    assert "<metadata" not in page and "<?xml" not in page


def test_two_figures_of_a_page_share_no_id_and_find_their_own(drawn):
    themed = extension("inline_figures").themed
    first, second = themed(drawn, "", "a"), themed(drawn, "", "b")
    for page in (first, second):
        ids = re.findall(r'\bid="([^"]+)"', page)
        asked = {name for pair in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page) for name in pair if name}
        assert len(ids) == len(set(ids)) and asked == set(ids), "every id is used, and every use has its id"
    assert not set(re.findall(r'\bid="([^"]+)"', first)) & set(re.findall(r'\bid="([^"]+)"', second))


def test_a_fold_says_how_many_facts_it_asserts():
    facts = extension("inline_figures").facts
    assert facts("x = 1\nassert x\nfor i in range(2):\n    assert i < 2\n") == 2
    assert facts("print(1)") == 0


def test_the_words_of_a_page_keep_their_sections_and_lose_what_is_not_read():
    words = extension("search_from_disk").words
    page = '<main><article class="a"><section id="one"><h1>One<a class="headerlink">#</a></h1><p>the <b>word</b></p>'
    page += "<script>no()</script><svg>drawn</svg></section></article></main>"
    assert '<section id="one">' in words(page) and "the word" in words(page)
    assert "no()" not in words(page) and "drawn" not in words(page) and "#" not in words(page)
    assert words("<html></html>") is None


def test_a_diagram_has_no_axes_and_one_scale():
    _, axes = plt.subplots()
    figures.canvas(axes, 4, 2)
    figures.box(axes, 1, 1, "encoder", quantity="posterior")
    figures.arrow(axes, (1.8, 1), (3, 1), "z")
    figures.bell(axes, 3, 0.5, 0.2, 0.5, "prior")
    assert not axes.axison and axes.get_aspect() == 1 and axes.get_xlim() == (0, 4)
    assert [text.get_text() for text in axes.texts if text.get_text()] == ["encoder", "z"]
    plt.close("all")


def test_an_ellipse_has_the_widths_of_its_gaussian():
    _, axes = plt.subplots()
    figures.draw_gaussian(axes, torch.tensor([1.0, 2.0]), torch.tensor([0.0, 2.0]), "k", deviations=2)
    ellipse = axes.patches[0]
    assert (
        ellipse.center == (1, 2)
        and ellipse.width == pytest.approx(4)
        and ellipse.height == pytest.approx(4 * 2.71828, rel=1e-4)
    )
    plt.close("all")


def test_the_two_bars_of_the_evidence_have_one_length():
    _, axes = plt.subplots()
    diagrams.evidence_bar(axes, reconstruction=16.0, rate=5.0, evidence=-19.5)
    bars = sorted((round(bar.get_y(), 2), bar.get_x(), bar.get_width()) for bar in axes.patches)
    assert [(left, length) for _, left, length in bars] == [(0, 19.5), (19.5, 1.5), (0, 16), (16, 5)]
    assert [text.get_text() for text in axes.texts] == [
        "reconstruction 16.0",
        "rate 5.0",
        "−log evidence 19.5",
        "gap 1.5",
    ]
    plt.close("all")


def test_diagrams_stay_inside_their_figure():
    figures_drawn = []
    with matplotlib.rc_context():
        figures.style()
        panels_of = {
            diagrams.encoder_decoder: 1, diagrams.reparameterisation: 2, diagrams.thermostat: 1,
            diagrams.turned_axes: 2, diagrams.training_step: 1,
        }  # fmt: skip
        for draw, panels in panels_of.items():
            fig, axes = plt.subplots(1, panels)
            draw(axes)
            fig.canvas.draw()
            figures_drawn.append(fig)
            for ax in fig.axes:
                boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
                assert all(box.x0 >= -2 and box.x1 <= fig.bbox.x1 + 2 for box in boxes), draw.__name__
    assert len(figures_drawn) == 5
    plt.close("all")


def test_the_best_independent_gaussian_fits_on_its_axes_and_is_too_narrow_on_others():
    """Its variance is one over the precision's diagonal, along each axis: less than the posterior's own reach."""
    _, axes = plt.subplots(1, 2)
    diagrams.turned_axes(axes, widths=(0.2, 0.7), angle=0.6)
    ellipses = [[p for p in ax.patches if hasattr(p, "get_angle")] for ax in axes]
    (_, own, fits), (_, same, narrow) = ([p for p in found if p.width < 4] for found in ellipses)
    size = lambda patch: sorted((patch.width, patch.height))
    for patch in (own, fits, same):
        assert size(patch) == pytest.approx([0.8, 2.8])
    precision = [math.cos(0.6) ** 2 / w**2 + math.sin(0.6) ** 2 / v**2 for w, v in ((0.2, 0.7), (0.7, 0.2))]
    assert [narrow.width, narrow.height] == pytest.approx([4 / math.sqrt(p) for p in precision])
    assert narrow.angle == 0 and abs(same.angle) % 90 > 1
    plt.close("all")
