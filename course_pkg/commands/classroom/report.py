"""The command line's `report`: a page on a class that was graded."""

from pathlib import Path

from course_pkg.commands.options import DONE, ended, parser_of, quoted, say

ABOUT = """Write a page on a class that `grade` has graded: which slips how often, which question is too hard or says
little, what to say in the next lecture. It names no student."""


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`."""
    top = parser_of("report", ABOUT, "graded")
    top.add_argument("results", type=Path, help="what `grade` wrote: its folder, or the results.json in it")
    top.add_argument("--out", "-o", type=Path, help="the page (default: report.html beside the results)")
    options = top.parse_args(argv)

    def work() -> int:
        from course_pkg.classroom.report import page  # --help would wait for torch
        from course_pkg.classroom.results import read_results

        file = options.results / "results.json" if options.results.is_dir() else options.results
        target = options.out or file.with_name("report.html")
        target.write_text(page(read_results(file)), "utf-8")
        say(f"to read:  {quoted(target)}")
        return DONE

    return ended("report", argv, work)
