"""Take a picture of a page of the built book, to look at it.

.venv/bin/python tests/browser/shot.py book/elbo.html elbo.png [--dark] [--folded] [--width 390] [--selector "#sec"]
"""

import argparse
from pathlib import Path

from chromium import HTML, browser, settle


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", help="a page below _build/html, or any .html file")
    parser.add_argument("picture", help="the .png to write")
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    parser.add_argument("--folded", action="store_true", help="leave folded what a reader finds folded")
    parser.add_argument("--width", type=int, default=1280, help="width of the window in pixels")
    parser.add_argument("--selector", help="only the first element that this CSS selector finds")
    options = parser.parse_args()
    path = HTML / options.page if (HTML / options.page).exists() else Path(options.page).resolve()
    with browser() as chromium:
        scheme = "dark" if options.dark else "light"
        page = chromium.new_page(color_scheme=scheme, viewport={"width": options.width, "height": 900})
        page.goto(path.as_uri())
        settle(page, unfold=not options.folded)
        if options.selector:
            page.locator(options.selector).first.screenshot(path=options.picture)
        else:
            # The page scrolls inside the window; a window as high as the page shows all of it.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": options.width, "height": min(height, 16000)})
            page.screenshot(path=options.picture, full_page=True)


if __name__ == "__main__":
    main()
