"""One training loop for the whole family: the objective says what to pay, the loop logs, pays and steps."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from course_pkg.training import checkpoint, memory
from course_pkg.training.batches import Draw, Epochs, check_images
from course_pkg.training.captured import Captured, uncapturable
from course_pkg.training.identity import identity, tensor_hash
from course_pkg.training.players import Objective, Player, Schedule, Weights, check_terms
from course_pkg.training.state import History, TrainingState
from course_pkg.training.turns import Run, to_the_end


def device_called(name: str | torch.device | None = None) -> torch.device:
    """The device of that name; without one the GPU where there is one: CUDA, then Apple's MPS, else the CPU.

    Raises ValueError for a device that is not there.
    """
    there = ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available() + ["cpu"]
    try:
        device = torch.device(name or there[0])
    except RuntimeError as error:
        raise ValueError(
            f"device {name!r}: expected {', '.join(there)}, which this machine and PyTorch have"
        ) from error
    if device.type not in there or (device.index or 0) >= max(torch.cuda.device_count(), 1):
        raise ValueError(f"device {name} is not there: this machine and this PyTorch have {', '.join(there)}")
    return device


def check_finite(since: Tensor, means: Mapping[str, Tensor], path: Path | None) -> None:
    """Raise FloatingPointError if a term went wrong at a step, and say where the run can be taken up again.

    since (terms,): the first step at which each term was not finite, 0 for one that always was.
    """
    if not since.any():
        return
    first = since[since > 0].min()
    bad = [name for name, step in zip(means, since, strict=True) if step == first]
    values = ", ".join(f"{name} {mean.detach().sum().item():.4g}" for name, mean in means.items())
    raise FloatingPointError(
        f"term {' and '.join(bad)} stopped being finite at step {first}; now {values}. "
        f"{last_good(path)}. Try a smaller lr, and look at the images of that step"
    )


def check_counts(**counts: Any) -> None:
    """Raise ValueError unless each is a whole number of 1 or more, a seed of 0 or more."""
    for name, value in counts.items():
        least, most = (0, 2**63 - 1) if name == "seed" else (1, 2**63 - 1)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            limit = f"from {least} to 2^63 - 1" if name == "seed" else "of 1 or more"
            raise ValueError(f"{name}: expected a whole number {limit}, got {value!r}")


def check_weights(state: TrainingState, path: Path | None) -> None:
    """Raise FloatingPointError where the step just done left weights or moments that are not finite."""
    if bad := checkpoint.not_finite(state.tensors(), state.may_be_infinite()):
        raise FloatingPointError(
            f"{checkpoint.shown(bad)} stopped being finite by step {state.step}. {last_good(path)}. "
            "Try a smaller lr, and look at the images of that step"
        )


def last_good(path: Path | None) -> str:
    """Where a run that went wrong can be taken up again."""
    if not (path and path.exists()):
        return "No checkpoint was kept"
    return f"{path} holds step {checkpoint.note(path)['step']}, the last good one"


def resume(state: TrainingState, path: Path, settings: Mapping[str, Any]) -> list[Any]:
    """Be where the checkpoint is. Returns the provenance of the sessions so far; ValueError for another run's file."""
    tensors, held = checkpoint.read(path)
    step, provenance = checkpoint.of_a_run(path, held)
    whole = {"schedule": identity(nothing), **held["settings"]}  # a checkpoint from before there were schedules
    checkpoint.same_settings(path, whole, settings)
    checkpoint.check_tensors(path, tensors, state.needed(tensors), held["holds"], state.may_be_infinite())
    if int(tensors["steps"][0]) != step:
        raise checkpoint.damaged(path, f"its note says step {step}, its tensors {int(tensors['steps'][0])}")
    state.restore(tensors)
    return provenance


def unchanged(batch: Any) -> Any:
    """What the objective takes where nothing has to be prepared."""
    return batch


def nothing(model: nn.Module, step: int) -> None:
    """The schedule of a model that is whole from the first step on."""


