"""What axe-core finds on a page that a screen reader or a weak eye cannot read."""

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe

# The thousands of words of code of a page have few looks; to tell whether a colour stands out on its ground takes axe
# a hundredth of a second a word. So of the words of code that look alike, all around them too, it is given the first.
ALIKE = """() => {
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
  for (const e of document.querySelectorAll("pre *, dt.sig *")) {
    if (![...e.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
    e.dataset.look = first.has(look(e)) ? "again" : "first";
    first.add(look(e));
  }
}"""
LOOK_ONCE = """; axe.configure({rules: [{id: "color-contrast", selector: "*:not([data-look='again'])"}]})"""
# "preload" would fetch style sheets again, by addresses that axe gets wrong.
OPTIONS = {"resultTypes": ["violations", "incomplete"], "preload": False, "selectors": False}


def violations(page, context=None):
    """What is wrong, in words; also where axe cannot tell of a word of code, which stands for others."""
    page.evaluate(ALIKE)
    found = Axe(AXE_SCRIPT + LOOK_ONCE).run(page, context, OPTIONS).response
    unsure = [
        {**rule, "help": "axe cannot tell", "nodes": nodes}
        for rule in found["incomplete"]
        if rule["id"] == "color-contrast"
        and (nodes := [node for node in rule["nodes"] if 'data-look="first"' in node["html"]])
    ]
    return [describe(rule) for rule in found["violations"] + unsure]


def describe(rule):
    nodes = [node["html"][:160] for node in rule["nodes"][:3]]
    return f"{rule['id']}: {rule['help']} ({len(rule['nodes'])} places) {nodes}"
