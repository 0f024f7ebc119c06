"""One training loop for the whole family: the objective says what to pay, the loop logs, pays and steps."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from course_pkg.training import checkpoint, memory
from course_pkg.training.batches import Draw, Epochs, check_images
from course_pkg.training.players import Objective, Player, Weights, check_terms, loss_of


@dataclass
class History:
    """What training logged: steps (n,), and for each term its value (n,) or (n, d), in nats per image."""

    steps: list[int] = field(default_factory=list)
    terms: dict[str, list[Tensor]] = field(default_factory=dict)

    def log(self, step: int, values: Mapping[str, Tensor]) -> None:
        self.steps.append(step)
        for name, value in values.items():
            self.terms.setdefault(name, []).append(value.detach().clone())

    def __getitem__(self, name: str) -> Tensor:
        return torch.stack(self.terms[name]).cpu()


def device_called(name: str | torch.device | None = None) -> torch.device:
    """The device of that name; without one the GPU where there is one: CUDA, then Apple's MPS, else the CPU.

    Raises ValueError for a device that is not there.
    """
    there = ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available() + ["cpu"]
    device = torch.device(name or there[0])
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
    kept = path and path.exists() and f"{path} holds step {checkpoint.note(path)['step']}, the last good one"
    raise FloatingPointError(
        f"term {' and '.join(bad)} stopped being finite at step {first}; now {values}. "
        f"{kept or 'No checkpoint was kept'}. Try a smaller lr, and look at the images of that step"
    )


class Run:
    """Everything that changes while a run goes on, and therefore everything that a checkpoint holds."""

    def __init__(self, players: Mapping[str, Player], data: Draw, device: torch.device, seed: int):
        self.players, self.data, self.device = players, data, device
        self.nets = {name: player.net.to(device).train() for name, player in players.items()}
        self.prices = {
            f"{name}.{term}": price.to(device)
            for name, player in players.items()
            for term, price in player.weights.items()
            if isinstance(price, nn.Module)
        }
        self.optimisers = {
            name: torch.optim.Adam(player.net.parameters(), player.lr, player.betas, fused=True)
            for name, player in players.items()
        }
        self.generator = torch.Generator(device).manual_seed(seed)
        self.history, self.step = History(), 0

    def move(self, means: Mapping[str, Tensor]) -> None:
        """One step of every player: all gradients first, each for its own weights alone, then all moves."""
        losses = {}
        claimed = {term for name, player in self.players.items() if name != "model" for term in player.weights}
        for name, player in self.players.items():
            own = dict.fromkeys(means.keys() - claimed, 1.0) if name == "model" else {}
            losses[name] = loss_of(means, {**own, **player.weights}, self.step)
        for k, (name, loss) in enumerate(losses.items()):
            self.optimisers[name].zero_grad(set_to_none=True)
            loss.backward(inputs=list(self.nets[name].parameters()), retain_graph=k < len(losses) - 1)
        for optimiser in self.optimisers.values():
            optimiser.step()

    def log(self, means: Mapping[str, Tensor]) -> None:
        state = {f"{key.split('.')[1]}.{n}": b for key, price in self.prices.items() for n, b in price.named_buffers()}
        self.history.log(self.step, {**means, **state})

    def parts(self) -> dict[str, nn.Module]:
        nets = {f"net.{name}": net for name, net in self.nets.items()}
        return nets | {f"price.{name}": price for name, price in self.prices.items()}

    def state(self) -> dict[str, Tensor]:
        """All of it as named tensors."""
        out = {
            f"{name}.{key}": value for name, part in self.parts().items() for key, value in part.state_dict().items()
        }
        for name, optimiser in self.optimisers.items():
            for k, moments in optimiser.state_dict()["state"].items():
                out |= {f"adam.{name}.{k}.{key}": value for key, value in moments.items()}
        if isinstance(self.data, Epochs):
            out |= {f"data.{key}": value for key, value in self.data.state().items()}
        out |= {f"history.{name}": self.history[name] for name in self.history.terms}
        return out | {"generator": self.generator.get_state(), "steps": torch.tensor([self.step, *self.history.steps])}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Be the run that gave these tensors."""

        def below(prefix: str) -> dict[str, Tensor]:
            return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

        for name, part in self.parts().items():
            part.load_state_dict(below(f"{name}."))
        for name, optimiser in self.optimisers.items():
            moments: dict[int, dict[str, Tensor]] = {}
            weights = list(self.nets[name].parameters())
            for key, value in below(f"adam.{name}.").items():
                k, moment = key.split(".")
                # The fused Adam walks through memory: moments must lie as their weights do, channels last or not.
                like = torch.empty_like(weights[int(k)]).copy_(value) if value.ndim else value
                moments.setdefault(int(k), {})[moment] = like
            optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
        if isinstance(self.data, Epochs):
            self.data.restore(below("data."), self.generator)
        self.generator.set_state(tensors["generator"])
        self.step, *steps = tensors["steps"].tolist()
        terms = {name: list(value.to(self.device)) for name, value in below("history.").items()}
        self.history = History(steps, terms)


