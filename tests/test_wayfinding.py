"""Glossary, indexes and bibliography: nothing is missing, nothing leads nowhere."""

import ast
import json
import re
import sys
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from sphinx.errors import ExtensionError

from helpers import ROOT

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import api_links
import code_links
import glossary
import said
import where

FILE = yaml.safe_load((ROOT / "book" / "glossary.yml").read_text("utf-8"))
IN_A_BOX = {"afterwards you can", "you need", "take"}
A_SENTENCE = re.compile(r"[.?!:]$|^With |^At |^All |^-?\d|^Proposition|\$")

# --- glossary ---------------------------------------------------------------------------------------------------------


def test_terms_are_sorted_and_each_has_one_line():
    terms = FILE["terms"]
    assert list(terms) == sorted(terms, key=str.lower)
    assert len({glossary.key(term) for term in terms}) == len(terms), "two lines for one term"
    for term, line in terms.items():
        assert re.fullmatch(r"\S[^\n]{15,150}\.", line), f"{term}: expected one sentence of at most 150 letters: {line}"


def test_every_term_that_a_chapter_sets_in_bold_has_its_line():
    known = {glossary.key(term) for term in [*FILE["terms"], *map(str, FILE["plain"])]} | IN_A_BOX
    for page in said.pages():
        if page.part == "Chapters":
            words = [w for w in glossary.bold(where.text_of(page)) if len(w.split()) < 5 and not A_SENTENCE.search(w)]
            missing = sorted({w for w in words if glossary.key(w) not in known})
            assert not missing, f"{page.name}: a line in book/glossary.yml for {missing} (or below plain: no term)"


def test_a_term_is_found_where_it_is_bold_and_not_in_code():
    page = "# T\n\nThe **Rates** here.\n\n```{code-cell}\nx = a **b** c\n```\n\n<!-- **c** --> Two **b**s.\n"
    assert glossary.bold(page) == ["Rates", "b"]
    assert glossary.places({"book/x": page}, {"rate": "", "b": ""}) == {"rate": ["book/x"], "b": ["book/x"]}
    with pytest.raises(ExtensionError, match=r"take them out: .'c'"):
        glossary.places({"book/x": page}, {"c": ""})


# --- indexes ----------------------------------------------------------------------------------------------------------


def shown(name):
    return "\n".join(where.INDEXES[name]())


def test_the_page_shows_every_index():
    text = (ROOT / "book" / "where.md").read_text("utf-8")
    assert set(re.findall(r"\{course-index\} (\w+)", text)) == set(where.INDEXES)


def test_every_numbered_equation_is_in_the_index():
    from course_pkg.derivation.pages import all_equations

    labels = {equation.label for page, equation in all_equations(ROOT) if f"book/{page}" in names()}
    assert set(re.findall(r"\{eq\}`([\w-]+)`", shown("equations"))) == labels


def names():
    return {page.name for page in said.pages()}


def test_every_figure_is_in_the_index():
    named = {
        name
        for page in said.pages()
        if page.name.startswith("book/")
        for name in re.findall(r"^ +name: (fig-[\w-]+)", where.text_of(page), re.M)
    }
    assert set(re.findall(r"\{numref\}`([\w-]+)`", shown("figures"))) == named


def test_every_exercise_is_in_the_index_and_its_address_is_that_of_its_section():
    for path in (ROOT / "exercises").glob("*.md"):
        titles = re.findall(r"^## \d+\. (.+)", path.read_text("utf-8"), re.M)
        found = re.findall(rf'href="\.\./exercises/{path.stem}\.html#([\w-]+)">\d+\. (.+)</a>', shown("exercises"))
        assert found == [(nodes.make_id(title), title) for title in titles], path.name


def test_systems_and_metrics_are_those_of_the_package():
    from course_pkg import metrics
    from course_pkg.runs.systems import SYSTEMS

    assert re.findall(r">`([\w-]+)`</a>", shown("systems")) == list(SYSTEMS)
    listed = re.findall(r">`(\w+)`</a>", shown("metrics"))
    assert {"dci", "higgins", "mig", "sap"} <= set(listed) <= set(metrics.__all__)
    assert "repeated" not in listed, "it takes a metric, and is none"


def test_lessons_stand_in_the_order_of_their_prices():
    listed = re.findall(r"^`(beta-\d+)`$", shown("lessons"), re.M)
    assert {"beta-4", "beta-16"} <= set(listed)
    assert listed == sorted(listed, key=lambda name: int(name.removeprefix("beta-")))


def test_every_notebook_stands_in_the_list_of_times_but_those_of_solutions():
    listed = re.findall(r"\{doc\}`/([\w/]+)`", shown("times"))
    notebooks = [page.name for page in said.pages() if (ROOT / f"{page.name}.ipynb").exists()]
    assert sorted(listed) == sorted(name for name in notebooks if not name.startswith("solutions/"))


