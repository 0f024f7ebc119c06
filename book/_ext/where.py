"""Indexes, made by place: `{course-index} equations`; the others are the functions of INDEXES.

Whatever a page or the package holds stands there without an edit.
"""

import inspect
import json
import re
from collections.abc import Callable

import said
import yaml
from api_pages import address, first_line
from docutils import nodes
from front_door import Written
from sphinx.errors import ExtensionError

LABELLED = re.compile(r"^\$\$ ?\(([\w-]+)\)\s*$", re.M)
FIGURE = re.compile(r"^\s*name: (fig-[\w-]+)\s*\n\s*caption: *([^\n]+)", re.M)
SHORT = 14  # letters
NOT_YET = "Not measured yet"
TASK = re.compile(r"^## (\d+\. .+)\n\n\*(\w+)\* · (\d+ points?) · difficulty (\d).*?· (\d+) minutes", re.M)


def text_of(page: said.Page) -> str:
    return (said.ROOT / f"{page.name}.md").read_text("utf-8")


def of_the_book() -> list[said.Page]:
    return [page for page in said.pages() if page.name.startswith("book/")]


def by_page(found: Callable[[said.Page], list[str]], between: str) -> list[str]:
    """A definition list: each page, and what is found there."""
    lines = []
    for page in of_the_book():
        if things := found(page):
            lines += [f"{{doc}}`/{page.name}`", f": {between.join(things)}", ""]
    return lines


def equations() -> list[str]:
    def on(page: said.Page) -> list[str]:
        short = lambda label: label.removeprefix(f"{page.stem}-").replace("-", " ")
        return [f"{short(label)} {{eq}}`{label}`" for label in LABELLED.findall(text_of(page))]

    return by_page(on, ", ")


def figures() -> list[str]:
    lines = []
    for page in of_the_book():
        if found := FIGURE.findall(text_of(page)):
            lines += [f"{{doc}}`/{page.name}`", ""]
            lines += [f"- {{numref}}`{name}`: {sentence(caption)}" for name, caption in found] + [""]
    return lines


def sentence(caption: str) -> str:
    """The first sentence of a caption, as it stands in the head of a cell; a second one where the first is a word."""
    text = str(yaml.safe_load(f"caption: {caption}")["caption"])
    sentences = re.split(r"(?<=[^A-Z][.]) ", text)
    return " ".join(sentences[: 1 if len(sentences[0]) > SHORT else 2])


def exercises() -> list[str]:
    lines = []
    for page in said.pages():
        if page.name.startswith("exercises/"):
            lines += [f"{{doc}}`/{page.name}`", ""]
            for title, kind, points, difficulty, minutes in TASK.findall(text_of(page)):
                address = f"../{page.name}.html#{nodes.make_id(re.sub(r'^[0-9. ]+', '', title))}"
                facts = f"{kind}, {points}, difficulty {difficulty} of 5, {minutes} minutes"
                lines.append(f'- <a href="{address}">{title}</a>: {facts}')
            lines.append("")
    return lines


def quizzes() -> list[str]:
    from course_pkg.show.quiz import FOLDER, quiz

    lines = []
    for page in of_the_book():
        if (FOLDER / f"{page.stem}.md").exists():
            lines.append(f"- {{doc}}`/{page.name}`: {len(quiz(page.stem).questions)} questions")
    return [*lines, ""]


def from_the_package(things: dict[str, Callable]) -> list[str]:
    lines = []
    for name, thing in things.items():
        said_of = first_line(thing, f"{thing.__module__}.{thing.__qualname__}")
        lines += [f'<a href="{address(thing)}">`{name}`</a>', f": {said_of}", ""]
    return lines


def systems() -> list[str]:
    from course_pkg.runs.systems import SYSTEMS

    return from_the_package(SYSTEMS)


def metrics() -> list[str]:
    from course_pkg import metrics as room

    functions = {n: f for n in room.__all__ if inspect.isfunction(f := getattr(room, n))}
    return from_the_package({n: f for n, f in functions.items() if "codes" in inspect.signature(f).parameters})


def lessons() -> list[str]:
    folder = said.ROOT / "course_pkg" / "models" / "weights"
    by_number = lambda card: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", card.stem)]
    lines = []
    for card in sorted(folder.glob("*.json"), key=by_number):
        lines += [f"`{card.stem}`", f": {json.loads(card.read_text('utf-8'))['what']}", ""]
    return lines


def times() -> list[str]:
    """Every notebook with the seconds that its metadata hold, the longest first, below when and on what they were
    measured."""
    groups = dict[str, dict[said.Page, int]]()
    for page in said.pages():
        notebook = said.ROOT / f"{page.name}.ipynb"
        if notebook.exists() and not page.name.startswith("solutions/"):  # a student's book has none of these
            facts = json.loads(notebook.read_text("utf-8"))["metadata"]
            place = facts.get("measured")
            of = f"{place['day']}, on {place['on']}" if place else "On a day and a machine that were not noted"
            groups.setdefault(of if facts.get("seconds") else NOT_YET, {})[page] = facts.get("seconds", 0)
    lines = []
    for of, seconds in sorted(groups.items(), key=lambda group: (group[0][0].isdigit(), group[0]), reverse=True):
        total = f", {sum(seconds.values())} s in all" if of != NOT_YET else ""
        lines += [f"{of}{total}:", ""]
        ranked = sorted(seconds.items(), key=lambda pair: -pair[1])
        lines += [f"- {{doc}}`/{page.name}`" + (f": {n} s" if n else "") for page, n in ranked] + [""]
    return lines


INDEXES = {f.__name__: f for f in (equations, figures, exercises, quizzes, systems, metrics, lessons, times)}


class Index(Written):
    required_arguments, optional_arguments = 1, 0

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in INDEXES:
            raise ExtensionError(f"expected an index of {', '.join(INDEXES)}, got {self.arguments[0]!r}")
        lines = INDEXES[self.arguments[0]]()
        if not lines:
            raise ExtensionError(f"the index of {self.arguments[0]} is empty")
        return self.parsed(lines)


def setup(app):
    app.add_directive("course-index", Index)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
