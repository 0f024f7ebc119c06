"""The whole book as an EPUB: `make epub`, after `make book`.

    .venv/bin/python tools/epub.py [--student]

Each built page is opened in Chromium, where its formulas become MathML, which readers of EPUB 3 typeset themselves, and
what needs a script is left out, with a line that says so. What remains is written as XHTML, with the pictures.
"""

import argparse
import html
import re
import sys
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import yaml
from whole_book import ROOT, chromium, contents, opened, resolve

from course_pkg import __version__

TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".gif": "image/gif"}
NEEDS_A_SCRIPT = "This figure moves in the book that a browser shows; here it stands still."
# In the page: formulas to MathML, out with what only a script moves; gives the article as XHTML.
TO_XHTML = """async (words) => {
  await window.MathJax?.startup?.promise;
  const article = document.querySelector("article.bd-article");
  article.querySelectorAll("mjx-container").forEach(formula => {
    const math = formula.querySelector("mjx-assistive-mml math");
    if (math) formula.replaceWith(math);
  });
  article.querySelectorAll("*").forEach(e => {
    if (e.localName.startsWith("live-")) {
      const note = document.createElement("p"), strong = document.createElement("em");
      strong.textContent = words; note.append(strong); e.replaceWith(note);
    }
  });
  article.querySelectorAll("summary").forEach(line => {  // a folded cell: one line, and no box around it
    if (!line.querySelector(".expanded")) return;
    line.textContent = line.querySelector(".collapsed").textContent;
    line.parentElement.classList.remove("admonition");
  });
  article.querySelectorAll("script, style, button, input, .headerlink, .course-progress, .course-read-line, .feedback")
    .forEach(e => e.remove());
  article.querySelectorAll("course-quiz, form, fieldset, legend, label").forEach(e => {
    const div = document.createElement(e.localName === "label" ? "span" : "div");
    div.append(...e.childNodes); e.replaceWith(div);
  });
  article.querySelectorAll("*").forEach(e => [...e.attributes].forEach(a => {
    if (/^(on|data-|aria-|tabindex|role$|align$|style$)/.test(a.name) && e.namespaceURI === "http://www.w3.org/1999/xhtml")
      e.removeAttribute(a.name);
  }));
  return new XMLSerializer().serializeToString(article);
}"""
SHEET = """
body { line-height: 1.45; }
pre { white-space: pre-wrap; font-size: 0.85em; }
table { border-collapse: collapse; }
td, th { padding: 0.2em 0.5em; border-bottom: 1px solid #999; text-align: left; }
svg, img { max-width: 100%; height: auto; }
figure { margin: 1em 0; }
.eqno { float: right; }
.admonition { border-left: 3px solid #999; padding-left: 0.8em; }
"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="{sheet}"/></head><body>{body}</body></html>
"""
CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""


def relinked(body: str, page: str, pages: list[str]) -> tuple[str, set[str]]:
    """The XHTML of a page with links between pages of the book, and the pictures that it shows.

    A link to a page that is not in it (the index of names) keeps its words only as a link to the first page.
    """
    folder, pictures = PurePosixPath(page).parent, set[str]()
    up = "../" * len(folder.parts)

    def address(found: re.Match[str]) -> str:
        value = html.unescape(found[2])
        path, _, place = value.partition("#")
        if re.match(r"[a-z]+:", value) or not path:
            return found[0]
        target = resolve(folder, path)
        if found[1] == "src":
            pictures.add(target)
            return f'src="{up}{html.escape(target)}"'
        name = target.removesuffix(".html")
        if not target.endswith(".html") or name not in pages:
            return f'href="{up}book/intro.xhtml"'
        return f'href="{up}{name}.xhtml{"#" + html.escape(place) if place else ""}"'

    return re.sub(r'(?<=\s)(href|src)="([^"]*)"', address, body), pictures