def test_times_stand_below_their_day_and_machine_the_longest_first(tmp_path, monkeypatch):
    facts = {
        "a": {"seconds": 3, "measured": {"day": "2026-01-02", "on": "a machine"}}, "b": {"seconds": 4}, "c": {},
        "d": {"seconds": 5, "measured": {"day": "2026-01-02", "on": "a machine"}},
        "e": {"seconds": 6, "measured": {"day": "2026-02-01", "on": "a machine"}},
    }  # fmt: skip
    for name, metadata in facts.items():
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"metadata": metadata}), "utf-8")
    pages = [said.Page(name, "Chapters", name, "", "", (), 60) for name in "abcdef"]
    monkeypatch.setattr(where.said, "ROOT", tmp_path)
    monkeypatch.setattr(where.said, "pages", lambda: pages)
    assert [line for line in where.times() if line] == [
        "2026-02-01, on a machine, 6 s in all:", "- {doc}`/e`: 6 s",
        "2026-01-02, on a machine, 8 s in all:", "- {doc}`/d`: 5 s", "- {doc}`/a`: 3 s",
        "On a day and a machine that were not noted, 4 s in all:", "- {doc}`/b`: 4 s",
        "Not measured yet:", "- {doc}`/c`",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "caption, short",
    [
        ("One thing is seen here. Another.", "One thing is seen here."),
        ("Live. A shape.", "Live. A shape."),
        ('"Kim: a score (D. B.) is. So."', "Kim: a score (D. B.) is."),
    ],
)
def test_the_first_sentence_of_a_caption(caption, short):
    assert where.sentence(caption) == short


# --- bibliography -----------------------------------------------------------------------------------------------------

REFERENCES = (ROOT / "book" / "references.bib").read_text("utf-8")
ENTRIES = {e.split(",", 1)[0]: e for e in re.split(r"^@\w+\{", REFERENCES, flags=re.M)[1:]}
NEITHER = {  # what has neither a DOI nor an arXiv number
    "karush1939": "a thesis",
    "slater1950": "a discussion paper",
}


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_can_be_found(name):
    entry = ENTRIES[name]
    doi = re.search(r"^\s*doi = \{10\.\d{4,9}/\S+\},?$", entry, re.M)
    arxiv = re.search(r"arXiv:(\d{4}\.\d{4,5}|[a-z-]+/\d{7})\}", entry)
    page = re.search(r"^\s*url = \{https?://\S+\},?$", entry, re.M)  # of what its publisher gives no DOI
    assert doi or arxiv or page or name in NEITHER, (
        f"{name}: expected a DOI, an arXiv number, or its page at the publisher"
    )


def test_every_entry_is_cited():
    texts = "".join(
        path.read_text("utf-8") for folder in ("book", "exercises") for path in (ROOT / folder).glob("*.md")
    )
    cited = {key.strip() for keys in re.findall(r"\{cite:?\w*\}`([^`]+)`", texts) for key in keys.split(",")}
    assert cited <= set(ENTRIES), cited - set(ENTRIES)


# --- links to the API -------------------------------------------------------------------------------------------------

CELLS = """---
kernelspec: {}
---
# `kl`

```{code-cell}
---
tags: [hide-input]
---
%matplotlib inline
from course_pkg import metrics
from course_pkg.elbo import (
    gaussian_kl as kl,
)
```

```python
from course_pkg.worlds import expect
```
"""


def test_a_name_is_known_by_what_the_cells_of_a_page_import():
    known = api_links.imports(CELLS)
    assert set(known) == {"metrics", "kl"}
    assert api_links.whole_name("kl", known) == "course_pkg.models.posteriors.gaussian_kl"  # where it is defined
    assert api_links.whole_name("metrics.Score", known) == "course_pkg.metrics.score.Score"
    assert api_links.whole_name("course_pkg.elbo.gaussian_kl", {}) == "course_pkg.elbo.gaussian_kl"
    assert {api_links.whole_name(name, known) for name in ("metrics", "metrics.none.mig", "mean", "kl.x")} == {""}


