"""The equation check: every labelled equation of the book is a definition or bound to a check that runs.

For each page `X.md` that labels an equation, `course_pkg.equations.X` holds `EQUATIONS`. The check fails on a label
with no entry, an entry with no label, LaTeX that differs between the two, a derivation that does not hold, a label
used twice, and on unnumbered mathematics that holds a relation (a claim that nothing checks).
"""

import importlib.util
import inspect
import pkgutil
import textwrap
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from tqdm import tqdm

from course_pkg import worlds
from course_pkg.derivation.agreement import Agreement
from course_pkg.derivation.chain import BrokenStep, Definition, Derivation, normal
from course_pkg.derivation.graph import depths
from course_pkg.derivation.mathematics import RELATION, scan, without_scripts
from course_pkg.derivation.typeset import Read, in_order, read_definition, read_lines
from course_pkg.tables import Table, folded, opens, to_equation
from course_pkg.worlds.kinds import TABLES, Worlds


@dataclass
class Entry:
    """One labelled equation and what the check found."""

    label: str
    page: str
    equation: Definition | Derivation | None
    kind: str = "unbound"
    agreements: tuple[Agreement, ...] = ()
    reads: list[Read] = field(default_factory=list)  # of its lines, or of the definition

    @property
    def result(self) -> str:
        return "; ".join(map(str, self.agreements))

    @property
    def code(self) -> str:
        """The source of a derivation's lines, or of the function that a definition names."""
        if isinstance(self.equation, Derivation):
            return "\n\n".join(step.code() for step in self.equation.steps)
        if self.equation and self.equation.code:
            return textwrap.dedent(inspect.getsource(code_named(self.equation.code)))
        return ""

    @property
    def reading(self) -> str:
        """Which lines were evaluated as they are typeset, and why the others were not."""
        if isinstance(self.equation, Definition):
            return "; ".join(r.reason or f"read, judged by {', '.join(r.judges) or 'nothing'}" for r in self.reads)
        if not any(r.on_tables for r in self.reads):
            return "bound by its functions"
        read = [str(i) for i, r in enumerate(self.reads) if r.read]
        why = [f"line {i} by its function: {r.reason}" for i, r in enumerate(self.reads) if not r.read]
        return "; ".join([*([f"read: lines {', '.join(read)}"] if read else []), *why])

    @property
    def oracles(self) -> str:
        return "; ".join(self.equation.oracles()) if isinstance(self.equation, Derivation) else ""


@dataclass
class BookReport:
    """What the check found in the whole book. Shows itself as a table in a page and as text in a terminal."""

    entries: list[Entry]
    unnumbered: int
    problems: list[str] = field(default_factory=list)

    @property
    def counts(self) -> str:
        n = {kind: sum(e.kind == kind for e in self.entries) for kind in ("definition", "bound")}
        checked = n["definition"] + n["bound"]
        return (
            f"{checked} of {len(self.entries)} labelled equations checked: {n['definition']} definitions, "
            f"{n['bound']} bound"
        )

    @property
    def reading(self) -> str:
        """How many lines, and definitions, were evaluated as they are typeset."""
        lines, definitions = (
            [r for e in self.entries if isinstance(e.equation, kind) for r in e.reads]
            for kind in (Derivation, Definition)
        )
        said = []
        for what, reads in (("lines", lines), ("definitions", definitions)):
            tables = [r for r in reads if r.on_tables]
            read = sum(r.read for r in tables)
            said.append(f"{read} of {len(tables)} {what} on tables or arrays ({len(reads)} in all)")
        return "evaluated as typeset: " + ", ".join(said)

    def _repr_html_(self) -> str:
        """The counts, and for each page a line that opens to the table of its equations."""
        of_page: dict[str, list[Entry]] = {}
        for e in self.entries:
            of_page.setdefault(e.page, []).append(e)
        tables = [opens(said(page, entries), rows(entries)._repr_html_()) for page, entries in of_page.items()]
        return f"<p>{self.counts}; {self.reading}.</p>" + "".join(tables)

    def __repr__(self) -> str:
        """What a page keeps. Not how much mathematics has no number, which any sentence changes."""
        return self.text(self.counts)

    def __str__(self) -> str:
        """What a terminal shows."""
        return self.text(f"{self.counts}; {self.unnumbered} pieces of unnumbered mathematics")

    def text(self, counts: str) -> str:
        """An equation a line, then the counts, and what is wrong."""
        short = [f"{e.label:<30} {e.kind:<11} {e.result}" for e in self.entries]
        problems = [f"PROBLEM {p}" for p in self.problems]
        return "\n".join([*short, "", counts, self.reading, *problems])


def said(page: str, entries: list[Entry]) -> str:
    definitions = sum(e.kind == "definition" for e in entries)
    return f"{page}: {len(entries)} equations, {definitions} of them definitions"


def rows(entries: list[Entry]) -> Table:
    """The equations of one page; the source of each opens below its row."""
    heads = ("label", "kind", "oracles", "check", "source", "as typeset")
    source = lambda e: e.equation.source if e.equation else ""
    body = [(to_equation(e.label, e.page), e.kind, e.oracles, e.result, source(e), e.reading) for e in entries]
    return Table(heads, body, "", "derivation equations", [folded(e.code) for e in entries])