def package(
    title: str,
    author: str,
    identity: str,
    titles: dict[str, str],
    pictures: set[str],
    holds: dict[str, str],
    modified: str,
) -> dict[str, str]:
    """{file: text} of what a reader of EPUB needs to know: the list of files, their order, and the contents."""
    key = lambda name: re.sub(r"\W", "-", name)
    items = [f'<item id="{key(p)}" href="{p}.xhtml" media-type="application/xhtml+xml"{holds[p]}/>' for p in titles]
    items += [f'<item id="{key(p)}" href="{p}" media-type="{TYPES[Path(p).suffix]}"/>' for p in sorted(pictures)]
    order = "".join(f'<itemref idref="{key(p)}"/>' for p in titles)
    opf = (
        '<?xml version="1.0" encoding="utf-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">{identity}</dc:identifier><dc:title>{html.escape(title)}</dc:title>'
        f"<dc:language>en</dc:language><dc:creator>{html.escape(author)}</dc:creator>"
        f'<meta property="dcterms:modified">{modified}</meta></metadata><manifest>'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f'<item id="sheet" href="sheet.css" media-type="text/css"/>{"".join(items)}</manifest>'
        f"<spine>{order}</spine></package>"
    )
    entries = "".join(f'<li><a href="{p}.xhtml">{html.escape(words)}</a></li>' for p, words in titles.items())
    nav = f'<nav epub:type="toc"><h1>Contents</h1><ol>{entries}</ol></nav>'
    return {
        "META-INF/container.xml": CONTAINER,
        "EPUB/book.opf": opf,
        "EPUB/nav.xhtml": PAGE.format(title="Contents", sheet="sheet.css", body=nav),
    }


def collect(built: Path, pages: list[str]) -> dict[str, str]:
    """{page: its article as XHTML}, from Chromium."""
    with chromium("epub: expected Chromium, which typesets the formulas") as browser:
        found = {}
        for name in pages:
            page = opened(browser, built / f"{name}.html")
            found[name] = page.evaluate(TO_XHTML, NEEDS_A_SCRIPT)
            page.close()
            print(f"\r{len(found)} of {len(pages)} pages", end="", flush=True)
        print()
    return found


def write(target: Path, articles: dict[str, str], built: Path, title: str, author: str) -> None:
    """The EPUB. Its colours are those of the book's light theme; the same articles give the same file."""
    pages, pictures, files = list(articles), set[str](), dict[str, str]()
    titles, holds = dict[str, str](), dict[str, str]()
    style = (built / "_static" / "custom.css").read_text("utf-8")
    colours = "".join(re.findall(r"--q-[\w-]+: #[0-9a-f]{6};", style[: style.index('html[data-theme="dark"]')]))
    modified = datetime.fromtimestamp((built / f"{pages[0]}.html").stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, article in articles.items():
        body, shown = relinked(article, name, pages)
        pictures |= shown
        heading = re.search(r"<h1>(.*?)</h1>", body, re.S)
        titles[name] = html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip() if heading else name
        kinds = [kind for kind, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in body]
        holds[name] = f' properties="{" ".join(kinds)}"' if kinds else ""
        sheet = "../" * len(PurePosixPath(name).parent.parts) + "sheet.css"
        files[f"EPUB/{name}.xhtml"] = PAGE.format(title=html.escape(titles[name]), sheet=sheet, body=body)
    identity = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{title} {__version__}')}"
    files = {**package(title, author, identity, titles, pictures, holds, modified), **files}
    files["EPUB/sheet.css"] = f":root {{ {colours} }}{SHEET}"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")  # first, and not compressed
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
        for name in sorted(pictures):
            archive.writestr(zipfile.ZipInfo(f"EPUB/{name}"), (built / name).read_bytes(), zipfile.ZIP_DEFLATED)


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--student", action="store_true", help="of the book without worked solutions")
    options = parser.parse_args(argv)
    build = ROOT / "_build" / ("student/_build" if options.student else "")
    pages = contents(build / "html")
    if not pages:
        print(f"expected the built book in {build / 'html'}: run `make book` first", file=sys.stderr)
        return 1
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    target = build / "disentangled-representations.epub"
    write(target, collect(build / "html", pages), build / "html", config["title"], config["author"])
    print(f"{target.stat().st_size / 1e6:.1f} MB: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
