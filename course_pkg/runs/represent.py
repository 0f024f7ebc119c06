"""What a model makes of a whole data set: encoded once, kept in the cache folder under the hash of model and data.

A metric looks at hundreds of thousands of codes; each then is a look-up in a table. 737,280 images of dSprites take a
minute or two on two cores.
"""

import copy
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_pkg.data import cache
from course_pkg.data.named import Images, named
from course_pkg.models.posteriors import Codes, Posterior, discrete, packed, unpacked
from course_pkg.runs.start import load
from course_pkg.training import checkpoint, device_called, memory

BATCH = 64  # images encoded at a time: their activations stay in the processor's cache
BLOCK = 256 * BATCH  # images between two steps of the bar


def represent(
    model: nn.Module | str | Path,
    data: Images | str | None = None,
    sample: bool = False,
    seed: int = 0,
    device: str | torch.device | None = None,
) -> Codes:
    """The codes of every image, in the order of the set: columns (N, d), and which of them are discrete (d,).

    A column is a latent: a posterior mean, or the number of the likeliest value where it is discrete; with `sample`
    one drawn from each posterior. model: a model, or the folder of a run (then `data` may be left out: what it was
    trained on). float32, on the CPU; kept in a file of the cache folder, which another checkpoint or another set would
    not share. seed: of the samples. Raises ValueError for a folder without a run and for images of another size,
    OSError where the file cannot be kept or is damaged.
    """
    q = posteriors(model, data, device)
    return Codes(q.codes(sample, torch.Generator().manual_seed(seed)), discrete(q))


def posteriors(
    model: nn.Module | str | Path, data: Images | str | None = None, device: str | torch.device | None = None
) -> Any:
    """The posterior of all N images at once, of the kind that the model gives (a Gaussian: mu, log_var); `represent`.

    Its tensors are mapped from the file.
    """
    loaded: Any = model
    if isinstance(model, (str, Path)):
        loaded, task = load(model)
        data = named(task["data"], task["path"]) if data is None else data
    if data is None:
        raise ValueError("a model alone does not say what to encode: name the data")
    if not hasattr(loaded, "encode"):
        raise ValueError(f"expected a model that encodes images, got a {type(loaded).__name__} without `encode`")
    source = named(data) if isinstance(data, str) else data
    if source.shape != loaded.shape:
        raise ValueError(f"the model takes images of shape {loaded.shape}, {source.name} has {source.shape}")
    n, device = len(source.images), device_called(device)
    if n == 0:
        raise ValueError(f"{source.name} holds no image")
    net: Any = copy.deepcopy(loaded).eval().to(device)
    net.to(memory_format=torch.channels_last)  # half as long for convolutions
    like = one_of(net, source, device)
    width = packed(like).shape[1]

    def blocks() -> Iterator[np.ndarray]:
        if device.type == "cpu":
            memory.keep_freed()
        for start in range(0, n, BLOCK):
            yield encode(net, source, range(start, min(start + BLOCK, n)), device).numpy().view(np.uint8)

    values = cache.stored(place(loaded, source), (n, 4 * width), blocks, -(-n // BLOCK), "encoding")
    return unpacked(torch.from_numpy(values.view(np.float32)), like)


def place(model: nn.Module, source: Images) -> Path:
    """Where the posteriors are kept: a name that says the data, and the hash of the net with its weights."""
    total = hashlib.sha256(f"{model} {checkpoint.digest(model.state_dict())}".encode()).hexdigest()[:24]
    return cache.folder() / "codes" / f"{source.name}-{total}"


@torch.no_grad()
def one_of(net: Any, source: Images, device: torch.device) -> Posterior:
    """The posterior of the first image, which tells the kind."""
    return net.encode(source.prepare(source.images[:1].to(device)))


@torch.inference_mode()
def encode(net: Any, source: Images, which: range, device: torch.device) -> Tensor:
    """The posteriors of a stretch of the images as a table (n, width), on the CPU: mu and log_var side by side."""
    parts = []
    for start in which[::BATCH]:
        x = source.prepare(source.images[start : min(start + BATCH, which.stop)].to(device))
        parts.append(packed(net.encode(x)))
    return torch.cat(parts).float().cpu()
