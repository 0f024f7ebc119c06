"""A notebook that left the book finds its package or says what to do; a link to a page says what the page is."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from helpers import GUARD, ROOT, environment

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import said
import travel

CELL = "".join(travel.opening_cell()["source"])
HIDDEN = f"import sys; sys.path = [p for p in sys.path if p not in ('', {str(ROOT)!r})]\n"
NO_FINDER = "sys.meta_path = [f for f in sys.meta_path if 'editable' not in str(f).lower()]\n"


def run(folder, then, cell=CELL):
    code = f"{HIDDEN}{NO_FINDER}{cell}{then}"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment(PYTHONPATH=""), capture_output=True,
        encoding="utf-8", timeout=GUARD,
    )  # fmt: skip


def test_without_the_package_the_cell_says_what_was_expected_and_what_to_do(tmp_path):
    done = run(tmp_path, "")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: expected course_pkg") and "run `pip install PATH`" in last


def test_in_a_checkout_the_cell_finds_the_package(tmp_path):
    (tmp_path / "course_pkg").mkdir()
    (tmp_path / "course_pkg" / "__init__.py").write_text("found = 1\n", "utf-8")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    done = run(deep, "import course_pkg; print(course_pkg.found)")
    assert done.stdout.strip() == "1", done.stderr


def test_of_a_public_book_the_cell_installs_the_package_of_the_tag(tmp_path):
    """pip stands beside it as a module that says what it was asked."""
    (tmp_path / "pip.py").write_text("import sys\nprint('asked', *sys.argv[1:])\n", "utf-8")
    cell = "".join(travel.opening_cell("course_pkg @ git+https://github.com/o/n@v1")["source"])
    done = run(tmp_path, "", cell)
    assert done.stdout.strip() == "asked install --quiet course_pkg @ git+https://github.com/o/n@v1", done.stderr
    (tmp_path / "pip.py").write_text("raise SystemExit(3)\n", "utf-8")
    done = run(tmp_path, "", cell)
    assert done.returncode == 1 and "pip" in done.stderr.strip().splitlines()[-1]


def test_a_notebook_gets_the_cell_once_and_keeps_the_rest():
    text = (ROOT / "book" / "notation.ipynb").read_text("utf-8")
    once = travel.with_opening_cell(text)
    assert travel.with_opening_cell(once) == once
    assert json.loads(once)["cells"][1:] == json.loads(text)["cells"]


def tags(name, base=""):
    app = SimpleNamespace(config=SimpleNamespace(html_title="A book", project="", html_baseurl=base))
    context = {"metatags": "<!-- first -->"}
    travel.preview(app, name, "page.html", context, None)
    return context["metatags"]


def test_a_preview_says_what_the_page_is_and_shows_a_picture_only_at_a_public_address():
    page = tags("book/elbo")
    assert page.startswith("<!-- first -->") and 'property="og:title" content="The evidence lower bound"' in page
    assert 'content="Afterwards you can derive the bound in two ways' in page and "og:image" not in page
    assert 'og:image" content="https://a.b/c/_static/readme.png"' in tags("book/elbo", "https://a.b/c/")
    assert (ROOT / "book" / "_static" / "readme.png").exists()
    assert 'content="Disentangled representations, derived and run"' in tags("book/intro")


@pytest.mark.parametrize("page", said.pages(), ids=lambda page: page.name)
def test_a_description_is_short_and_plain(page):
    words = travel.description(page)
    assert 3 < len(words) <= 200 and not set("{}`$*") & set(words), words
