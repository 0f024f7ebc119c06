"""Models that lessons load instead of training: weights, and a card for each that says how they came about.

`tools/train_lesson.py` and `tools/fit_lesson.py` make both. The card names its command, so that anyone can make them
again. Weights are kept in float16, or in eight bits where the card says so; its scores are those of the model as it is
kept.
"""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from course_pkg.models.adversarial import Critic, Generator, Paired
from course_pkg.models.baselines import LinearCode
from course_pkg.models.channels import CHANNELS, FactorChannels
from course_pkg.models.mixed import Assigned, Relaxed
from course_pkg.models.networks import VAE, burgess, deep_halves

FOLDER = Path(__file__).parent
SHAPE, SMALL = (1, 64, 64), (1, 16, 16)
SCALE = ".scale"  # behind the name of a tensor in eight bits, the name of what its rows are multiplied by
M = TypeVar("M", bound=nn.Module)
# The net of a card, by the name that it gives: without one, numbers alone.
NETS: dict[str, Callable[[dict[str, Any]], nn.Module]] = {
    "burgess": lambda card: burgess(latents=card["latents"]),
    "relaxed": lambda card: Relaxed(SHAPE, card["latents"], 0, card["values"], card["temperature"]),
    "assigned": lambda card: Assigned(SHAPE, card["latents"], 0, card["values"]),
    "paired": lambda card: paired(card["latents"], card["values"], card["noise"], *of_data(card)),
    "channels": lambda card: channels(card["capacity"]),
    "linear": lambda card: linear(card["latents"]),
    "deep": lambda card: VAE(SMALL, card["latents"], *deep_halves(SMALL, 2 * card["latents"], card["latents"])),
}


def channels(capacity: float, seed: int = 0) -> FactorChannels:
    """The factors' channels to the decoder that the other lessons have."""
    model = FactorChannels(SHAPE[1], seed=seed, decoder=burgess(latents=len(CHANNELS), seed=seed).decoder)
    model.capacity = capacity
    return model


def of_data(card: dict[str, Any]) -> tuple[tuple[int, ...], str]:
    """The shape of the images that a card is of, and the layers that go with it: small ones have dense layers."""
    return (SMALL, "deep") if "data" in card else (SHAPE, "burgess")


def paired(latents: int, values: int, noise: int, shape: tuple[int, ...], layers: str) -> Paired:
    """A generator and its critic."""
    return Paired(Generator(shape, latents, 0, values, noise, layers), Critic(shape, latents, 0, values, layers))


def linear(latents: int) -> LinearCode:
    """A linear code of images of the size of the lessons, all zeros."""
    pixels = math.prod(SHAPE)
    return LinearCode(SHAPE, *(torch.zeros(size) for size in (pixels, (latents, pixels), (pixels, latents), latents)))


def lesson_names(folder: Path = FOLDER) -> list[str]:
    """The names of the lessons that lie there: those that the package ships."""
    return sorted(path.stem for path in folder.glob("*.safetensors"))


def lesson(name: str, folder: Path = FOLDER) -> tuple[Any, dict[str, Any]]:
    """The trained model and its card. FileNotFoundError for an unknown name, ValueError for altered weights."""
    file = folder / f"{name}.safetensors"
    if not file.exists():
        raise FileNotFoundError(f"no lesson weights called {name!r}; there are: {', '.join(lesson_names(folder))}")
    data, card = file.read_bytes(), json.loads(file.with_suffix(".json").read_text("utf-8"))
    if checksum(data) != card["sha256"]:
        raise ValueError(f"{file.name} is not the file that its card describes (its checksum differs): restore both")
    model = NETS[card.get("net", "burgess")](card)
    model.load_state_dict(unpacked(load(data)))
    return model.eval(), card


def data_of(name: str, folder: Path = FOLDER) -> str:
    """The set, by its name, that a lesson was trained on: its card says where it is not dSprites as all others are."""
    card = json.loads((folder / f"{name}.json").read_text("utf-8")) if name in lesson_names(folder) else {}
    return card.get("data", "dsprites")


def checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def packed(model: nn.Module, bits: int = 16) -> dict[str, Tensor]:
    """What a file keeps of a model: float16; or, in eight bits, weights as whole numbers with a scale for each row.

    A row is what belongs to one index of a weight's first axis; its largest number is 127 or -127. Scales are bfloat16:
    127 of such a scale is exact in float32, so that a model that was rounded rounds to itself. Biases are few, and stay
    in float16. ValueError for another number of bits.
    """
    if bits not in (8, 16):
        raise ValueError(f"expected weights of 8 or 16 bits, got {bits}")
    found = {key: value.half().contiguous() for key, value in model.state_dict().items()}
    for key, weight in model.state_dict().items() if bits == 8 else ():
        if weight.ndim > 1:
            scale = (weight.flatten(1).abs().amax(1) / 127).clamp_min(1e-30).bfloat16()
            found[key] = (weight / along_rows(scale, weight)).round().to(torch.int8).contiguous()
            found[key + SCALE] = scale
    return found


def unpacked(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The float32 state of the model of which `packed` made these tensors."""
    found = {key: value.float() for key, value in tensors.items() if not key.endswith(SCALE)}
    scaled = {key: found[key] * along_rows(tensors[key + SCALE], found[key]) for key in found if key + SCALE in tensors}
    return found | scaled


def along_rows(scale: Tensor, weight: Tensor) -> Tensor:
    """A number for each row (n,), in float32, so that it multiplies or divides the rows of a weight (n, ...)."""
    return scale.float().view(-1, *[1] * (weight.ndim - 1))


def rounded(model: M, bits: int = 16) -> M:
    """The model as a file keeps it: what scores on a card are measured on."""
    model.load_state_dict(unpacked(packed(model, bits)))
    return model


def keep(name: str, model: Any, card: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write the weights, in as many bits as the card says, or 16, and their card."""
    folder.mkdir(parents=True, exist_ok=True)
    data = save(packed(model, card.get("bits", 16)))
    (folder / f"{name}.safetensors").write_bytes(data)
    write_card(name, {**card, "latents": model.latents, "bytes": len(data), "sha256": checksum(data)}, folder)


def add_to_card(name: str, entries: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write more on the card of a model that is there, or write it anew. Raises what `lesson` raises."""
    write_card(name, {**lesson(name, folder)[1], **entries}, folder)


def write_card(name: str, card: dict[str, Any], folder: Path) -> None:
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in card.items())
    (folder / f"{name}.json").write_text(f"{{\n{lines}\n}}\n", "utf-8")
