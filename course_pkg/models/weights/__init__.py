"""Models that lessons load instead of training: weights in float16, each with a card that says how they came about.

`tools/train_lesson.py` makes both. The card names its command, so that anyone can make them again.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load, save
from torch import nn

from course_pkg.models.adversarial import Critic, Generator, Paired
from course_pkg.models.mixed import Assigned, Relaxed
from course_pkg.models.networks import burgess

FOLDER = Path(__file__).parent
SHAPE = (1, 64, 64)
M = TypeVar("M", bound=nn.Module)
# The net of a card, by the name that it gives: without one, numbers alone.
NETS: dict[str, Callable[[dict[str, Any]], nn.Module]] = {
    "burgess": lambda card: burgess(latents=card["latents"]),
    "relaxed": lambda card: Relaxed(SHAPE, card["latents"], 0, card["values"], card["temperature"]),
    "assigned": lambda card: Assigned(SHAPE, card["latents"], 0, card["values"]),
    "paired": lambda card: Paired(
        Generator(SHAPE, card["latents"], 0, card["values"], card["noise"]),
        Critic(SHAPE, card["latents"], 0, card["values"]),
    ),
}


def lesson(name: str, folder: Path = FOLDER) -> tuple[Any, dict[str, Any]]:
    """The trained model and its card. FileNotFoundError for an unknown name, ValueError for altered weights."""
    file = folder / f"{name}.safetensors"
    if not file.exists():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.safetensors")))
        raise FileNotFoundError(f"no lesson weights called {name!r}; there are: {known}")
    data, card = file.read_bytes(), json.loads(file.with_suffix(".json").read_text("utf-8"))
    if checksum(data) != card["sha256"]:
        raise ValueError(f"{file.name} is not the file that its card describes (its checksum differs): restore both")
    model = NETS[card.get("net", "burgess")](card)
    model.load_state_dict({key: value.float() for key, value in load(data).items()})
    return model.eval(), card


def checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def rounded(model: M) -> M:
    """The model as float16 keeps it: what scores on a card are measured on."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.half().float())
    return model


def keep(name: str, model: Any, card: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write the weights and their card."""
    folder.mkdir(parents=True, exist_ok=True)
    data = save({key: value.half().contiguous() for key, value in model.state_dict().items()})
    (folder / f"{name}.safetensors").write_bytes(data)
    write_card(name, {**card, "latents": model.latents, "bytes": len(data), "sha256": checksum(data)}, folder)


def add_to_card(name: str, entries: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write more on the card of a model that is there, or write it anew. Raises what `lesson` raises."""
    write_card(name, {**lesson(name, folder)[1], **entries}, folder)


def write_card(name: str, card: dict[str, Any], folder: Path) -> None:
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in card.items())
    (folder / f"{name}.json").write_text(f"{{\n{lines}\n}}\n", "utf-8")
