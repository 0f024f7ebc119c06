"""Every measured number in a sentence, a caption or an alt text is what the code of its section prints or holds, or is
declared as what it is."""

import json
import re

import pytest

from helpers import ROOT
from numerals import Printed, Section, declarations, evaluated, literals, numbers, numerals, sections, text_of, unbacked

PAGES = sorted(p for folder in ("book", "exercises", "solutions") for p in (ROOT / folder).glob("*.md"))
# Pages whose numbers are not yet declared. The list only shrinks: a page leaves it when its numbers are in order.
BEFORE = set[str]()
WHAT_TO_DO = (
    "print it or assert it in a cell of its section (rounded as the sentence rounds it), correct the sentence, or say "
    "in a comment of the section what it is: <!-- numbers: 13.5 = log(737280); 64 is the side of a sprite -->"
)


def name(page):
    return page.relative_to(ROOT).with_suffix("").as_posix()


def line_of(page, digits, title=""):
    """Where a numeral stands in a section's text, for the message: else anywhere on the page."""
    found = re.compile(rf"(?<![\d.,]){re.escape(digits)}(?![\d]|,\d)")
    lines = page.read_text("utf-8").replace("{,}", ",").splitlines()
    heading = next((i for i, line in enumerate(lines) if line.strip("# ") == title), 0)
    there = [i for i, line in enumerate(lines) if found.search(line) and not line.startswith("<!--")]
    return next((i for i in there if i >= heading), there[0] if there else 0) + 1


def problems(page):
    """Every numeral of a page that nothing backs: file, line, section, and what is wrong."""
    line = lambda problem, title: line_of(page, re.split(r" [(]|:", problem)[0], title)
    return [
        f"{page.relative_to(ROOT)}:{line(problem, section.title)}, in '{section.title}': {problem}"
        for section in sections(page)
        for problem in unbacked(section)
    ]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=name)
def test_a_number_in_a_sentence_is_backed_by_its_section(page):
    if name(page) not in BEFORE:
        found = problems(page)
        assert not found, "\n" + "\n".join(found) + "\n" + WHAT_TO_DO


# Chapters that are still being written leave the list when they are finished.
FINISHED = ("bottleneck", "elbo", "kkt", "data", "total_correlation", "density_ratio", "metrics", "mmd")


def test_finished_pages_whose_numbers_are_in_order_have_left_the_list():
    finished = [page for page in PAGES if page.stem in FINISHED and name(page) in BEFORE]
    done = [name(page) for page in finished if not problems(page)]
    assert not done, f"take {done} out of BEFORE: every number there is backed"


# What is a numeral, and what backs one ---------------------------------------------------------------


def digits(text):
    return [n.digits for n in numerals(text, "text")]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("42 nats, 24.8 of them, 737,280 images", ["42", "24.8", "737,280"]),
        (r"$\log 737{,}280$ and $\beta$", ["737,280"]),
        ("a .98 here, 8 × 8 pixels, 64 by 64", [".98", "8", "8", "64", "64"]),
        ("two images, 3 of them, 5 nats, 7 percent, 2 GB", ["5", "7", "2"]),
        ("Takes about 180 minutes", []),
        ("Burda et al. (2016), section 12, eq. 14, pull request 226, `x[13]`, {numref}`fig-12`", []),
        ("after step 500 and at step 50,000", ["50,000"]),
        ("Python 3.11.5, [text](page12.html), https://a.b/15", []),
        ("# 14 ways\n\nand 15", ["15"]),
        ("Five of the twelve starts, three of four, one of ten", ["Five of the twelve"]),
        ("six hundredths of a nat, at $10^{-84}$", ["10^{-84}", "six hundredths"]),
        ("Twenty-five of the twelve weeks, ten runs, one in ten thousand", ["twenty-five", "twelve"]),
        ("nine million or a hundred and fifty of half a million", ["nine million", "a hundred and fifty"]),
    ],
)
def test_numerals_of_a_sentence(text, expected):
    assert digits(text) == expected


def backed(text, shown=(), held=(), declared=None):
    section = Section("s", [(text, "text")], list(shown), set(held), declared or {})
    return unbacked(section)


def test_a_numeral_is_backed_within_its_rounding():
    assert backed("about 24.8 nats", shown=[24.7512]) == [] != backed("about 24.8 nats", shown=[24.74])
    assert backed("42 percent", shown=[0.4163]) == [] != backed("42 percent", shown=[0.426])
    assert backed("42 nats", held=[42.0]) == [] != backed("42 nats", held=[41.9])
    assert backed("a fall of 12", shown=[-12.3]) == []


def test_a_number_in_words_is_a_numeral():
    assert backed("in twelve weeks", shown=[12.0]) == [] == backed("in twelve weeks", held=[12.0])
    assert backed("in twenty weeks", shown=[12.0]) == [
        "twenty (text): neither printed nor held by the code of its section"
    ]
    assert backed("nine million", declared=declarations("nine million = exp(16) - 1")) == []
    assert backed("six million", declared=declarations("six million = exp(16) - 1")) != []


@pytest.mark.parametrize("wrong", ["24", "420", "4.2", "43"])
def test_a_changed_numeral_is_seen(wrong):
    (only,) = backed(f"it costs {wrong} nats", shown=[42.01, 3.0], held=[42.0, 1e-3])
    assert only == f"{wrong} (text): neither printed nor held by the code of its section"


