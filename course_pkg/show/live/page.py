"""What a page gets of a live figure: one module, its style and its state as JSON, inside plain HTML."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


RANDOM = {"mmd", "batch", "shuffle"}  # the figures that draw random numbers


@cache
def module(name: str) -> str:
    """The JavaScript of a figure: what all figures share, the random numbers of those that draw, then its own."""
    parts = ("common", *(["random"] if name in RANDOM else []), name)
    return "\n".join((FOLDER / f"{part}.js").read_text("utf-8") for part in parts)


@cache
def style(name: str = "") -> str:
    """The style that all figures share, then a figure's own where it has a file of its own."""
    own = FOLDER / f"{name}.css"
    return (FOLDER / "live.css").read_text("utf-8") + (own.read_text("utf-8") if name and own.exists() else "")


@dataclass(frozen=True)
class Figure:
    """A figure for a page: its module, where it starts, and what to say where no script runs."""

    name: str
    state: Mapping[str, Any]
    words: str
    also: tuple[str, ...] = ()  # figures that it shows within itself, by their names

    def __repr__(self) -> str:
        return f"{self.words} It moves where this page is opened in a browser."

    def _repr_html_(self) -> str:
        state = json.dumps(dict(self.state)).replace("<", "\\u003c")  # no </script> inside the script
        scripts = (f'{module(name)}\ndefine("live-{name}", render);' for name in (*self.also, self.name))
        return (
            f"<style>{style(self.name)}</style>"
            f'<live-{self.name}><p class="without-script">{self.words} It moves where scripts may run.</p>'
            f'<script type="application/json">{state}</script></live-{self.name}>'
            + "".join(f'<script type="module">{script}</script>' for script in scripts)
        )