def test_a_name_is_a_link_once_a_section_and_in_no_heading_and_no_link():
    code = lambda: nodes.literal(text="kkt.price_of_rate()")
    first, second = nodes.paragraph("", "", code(), code()), nodes.paragraph("", "", nodes.reference("", "", code()))
    page = nodes.document(None, None)
    page += nodes.section(
        "", nodes.title("", "", code()), second, first, nodes.section("", nodes.paragraph("", "", code()))
    )
    target = "course_pkg.kkt.price_of_rate"
    there = SimpleNamespace(docname="book/api/kkt", node_id=target)
    domain = SimpleNamespace(objects={target: there})
    builder = SimpleNamespace(get_relative_uri=lambda here, there: f"{there}.html")
    app = SimpleNamespace(env=SimpleNamespace(get_domain=lambda name: domain), builder=builder)
    api_links.link(app, page, "book/kkt")
    links = [node for node in page.findall(nodes.reference) if "refuri" in node]
    assert [node["refuri"] for node in links] == [f"book/api/kkt.html#{target}"] * 2
    assert links[0].parent is first and len(list(first.findall(nodes.literal))) == 2
    api_links.link(app, page, "book/api/kkt")
    assert len([node for node in page.findall(nodes.reference) if "refuri" in node]) == 2


# --- links in code ----------------------------------------------------------------------------------------------------

CODE = """%matplotlib inline
from course_pkg import kkt, metrics
from course_pkg.elbo import gaussian_kl as kl
from course_pkg.worlds import TabularWorld
é = "kl", kl(m, s), metrics.mig.mig(codes) + metrics.mig.mig(codes)
print(f"{kl(m, s)}", kkt.none, kkt.price_of_rate(1)[0], TabularWorld
    .random(1), mean.kl)
"""
NEXT = """world = TabularWorld.random(seed=1)
rate = kl(m, s)
"""
KL = "course_pkg.models.posteriors.gaussian_kl"
DOCUMENTED = (
    KL,
    "course_pkg.kkt",
    "course_pkg.metrics",
    "course_pkg.worlds.tabular.TabularWorld",
    "course_pkg.worlds.tabular.TabularWorld.random",
    "course_pkg.kkt.price_of_rate",
)
ADDRESSES = {name: f"api.html#{name}" for name in DOCUMENTED}


def highlighted(code):
    return highlight(code, get_lexer_by_name("ipython3"), HtmlFormatter(nowrap=True))


def linked(code, known):
    """The text and the address of each link in a cell, whose own text must be what it was."""
    after = code_links.linked(highlighted(code), known, ADDRESSES)
    assert code_links.written(after) == code_links.written(highlighted(code))
    found = re.findall(r'<a class="api" href="api.html#([^"]*)" title="([^"]*)">(.*?)</a>', after)
    assert all(place == title for place, title, _ in found) and after.count("<a ") == len(found)
    return [(code_links.written(inside), place.removeprefix("course_pkg.")) for place, _, inside in found]


def test_names_in_code_are_links_once_a_cell_and_the_code_stays_as_it_is():
    known = api_links.imports(f"```{{code-cell}}\n{CODE}```\n")
    assert linked(CODE, known) == [
        ("kkt", "kkt"), ("metrics", "metrics"), ("gaussian_kl", "models.posteriors.gaussian_kl"),
        ("TabularWorld", "worlds.tabular.TabularWorld"), ("kkt.price_of_rate", "kkt.price_of_rate"),
    ]  # fmt: skip
    assert linked(NEXT, known) == [
        ("TabularWorld.random", "worlds.tabular.TabularWorld.random"), ("kl", "models.posteriors.gaussian_kl")
    ]  # fmt: skip
    assert linked(NEXT, {}) == [] and linked("", known) == []
    assert linked("@kl\ndef f(z): return z\n", known) == []  # coloured with its @


def test_a_name_to_which_a_page_gives_a_meaning_of_its_own_is_no_link():
    cells = "for a in b: c: int = (d := 1)\ndef e(f, *g, h=2, **i): return j\nclass k: pass\nl.m = n[o]\n"
    assert set(code_links.bound(ast.parse(cells))) == set("acdefghik")
    assert "elbo" in code_links.known_on("book/elbo")


def test_the_code_of_a_page_is_found_in_its_html():
    cell = '<div class="cell_input docutils container">\n<div class="highlight-ipython3 notranslate">'
    page = f'{cell}<div class="highlight"><pre>{highlighted("elbo.gaussian_kl")}</pre></div></div></div>'
    objects = {KL: SimpleNamespace(docname="book/api/models", node_id=KL)}
    builder = SimpleNamespace(format="html", get_relative_uri=lambda here, there: f"{there}.html")
    app = SimpleNamespace(
        env=SimpleNamespace(get_domain=lambda name: SimpleNamespace(objects=objects)), builder=builder
    )
    for name, links in (("book/elbo", 1), ("book/notation", 0), ("book/api", 0)):
        context = {"body": page + page.replace("cell_input", "cell_output")}
        code_links.link(app, name, "page.html", context, None)
        assert context["body"].count(f'<a class="api" href="book/api/models.html#{KL}"') == links
