"""Nothing is cut and nothing is too small, on a telephone, a tablet, a screen and on A4: `make browser`."""

import pytest
from chromium import HTML, PATIENCE, browser, settle

REDIRECT = 'http-equiv="Refresh"'
PAGES = [
    path.relative_to(HTML).as_posix()
    for path in sorted(HTML.rglob("*.html"))
    if "_static" not in path.parts and REDIRECT not in path.read_text("utf-8")
]
PAPER = 718  # pixels: A4 less margins of one centimetre
LEAST_LETTER = 8  # pixels
PLACES = [(390, "screen"), (768, "screen"), (1280, "screen"), (PAPER, "print")]

# A formula must end before its number (where they stand beside each other) and inside its own box.
FORMULAE = """() => [...document.querySelectorAll("div.math")].flatMap(box => {
  const formula = box.querySelector("mjx-container"), number = box.querySelector(".eqno");
  if (!formula || !box.offsetParent) return [];
  const drawn = formula.firstElementChild.getBoundingClientRect(), edge = box.getBoundingClientRect();
  const beside = number && number.getBoundingClientRect();
  const under = beside && drawn.right > beside.left + 1 && drawn.bottom > beside.top && drawn.top < beside.bottom;
  const cut = drawn.right > edge.right + 1 || formula.scrollWidth > formula.clientWidth + 1;
  const small = parseFloat(getComputedStyle(formula).fontSize) < 9.5;
  return under || cut || small ? [`${box.id}: ${under ? "under its number" : cut ? "cut" : "tiny"}`] : [];
})"""
CODE = """() => [...document.querySelectorAll("article pre")]
  .filter(code => code.offsetParent && code.scrollWidth > code.clientWidth + 1)
  .map(code => code.textContent.trim().slice(0, 60))"""
LETTERS = """() => [...document.querySelectorAll("svg.figure text")].flatMap(text => {
  const {a, b} = text.getScreenCTM(), size = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
  return size < %s ? [`${text.textContent}: ${size.toFixed(1)} pixels`] : [];
})"""
# A table fits, or the box in which it scrolls shows where it goes on: the shadow on an edge, drawn on the box.
TABLES = """() => [...document.querySelectorAll("article table:not(.derivation)")].flatMap(table => {
  if (!table.offsetParent) return [];
  let box = table.parentElement;
  while (box.tagName !== "ARTICLE" && getComputedStyle(box).overflowX === "visible") box = box.parentElement;
  const wide = table.getBoundingClientRect().right > box.getBoundingClientRect().right + 1;
  const edge = getComputedStyle(box).backgroundImage.includes("gradient");
  return wide && !edge ? [table.innerText.slice(0, 60)] : [];
})"""
# What is drawn in ink must be seen on the page: as far from its ground as the letters of the page are.
INK = """() => [...document.querySelectorAll("svg.figure")].flatMap(figure => {
  const letters = getComputedStyle(document.querySelector("article p")).color;
  return [...figure.querySelectorAll("text")].filter(text => /currentcolor/i.test(text.getAttribute("style") || "")
    && getComputedStyle(text).fill !== getComputedStyle(figure).color).map(text => text.textContent)
    .concat(getComputedStyle(figure).color === letters ? [] : ["ink is not the colour of the letters"])
    .concat(/#222221|#fffffe/i.test(figure.innerHTML) ? ["a colour of the notebook was left"] : []);
})"""


@pytest.fixture(scope="session")
def chromium():
    assert PAGES, "There is no built book: run `make book` first"
    with browser() as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut(name, chromium):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.goto((HTML / name).as_uri(), timeout=PATIENCE)
        settle(page)
        for width, medium in PLACES:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(media=medium)
            page.evaluate("window.dispatchEvent(new Event('resize'))")
            where = f"at {width} pixels, {medium}"
            assert page.evaluate(FORMULAE) == [], where
            assert page.evaluate(CODE) == [], f"code is cut {where}"
            assert page.evaluate(TABLES) == [], f"a table goes on where nothing says so {where}"
            if medium == "screen":
                assert page.evaluate(LETTERS % LEAST_LETTER) == [], f"letters of figures {where}"
    finally:
        page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [n for n in PAGES if 'class="figure"' in (HTML / n).read_text("utf-8")])
def test_figures_are_drawn_in_the_ink_of_the_page(name, theme, chromium):
    page = chromium.new_page(color_scheme=theme)
    try:
        page.goto((HTML / name).as_uri(), timeout=PATIENCE)
        settle(page)
        assert page.evaluate(INK) == []
    finally:
        page.close()
