"""The glossary: one line a term (book/glossary.yml), with links both ways, which nobody keeps.

A term stands in bold where a page explains it. That place becomes a link to the glossary, and the glossary links back
to it, to the first on each page. A term that no page sets in bold is an error.
"""

import re
from collections.abc import Mapping

import said
import yaml
from docutils import nodes
from front_door import Written
from sphinx import addnodes
from sphinx.errors import ExtensionError

FILE = said.ROOT / "book" / "glossary.yml"
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
CODE = re.compile(r"^(`{3,}|:{3,}\{code).*?^`{3,}\s*$|<!--.*?-->", re.S | re.M)


def terms() -> dict[str, str]:
    """{term: what it is}, in the order of the file."""
    return yaml.safe_load(FILE.read_text("utf-8"))["terms"]


def key(words: str) -> str:
    """What two ways to write one term share: Rate and rate, nat and nats."""
    return " ".join(words.replace("\u2019", "'").split()).lower().removesuffix("s")


def bold(text: str) -> list[str]:
    """What a page sets in bold, in its order, code left out."""
    return BOLD.findall(CODE.sub("", text))


def places(pages: Mapping[str, str], known: Mapping[str, str]) -> dict[str, list[str]]:
    """{term: the pages that set it in bold}; pages: {name: text}. ExtensionError for a term that none does."""
    found: dict[str, list[str]] = {term: [] for term in known}
    by_key = {key(term): term for term in known}
    for name, text in pages.items():
        for term in dict.fromkeys(by_key[key(words)] for words in bold(text) if key(words) in by_key):
            found[term].append(name)
    if nowhere := [term for term, where in found.items() if not where]:
        raise ExtensionError(f"book/glossary.yml: no page sets these terms in bold, take them out: {nowhere}")
    return found


def label(name: str, term: str) -> str:
    """What the place of a term on a page is called."""
    return f"term-{name.rpartition('/')[2]}-{nodes.make_id(key(term))}"


def texts() -> dict[str, str]:
    """{name: text} of every page of book/ in the contents."""
    names = [page.name for page in said.pages() if page.name.startswith("book/")]
    return {name: (said.ROOT / f"{name}.md").read_text("utf-8") for name in names}


class Glossary(Written):
    """Every term with its line, and where it is explained."""

    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        known, title = self.config.glossary_terms, {page.name: page.title for page in said.pages()}
        where = places(texts(), known)
        lines = ["```{glossary}"]
        for term, line in known.items():
            links = ", ".join(f"{{ref}}`{title[name]} <{label(name, term)}>`" for name in where[term])
            lines += [term, f"  {line} See {links}.", ""]
        return self.parsed([*lines, "```"])


def link_terms(app, doctree):
    """On a page of the book: the first bold of each term is a place that can be linked to, and a link to its line.

    It is a main entry of the index, too, so that a search for the term lists the page before those that mention it.
    """
    name, standard = app.env.docname, app.env.get_domain("std")
    if not name.startswith("book/") or name in ("book/glossary", "book/intro"):
        return
    by_key, seen = {key(term): term for term in app.config.glossary_terms}, set()
    for strong in list(doctree.findall(nodes.strong)):
        term = by_key.get(key(strong.astext()))
        if term is None or term in seen or inside(strong, (nodes.reference, nodes.title, addnodes.pending_xref)):
            continue
        seen.add(term)
        place = label(name, term)
        standard.anonlabels[place] = (name, place)
        standard.labels[place] = (name, place, term)
        entry = addnodes.index(entries=[("single", term, place, "main", None)])
        link = addnodes.pending_xref(
            "", refdomain="std", reftype="term", reftarget=term, refexplicit=True, refdoc=name, refwarn=True
        )
        strong.replace_self([entry, link])
        link += strong
        strong["ids"].append(place)  # after the exchange, which would give the link the same name


def inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def setup(app):
    app.add_directive("course-glossary", Glossary)
    app.add_config_value("glossary_terms", {}, "env")
    app.connect("config-inited", lambda app, config: setattr(config, "glossary_terms", terms()))
    app.connect("doctree-read", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
