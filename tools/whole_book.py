"""The whole book on one page, and as a PDF: `make whole`, `make pdf`, after `make book`.

    .venv/bin/python tools/whole_book.py [--pdf] [--student]

The built pages are joined in the order of the contents: names within a page get the name of the page before them, and
links between pages lead to places of the one page. Chromium prints it, with an outline and links that work.
"""

import argparse
import html
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml

from course_pkg import __version__
from course_pkg.commands.doctor import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = re.compile(r"<article\b[^>]*>(.*?)</article>", re.S)
PIECES = re.compile(r"(<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->)", re.S)
TAG = re.compile(r"<[a-zA-Z][^<>]*>")
NAMES = re.compile(r'(?<=[\s])(id|for|name|aria-labelledby|aria-describedby|aria-controls)="([^"]*)"')
ADDRESS = re.compile(r'(?<=[\s])(href|xlink:href|src|data)="([^"]*)"')
STYLE = re.compile(r'<link\b[^>]*rel="stylesheet"[^>]*>', re.S)
MATHJAX = re.compile(r"<script>window\.MathJax = .*?</script>|<script[^>]*mathjax[^>]*>\s*</script>", re.S)
LEFT_OUT = re.compile(r'<a class="headerlink".*?</a>|<button class="copybtn.*?</button>', re.S)
COVER = """<section class="cover"><h1>{title}</h1><p>{authors}, version {version}</p></section>"""
PRINT = """
@page { size: A4; margin: 16mm 15mm 18mm; }
body { max-width: 54rem; margin: 0 auto; padding: 0 1rem; }
article.bd-article { padding: 0; }
section.page { break-before: page; }
@media print { body { max-width: none; padding: 0; } .cover { padding-top: 8rem; } a { text-decoration: none; } }
"""


def contents(built: Path) -> list[str]:
    """The names of the built pages, in the order of the contents: book/intro, book/notation, ..."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    names = [
        toc["root"],
        *(name for part in toc["parts"] for entry in part["chapters"] for name in named(entry, built)),
    ]
    return [name for name in names if (built / f"{name}.html").exists()]


def named(entry: dict, built: Path) -> list[str]:
    """The pages of one entry of the contents: a file with the sections below it, or all that a pattern finds."""
    if "glob" in entry:
        found = built.glob(f"{entry['glob']}.html")
        return sorted(page.relative_to(built).with_suffix("").as_posix() for page in found)
    below = [name for section in entry.get("sections", []) for name in named(section, built)]
    return [entry["file"].removesuffix(".ipynb"), *below]


def key(page: str) -> str:
    return page.replace("/", "-")


def renamed(body: str, page: str, pages: list[str]) -> str:
    """The article of a page for the one page: every name and address with the page's name before it."""

    def address(attribute: str, value: str) -> str:
        path, _, place = value.partition("#")
        if re.match(r"[a-z]+:", value):
            return value
        if not path:
            return f"#{key(page)}--{place}" if place else f"#{key(page)}"
        target = resolve(PurePosixPath(page).parent, path)
        if target.endswith(".html") and target.removesuffix(".html") in pages:
            other = key(target.removesuffix(".html"))
            return f"#{other}--{place}" if place else f"#{other}"
        return "#book-intro" if target.endswith(".html") else target  # the index of names is no part of it

    def tag(found: re.Match[str]) -> str:
        text = found[0]
        names = lambda m: f'{m[1]}="{" ".join(f"{key(page)}--{name}" for name in m[2].split())}"'
        text = NAMES.sub(names, text)
        text = ADDRESS.sub(lambda m: f'{m[1]}="{html.escape(address(m[1], html.unescape(m[2])))}"', text)
        return re.sub(r"url\(#", f"url(#{key(page)}--", text)

    pieces = PIECES.split(body)
    return "".join(piece if k % 2 else TAG.sub(tag, piece) for k, piece in enumerate(pieces))


