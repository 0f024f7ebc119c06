"""What a page takes along when it leaves the book: its notebook an opening cell, its address a preview.

* The notebook behind the download button begins with a cell that finds the package of the course, or says what to do.
  Of a book that was built for a public repository the cell installs the package from there.
* Sites that preview a link read a title, a description and a picture from the head of the page. The description is what
  one can do after the page; the picture needs a public address (`html_baseurl`), and is left out without one.
"""

import html
import json
import re
from pathlib import Path

import said

from course_pkg import __version__

FIND = """\
# This notebook has left its book. It needs the package of the course, course_pkg {version}, and finds it where it is
# installed, or in a checkout at or above this folder.
import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("course_pkg") is None:
    folder = Path.cwd()
    checkout = next((f for f in (folder, *folder.parents) if (f / "course_pkg" / "__init__.py").exists()), None)
    if checkout is None:
        {otherwise}
    else:
        sys.path.insert(0, str(checkout))
"""
SAY = """raise ModuleNotFoundError(
            "expected course_pkg {version} to be installed, or a checkout of the course at or above " + str(folder)
            + ": run `pip install PATH`, with PATH the folder of the checkout, its zip, or a wheel made from it; "
            "in Colab upload the zip and run `!pip install ./course.zip`"
        )"""
INSTALL = """import subprocess

        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "{requirement}"], check=True)"""
METHODS = re.compile(r"\{\w+\}`([^`<]*?)(?:\s*<[^>]*>)?`|[*`$]")


def opening_cell(requirement: str = "") -> dict:
    """The cell, as a notebook holds it. requirement: what pip may install where the package is not found."""
    otherwise = INSTALL.format(requirement=requirement) if requirement else SAY.format(version=__version__)
    source = FIND.format(version=__version__, otherwise=otherwise)
    return {
        "cell_type": "code", "execution_count": None, "id": "find-the-package", "metadata": {}, "outputs": [],
        "source": source.splitlines(keepends=True),
    }  # fmt: skip


def with_opening_cell(text: str, requirement: str = "") -> str:
    """A notebook with the cell at its head, once."""
    notebook = json.loads(text)
    if notebook["cells"][0].get("id") != "find-the-package":
        notebook["cells"].insert(0, opening_cell(requirement))
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def equip_notebooks(app, error):
    if error or app.builder.name != "html":
        return
    for path in sorted((Path(app.outdir) / "_sources").rglob("*.ipynb")):
        path.write_text(with_opening_cell(path.read_text("utf-8"), app.config.course_requirement), "utf-8")


def description(page: said.Page) -> str:
    """What a preview says of a page, in plain words and at most 200 letters."""
    words = METHODS.sub(lambda m: m[1] or "", f"Afterwards you can {page.can}" if page.can else page.title)
    return words if len(words) <= 200 else words[:197].rsplit(" ", 1)[0] + "..."


def preview(app, pagename, templatename, context, doctree):
    page = next((page for page in said.pages() if page.name == pagename), None)
    front = said.read("book/intro", "", (said.ROOT / "book" / "intro.md").read_text("utf-8"))
    first = "A course on beta-VAE and its family in which every numbered claim is code that runs."
    tags = {
        "og:type": "article" if page else "website",
        "og:site_name": app.config.html_title or app.config.project,
        "og:title": (page or front).title,
        "og:description": description(page) if page else first,
    }
    if app.config.html_baseurl:
        tags["og:url"] = f"{app.config.html_baseurl.rstrip('/')}/{pagename}.html"
        tags["og:image"] = f"{app.config.html_baseurl.rstrip('/')}/_static/readme.png"
    lines = [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in tags.items()]
    lines.append(f'<meta name="description" content="{html.escape(tags["og:description"])}">')
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)


def setup(app):
    app.add_config_value("course_requirement", "", "html")
    app.connect("html-page-context", preview)
    app.connect("build-finished", equip_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
