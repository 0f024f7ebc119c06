"""What a reader sees of a live figure: the numbers that a sentence or a label shows, and where a mark stands by the
ticks of its axis."""

import itertools
import re

import numpy as np

NUMBER = r"([+\u2212-]?\d[\d,]*(?:\.\d+)?)"


def value(shown):
    return float(shown.replace("\u2212", "-").replace(",", ""))


def says(text, template, *expected):
    """That the text has the template's words, each `{}` a number, and that each number is the one expected, to the
    digits that are shown."""
    text = " ".join(text.split())
    found = re.search(re.escape(template).replace(r"\{\}", NUMBER).replace(r"\ ", r"\s*"), text)
    assert found, f"{template!r} is not in {text!r}"
    for shown, number in zip(found.groups(), expected, strict=True):
        half = 0.5 * 10.0 ** -len(shown.partition(".")[2])
        assert abs(value(shown) - number) <= half + 1e-6, f"{shown} for {number}: {found[0]!r}"


def each(svg, css, call):
    """What a function of JavaScript gives for each such element of a picture. The picture stays when a figure draws
    itself again, as it does on a slow machine at any time, its elements do not: one that was found a moment ago has no
    box and no style any more (`evaluate_all` finds first and asks then). So they are found and asked in one go."""
    return svg.evaluate(f"(picture, css) => [...picture.querySelectorAll(css)].map({call})", css)


def texts(svg, css="text"):
    """[words, x, y, anchor] of all texts of a picture."""
    return each(svg, css, """t => [t.textContent, +t.getAttribute("x"), +t.getAttribute("y"),
        t.getAttribute("text-anchor")]""")  # fmt: skip


def ruler(svg, axis, log=False):
    """From a pixel to the value there, by an axis' ticks: those of "x" are centred below it, those of "y" end beside
    it, their foot four pixels lower than what they mark. `log`: ticks of powers of ten, evenly spaced."""
    anchor, k, off = {"x": ("middle", 0, 0), "y": ("end", 1, 4)}[axis]
    rows = {}
    for words, x, y, at in texts(svg, "text.tick"):
        if at == anchor and re.fullmatch(NUMBER, words):
            rows.setdefault((x, y)[1 - k], []).append((value(words), (x, y)[k] - off))
    marks = max(rows.values(), key=len)
    values, pixels = np.array(marks).T
    values = np.log10(values) if log else values
    slope, start = np.polyfit(pixels, values, 1)
    assert len(marks) > 2 and np.abs(start + slope * pixels - values).max() < 0.01 * np.ptp(values) + 0.005
    return lambda pixel: 10 ** (start + slope * pixel) if log else start + slope * pixel


def attributes(locator, *names):
    """Numbers: of each element that is found a list."""
    return locator.evaluate_all("(all, names) => all.map(e => names.map(n => +e.getAttribute(n)))", list(names))


def points(locator):
    """The corners of a drawn path (n, 2): all pairs `x,y` of absolute coordinates after M and L."""
    d = locator.get_attribute("d")
    return np.array([[float(v) for v in pair] for pair in re.findall(r"[ML]([-\d.]+),([-\d.]+)", d)])


def squares(locator):
    """The centres (n, 2), in pixels, of the squares that shade a picture."""
    found = locator.evaluate_all("all => all.map(e => e.getAttribute('d')).join('')")
    corners = [[float(v) for v in square] for square in re.findall(r"M([-\d.]+),([-\d.]+)h([\d.]+)", found)]
    return np.array([[x + side / 2, y + side / 2] for x, y, side in corners]).reshape(-1, 2)


def darker(svg, css, strength):
    """That the squares of each level lie where a value is larger than at those of the level below; `strength`: from
    pixels (n, 2) to that value. A corner is drawn to a tenth of a pixel."""
    levels = [strength(squares(svg.locator(f"{css}.level{k}"))) for k in range(1, 6)]
    levels = [values for values in levels if len(values)]
    most = max(max(values) for values in levels)
    assert len(levels) > 1 and all(max(a) <= min(b) + 0.02 * most for a, b in itertools.pairwise(levels)), css
