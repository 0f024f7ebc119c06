"""The lessons' decoders on a page: one of them with its weights in it, or all that the package ships.

The weights of all are too many for a page. So the figure of all holds what their cards say, and loads the weights of
the one that is chosen from a script beside the page, `_static/lessons/NAME.js`, which a build of the book writes.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from course_pkg.models.baselines import LinearCode
from course_pkg.models.weights import lesson, lesson_names
from course_pkg.show.live.decoder import latent_state
from course_pkg.show.live.page import Figure

PARTS = {"information": "information", "tc": "total correlation", "dimwise": "the latents' own divergences"}


def latent_figure(name: str = "beta-4") -> Figure:
    """The latents of a lesson's trained model, decoded in the page. Its weights travel with the page."""
    model, card = lesson(name)
    logits = not isinstance(model, LinearCode)
    names = card.get("names", ())
    weights, state = latent_state(model, kl=card["kl"], starts=card["starts"], logits=logits, names=names)
    state["weights"] = base64.b64encode(weights).decode("ascii")
    words = f"A live figure: a slider for each of {len(state['z'])} latents, and the picture that they decode to."
    return Figure("latents", state, words)


def lesson_script(name: str) -> str:
    """What `_static/lessons/NAME.js` holds: the state of `latent_figure(name)`, where the figure of all finds it."""
    return f"(window.course_lessons ??= {{}})[{json.dumps(name)}] = {json.dumps(dict(latent_figure(name).state))};\n"


def lessons_figure(at: str = "beta-4") -> Figure:
    """Every lesson's trained model to choose: the numbers of its card, and its latents as `latent_figure` shows them.

    at: which one to start with. The weights come from the built book (`lesson_script`); anywhere else the figure says
    what to call instead. Raises FileNotFoundError for an unknown lesson.
    """
    cards = {name: lesson(name)[1] for name in {*lesson_names(), at}}
    entries = [{"name": name, "words": card["title"], "told": told(card)} for name, card in cards.items()]
    entries.sort(key=lambda entry: by_number(entry["words"]))
    said = f"A live figure: {len(entries)} trained models to choose from, a slider for each latent, and its picture."
    return Figure("lessons", {"lessons": entries, "at": at}, said, also=("latents",))


def by_number(text: str) -> list[str | int]:
    """A key that sorts by letters, and numbers by their size: beta = 4 comes before beta = 16."""
    return [int(part) if k % 2 else part.lower() for k, part in enumerate(re.split(r"(\d+)", text))]


def told(card: Mapping[str, Any]) -> str:
    """A card in some sentences: the rate and its parts in nats, each with its standard error; the run; the codes."""
    if "split" in card:
        nats, errors = card["split"]["nats"], card["split"]["errors"]
        parts = ", ".join(f"{said} {nats[part]:.2f}\u00a0±\u00a0{errors[part]:.2f}" for part, said in PARTS.items())
        rate = f"Rate {nats['rate']:.2f} nats, over all {card['split']['images']:,} images: {parts}"
    else:
        rate = f"Rate {card['rate']:.2f} nats, over some of the images; its card does not split it into parts"
    codes = f" Its codes: {card['codes']}." if "codes" in card else ""
    made = f"{card['steps']:,} steps" if "steps" in card else card["fitted"]
    return f"{rate}. Seed {card['seed']}, {made}.{codes}"