def resolve(folder: PurePosixPath, path: str) -> str:
    """A relative address seen from the root of the built book."""
    parts: list[str] = []
    for part in (folder / path).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def join(built: Path) -> str:
    """The one page. FileNotFoundError where the book was not built."""
    pages = contents(built)
    if "book/intro" not in pages:
        raise FileNotFoundError(f"expected the built book in {built}: run `make book` first")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    first = max((built / f"{page}.html" for page in pages), key=lambda p: "mathjax" in p.read_text("utf-8"))
    text = first.read_text("utf-8")
    folder = PurePosixPath(first.relative_to(built).as_posix()).parent
    from_root = lambda tag: ADDRESS.sub(lambda m: f'{m[1]}="{resolve(folder, m[2].split("?")[0])}"', tag)
    head = [from_root(tag) for tag in STYLE.findall(text)] + [from_root(tag) for tag in MATHJAX.findall(text)]
    parts = []
    for page in pages:
        article = ARTICLE.search((built / f"{page}.html").read_text("utf-8"))
        if not article:
            raise ValueError(f"{page}.html holds no article: it is no page of this book")
        body = renamed(LEFT_OUT.sub("", article[1]), page, pages)
        parts.append(f'<section class="page" id="{key(page)}">{body}</section>')
    title = html.escape(config["title"])
    cover = COVER.format(title=title, authors=html.escape(config["author"]), version=__version__)
    return (
        f'<!doctype html>\n<html lang="en" data-theme="light" data-content_root="./">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>\n{"".join(head)}\n'
        f'<style>{PRINT}</style><script src="_static/fit.js" defer></script></head>\n'
        f'<body><main class="bd-content"><article class="bd-article">{cover}{"".join(parts)}</article></main></body>\n'
        "</html>\n"
    )


def write(built: Path, folder: Path) -> Path:
    """The one page with what it shows, in a folder of its own that can be given away."""
    page = folder / "index.html"
    text = join(built)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in ("_static", "_images"):
        if (built / part).exists():
            shutil.copytree(built / part, folder / part, ignore=shutil.ignore_patterns("search-texts.js", "*.map"))
    page.write_text(text, "utf-8")
    return page


@contextmanager
def chromium(what: str) -> "Iterator[Browser]":
    """Headless Chromium; without it, SystemExit says for what it is missing."""
    from playwright.sync_api import sync_playwright

    found = find_chromium()
    if found is None:
        raise SystemExit(f"{what}: see `python -m course_pkg doctor`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def opened(browser: "Browser", page: Path, **settings) -> "Page":
    """A page of the disk in a tab of its own; nothing that it does has a time limit."""
    tab = browser.new_page(**settings)
    tab.set_default_timeout(0)
    tab.goto(page.as_uri())
    return tab


def print_pdf(page: Path, target: Path) -> None:
    """Print the one page on A4 with headless Chromium, when its mathematics is typeset."""
    with chromium("pdf: expected Chromium, which prints the book") as browser:
        tab = opened(browser, page, viewport={"width": 718, "height": 1000})
        tab.evaluate("window.MathJax.startup.promise")
        tab.emulate_media(media="print")
        tab.evaluate("window.dispatchEvent(new Event('resize'))")
        foot = '<div style="width:100%;text-align:center;font-size:8px"><span class="pageNumber"></span></div>'
        tab.pdf(
            path=target, format="A4", print_background=True, outline=True, tagged=True, prefer_css_page_size=True,
            scale=0.85,
            display_header_footer=True, header_template="<span></span>", footer_template=foot,
        )  # fmt: skip


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pdf", action="store_true", help="print it, too")
    parser.add_argument("--student", action="store_true", help="of the book without worked solutions")
    options = parser.parse_args(argv)
    build = ROOT / "_build" / ("student/_build" if options.student else "")
    try:
        page = write(build / "html", build / "whole")
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"{page.stat().st_size / 1e6:.1f} MB: {page}")
    if options.pdf:
        target = build / "disentangled-representations.pdf"
        print_pdf(page, target)
        print(f"{target.stat().st_size / 1e6:.1f} MB: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