def train(
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
    prepare: Callable[[Any], Any] = lambda batch: batch,
    seed: int = 0,
    device: str | torch.device | None = None,
    precision: torch.dtype | None = None,
    compiled: bool = False,
    folder: str | Path | None = None,
    save_every: int = 1000,
    log_every: int = 50,
    progress: bool = True,
) -> History:
    """Train the model in place with Adam; it ends on the device. The same seed on a CPU gives the same bits.

    images: (N, ...), or a function `draw(n, generator)`; each step draws `batches` independent batches. `prepare`
    makes of a batch on the device what the objective takes: pixels of packed bits. weights: what each term costs, 1
    where not named. opponents: further players, who pay the terms that they name and no others; what an opponent names
    costs the model nothing, unless `weights` names it too. folder: where a checkpoint is kept, every `save_every` steps
    and at Ctrl-C; the same call goes on from it. precision: torch.bfloat16 for mixed precision; compiled: through
    torch.compile. Nothing waits for the device but a log line and a checkpoint. On a CPU the process keeps what it
    frees (course_pkg.training.memory).

    Raises ValueError for images that are empty, too few for a batch or not finite, a term that is not one number an
    image or a latent, a weight that names no term, a device that is not there, a folder that holds another run;
    FloatingPointError for a term that is not finite; OSError where a checkpoint cannot be kept.
    """
    device = device_called(device)
    if device.type == "cpu":
        memory.keep_freed()
    players = {"model": Player(model, dict(weights or {}), lr, betas), **(opponents or {})}
    if isinstance(images, Tensor):
        check_images(images, batch_size * batches)
        images = Epochs(images, device)
    run = Run(players, images, device, seed)
    note: dict[str, Any] = {
        "settings": {
            "players": {name: player.settings() for name, player in players.items()},
            "batch_size": batch_size, "batches": batches, "seed": seed, "device": device.type,
            "precision": str(precision), "log_every": log_every,
        },
        "provenance": [checkpoint.provenance(device)],
    }  # fmt: skip
    path = Path(folder) / checkpoint.NAME if folder else None
    if path and path.exists():
        tensors, held = checkpoint.read(path)
        checkpoint.same_settings(path, held["settings"], note["settings"])
        run.restore(tensors)
        note["provenance"] = held["provenance"] + note["provenance"]
    if run.step > steps:
        raise ValueError(f"{path} is at step {run.step} already: ask for that many steps, or name another folder")
    objective = torch.compile(objective) if compiled else objective
    others = [net for name, net in run.nets.items() if name != "model"]
    since = torch.tensor(0)
    bar = {} if progress else {"disable": True}  # not disable=False: that would overrule TQDM_DISABLE
    first = run.step + 1
    with checkpoint.Patience() if path else nullcontext() as patience:
        for step in tqdm(range(first, steps + 1), desc="training", unit="step", initial=run.step, total=steps, **bar):
            run.step = step
            drawn = [prepare(run.data(batch_size, run.generator)) for _ in range(batches)]
            with torch.autocast(device.type, precision, enabled=precision is not None):
                terms = objective(model, drawn[0] if batches == 1 else drawn, run.generator, *others)
            if step == first:
                check_terms(terms, players, batch_size)
                since = torch.zeros(len(terms), dtype=torch.long, device=device)
            means = {name: term.mean(0) for name, term in terms.items()}
            run.move(means)
            finite = torch.stack([mean.isfinite().all() for mean in means.values()])
            since = torch.where(finite | (since > 0), since, step)  # when each term went wrong; nothing waits for it
            log, stop = step % log_every == 0 or step == steps, patience is not None and patience.asked
            save = step % save_every == 0 or step == steps or stop
            if log or save:
                check_finite(since, means, path)
            if log:
                run.log(means)
            if save and path:
                checkpoint.write(path, run.state(), {**note, "step": step})
            if stop:
                raise KeyboardInterrupt(f"stopped after step {step} of {steps}; the same call goes on from {path}")
    return run.history
