"""Headless Chromium, shared by the checks and by shot.py."""

from contextlib import contextmanager
from pathlib import Path

from course_pkg.commands.doctor import find_chromium

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
PATIENCE = 300_000  # milliseconds: what has not come by then, on any machine, does not come. Nothing is measured by it.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MISSING = (
    "Chromium is missing, so the built book cannot be checked: install it "
    "(Debian: sudo apt-get install chromium; macOS: brew install --cask chromium) and run `make browser` again"
)


RUNNING = []  # the Chromium of this process, while it is open


@contextmanager
def browser():
    """Chromium; where one is open in this process, that one, left open. What must be apart has a page of its own: each
    that the browser opens has its own cookies and storage."""
    if RUNNING:
        yield RUNNING[0]
        return
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        raise SystemExit(MISSING)
    with sync_playwright() as playwright:
        RUNNING.append(playwright.chromium.launch(executable_path=path, args=ARGUMENTS))
        try:
            yield RUNNING[0]
        finally:
            RUNNING.pop().close()


def settle(page, unfold=True):
    """Wait until mathematics is typeset, end what moves, and open everything that is folded."""
    page.add_style_tag(content="*, *::before, *::after { transition: none !important; animation: none !important; }")
    page.evaluate(
        """patience => Promise.race([window.MathJax?.startup?.promise,
        new Promise((_, fail) => setTimeout(() => fail("no mathematics came"), patience))])""",
        PATIENCE,
    )
    if unfold:
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.evaluate("document.querySelectorAll('.toggle-hidden').forEach(e => e.classList.remove('toggle-hidden'))")
    page.evaluate("window.dispatchEvent(new Event('resize'))")
