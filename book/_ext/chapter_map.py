"""The map of the chapters: what needs what, and how long each takes, drawn from what the pages say of themselves.

A page stands below all that it needs. A line comes from a page that is needed; a dashed one from a page whose equations
are used, though one need not have read it.
"""

import html
import textwrap
from collections.abc import Iterable, Mapping

from said import Page, reduced

WIDTH, EDGE, LINE, LETTERS = 480, 118, 17, 38  # pixels; where the names begin; of a line; letters in a line
LONGEST = 250  # pixels: the bar of the page that takes longest


def in_reading_order(found: list[Page]) -> list[Page]:
    """The pages as they come, but each after those that it needs."""
    by_name, placed = {page.name: page for page in found}, dict[str, Page]()

    def put(page: Page) -> None:
        for other in page.needed:
            if other in by_name and other not in placed:
                put(by_name[other])
        placed.setdefault(page.name, page)

    for page in found:
        put(page)
    return list(placed.values())


def without_reading(found: list[Page], uses: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs (page, used page) of stems whose equations are used, where nothing that the page needs leads there."""
    by_name = {page.name: page for page in found}

    def below(page: Page) -> set[str]:
        return {stem for name in page.needed if name in by_name for stem in {by_name[name].stem, *below(by_name[name])}}

    needed = {page.stem: below(page) for page in found}
    return [(a, b) for a, b in uses if a != b and a in needed and b in needed and b not in needed[a]]


def draw(found: list[Page], uses: Iterable[tuple[str, str]], links: Mapping[str, str]) -> str:
    """The map as SVG for a page of the book. `found` says minutes; links: {name of a page: its address}."""
    found = in_reading_order(found)
    needs, longest = reduced(found), max(page.minutes or 1 for page in found)
    middle, names, y = dict[str, float](), list[str](), 4.0
    for page in found:
        title = textwrap.wrap(page.title, LETTERS)
        middle[page.name] = middle[page.stem] = y + LINE * 0.6
        spans = "".join(
            f'<tspan x="{EDGE + 14}" y="{y + LINE * (k + 0.85):.0f}">{html.escape(line)}</tspan>'
            for k, line in enumerate(title)
        )
        y += LINE * len(title) + 5
        bar = LONGEST * (page.minutes or 0) / longest
        names.append(
            f'<a href="{links[page.name]}"><text fill="currentColor">{spans}</text></a>'
            f'<rect class="bar" x="{EDGE + 14}" y="{y}" width="{bar:.0f}" height="9" rx="2"/>'
            f'<text class="minutes" x="{EDGE + 20 + bar:.0f}" y="{y + 9}" fill="currentColor">{page.minutes} min</text>'
            f'<circle cx="{EDGE}" cy="{middle[page.name]:.0f}" r="4" fill="currentColor"/>'
        )
        y += 24
    lines = [(middle[other], middle[name], "") for name, others in needs.items() for other in others]
    lines += [(middle[b], middle[a], "used") for a, b in without_reading(found, uses)]
    arcs = [arc(start, end, kind, abs(end - start) / y) for start, end, kind in lines]
    return (
        f'<svg class="figure chapter-map" role="group" aria-label="{html.escape(said(found, needs))}" '
        f'viewBox="0 0 {WIDTH} {y:.0f}" xmlns="http://www.w3.org/2000/svg" style="width: {WIDTH}px">'
        f"{''.join(arcs)}{''.join(names)}</svg>"
    )


def arc(start: float, end: float, kind: str, part: float) -> str:
    """A line on the left from one height to another, with a head where it ends. part: of the height of the picture."""
    head = EDGE - 6
    reach = head - 1.25 * head * part**0.6  # of the control points; the curve goes three quarters of the way
    shape = f"M{head} {start:.0f} C{reach:.0f} {start:.0f} {reach:.0f} {end:.0f} {head} {end:.0f}"
    return (
        f'<path class="{f"arc {kind}".strip()}" d="{shape}"/>'
        f'<path class="head" d="M{head + 1} {end:.0f} l-7 -3.5 v7 z"/>'
    )


def said(found: list[Page], needs: Mapping[str, tuple[str, ...]]) -> str:
    """The map in words."""
    title = {page.name: page.title for page in found}
    after = lambda page: ", after " + " and ".join(title[o] for o in needs[page.name]) if needs[page.name] else ""
    return "Map of the chapters. " + " ".join(f"{p.title}, {p.minutes} minutes{after(p)}." for p in found)