def code_named(code: str) -> Callable:
    """The function that a definition names: "data.polygons.place" of a module, "TabularWorld.elbo" of a class.

    Raises AttributeError or ImportError where there is none.
    """
    owner, _, name = code.rpartition(".")
    is_class = owner[0].isupper()
    return getattr(getattr(worlds, owner) if is_class else importlib.import_module(f"course_pkg.{owner}"), name)


def book_root(start: Path | None = None) -> Path:
    """The folder that holds _toc.yml: this one or the nearest above. Raises FileNotFoundError where there is none."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "_toc.yml").exists() and (folder / "book").is_dir():
            return folder
    raise FileNotFoundError(
        f"expected the book's folder (with _toc.yml and book/) at or above {here}; run this from there"
    )


def equations_of(page: str) -> tuple[Definition | Derivation, ...]:
    """What `course_pkg.equations.<page>` holds; nothing where there is no such module."""
    name = f"course_pkg.equations.{page}"
    if importlib.util.find_spec(name) is None:
        return ()
    return importlib.import_module(name).EQUATIONS


def pages(root: Path) -> list[Path]:
    """The text of every page: book/, then exercises/, then solutions/."""
    return [p for folder in ("book", "exercises", "solutions") for p in sorted((root / folder).glob("*.md"))]


def all_equations(root: Path | None = None) -> list[tuple[str, Definition | Derivation]]:
    """(page, equation) for every equation of the book, the notation page first.

    Where there is no book, as beside a notebook that has left it, for every equation of the package.
    """
    try:
        found = {p.stem for p in pages(book_root(root))}
    except FileNotFoundError:
        package = importlib.import_module("course_pkg.equations")
        found = {module.name for module in pkgutil.iter_modules(package.__path__)}
    names = sorted(found, key=lambda name: (name != "notation", name))
    return [(name, equation) for name in names for equation in equations_of(name)]


def check_book(root: Path | None = None, progress: bool = False) -> BookReport:
    """Check every page in book/, exercises/ and solutions/ below the root."""
    root = book_root(root)
    found = [f for path in pages(root) for f in scan(path.read_text("utf-8"), path.stem)]
    report = BookReport([], sum(not f.label for f in found))
    for f in found:
        if not f.label and RELATION.search(without_scripts(f.latex)):
            report.problems.append(f"{f.page}: unnumbered mathematics holds a relation: {normal(f.latex)}")
    labelled = [f for f in found if f.label]
    known = {equation.label: equation for _, equation in all_equations(root)}
    for f in tqdm(labelled, desc="equations", **({} if progress else {"disable": True})):  # as in training.py
        entry = Entry(f.label, f.page, {e.label: e for e in equations_of(f.page)}.get(f.label))
        if f.label in {e.label for e in report.entries}:
            report.problems.append(f"{f.page}: label {f.label} is used twice")
        report.entries.append(entry)
        problem = check_one(entry, f.latex, known)
        if problem:
            report.problems.append(f"{f.page}: {problem}")
    report.problems += read_all(report.entries, all_equations(root))
    for label in sorted(set(known) - {f.label for f in labelled}):
        report.problems.append(f"{label}: has a check, but no page shows it")
    try:
        depths(known)
    except ValueError as circle:
        report.problems.append(str(circle))
    return report


def read_all(entries: list[Entry], equations: list[tuple[str, Definition | Derivation]]) -> list[str]:
    """Evaluate what is typeset: every line, then every definition. Fills the entries, and returns the problems."""
    kinds: dict[str, Worlds] = {TABLES.name: TABLES}
    judges: Counter[str] = Counter()
    for e in entries:
        if isinstance(e.equation, Derivation) and e.kind == "bound":
            e.reads = read_lines(e.equation, in_order(e.page, e.equation.follows, equations))
            judges.update(label for r in e.reads if r.read and not r.problem for label in r.used)
            kinds |= {k.name: k for k in e.equation.worlds} if any(r.on_tables for r in e.reads) else {}
    drawn = [replace(kind, draw=cache(kind.draw)) for kind in kinds.values()]  # one world for all definitions
    for e in entries:
        if isinstance(e.equation, Definition) and e.kind == "definition":
            definitions = in_order(e.page, (e.label,), equations)
            e.reads = [read_definition(e.equation, definitions, drawn, judges[e.label])]
    return [f"{e.page}: {r.problem}" for e in entries for r in e.reads if r.problem]


def check_one(entry: Entry, latex: str, known: dict[str, Definition | Derivation]) -> str:
    """Check one labelled equation, fill its entry, and return the problem, or ""."""
    equation = entry.equation
    if equation is None:
        return f"{entry.label} has no entry in course_pkg.equations.{entry.page}"
    expected = equation.latex if isinstance(equation, Definition) else equation.latex()
    if normal(latex) != normal(expected):
        return f"{entry.label} has drifted\n  page   {normal(latex)}\n  check  {normal(expected)}"
    if isinstance(equation, Definition):
        try:
            if equation.code:
                code_named(equation.code)
        except (AttributeError, ImportError) as error:
            return f"{entry.label} names code that is not there: {error}"
        entry.kind = "definition"
        return ""
    missing = [label for label in equation.follows if label not in known]
    if missing:
        return f"{entry.label} follows from {', '.join(missing)}, which no page defines"
    try:
        checked = equation.check()
    except (BrokenStep, ValueError) as broken:  # a line that fails, or one that cannot be compared
        entry.kind = "broken"
        return str(broken)
    entry.kind = "bound"
    entry.agreements = checked.agreements
    return ""
