"""What axe-core finds on a page that a screen reader or a weak eye cannot read."""

from axe_playwright_python.sync_playwright import Axe

# Axe takes long for each element, and most elements of a page have nothing for it. So while it looks,
# - of the words of code that look alike, all around them too, the first keeps its <span>; the others are plain text;
# - a drawn formula, which is hidden from screen readers, has neither text nor attributes for axe and stands beside its
#   MathML, is an empty box of its size.
FEWER = """() => {
  const looks = new Map(), known = new Map(), first = new Set();
  const look = e => {
    if (!e) return 0;
    if (!known.has(e)) {
      const s = getComputedStyle(e), key = [look(e.parentElement), e.checkVisibility(), s.color, s.backgroundColor,
        s.backgroundImage, s.opacity, s.fontSize, s.fontWeight, s.textShadow, s.filter, s.mixBlendMode, s.visibility,
        s.position, s.zIndex, s.clipPath].join("|");
      if (!looks.has(key)) looks.set(key, looks.size + 1);
      known.set(e, looks.get(key));
    }
    return known.get(e);
  };
  const says = (e, ...shape) => e.getAttributeNames().some(name => name !== "class" && !shape.includes(name));
  const code = [...document.querySelectorAll("pre, dt.sig")], plain = [];
  for (const word of code.flatMap(e => [...e.querySelectorAll("span")])) {
    if (word.childElementCount || !word.textContent.trim() || says(word)) continue;
    if (first.has(look(word))) plain.push(word);
    else word.dataset.look = "first";
    first.add(look(word));
  }
  const drawn = [...document.querySelectorAll("mjx-math[aria-hidden=true]")].filter(e => !e.textContent.trim()
    && ![...e.querySelectorAll("*")].some(part => !part.localName.startsWith("mjx-")
      || says(part, "style", "space", "size", "texclass", "type", "limits", "justify", "align", "side", "width")));
  const boxes = drawn.map(e => [e, e.getBoundingClientRect()]);
  window.whole = [...code, ...drawn].map(e => [e, [...e.childNodes]]);
  for (const word of plain) word.dataset.look = "again";
  for (const e of code) {
    e.replaceChildren(...[...e.childNodes].map(node => node.cloneNode(true)));
    for (const word of e.querySelectorAll('[data-look="again"]')) word.replaceWith(word.textContent);
  }
  for (const [e, { width, height }] of boxes) {
    const box = document.createElement("mjx-box");
    box.style.cssText = `display: inline-block; width: ${width}px; height: ${height}px`;
    e.replaceChildren(box);
  }
  return { words: plain.length, formulae: drawn.length };
}"""
ALL_AGAIN = """() => {
  for (const [e, nodes] of window.whole) e.replaceChildren(...nodes);
  for (const word of document.querySelectorAll("[data-look]")) delete word.dataset.look;
}"""
# "preload" would fetch style sheets again, by addresses that axe gets wrong.
OPTIONS = {"resultTypes": ["violations", "incomplete"], "preload": False, "selectors": False}


def violations(page, context=None):
    """What is wrong, in words; also where axe cannot tell of a word of code, which stands for others.

    That an arrow is no text (`nonBmp`, as axe calls it) is no doubt: the arrow of a signature stands for arrows.
    """
    page.evaluate(FEWER)
    found = Axe().run(page, context, OPTIONS).response
    page.evaluate(ALL_AGAIN)
    unsure = [
        {**rule, "help": "axe cannot tell", "nodes": nodes}
        for rule in found["incomplete"]
        if rule["id"] == "color-contrast"
        and (nodes := [node for node in rule["nodes"] if 'data-look="first"' in node["html"] and not no_text(node)])
    ]
    return [describe(rule) for rule in found["violations"] + unsure]


def no_text(node):
    return any((check["data"] or {}).get("messageKey") == "nonBmp" for check in node["any"])


def describe(rule):
    nodes = [node["html"][:160] for node in rule["nodes"][:3]]
    return f"{rule['id']}: {rule['help']} ({len(rule['nodes'])} places) {nodes}"
