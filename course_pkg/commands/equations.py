"""The command line's `equations`: is every equation of the book bound to a check that runs?"""

from pathlib import Path

from course_pkg.commands.options import BAD, DONE, ended, parser_of

ABOUT = "Check that every labelled equation of the book is a definition or bound to a check that runs."


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`: 1 if an equation is not checked."""
    top = parser_of("equations", ABOUT, "--latex elbo-gap")
    top.add_argument("--root", type=Path, help="the book's folder (default: this one or the nearest above)")
    top.add_argument("--latex", metavar="LABEL", help="print the LaTeX that a page must show under this label")
    options = top.parse_args(argv)

    def work() -> int:
        from course_pkg.derivation.pages import book_root, check_book  # --help would wait for torch

        root = book_root(options.root)
        if options.latex:
            print(latex_of(root, options.latex))
            return DONE
        report = check_book(root, progress=True)
        print(report)
        return BAD if report.problems else DONE

    return ended("equations", argv, work)


def latex_of(root: Path, label: str) -> str:
    """One equation's LaTeX, ready to be pasted into its page. ValueError for an unknown label."""
    from course_pkg.derivation.chain import Definition
    from course_pkg.derivation.pages import all_equations

    for _, equation in all_equations(root):
        if equation.label == label:
            latex = equation.latex if isinstance(equation, Definition) else equation.latex()
            return f"$$\n{latex}\n$$ ({label})"
    raise ValueError(f"no equation is labelled {label}")
