"""Make the students' sheets: exercises/X.md from solutions/X.md, the only source.

    .venv/bin/python tools/sheets.py [--check]

What a worked page holds and a sheet does not:

* cells tagged `solution`;
* the lines from `### BEGIN SOLUTION` to `### END SOLUTION`, in whose place stands `raise NotImplementedError`;
* the lines from `### BEGIN HIDDEN TESTS` to `### END HIDDEN TESTS`;
* the word ", solved" at the end of its title.

The markers are nbgrader's, with the same meaning, so a teacher may use nbgrader on the worked pages. `make notebooks`
runs this before it executes the sheets.
"""

import argparse
import re
import sys
from pathlib import Path

import jupytext

ROOT = Path(__file__).resolve().parents[1]
STUB = "raise NotImplementedError"
MARKED = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN (?P<what>SOLUTION|HIDDEN TESTS)\n.*?^[ \t]*### END (?P=what)\n?", re.M | re.S
)


class BadMarkers(ValueError):
    """A marker without its partner, or one inside another."""


def cleared(source):
    """The source of a cell without its solution and its hidden tests. Raises BadMarkers."""

    def replace(match):
        if match[0].count("### BEGIN") > 1:
            raise BadMarkers(f"one marked part begins inside another:\n{source}")
        return f"{match['indent']}{STUB}\n" if match["what"] == "SOLUTION" else ""

    text = MARKED.sub(replace, source + "\n").rstrip("\n")
    if "### BEGIN" in text or "### END" in text:
        raise BadMarkers(f"expected each ### BEGIN with its own ### END:\n{source}")
    return text


def sheet(text):
    """The text of the students' sheet, from the text of the worked page."""
    notebook = jupytext.reads(text, fmt="md:myst")
    kept = [cell for cell in notebook.cells if "solution" not in cell.metadata.get("tags", [])]
    for cell in kept:
        cell.source = cleared(cell.source)
    notebook.cells = [cell for cell in kept if cell.source.strip()]
    return re.sub(r"^(# .*), solved$", r"\1", jupytext.writes(notebook, fmt="md:myst"), count=1, flags=re.M)


def sources():
    return sorted((ROOT / "solutions").glob("*.md"))


def target(source):
    return ROOT / "exercises" / source.name


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail where a sheet is not what it should be"
    )
    options = parser.parse_args(argv)
    for source in sources():
        try:
            text = sheet(source.read_text("utf-8"))
        except BadMarkers as error:
            print(f"{source.relative_to(ROOT)}: {error}", file=sys.stderr)
            return 1
        there = target(source).read_text("utf-8") if target(source).exists() else ""
        if there == text:
            continue
        print(f"{target(source).relative_to(ROOT)}: {'differs from its source' if options.check else 'made anew'}")
        if options.check:
            return 1
        target(source).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
