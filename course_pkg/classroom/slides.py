"""Slides of a chapter's figures, from the built book: plain HTML, one figure a screen, one a sheet when printed."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

FIGURE = re.compile(r'<figure\b[^>]*\bid="(?P<id>[\w-]+)".*?</figure>', re.S)
DRAWN = re.compile(r'<svg class="figure".*?</svg>', re.S)
CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.S)
PERMALINK = re.compile(r'<a class="headerlink".*?</a>', re.S)
HEADING = re.compile(r"<h([12])\b[^>]*>(.*?)</h\1>", re.S)
MATHJAX = "vendor/mathjax"  # below _static
STYLE = """
:root { color-scheme: light; }
html { scroll-snap-type: y proximity; background: #fff; color: #1a1a1a; font: 1.5rem/1.4 system-ui, sans-serif; }
body { margin: 0; }
section { box-sizing: border-box; min-height: 100vh; padding: 3vh 5vw; scroll-snap-align: start; display: flex;
          flex-direction: column; justify-content: center; break-after: page; break-inside: avoid; }
h1 { font-size: 2.2em; margin: 0 0 .5em; } h2 { font-size: 1.2em; margin: 0 0 .5em; }
figure { margin: 0; } 
svg.figure { display: block; margin: 0 auto; width: auto !important; height: 62vh; max-width: 100%; }
figcaption { margin: 1em auto 0; max-width: 45em; } .caption-number { font-weight: bold; }
nav a { display: block; }
@page { size: A4 landscape; margin: 1cm; }
@media print { section { min-height: 0; height: 18cm; padding: 0; } svg.figure { height: 11.5cm; }
               html { font-size: 14pt; } }
"""


@dataclass(frozen=True)
class Slide:
    """A figure as the book shows it: the heading it stands under, its drawing and its caption, as HTML."""

    name: str
    heading: str
    drawing: str
    caption: str


def slides_of(source: str) -> tuple[str, list[Slide]]:
    """The title of a built page and its figures, in order. Figures that are alive, without a drawing, are left out."""
    title, heading, found = "", "", []
    marks = [*HEADING.finditer(source), *FIGURE.finditer(source)]
    for mark in sorted(marks, key=lambda mark: mark.start()):
        if "id" not in mark.groupdict():
            words = re.sub(r"<[^>]*>", "", PERMALINK.sub("", mark[2])).strip()
            title, heading = (words, "") if mark[1] == "1" and not title else (title, words)
            continue
        drawing, caption = DRAWN.search(mark[0]), CAPTION.search(mark[0])
        if drawing and caption:
            found.append(Slide(mark["id"], heading, drawing[0], PERMALINK.sub("", caption[1]).strip()))
    return title, found


def deck(title: str, slides: list[Slide], colours: str) -> str:
    """One page of slides. title and headings are HTML, as they stand in the book."""
    mathematics = any(r"\(" in slide.caption or r"\(" in slide.heading for slide in slides)
    script = '<script defer src="mathjax/tex-mml-chtml.js"></script>\n' if mathematics else ""
    body = "".join(
        f'<section id="{slide.name}">\n<h2>{slide.heading or title}</h2>\n<figure>{slide.drawing}\n'
        f"<figcaption>{slide.caption}</figcaption></figure>\n</section>\n"
        for slide in slides
    )
    return (
        '<!DOCTYPE html>\n<html lang="en" data-theme="light">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{colours}{STYLE}</style>\n{script}</head>\n<body>\n<main>\n"
        f"<section><h1>{title}</h1><p>{len(slides)} figures. Page down for the next one.</p></section>\n"
        f"{body}</main>\n</body>\n</html>\n"
    )


def write(book: Path, out: Path) -> dict[str, int]:
    """A file of slides for every page with figures, and an index. Returns {page: how many figures}.

    book: the folder of the built book. Raises ValueError where it holds none, or where `out` holds other files.
    """
    style = book / "_static" / "custom.css"
    pages = sorted((book / "book").glob("*.html"))
    if not (pages and style.exists()):
        raise ValueError(f"expected the built book in {book}, found none: `make book` builds it")
    if out.exists() and any(out.iterdir()) and not (out / "index.html").exists():
        raise ValueError(f"{out}: expected a new or empty folder, or one of slides")
    themes = re.findall(r'html\[data-theme="light"\] \{.*?\}', style.read_text("utf-8"), re.S)
    colours = "\n".join(themes)
    order = re.findall(r'href="(\w+)\.html"', (book / "book" / "intro.html").read_text("utf-8"))
    pages.sort(key=lambda page: order.index(page.stem) if page.stem in order else len(order))
    out.mkdir(parents=True, exist_ok=True)
    counts, titles, mathematics = {}, {}, False
    for page in pages:
        title, slides = slides_of(page.read_text("utf-8"))
        if slides:
            text = deck(title, slides, colours)
            mathematics = mathematics or "mathjax/" in text
            (out / f"{page.stem}.html").write_text(text, "utf-8")
            counts[page.stem], titles[page.stem] = len(slides), title
    if mathematics:
        shutil.copytree(book / "_static" / MATHJAX, out / "mathjax", dirs_exist_ok=True)
    links = "".join(f'<a href="{name}.html">{titles[name]}</a> ' for name in counts)
    head = '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Slides</title>'
    (out / "index.html").write_text(
        f"{head}<style>{STYLE}</style></head><body><section><h1>Slides</h1><nav>{links}</nav></section></body></html>\n",
        "utf-8",
    )
    return counts
