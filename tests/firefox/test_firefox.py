"""Every page of the built book once in Firefox, from the disk: `make firefox`, after `make book`.

No script error, no request elsewhere, mathematics typeset, every live figure started, nothing wider than the window.
"""

from pathlib import Path

import pytest
from marionette import firefox

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
PAGES = [
    path.relative_to(HTML).as_posix()
    for path in sorted(HTML.rglob("*.html"))
    if "_static" not in path.parts and 'http-equiv="Refresh"' not in path.read_text("utf-8")
]
ERRORS = """Services.console.getMessageArray()
  .filter(m => m instanceof Ci.nsIScriptError && !(m.flags & Ci.nsIScriptError.warningFlag))
  .filter(m => m.sourceName.startsWith("file:") || /content javascript/.test(m.category))
  .map(m => `${m.sourceName.split("/").pop()}:${m.lineNumber}: ${m.errorMessage}`)"""
OUTSIDE = (
    """performance.getEntriesByType("resource").map(e => e.name).filter(name => !/^(file|data|blob):/.test(name))"""
)
UNDRAWN = """[...document.querySelectorAll("article *")].filter(e => /^live-/i.test(e.tagName))
  .filter(e => !e.querySelector("canvas, svg, button, input, select")).map(e => e.tagName)"""
# Some figures draw only when a reader comes near: each is scrolled to, and those that load something must have it.
COME_NEAR = """(async () => {
  for (const e of document.querySelectorAll("article live-lessons")) {
    e.scrollIntoView();
    for (const until = Date.now() + 60000; !e.querySelector("canvas, svg");) {
      if (Date.now() > until) return `${e.tagName} shows nothing when it is in view`;
      await new Promise(done => setTimeout(done, 100));
    }
  }
  return "";
})()"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="session")
def driver():
    with firefox() as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_page(name, driver):
    driver.system("Services.console.reset()")
    driver.do("WebDriver:SetWindowRect", width=1280, height=900)
    driver.do("WebDriver:Navigate", url=(HTML / name).as_uri())
    driver.js("window.MathJax?.startup?.promise.then(() => 1)")
    source = (HTML / name).read_text("utf-8")
    if 'class="math' in source:
        assert driver.js("document.querySelectorAll('mjx-container').length") > 0, "no formula is typeset"
        assert driver.js("document.querySelectorAll('mjx-merror, [data-mjx-error]').length") == 0
    assert driver.js(UNDRAWN) == [], "a live figure did not start"
    assert driver.js(COME_NEAR) == ""
    assert driver.js(OUTSIDE) == []
    assert driver.system(ERRORS) == []
    for width in (1280, 500):  # Firefox's windows are no narrower than 450 pixels
        driver.do("WebDriver:SetWindowRect", width=width, height=900)
        assert driver.js(WIDE) <= 1, f"at {width} pixels the page scrolls sideways"
