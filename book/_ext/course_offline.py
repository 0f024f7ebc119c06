"""Makes the built book whole without a network, and free of script errors.

Small repairs of what the theme and its extensions emit:

* MathJax is copied from the installed wheel ``django-static-mathjax`` into the built book, so no third-party
  script is committed and none is fetched by a reader;
* inline scripts that are emitted twice are kept once (a second ``const THEBE_JS_URL`` is a script error);
* the theme is told its default mode, without which it logs an error on the first visit;
* hints to load icon fonts early are removed: a page opened from the disk may not follow them, and logs errors.
"""

import re
import shutil
from importlib import util
from pathlib import Path

from sphinx.errors import ExtensionError

FONT_HINT = re.compile(r'\s*<link rel="preload" as="font"[^>]*>')
OUR_STATIC = Path(__file__).parents[1] / "_static"
# The script that pages load, its fonts, and what it loads by itself: TeX extensions on first use of a macro,
# the accessibility add-ons when a reader switches them on in the menu of a formula.
MATHJAX_PARTS = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions", "a11y", "sre")


def mathjax_source():
    """The folder of MathJax in the installed wheel, or one clear error."""
    spec = util.find_spec("mathjax")
    folder = Path(spec.origin).parent / "static/mathjax/es5" if spec and spec.origin else None
    if folder is None or not (folder / MATHJAX_PARTS[0]).is_file():
        raise ExtensionError(
            "MathJax is not installed, so the book could not show mathematics without a network. "
            "Do: pip install -r requirements.txt (it lists django-static-mathjax)."
        )
    return folder


def copy_static(app, error):
    """After the build: MathJax, and our own static files, which Sphinx copies only when a page changed."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    source, target = mathjax_source(), static / "vendor/mathjax"
    for part in MATHJAX_PARTS:
        if (target / part).exists():
            continue
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / part).is_dir() else shutil.copyfile
        copy(source / part, target / part)
    shutil.copytree(OUR_STATIC, static, dirs_exist_ok=True)


def drop_font_hints(app, error):
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        without = FONT_HINT.sub("", text)
        if without != text:
            page.write_text(without, encoding="utf-8")


def drop_repeated_scripts(app, pagename, templatename, context, doctree):
    seen, kept = set(), []
    for script in context.get("script_files", []):
        body = getattr(script, "attributes", {}).get("body")
        if body and not getattr(script, "filename", None):
            if body in seen:
                continue
            seen.add(body)
        kept.append(script)
    context["script_files"][:] = kept


def set_default_mode(app, pagename, templatename, context, doctree):
    context["default_mode"] = "auto"


def setup(app):
    mathjax_source()  # fail before the build, not after it
    app.connect("html-page-context", drop_repeated_scripts, priority=900)
    app.connect("html-page-context", set_default_mode, priority=900)
    app.connect("build-finished", copy_static)
    app.connect("build-finished", drop_font_hints)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