def in_steps(
    model: nn.Module,
    objective: Objective,
    images: Tensor | Draw,
    *,
    steps: int,
    weights: Weights | None = None,
    batch_size: int = 64,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    opponents: Mapping[str, Player] | None = None,
    batches: int = 1,
    prepare: Callable[[Any], Any] = unchanged,
    schedule: Schedule = nothing,
    seed: int = 0,
    device: str | torch.device | None = None,
    precision: torch.dtype | None = None,
    compiled: bool = False,
    captured: bool = False,
    folder: str | Path | None = None,
    save_every: int = 1000,
    log_every: int = 50,
    progress: bool = True,
) -> Run[History]:
    """Train the model in place with Adam; it ends on the device. The same seed on a CPU gives the same bits.

    lr and betas are those of Kingma and Ba (2015).

    `train(...)` gives the history; `in_steps(...)`, with the same arguments, is the run as one that takes turns with
    others (`turns.driven`): it yields when it is ready, then at each step, before that is logged and saved.

    images: (N, ...), or a function `draw(n, generator)`; each step draws `batches` independent batches. `prepare`
    makes of a batch on the device what the objective takes: pixels of packed bits. weights: what each term costs, 1
    where not named. opponents: further players, who pay the terms that they name and no others; what an opponent names
    costs the model nothing, unless `weights` names it too. schedule: `schedule(model, step)` says before each step what
    is open (`players.Schedule`). folder: where a checkpoint is kept, every `save_every` steps and at Ctrl-C; the same
    call goes on from it. precision: torch.bfloat16 for mixed precision; compiled: through torch.compile; captured: the
    step as one CUDA graph (`captured.Captured`: a CUDA device, prices that are numbers, no schedule). Nothing waits
    for the device but a log line and a checkpoint. On a CPU the process keeps what it frees
    (course_pkg.training.memory).

    Raises ValueError for images that are empty, too few for a batch or not finite, a term that is not one number an
    image or a latent, a weight that names no term, a device that is not there, a count that is none, what cannot be
    captured, a damaged checkpoint, a folder that holds another run: other data, another objective, price or schedule,
    or other arguments (`training.identity` says what is seen); FloatingPointError for a term or a weight that is not
    finite; OSError where a checkpoint cannot be kept.
    """
    device = device_called(device)
    counts = {"batch_size": batch_size, "batches": batches, "seed": seed, "log_every": log_every}
    check_counts(**{**counts, "batch_size": 1}, steps=steps, save_every=save_every)
    if device.type == "cpu":
        memory.keep_freed()
    players = {"model": Player(model, dict(weights or {}), lr, betas), **(opponents or {})}
    given = images
    if isinstance(images, Tensor) or not callable(images):
        check_images(images, batch_size * batches)
        images = Epochs(images, device)
    check_counts(batch_size=batch_size)
    if captured and (told := uncapturable(device, weights, opponents, schedule is not nothing)):
        raise ValueError(f"captured: {told}: leave it out")
    state = TrainingState(players, images, device, seed)
    path = Path(folder) / checkpoint.NAME if folder else None
    note: dict[str, Any] = {}
    if path:
        settings = {
            "players": {name: player.settings() for name, player in players.items()}, **counts, "device": device.type,
            "precision": str(precision), "objective": identity(objective), "prepare": identity(prepare),
            "schedule": identity(schedule),
            "data": tensor_hash(given) if isinstance(given, Tensor) else identity(given),
        }  # fmt: skip
        note = {"settings": settings, "provenance": [checkpoint.provenance(device)]}
    if path and path.exists():
        note["provenance"] = resume(state, path, note["settings"]) + note["provenance"]
    if state.step > steps:
        raise ValueError(f"{path} is at step {state.step} already: ask for that many steps, or name another folder")
    objective = torch.compile(objective) if compiled else objective
    others = [net for name, net in state.nets.items() if name != "model"]
    since, first = torch.tensor(0), state.step + 1

    def play(drawn: Sequence[Any]) -> tuple[dict[str, Tensor], Tensor]:
        """One step on these batches: the mean of each term, and whether each is finite."""
        pixels = [prepare(one) for one in drawn]
        with torch.autocast(device.type, precision, enabled=precision is not None):
            terms = objective(model, pixels[0] if batches == 1 else pixels, state.generator, *others)
        if state.step == first:
            check_terms(terms, players, batch_size)
        means = {name: term.mean(0) for name, term in terms.items()}
        state.move(means)
        return {k: m.detach() for k, m in means.items()}, torch.stack([m.isfinite().all() for m in means.values()])

    if captured:
        state.capturable()
    played = Captured(play, state.generator) if captured else play
    bar = {} if progress else {"disable": True}  # not disable=False: that would overrule TQDM_DISABLE
    yield  # ready: from here on a stop is asked for
    for step in tqdm(range(first, steps + 1), desc="training", unit="step", initial=state.step, total=steps, **bar):
        state.step = step
        schedule(model, step)
        means, finite = played([state.data(batch_size, state.generator) for _ in range(batches)])
        if step == first:
            since = torch.zeros(len(means), dtype=torch.long, device=device)
        since = torch.where(finite | (since > 0), since, step)  # when each term went wrong; nothing waits for it
        log, stop = step % log_every == 0 or step == steps, (yield)
        save = step % save_every == 0 or step == steps or stop
        if log or save:
            check_finite(since, means, path)
        if log:
            state.log(means)
        if save:
            check_weights(state, path)
        if save and path:
            tensors = state.tensors()
            checkpoint.write(path, tensors, {**note, "step": step, "holds": sorted(tensors)})
        if stop:
            told = f"the same call goes on from {path}" if path else "nothing was kept"
            raise KeyboardInterrupt(f"stopped after step {step} of {steps}; {told}")
    return state.history


train = to_the_end(in_steps)
