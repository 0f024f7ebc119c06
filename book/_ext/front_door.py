"""Directives of the first page, all written by place: a new page of the table of contents appears without an edit.

```{course-live} latent_figure beta-4     a live figure of course_pkg.show.live, with a name and a caption
```{course-map}                           the chapters as a picture, with a name and a caption
```{course-contents} Chapters             what one can do after each page of a part, what it needs, how long it takes
```{course-path} elbo metrics             pages in this order, with the time of each and of all; `sheets` adds theirs
"""

from collections.abc import Sequence
from pathlib import Path

import said
from chapter_map import draw
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective


class Written(SphinxDirective):
    """A directive that writes MyST, or a figure."""

    optional_arguments = 20

    def parsed(self, lines: list[str]) -> list[nodes.Node]:
        box = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.env.docname), self.content_offset, box)
        return box.children

    def figure(self, body: str) -> list[nodes.Node]:
        """HTML with a number, the name of the option and the caption that is the directive's text."""
        figure = nodes.figure(classes=["by-code"])
        figure += nodes.raw("", body, format="html")
        inline, _ = self.state.inline_text(" ".join(self.content), self.lineno)
        figure += nodes.caption("", "", *inline)
        self.add_name(figure)
        return [figure]


class Live(Written):
    has_content, option_spec = True, {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        from course_pkg.show import live

        name, *arguments = self.arguments
        if not name.endswith("_figure") or not hasattr(live, name):
            raise ExtensionError(f"expected the name of a figure in course_pkg.show.live, got {name!r}")
        return self.figure(f'<div class="cell_output">{getattr(live, name)(*arguments)._repr_html_()}</div>')


class Map(Written):
    has_content, option_spec = True, {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        from course_pkg.derivation.graph import page_uses
        from course_pkg.derivation.pages import all_equations

        found = timed()
        here = Path(self.env.docname).parent
        links = {page.name: f"{Path(page.name).relative_to(here)}.html" for page in found}
        return self.figure(draw(found, sorted(page_uses(all_equations(said.ROOT))), links))


class Contents(Written):
    def run(self) -> list[nodes.Node]:
        found = said.pages()
        sheets, part, lines = sheets_of(found), "", list[str]()
        for page in found:
            if not page.name.startswith("book/"):
                continue
            if page.part != part:
                part = page.part
                lines += [f"```{{rubric}} {part}", "```", ""]
            facts = [f"{page.minutes} minutes"] if page.minutes else []
            facts += [f"you need {page.needs}"] if page.needs else []
            facts += [f"{{doc}}`its exercises </{s.name}>`, {s.minutes} minutes" for s in sheets.get(page.name, [])]
            texts = [text for text in (page.can, f"{'; '.join(facts)}." if facts else "") if text]
            texts = [text[:1].upper() + text[1:] for text in texts]
            lines += [f"{{doc}}`/{page.name}`"]
            lines += [f": {texts[0]}", *(f"\n  {text}" for text in texts[1:]), ""] if texts else [""]
        return self.parsed(lines)


class Way(Written):
    def run(self) -> list[nodes.Node]:
        found, sheets = {page.stem: page for page in timed()}, sheets_of(said.pages())
        with_sheets = "sheets" in self.arguments
        names = [name for name in self.arguments if name != "sheets"] or [
            page.stem for page in found.values() if page.part == "Chapters"
        ]
        if missing := [name for name in names if name not in found]:
            raise ExtensionError(f"expected pages that say how long they take, got {missing}")
        stations, total = [], 0
        for name in names:
            page = found[name]
            stations.append(f"{{doc}}`/{page.name}` ({page.minutes} minutes)")
            of_sheets = [s.minutes or 0 for s in sheets.get(page.name, []) if with_sheets]
            total += (page.minutes or 0) + sum(of_sheets)
        all_in_all = f"{said.hours(total)} in all{', their exercises included' if with_sheets else ''}"
        return self.parsed([f"{', then '.join(stations)}: {all_in_all}."])


def timed() -> list[said.Page]:
    """The pages of the book that say how long they take."""
    return [page for page in said.pages() if page.name.startswith("book/") and page.minutes]


def sheets_of(found: Sequence[said.Page]) -> dict[str, list[said.Page]]:
    """{page: its sheets of exercises}: a sheet belongs to the last page that it needs."""
    sheets: dict[str, list[said.Page]] = {}
    for page in found:
        if page.name.startswith("exercises/") and page.needed and page.minutes:
            sheets.setdefault(page.needed[-1], []).append(page)
    return sheets


def read_again(app, env, added, changed, removed):
    """A page that shows what other pages say of themselves is read again when any of them changed."""
    return sorted(env.all_docs.keys() & {"book/intro", "book/where", "book/api"}) if added or changed or removed else []


def setup(app):
    for name, directive in {"live": Live, "map": Map, "contents": Contents, "path": Way}.items():
        app.add_directive(f"course-{name}", directive)
    app.connect("env-get-outdated", read_again)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
