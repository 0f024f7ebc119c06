"""One training run, known by its task: trained, resumed, summed up in one row, and loaded again.

Its *folder* holds the task, the checkpoint, in the end the row, and a line in log.txt for each time it was trained.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import torch
from torch import Tensor

from course_pkg.data.named import Images, named
from course_pkg.models.networks import VAE, halves
from course_pkg.runs.files import (
    ERROR,
    ROW,
    TASK,
    TASK_KEYS,
    locked,
    log,
    make_folder,
    read_or_tell,
    read_task,
    write_json,
)  # fmt: skip
from course_pkg.runs.systems import arguments, settings_of
from course_pkg.runs.task import checked
from course_pkg.training import checkpoint
from course_pkg.training.captured import uncapturable
from course_pkg.training.loop import History, device_called, in_steps
from course_pkg.training.turns import Run, driven

LINES = 10  # of the log, averaged at the end of a run
SEEN = 4096  # images on which the rate is measured
ACTIVE = 0.1  # nats: a latent of which more is paid is active


def net(shape: tuple[int, ...], latents: int, seed: int, layers: str | None = None) -> VAE:
    """The net for images of that shape, of the layers that are named or those that `halves` takes."""
    found = VAE(shape, latents, *halves(shape, 2 * latents, latents, seed, layers))
    return found.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def built(make: Callable[..., Any], shape: tuple[int, ...], task: Mapping[str, Any]) -> Any:
    """The net of a task, by what builds it; where the task names layers, of those."""
    chosen = {} if task.get("net") is None else {"layers": task["net"]}
    return make(shape, task["latents"], task["seed"], **chosen)


def run(
    task: Mapping[str, Any], folder: str | Path, save_every: int = 1000, progress: bool = True, wait: float = 0.0
) -> dict[str, Any]:
    """Train that task, or go on with it, or only read its row where it is done. Returns the row.

    The row: the settings, each term in nats per image averaged over the last lines of the log, the system's summary (as
    a rule the rate and the number of active latents on up to 4,096 images), the seconds, seconds of the processor
    and images per second of the last session, and what made it.
    save_every: steps from checkpoint to checkpoint; wait: seconds to wait for another process that is training there,
    -1 for any number. Raises ValueError for a wrong task or a folder of another run, BlockingIOError where the other
    process went on for longer, and what `train` raises.
    """
    return driven([in_turns(task, folder, save_every, progress, wait)])[0]


def in_turns(
    task: Mapping[str, Any], folder: str | Path, save_every: int = 1000, progress: bool = True, wait: float = 0.0,
    captured: bool = False,
) -> Run[dict[str, Any]]:  # fmt: skip
    """`run` as a run that takes turns (`training.turns`). captured: each step as one CUDA graph, if it can."""
    task, folder = checked(task), Path(folder)
    device = device_called(task["device"])
    source = named(task["data"], task["path"])  # before there is a folder: a wrong path leaves nothing behind
    make_folder(folder)
    with locked(folder, wait):
        claim_folder(folder, task, source)
        return finished(folder, task) or (
            yield from _trained(task, folder, source, device, save_every, progress, captured)
        )


def _trained(
    task: dict[str, Any], folder: Path, source: Images, device: torch.device, save_every: int, progress: bool,
    captured: bool,
) -> Run[dict[str, Any]]:  # fmt: skip
    system = given(task, len(source.images), source.shape)
    make, whole, summary, draws = (system.pop(key, usual) for key, usual in USUAL.items())
    model, path = built(make, source.shape, task), folder / checkpoint.NAME
    data, prepare = draws(source, device)
    others = [player.net for player in system.get("opponents", {}).values()]
    captured = captured and not uncapturable(
        device, system.get("weights"), system.get("opponents"), "schedule" in system
    )
    done, before = checkpoint.of_a_run(path, checkpoint.note(path)) if path.exists() else (0, [])
    log(folder, f"training from step {done} to {task['steps']}")
    began, worked = perf_counter(), process_time()
    history = yield from in_steps(
        model, system.pop("objective"), data, prepare=prepare, device=device, folder=folder, save_every=save_every,
        progress=progress, captured=captured, **system,
        **{name: task[name] for name in ("steps", "batch_size", "lr", "seed")},
    )  # fmt: skip
    seconds, worked = perf_counter() - began, process_time() - worked
    seen = (task["steps"] - done) * task["batch_size"] * system.get("batches", 1)
    row = {
        **task,
        **final(history),
        **summary(whole(model, *others), source, task["seed"]),
        "seconds": digits(seconds),
        "cpu_seconds": digits(worked),
        "images_per_second": digits(seen / seconds),
        "sessions": len(before) + 1,  # this one, too, where nothing was left to train: its clock is not the run's
        **{f"made by {name}": value for name, value in checkpoint.provenance(device).items()},
    }
    write_json(folder / ROW, row)
    (folder / ERROR).unlink(missing_ok=True)
    log(folder, f"done at step {task['steps']}")
    return row


def digits(value: float) -> float:
    """Six digits, however short the run was."""
    return float(f"{value:.6g}")


def given(task: Mapping[str, Any], images: int, shape: Sequence[int]) -> dict[str, Any]:
    """What the system of a task gives, with its settings and the facts of the run: images, the shape of one, ..."""
    own = {name: task[name] for name in settings_of(task["system"])}
    facts = {
        "images": images, "shape": tuple(shape), "net": task.get("net"), "latents": task["latents"],
        "seed": task["seed"],
    }  # fmt: skip
    found = arguments(task["system"], own, facts)
    if task.get("pixel_weight") is not None:
        found["weights"] = {**found.get("weights", {}), "reconstruction": task["pixel_weight"]}
    return found


def final(history: History) -> dict[str, float]:
    """Each term in nats per image: summed over latents, averaged over the last lines of the log."""
    last = {name: history[name][-LINES:] for name in history.terms}
    return {name: round(values.reshape(len(values), -1).sum(1).mean().item(), 4) for name, values in last.items()}


@torch.no_grad()
def measured_rate(model: Any, source: Images, seed: int) -> dict[str, float]:
    """The rate in nats per image, and how many latents take more than 0.1 nats of it, on images drawn by the seed."""
    device = next(model.parameters()).device
    some = torch.randperm(len(source.images), generator=torch.Generator().manual_seed(seed))[:SEEN]
    parts = [source.prepare(source.images[part].to(device)) for part in some.split(256)]
    kl = torch.cat([model.encode(x).kl() for x in parts]).mean(0)
    return {"rate": round(kl.sum().item(), 4), "active": int((kl > ACTIVE).sum())}


def all_images(source: Images, device: torch.device) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """What `train` draws from, and what makes pixels of it: every image as often as any other."""
    return source.images, source.prepare


# What a system may bring, and what is taken where it does not.
USUAL: dict[str, Callable[..., Any]] = {
    "net": net,
    "whole": lambda model, *others: model,
    "summary": measured_rate,
    "draws": all_images,
}


def load(folder: str | Path) -> tuple[Any, dict[str, Any]]:
    """The model (the `whole` of its system) as its last checkpoint has it, on the CPU, ready to use, and its task.

    Nothing is unpickled.
    Raises ValueError for a folder that holds no run, or a damaged one.
    """
    folder = Path(folder)
    held, path = read_task(folder), folder / checkpoint.NAME
    if not path.exists():
        raise ValueError(f"{folder} holds a task, but no checkpoint yet: train it first")
    if "images" not in held:
        raise ValueError(f"{folder / TASK} is of an earlier version of the course: train the task in another folder")
    task = held["task"]
    system = given(task, held["images"], held["shape"])
    model = built(system.get("net", net), tuple(held["shape"]), task)
    others = {name: player.net for name, player in system.get("opponents", {}).items()}
    tensors = checkpoint.read(path)[0]
    try:
        for name, one in {"model": model, **others}.items():
            before = f"net.{name}."
            mine = {key.removeprefix(before): value for key, value in tensors.items() if key.startswith(before)}
            one.load_state_dict(mine)
    except RuntimeError as error:
        raise ValueError(f"{path} is not of the net that {TASK} beside it names: the two are of other runs") from error
    if bad := checkpoint.not_finite({name: value for name, value in tensors.items() if name.startswith("net.")}):
        raise checkpoint.damaged(path, f"not finite: {checkpoint.shown(bad)}")
    return system.get("whole", USUAL["whole"])(model, *others.values()).eval(), task


def claim_folder(folder: Path, task: Mapping[str, Any], source: Images) -> None:
    """Write down the task, or raise ValueError if another one is trained there. More steps are the same run.

    A task without a checkpoint or a row is one whose start failed: it keeps nobody out. A damaged one is made anew.
    """
    path = folder / checkpoint.NAME
    if path.exists() and not (folder / TASK).exists():
        raise ValueError(f"{folder} holds a checkpoint, but no {TASK}: name another folder")
    there = read_or_tell(folder / TASK, TASK_KEYS)
    if there is not None and (path.exists() or read_or_tell(folder / ROW) is not None):
        checkpoint.same_settings(folder / TASK, {**there["task"], "steps": 0}, {**task, "steps": 0})
        if there["task"].get("steps", 0) >= task["steps"]:
            return
    write_json(folder / TASK, {"task": task, "shape": list(source.shape), "images": len(source.images)})


def finished(folder: Path, task: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row of the folder where this very task is done, else None."""
    row = read_or_tell(folder / ROW)
    return row if row is not None and all(row.get(name) == value for name, value in task.items()) else None