def test_counts_in_words_and_powers_are_backed_by_what_is_asserted():
    section = lambda text, held: unbacked(Section("s", [(text, "text")], held=set(held), asserted=set(held)))
    assert section("five of the twelve", {5.0, 12.0}) == [] != section("four of the twelve", {5.0, 12.0})
    assert section("nine of ten pairs", {0.9}) == [] != section("eight of ten pairs", {0.9})
    assert unbacked(Section("s", [("five of the twelve", "text")], held={5.0})), "a five that is only written somewhere"
    assert backed("six hundredths of a nat", shown=[0.0626]) == [] != backed("six tenths of a nat", shown=[0.0626])
    assert backed("$10^{-84}$", shown=[1.4e-84]) == [] != backed("$10^{-48}$", shown=[1.4e-84])
    assert backed("$10^{-2}$", declared=declarations("10^{-2} = 1 / 100")) == []


def test_a_declared_numeral_is_what_it_is_declared_as():
    said = {"13.5": "= log(737280)", "1100": "= 66 * 68 / 4", "12": "is the author's"}
    assert backed("13.5 and 1100 and 12", declared=said) == []
    assert backed("13.6 and 1100 and 12", declared=said) == [
        "13.6 (text): neither printed nor held by the code of its section",
        "13.5: declared, but no sentence holds it",
    ]
    assert backed("13", declared={"13": "= log(737280)"}) == ["13 (text): declared as log(737280), which is 13.5107"]


def test_declarations_are_read():
    assert declarations("13.5 = log(737280); 180 is an\n estimate") == {
        "13.5": "= log(737280)",
        "180": "is an\n estimate",
    }
    with pytest.raises(ValueError, match=r"expected '13\.5 = log"):
        declarations("13.5")
    assert evaluated("sqrt(2) ** 2") == pytest.approx(2)
    with pytest.raises(ValueError, match="expected arithmetic"):
        evaluated("[1]")


def test_code_and_outputs_hold_numbers():
    assert literals("%time\nassert round(math.log(737_280), 1) == 13.5 and True") == [13.5, 1.0, 737280.0]
    assert numbers("rate 12.3, 1,500 of 1e-3, x2") == [12.3, 1500, 1e-3]
    table = {"output_type": "display_data", "data": {"text/html": ["<td>24.8</td><script>99</script>"]}}
    check = {"output_type": "display_data", "data": {"text/html": ['<table class="derivation">17</table>']}}
    assert numbers(text_of(table)) == [24.8] and text_of(check) == ""


@pytest.mark.parametrize(
    ("said", "shown", "held", "right"),
    [
        ("1.10 nats", (Printed("1.1"),), (), False),  # a number that was printed with one decimal
        ("1.10 nats", (Printed("1.096"),), (), True),
        ("1.10 nats", (), literals("price = 1.1"), False),
        ("1.10 nats", (), literals("price = 1.10"), True),
        ("1.1 nats", (Printed("1.1"),), (), True),
        ("42 percent", (Printed("0.42"),), (), True),
        ("42 percent", (Printed("0.4"),), (), False),
    ],
)
def test_what_backs_a_numeral_has_its_decimals(said, shown, held, right):
    assert (backed(said, shown, held) == []) == right


@pytest.mark.parametrize(
    ("alt", "right"),
    [
        ("The line of vae, lowered by 20 nats, at 0.5 and 40.", True),
        ("The line of vae, lowered by 10 nats.", False),  # a constant of another cell
        ("Lines from 50 to 600.", True),
        ("Lines from 50 to 601.", False),
        ("In the corner, 31 of them.", False),
    ],
)
def test_a_figure_is_told_by_its_own_cell_and_by_what_is_asserted(alt, right, tmp_path):
    code = lambda source, **figure: {
        "cell_type": "code",
        "source": source,
        "metadata": {"mystnb": figure},
        "outputs": [],
    }
    cells = [
        {"cell_type": "markdown", "source": "# One" + "\n<!-- numbers: 600 is set -->" * ("600" in alt)},
        code("steps = 600\nspare = [10, 31]\n%time"),
        code("plot(range(50, steps), 0.5, '40 + 2')", image={"alt": alt}),
        code("torch.testing.assert_close(a, torch.full_like(b, 20.0))"),
    ]
    (tmp_path / "page.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    (_, only) = sections(tmp_path / "page.md")
    assert (unbacked(only) == []) == right


@pytest.mark.parametrize(
    ("summed", "right"),
    [("6.33 nats", True), ("6.3 nats", True), ("6.34 nats", False), (".6 nats", False), ("six tenths of a nat", False),
     ("five of the twelve starts", True), ("seven of the twelve starts", False), ("a share of 0.6", True)],
)  # fmt: skip
def test_a_section_without_code_tells_only_what_another_section_told(summed, right, tmp_path):
    told = "# One\n\nIt costs 6.33 nats at a share of 0.6, in five of the twelve starts."
    code = {"cell_type": "code", "source": "x = 6.34", "metadata": {}, "outputs": []}
    text = lambda source: {"cell_type": "markdown", "source": source}
    cells = [text(told), code, text(f"# Take-aways\n\nIt is {summed}.")]
    (tmp_path / "page.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    *_, last = sections(tmp_path / "page.md")
    assert (unbacked(last) == []) == right
