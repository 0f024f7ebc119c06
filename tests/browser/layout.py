"""What must hold of the layout of a page: nothing is cut and nothing is too small, on a telephone, a tablet, a screen
and on A4, and figures are drawn in the ink of the page."""

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
# A picture cuts what leaves it, so every letter stands inside. (The box of a letter is higher than its ink, that of a
# turned formula far too high.)
LEAVING = """() => [...document.querySelectorAll("article svg:not(mjx-container svg) text")].flatMap(text => {
  const svg = text.ownerSVGElement, letters = text.getBoundingClientRect(), edge = svg.getBoundingClientRect();
  const {a, b} = text.getScreenCTM(), spare = 0.3 * parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
  const formula = text.querySelector("tspan") && text.closest("[transform*=rotate]");
  const cut = letters.width && !formula && getComputedStyle(svg).overflow !== "visible"
    && (letters.left < edge.left - spare || letters.right > edge.right + spare
      || letters.top < edge.top - spare || letters.bottom > edge.bottom + spare);
  const place = `from ${letters.left - edge.left} to ${letters.right - edge.left} of ${edge.width}`;
  return cut ? [`${text.textContent.trim()}: ${place}`] : [];
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
# What a table is about can be read without scrolling it.
CAPTIONS = """() => [...document.querySelectorAll("article table:not(.derivation) > caption")]
  .filter(caption => caption.offsetParent
    && caption.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(caption => caption.innerText.slice(0, 60))"""
# A class of a live figure, such as "row", may be one of the theme's: it pulls nothing out of its place.
PULLED = """() => [...document.querySelectorAll(".live *")].flatMap(e => {
  const {marginLeft, marginRight} = getComputedStyle(e);
  return Math.min(parseFloat(marginLeft), parseFloat(marginRight)) < 0 ? [`${e.localName}.${e.className}`] : [];
})"""
# In the table of a derivation everything is in sight, and reason and check are written in whole words.
DERIVATIONS = """() => [...document.querySelectorAll("article table.derivation:not(.equations, .gallery)")]
  .filter(table => table.offsetParent).flatMap(table => {
    const cut = table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right + 1;
    const beside = [...table.querySelectorAll("tbody tr:first-child td:nth-child(n + 3)")];
    const tight = beside.some(cell => getComputedStyle(cell).display === "table-cell"
      && cell.scrollWidth > cell.clientWidth + 1);
    const told = table.caption && table.caption.textContent;
    return cut ? [`${told}: cut`] : tight ? [`${told}: a word is cut`] : [];
  })"""
# What is drawn in ink must be seen on the page: as far from its ground as the letters of the page are.
INK = """() => [...document.querySelectorAll("svg.figure")].flatMap(figure => {
  const letters = getComputedStyle(document.querySelector("article p")).color;
  return [...figure.querySelectorAll("text")].filter(text => /currentcolor/i.test(text.getAttribute("style") || "")
    && getComputedStyle(text).fill !== getComputedStyle(figure).color).map(text => text.textContent)
    .concat(getComputedStyle(figure).color === letters ? [] : ["ink is not the colour of the letters"])
    .concat(/#222221|#fffffe/i.test(figure.innerHTML) ? ["a colour of the notebook was left"] : []);
})"""


def check_ink(page):
    assert page.evaluate(INK) == [], "figures are not drawn in the ink of the page"


def check_sizes(page):
    for width, medium in PLACES:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media=medium)
        page.evaluate("window.dispatchEvent(new Event('resize'))")
        where = f"at {width} pixels, {medium}"
        assert page.evaluate(FORMULAE) == [], where
        assert page.evaluate(CODE) == [], f"code is cut {where}"
        assert page.evaluate(DERIVATIONS) == [], where
        assert page.evaluate(LEAVING) == [], f"letters leave their picture {where}"
        assert page.evaluate(TABLES) == [], f"a table goes on where nothing says so {where}"
        assert page.evaluate(PULLED) == [], f"a live figure reaches out of its place {where}"
        if medium == "screen":
            assert page.evaluate(CAPTIONS) == [], f"a caption is wider than the page {where}"
            assert page.evaluate(LETTERS % LEAST_LETTER) == [], f"letters of figures {where}"
