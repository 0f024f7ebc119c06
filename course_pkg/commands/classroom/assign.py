"""The command line's `assign`: the class pack, ready to be handed out."""

import sys
from pathlib import Path

from course_pkg.commands.options import DONE, ended, parser_of, quoted, say

ABOUT = """Write the class pack into a new folder, and as an archive beside it: the sheets, the package without its
questions, the book without worked pages, what `check` needs, a README for students. It holds no worked answer and no
code of one: `check` compares with numbers that were computed here, for one seed. The course itself is public; what
guards the marks is that `grade` draws fresh cases, not that anything is secret."""


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`."""
    top = parser_of("assign", ABOUT, "autumn --sheet elbo kkt")
    top.add_argument("out", type=Path, metavar="OUT", help="the folder to make")
    top.add_argument("--sheet", nargs="+", default=[], metavar="SHEET", help="these sheets alone (default: all)")
    top.add_argument("--no-book", action="store_true", help="without the book (smaller, and a minute sooner)")
    options = top.parse_args(argv)

    def work() -> int:
        from course_pkg.classroom.pack import assign  # --help would wait for torch

        told = lambda text: say(f"assign: {text}", sys.stderr)
        archive = assign(options.out, options.sheet, not options.no_book, told=told)
        size = archive.stat().st_size / 1e6
        say(
            f"{quoted(options.out)} and {quoted(archive)} ({size:.0f} MB): hand out either; README.md says how to begin"
        )
        return DONE

    return ended("assign", argv, work)
