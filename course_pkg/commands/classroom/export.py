"""The command line's `export`: the marks of a class in the file that another system reads."""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from course_pkg.commands.options import BAD, DONE, ended, parser_of, quoted, say

if TYPE_CHECKING:  # only names here: results are written by what needs torch, and --help would wait for it
    from course_pkg.classroom.gradebook import Filled
    from course_pkg.classroom.results import Submission

ABOUT = """Bring the marks that `grade` wrote into another system. Canvas and Moodle: your own export of their
gradebook, with the scores filled in, ready to be imported; students are told apart by id or email, never by name.
Gradescope and GitHub Classroom: a results.json for each submission. nbgrader: the table that its `export` writes.

What was not graded never becomes zero: its cell stays as it is, its file is not written."""
SYSTEMS = ("canvas", "moodle", "gradescope", "classroom", "nbgrader")


def add_late(top: argparse.ArgumentParser) -> None:
    """Options of the due times and of what late work loses."""
    late = top.add_argument_group("late work")
    late.add_argument("--due", action="append", default=[], metavar="[SHEET=]TIME",
                      help="when sheets, or one of them, are due: 2026-12-01T23:59+01:00 (again for more)")  # fmt: skip
    late.add_argument("--late", type=float, default=0.0, metavar="PERCENT", help="of the score lost each begun day")
    late.add_argument("--late-most", type=float, default=100.0, metavar="PERCENT", help="that is lost at most")
    late.add_argument("--grace", type=float, default=0.0, metavar="MINUTES", help="after the due time that cost none")


def file_name(student: str, taken: set[str]) -> str:
    """A name of a folder for a student: nothing that leads elsewhere, no two alike."""
    plain = re.sub(r"[^\w.@+-]+", "_", student).strip(".") or "student"
    name = next(n for n in (plain, *(f"{plain}-{k}" for k in range(2, 10_000))) if n.casefold() not in taken)
    taken.add(name.casefold())
    return name


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`: 1 where a mark found no place."""
    top = parser_of("export", ABOUT, "graded --to canvas --into 2026-12-02_Grades.csv")
    top.add_argument("results", type=Path, help="what `grade` wrote: its folder, or the results.json in it")
    top.add_argument("--to", required=True, choices=SYSTEMS, help="the system")
    top.add_argument("--into", type=Path, metavar="CSV", help="your own export of the gradebook (canvas, moodle)")
    top.add_argument("--out", "-o", type=Path, help="where to write (default: beside what is filled, or here)")
    top.add_argument("--sheet", action="append", metavar="SHEET", help="of this sheet alone (may be given again)")
    top.add_argument("--column", action="append", default=[], metavar="SHEET=TITLE", help="the column of a sheet")
    top.add_argument("--by", metavar="TITLE", help="the column that says who a student is")
    top.add_argument("--scale", action="store_true", help="in proportion, where the system counts other points")
    top.add_argument("--comments", action="store_true", help="fill Moodle's column of feedback too")
    add_late(top)
    options = top.parse_args(argv)

    def work() -> int:
        from course_pkg.classroom.gradebook import IDENTITIES
        from course_pkg.classroom.late import Policy, due_times, with_policy
        from course_pkg.classroom.results import read_results
        from course_pkg.classroom.systems import nbgrader, one_each

        file = options.results / "results.json" if options.results.is_dir() else options.results
        results = read_results(file)
        due = due_times(options.due, results.sheets)
        if due:
            policy = Policy(options.late, options.late_most, options.grace)
            results = with_policy(results, policy, due)
        wanted = options.sheet or list(results.sheets)
        for sheet in wanted:
            if sheet not in results.sheets:
                raise ValueError(f"no sheet {sheet} in these results; there are {', '.join(results.sheets)}")
        marks = [s for s in one_each(results.submissions) if s.sheet in wanted]
        lost = [s.file or s.student for s in results.submissions if s.sheet not in results.sheets]
        if lost:
            say(f"export: of no known sheet, so left out: {', '.join(lost)}", sys.stderr)
        if due and any(s.mark is not None and s.submitted is None for s in marks):
            say("export: some submissions have no time; they count as in time", sys.stderr)
        if options.to in IDENTITIES:
            return filled(options, marks)
        if options.to == "nbgrader":
            target = options.out or Path("grades.csv")
            target.write_text(nbgrader(marks, due), "utf-8", newline="")
            say(f"{len(marks)} rows in {target}")
            return DONE
        return files(options, marks)

    return ended("export", argv, work)


def filled(options: argparse.Namespace, marks: "list[Submission]") -> int:
    """Canvas and Moodle: fill the teacher's own export."""
    from course_pkg.classroom.gradebook import fill

    source = options.into
    if source is None:
        where = "Grades > Export" if options.to == "canvas" else "View all submissions > Download grading worksheet"
        raise ValueError(f"expected --into CSV, your own export ({options.to.title()}: {where}): it says who is who")
    named = dict(text.split("=", 1) if "=" in text else ("", text) for text in options.column)
    if "" in named:
        raise ValueError(f"--column: expected SHEET=TITLE, got {named['']!r}")
    try:
        text = source.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{source}: expected UTF-8: take the export as downloaded, not as saved again") from None
    done = fill(text, options.to, marks, named, options.by, options.scale, options.comments)
    target = options.out or source.with_name(f"{source.stem}-filled{source.suffix}")
    target.write_text(done.text, "utf-8", newline="")
    say(summary(done) + f"\nto import:  {quoted(target)}")
    return BAD if done.extra or done.locked else DONE


def summary(done: "Filled") -> str:
    lines = [f"{done.filled} scores filled in"]
    told = {
        "not graded, left as they were": done.kept,
        "with a question that was stopped and counts nothing": done.partly,
        "graded, and not in that file": done.extra,
        "whose grade is locked there": done.locked,
    }
    for what, names in told.items():
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            lines.append(f"{len(names)} {what}: {'; '.join(names[:10])}{more}")
    return "\n".join(lines)


def files(options: argparse.Namespace, marks: "list[Submission]") -> int:
    """Gradescope and GitHub Classroom: a file for each submission."""
    from course_pkg.classroom.systems import classroom, gradescope

    folder = options.out or Path(options.to)
    names: dict[str, str] = {}
    taken: set[str] = set()
    written, without = 0, []
    for s in marks:
        if s.status == "not submitted":
            continue
        if options.to == "gradescope" and s.mark is None:
            without.append(f"{s.student}, {s.sheet} ({s.status})")
            continue
        if s.student not in names:
            names[s.student] = file_name(s.student, taken)
        place = folder / names[s.student] / s.sheet / "results.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        found = gradescope(s) if options.to == "gradescope" else classroom(s)
        place.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
        written += 1
    say(f"{written} files below {folder}")
    if without:
        say(f"not graded, so without a file: {'; '.join(without)}")
    return BAD if without else DONE
