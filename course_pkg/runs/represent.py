"""What a model makes of a whole data set: encoded once, kept in the cache folder under the hash of model and data.

A metric looks at hundreds of thousands of codes; each then is a look-up in a table. 737,280 images of dSprites take a
minute or two on two cores.
"""

import copy
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_pkg.data import cache
from course_pkg.data.named import Images, named
from course_pkg.elbo import reparameterise
from course_pkg.models.networks import VAE
from course_pkg.runs.start import load
from course_pkg.training import checkpoint, device_called, memory

BATCH = 64  # images encoded at a time: their activations stay in the processor's cache
BLOCK = 256 * BATCH  # images between two steps of the bar


def represent(
    model: VAE | str | Path,
    data: Images | str | None = None,
    sample: bool = False,
    seed: int = 0,
    device: str | torch.device | None = None,
) -> Tensor:
    """The codes of every image, in the order of the set: posterior means, or one sample of each. (N, latents).

    model: a model, or the folder of a run (then `data` may be left out: what it was trained on). float32, on the CPU;
    the array is mapped from a file of the cache folder, which another checkpoint or another set would not share.
    seed: of the samples. Raises ValueError for a folder without a run and for images of another size, OSError where the
    file cannot be kept or is damaged.
    """
    mu, log_var = posteriors(model, data, device)
    return reparameterise(mu, log_var, torch.Generator().manual_seed(seed)) if sample else mu


def posteriors(
    model: VAE | str | Path, data: Images | str | None = None, device: str | torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """mu, log_var of every image, (N, latents) each; as `represent`."""
    if isinstance(model, (str, Path)):
        model, task = load(model)
        data = named(task["data"], task["path"]) if data is None else data
    if data is None:
        raise ValueError("a model alone does not say what to encode: name the data")
    source = named(data) if isinstance(data, str) else data
    if source.shape != model.shape:
        raise ValueError(f"the model takes images of shape {model.shape}, {source.name} has {source.shape}")
    n, width, device = len(source.images), 2 * model.latents, device_called(device)

    def blocks() -> Iterator[np.ndarray]:
        if device.type == "cpu":
            memory.keep_freed()
        net = copy.deepcopy(model).eval().to(device)
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half as long for convolutions
        for start in range(0, n, BLOCK):
            yield encode(net, source, range(start, min(start + BLOCK, n)), device).numpy().view(np.uint8)

    values = cache.stored(place(model, source), (n, 4 * width), blocks, -(-n // BLOCK), "encoding")
    mu, log_var = torch.from_numpy(values.view(np.float32)).chunk(2, dim=1)
    return mu, log_var


def place(model: VAE, source: Images) -> Path:
    """Where the posteriors are kept: a name that says the data, and the hash of the net with its weights."""
    total = hashlib.sha256(f"{model} {checkpoint.digest(model.state_dict())}".encode()).hexdigest()[:24]
    return cache.folder() / "codes" / f"{source.name}-{total}"


@torch.inference_mode()
def encode(net: VAE, source: Images, which: range, device: torch.device) -> Tensor:
    """mu and log_var side by side, (n, 2 latents), on the CPU, of a stretch of the images."""
    parts = []
    for start in which[::BATCH]:
        x = source.prepare(source.images[start : min(start + BATCH, which.stop)].to(device))
        parts.append(torch.cat(net.encode(x), 1))
    return torch.cat(parts).cpu()
