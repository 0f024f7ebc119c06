"""Build the book: `make book`. Jupyter Book, from the stored outputs, with warnings as errors.

Sphinx does not read an unchanged page again, so a second build after one with warnings would be green.
Therefore a build starts from nothing unless the last one succeeded.
"""

import shutil
import sys
import time
from pathlib import Path

from jupyter_book.cli.main import main as jupyter_book
from sphinx.util.console import nocolor

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
SUCCEEDED = ROOT / "_build" / "book-succeeded"


def main():
    started = time.perf_counter()
    if not sys.stdout.isatty():
        nocolor()
    if not SUCCEEDED.exists():
        for folder in (HTML, ROOT / "_build" / ".doctrees"):
            shutil.rmtree(folder, ignore_errors=True)
    SUCCEEDED.unlink(missing_ok=True)
    try:
        options = ["--warningiserror", "--nitpick", "--keep-going"]
        jupyter_book(["build", *options, str(ROOT)], standalone_mode=False)
        code = 0
    except SystemExit as stop:
        code = stop.code
    except Exception as error:
        code = str(error)
    if code:
        print("\nThe book was not built: mend the warnings above and run `make book` again.", file=sys.stderr)
        return 1
    SUCCEEDED.touch()
    print(f"\nBuilt in {time.perf_counter() - started:.0f} s. Open {(HTML / 'index.html').as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
