"""What a measuring verb may be pointed at: the folder of a run, a lesson by name, or a file of codes."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_pkg.data.named import Images, factors_of, named
from course_pkg.models.posteriors import Codes
from course_pkg.models.weights import lesson
from course_pkg.runs.files import TASK
from course_pkg.runs.represent import represent
from course_pkg.runs.start import load


def model_of(source: str, data: str | None, path: str | None) -> tuple[Any, Images]:
    """The model of a run's folder, or of a lesson of that name, and the images to encode: those it was trained on.

    Raises ValueError or FileNotFoundError where it is neither.
    """
    if (Path(source) / TASK).exists():
        model, task = load(source)
        data, path = (data, path) if data else (task["data"], task["path"])
    elif Path(source).exists():
        raise ValueError(f"{source} is no folder of a run (no {TASK} in it), and lessons go by name alone")
    else:
        model = lesson(source)[0]
    return model, named(data or "dsprites", path)


def codes_of(source: str, data: str | None, path: str | None, device: str | None) -> tuple[Codes, Tensor]:
    """Codes of every image, and their factors (N, K): of a run, of a lesson, or of a .npy file of codes (N, d).

    Raises ValueError for a file that holds no such table, or not one row an image.
    """
    if Path(source).is_file():
        try:
            table = np.load(source, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise ValueError(f"{source} is no .npy file of numbers ({error}): write one with numpy.save") from error
        if not isinstance(table, np.ndarray) or table.ndim != 2 or table.dtype.kind not in "fiu":
            raise ValueError(f"{source}: expected one table of numbers (N, d), a row an image and a column a latent")
        columns = torch.from_numpy(np.ascontiguousarray(table, dtype=np.float64))
        codes = Codes(columns, torch.zeros(table.shape[1], dtype=torch.bool))
    else:
        model, images = model_of(source, data, path)
        codes = represent(model, images, device=device)
        if data is None and (Path(source) / TASK).exists():
            task = load(source)[1]
            data, path = task["data"], task["path"]
    set_name = data or "dsprites"
    factors = factors_of(set_name, path)
    if len(factors) != len(codes.columns):
        raise ValueError(
            f"{source} has {len(codes.columns):,} codes, {set_name} has {len(factors):,} images: expected one row an "
            "image, in the order of the set"
        )
    return codes, factors
