"""Build the book: `make book`. Jupyter Book, from the stored outputs, with warnings as errors.

    .venv/bin/python tools/build.py [--student] [--to FOLDER]

A student build (`make book STUDENT=1`) leaves the worked pages out. It has a folder of its own and starts from
nothing, so that no page of another build can be left in it.

Sphinx does not read an unchanged page again, so a second build after one with warnings would be green.
Therefore a build starts from nothing unless the last one succeeded.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import yaml
from jupyter_book.cli.main import main as jupyter_book
from sphinx.util.console import nocolor

ROOT = Path(__file__).resolve().parents[1]
SUCCEEDED = ROOT / "_build" / "book-succeeded"


def without_solutions(toc):
    """The table of contents without the parts that hold a page of solutions/."""
    parts = [part for part in toc["parts"] if not any(c["file"].startswith("solutions/") for c in part["chapters"])]
    return {**toc, "parts": parts}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--student", action="store_true", help="leave the worked pages out")
    parser.add_argument("--to", type=Path, help="the folder to build in (default: here, or _build/student)")
    options = parser.parse_args(argv)
    folder = options.to.resolve() if options.to else (ROOT / "_build" / "student" if options.student else ROOT)
    build, started = folder / "_build", time.perf_counter()
    html, contents = build / "html", ROOT / "_toc.yml"
    if not sys.stdout.isatty():
        nocolor()
    if options.student or options.to or not SUCCEEDED.exists():
        for old in (html, build / ".doctrees"):
            shutil.rmtree(old, ignore_errors=True)
    if options.student:
        build.mkdir(parents=True, exist_ok=True)
        contents = build / "_toc.yml"
        contents.write_text(
            yaml.safe_dump(without_solutions(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))), "utf-8"
        )
    succeeded = SUCCEEDED if folder == ROOT else build / "book-succeeded"
    succeeded.unlink(missing_ok=True)
    try:
        strict = ["--warningiserror", "--nitpick", "--keep-going"]
        where = ["--toc", str(contents), "--path-output", str(folder)]
        jupyter_book(["build", *strict, *where, str(ROOT)], standalone_mode=False)
        code: object = 0
    except SystemExit as stop:
        code = stop.code
    except Exception as error:
        code = str(error)
    if code:
        print("\nThe book was not built: mend the warnings above and run `make book` again.", file=sys.stderr)
        return 1
    succeeded.touch()
    print(f"\nBuilt in {time.perf_counter() - started:.0f} s. Open {(html / 'index.html').as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
