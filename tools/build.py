"""Build the book: `make book`. Jupyter Book, from the stored outputs, with warnings as errors.

    .venv/bin/python tools/build.py [--student] [--to FOLDER] [--repository URL --ref TAG]

A student build (`make book STUDENT=1`) leaves the worked pages out. It has a folder of its own and starts from
nothing, so that no page of another build can be left in it.

A book for the public (`make book REPOSITORY=https://github.com/OWNER/NAME REF=v1.0.0`) has a folder of its own, too.
Its notebooks have buttons for Colab and Binder, which open them from the branch gh-pages, where the built book is;
there they install the package as it was at the tag.

Sphinx does not read an unchanged page again, so a second build after one with warnings would be green.
Therefore a build starts from nothing unless the last one succeeded.
"""

import argparse
import gc
import os
import re
import shutil
import sys
import time
from pathlib import Path

import yaml
from jupyter_book.cli.main import main as jupyter_book
from sphinx.util.console import nocolor

ROOT = Path(__file__).resolve().parents[1]
SUCCEEDED = ROOT / "_build" / "book-succeeded"
BRANCH = "gh-pages"  # where GitHub's pages look for a built book
FOR_CPUS = "--extra-index-url https://download.pytorch.org/whl/cpu\n"  # Binder has no GPU, and little room


def without_solutions(toc):
    """The table of contents without the parts that hold a page of solutions/."""
    parts = [part for part in toc["parts"] if not any(c["file"].startswith("solutions/") for c in part["chapters"])]
    return {**toc, "parts": parts}


def course_at(repository, ref):
    """What pip installs."""
    return f"course_pkg @ git+{repository}@{ref}"


def public(config, repository, ref):
    """The configuration with buttons for Colab and Binder, and the address at which GitHub shows the book."""
    owner, name = repository.split("/")[-2:]
    sphinx = config["sphinx"]
    extensions = {key: str(ROOT / path) for key, path in sphinx["local_extensions"].items()}  # from where the file is
    return {
        **config,
        "repository": {"url": repository, "branch": BRANCH, "path_to_book": "_sources"},
        "launch_buttons": {
            "notebook_interface": "jupyterlab",
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        },
        "html": {**config["html"], "baseurl": f"https://{owner.lower()}.github.io/{name}/"},
        "sphinx": {
            **sphinx,
            "local_extensions": extensions,
            "config": {**sphinx["config"], "course_requirement": course_at(repository, ref)},
        },
    }


def equip_binder(html, repository, ref):
    """Files from which Binder makes the environment: the versions that the course is tested with, and the course."""
    (html / "binder").mkdir(exist_ok=True)
    versions = (ROOT / "requirements.txt").read_text("utf-8")
    (html / "binder" / "requirements.txt").write_text(f"{FOR_CPUS}{versions}{course_at(repository, ref)}\n", "utf-8")
    (html / "binder" / "runtime.txt").write_text("python-3.11\n", "utf-8")
    (html / ".nojekyll").touch()  # GitHub would leave out every folder that begins with _


def asked(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--student", action="store_true", help="leave the worked pages out")
    parser.add_argument("--to", type=Path, help="the folder to build in (default: here, _build/student, _build/public)")
    parser.add_argument("--repository", metavar="URL", help="https://github.com/OWNER/NAME: buttons for Colab, Binder")
    parser.add_argument("--ref", metavar="TAG", help="the tag, or commit, whose package these install")
    options = parser.parse_args(argv)
    if bool(options.repository) != bool(options.ref):
        parser.error("expected --repository and --ref together (REPOSITORY=... REF=...): a button needs both")
    if options.repository and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", options.repository):
        parser.error(f"expected --repository https://github.com/OWNER/NAME, got {options.repository}")
    return options


def main(argv=None):
    options = asked(argv)
    own = "student" if options.student else "public" if options.repository else None
    folder = options.to.resolve() if options.to else (ROOT / "_build" / own if own else ROOT)
    os.chdir(ROOT)  # the configuration's paths begin here
    build, started = folder / "_build", time.perf_counter()
    html, contents, settings = build / "html", ROOT / "_toc.yml", ROOT / "_config.yml"
    if not sys.stdout.isatty():
        nocolor()
    if own or options.to or not SUCCEEDED.exists():
        for old in (html, build / ".doctrees"):
            shutil.rmtree(old, ignore_errors=True)
    if options.student:
        build.mkdir(parents=True, exist_ok=True)
        contents = build / "_toc.yml"
        contents.write_text(
            yaml.safe_dump(without_solutions(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))), "utf-8"
        )
    if options.repository:
        build.mkdir(parents=True, exist_ok=True)
        config = public(yaml.safe_load(settings.read_text("utf-8")), options.repository, options.ref)
        settings = build / "_config.yml"
        settings.write_text(yaml.safe_dump(config), "utf-8")
    succeeded = SUCCEEDED if folder == ROOT else build / "book-succeeded"
    succeeded.unlink(missing_ok=True)
    try:
        strict = ["--warningiserror", "--nitpick", "--keep-going"]
        where = ["--toc", str(contents), "--config", str(settings), "--path-output", str(folder)]
        jupyter_book(["build", *strict, *where, str(ROOT)], standalone_mode=False)
        code: object = 0
    except SystemExit as stop:
        code = stop.code
    except Exception as error:
        code = str(error)
    if code:
        print("\nThe book was not built: mend the warnings above and run `make book` again.", file=sys.stderr)
        return 1
    if options.repository:
        equip_binder(html, options.repository, options.ref)
    succeeded.touch()
    print(f"\nBuilt in {time.perf_counter() - started:.0f} s. Open {(html / 'index.html').as_uri()}")
    return 0


if __name__ == "__main__":
    # Sphinx keeps nearly all that it makes, and looking for what it does not took a third of the time. It takes 2 GB
    # of memory so, in place of 1.
    gc.disable()
    sys.exit(main())
