"""What the pages say of themselves: title, what one can do afterwards, what they need, how long they take.

Everything is read from the pages, in the order of the table of contents, so that a new page needs no other list.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from course_pkg.classroom.catalogue import minutes_said

ROOT = Path(__file__).parents[2]
BOX = re.compile(r"^:::\{admonition\} Before you start\n(.*?)^:::$", re.M | re.S)
CAN = re.compile(r"\*\*Afterwards you can\*\* (.*?\.)(?=\s+(?:\*\*|This is a page)|\s*\n\n|\s*\Z)", re.S)
NEEDS = re.compile(r"\*\*You need\*\* (.*?)(?=\.? \*\*Takes\*\*|\.? Takes |\n\n|\Z)", re.S)
DOC = re.compile(r"\{doc\}`(?:[^`<]*<)?/?(?:book/)?([\w/]+)>?`")


@dataclass(frozen=True)
class Page:
    """One entry of the table of contents. `minutes` is None and the texts are "" where the page says nothing."""

    name: str  # book/elbo
    part: str  # the caption under which it stands
    title: str
    can: str
    needs: str
    needed: tuple[str, ...]  # the pages among what it needs, by their names
    minutes: int | None

    @property
    def stem(self) -> str:
        return self.name.rpartition("/")[2]


def read(name: str, part: str, text: str) -> Page:
    """What a page says of itself. ValueError where it has no title."""
    title = re.search(r"^# (.+)$", text, re.M)
    if not title:
        raise ValueError(f"{name}: expected a title, a line '# ...', got none")
    box = BOX.search(text)
    said = box[1] if box else ""
    can, needs = CAN.search(said), NEEDS.search(said)
    one_line = lambda found: " ".join(found[1].split()) if found else ""
    needed = tuple(dict.fromkeys(f"book/{page}" for page in DOC.findall(one_line(needs))))
    return Page(name, part, title[1], one_line(can), one_line(needs), needed, minutes_said(said) or None)


@cache
def pages(root: Path = ROOT) -> tuple[Page, ...]:
    """Every page of the table of contents, in its order, without the first one. A process reads them once."""
    contents = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    named = [(part["caption"], chapter["file"]) for part in contents["parts"] for chapter in part["chapters"]]
    return tuple(
        read(file.removesuffix(".ipynb"), part, (root / file).with_suffix(".md").read_text("utf-8"))
        for part, file in named
    )


def reduced(found: Sequence[Page]) -> dict[str, tuple[str, ...]]:
    """{page: the pages that it needs}, less those that another of them needs already. ValueError for a circle."""
    needed = {page.name: [other for other in page.needed if other in {p.name for p in found}] for page in found}

    def all_below(name: str, path: tuple[str, ...] = ()) -> set[str]:
        if name in path:
            raise ValueError(f"pages need one another in a circle: {' -> '.join((*path, name))}")
        return {below for other in needed[name] for below in {other, *all_below(other, (*path, name))}}

    return {
        name: tuple(o for o in others if not any(o in all_below(p) for p in others))
        for name, others in needed.items()
        if not all_below(name) & {name}
    }


def hours(minutes: int) -> str:
    """A time as one says it: 45 minutes, 3 hours, 4 and a half hours. To the half hour, above an hour and a half."""
    if minutes <= 90:
        return f"{minutes} minutes"
    halves = round(minutes / 30)
    return f"{halves // 2} hours" if halves % 2 == 0 else f"{halves // 2} and a half hours"
