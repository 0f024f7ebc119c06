"""A task: what one training run is, as a flat dict that JSON holds.

{"system": "beta-vae", "beta": 4.0, "data": "dsprites", "steps": 12000}
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course_pkg.data.named import OURS, YOURS
from course_pkg.models.networks import LAYERS
from course_pkg.runs.systems import Setting, settings_of

COMMON = {
    "data": Setting(str, "dsprites", f"which images: {', '.join([*OURS, *YOURS])}"),
    "path": Setting(str, None, "where your copy of them is, for a set that the course does not hold"),
    "latents": Setting(int, 10, "how many latents", 1),
    "steps": Setting(int, 12_000, "how many steps; the papers take 300000", 1),
    "batch_size": Setting(int, 64, "images in a batch", 2),
    "lr": Setting(float, 5e-4, "Adam's learning rate; the papers take 0.0001", 0.0),
    "net": Setting(str, None, f"{', '.join(LAYERS)} (default: burgess for 64 x 64 pixels, lecture for others)"),
    "pixel_weight": Setting(float, None, "what a nat of the pixels costs, 16 where a pixel stands for 16 (default: 1)"),
    "seed": Setting(int, 0, "of the first weights, the batches and the noise", 0, 2**63 - 1),
    "device": Setting(str, None, "cuda, mps or cpu (default: a GPU where there is one)"),
}


def checked(task: Mapping[str, Any]) -> dict[str, Any]:
    """The task with every setting in it. ValueError for a system or a setting that there is not, or a wrong value."""
    known = COMMON | settings_of(task.get("system", ""))
    unknown = [name for name in task if name not in {"system", *known}]
    if unknown:
        raise ValueError(f"{task['system']} has no setting {', '.join(unknown)}; there are {', '.join(known)}")
    full = {name: setting.checked(name, task.get(name, setting.default)) for name, setting in known.items()}
    if full["net"] not in (None, *LAYERS):
        raise ValueError(f"net: no layers are called {full['net']!r}; there are {', '.join(LAYERS)}")
    if full["path"] is not None:
        full["path"] = str(Path(full["path"]).absolute())
    return {"system": task["system"], **full}


def run_name(task: Mapping[str, Any]) -> str:
    """A readable name for the run's folder: its system, the system's settings, its data, its seed, what is unusual.

    The steps are not in it: more of them go on with the same run.
    """
    task = checked(task)
    own = settings_of(task["system"])
    unusual = {k for k, s in COMMON.items() if task[k] != s.default} - {"steps", "path", "device"}
    shown = [k for k in task if k in own or k in {"data", "seed", *unusual}]
    return ",".join([task["system"], *(f"{k}={task[k]}".removesuffix(".0") for k in shown)])
