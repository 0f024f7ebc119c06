"""The command line's `slides`: the figures of each chapter, to be shown in a lecture."""

from pathlib import Path

from course_pkg.commands.options import DONE, ended, parser_of, quoted, say

ABOUT = """Write slides: for each page of the built book an HTML file with its figures and their captions, one a screen,
and one a sheet when printed. They load nothing from a network. Build the book first: `make book`."""


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`."""
    top = parser_of("slides", ABOUT, "lectures")
    top.add_argument("out", type=Path, metavar="OUT", help="the folder for the slides")
    top.add_argument("--book", type=Path, default=Path("_build/html"), help="the built book (default: _build/html)")
    options = top.parse_args(argv)

    def work() -> int:
        from course_pkg.classroom.slides import write

        counts = write(options.book, options.out)
        say("\n".join(f"{name:<20} {n} figures" for name, n in counts.items()))
        say(f"to show:  {quoted(options.out / 'index.html')}")
        return DONE

    return ended("slides", argv, work)
