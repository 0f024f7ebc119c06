"""What a measuring verb may be pointed at: the folder of a run, a lesson by name, or a file of codes."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_pkg.data.named import Images, factors_of, named
from course_pkg.models.posteriors import Codes
from course_pkg.models.weights import data_of, lesson
from course_pkg.runs.files import TASK, read_task
from course_pkg.runs.represent import represent
from course_pkg.runs.start import load


def set_of(source: str, data: str | None, path: str | None) -> tuple[str, str | None]:
    """The name of a set and where it is: the one that is named, else what the run was trained on, else dSprites."""
    if not data and (Path(source) / TASK).exists():
        task = read_task(Path(source))["task"]
        return task["data"], task["path"]
    return data or data_of(source), path


def model_of(source: str, data: str | None, path: str | None) -> tuple[Any, Images]:
    """The model of a run's folder, or of a lesson of that name, and the images to encode: those it was trained on.

    Raises ValueError or FileNotFoundError where it is neither.
    """
    if (Path(source) / TASK).exists():
        model = load(source)[0]
    elif Path(source).exists():
        raise ValueError(f"{source} is no folder of a run (no {TASK} in it), and lessons go by name alone")
    elif Path(source).suffix or len(Path(source).parts) > 1:
        raise ValueError(f"there is no file or folder {source}")
    else:
        model = lesson(source)[0]
    return model, named(*set_of(source, data, path))


def codes_of(source: str, data: str | None, path: str | None, device: str | None) -> tuple[Codes, Tensor]:
    """Codes of every image, and their factors (N, K): of a run, of a lesson, or of a .npy file of codes (N, d).

    Raises ValueError for a file that holds no such table, or not one row an image.
    """
    set_name, path = set_of(source, data, path)
    images = None
    if Path(source).is_file():
        try:
            table = np.load(source, allow_pickle=False)
        except (ValueError, EOFError) as error:  # whose words advise to load what may run code
            raise ValueError(f"{source} is no .npy file of numbers: write one with numpy.save") from error
        if not isinstance(table, np.ndarray) or table.ndim != 2 or table.dtype.kind not in "fiu":
            raise ValueError(f"{source}: expected one table of numbers (N, d), a row an image and a column a latent")
        columns = torch.from_numpy(np.ascontiguousarray(table, dtype=np.float64))
        codes = Codes(columns, torch.zeros(table.shape[1], dtype=torch.bool))
    else:
        model, images = model_of(source, set_name, path)
        codes = represent(model, images, device=device)
    factors = factors_of(set_name, path, images)
    if len(factors) != len(codes.columns):
        raise ValueError(
            f"{source} has {len(codes.columns):,} codes, {set_name} has {len(factors):,} images: expected one row an "
            "image, in the order of the set; --data names the set"
        )
    return codes, factors
