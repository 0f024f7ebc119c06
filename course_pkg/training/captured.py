"""A step as one CUDA graph: what a small net's step launches, some 200 kernels, is launched once and then replayed.

A step of a small net on a large GPU is bound by the processor that launches its kernels. A graph holds them all with
the addresses they read and write, and one call replays it; so several runs can share a GPU, which takes their kernels
side by side.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from course_pkg.training.players import Player, Weights

T = TypeVar("T")
WARM = 3  # steps as they are: libraries choose their kernels, Adam makes its moments


def uncapturable(
    device: torch.device, weights: Weights | None, opponents: Mapping[str, Player] | None, scheduled: bool
) -> str:
    """Why a step cannot be a graph, empty where it can: what Python decides anew at each step would be decided once.

    weights, opponents: those that `train` takes; scheduled: whether it takes a schedule.
    """
    paid = {"model": weights or {}} | {name: player.weights for name, player in (opponents or {}).items()}
    moving = ", ".join(f"{name}.{term}" for name, own in paid.items() for term, price in own.items() if callable(price))
    if device.type != "cuda":
        return f"expected a CUDA device, got {device.type}"
    told = f"the price of {moving} is a function of the step" if moving else "a schedule says what is open"
    return f"expected prices that are numbers and no schedule, but {told}" if moving or scheduled else ""


class Captured(Generic[T]):
    """step(drawn) as a graph, from its fourth call on. What it returns is overwritten by the next call.

    drawn: a sequence of batches, each a tensor or a tuple of them. generator: what the step draws from; it moves on at
    each replay as at each step. The same stream must be current at every call, and not the default one.
    """

    def __init__(self, step: Callable[[Sequence[Any]], T], generator: torch.Generator):
        self.step, self.generator, self.seen = step, generator, 0

    def __call__(self, drawn: Sequence[Any]) -> T:
        self.seen += 1
        if self.seen <= WARM:
            return self.step(drawn)
        if self.seen == WARM + 1:
            self.capture(drawn)
        for mine, new in zip(tensors(self.held), tensors(drawn), strict=True):
            mine.copy_(new)
        self.graph.replay()
        return self.found

    def capture(self, drawn: Sequence[Any]) -> None:
        """Record a step, which runs nothing yet."""
        self.held = [tuple(t.clone() for t in one) if isinstance(one, tuple) else one.clone() for one in drawn]
        self.graph = torch.cuda.CUDAGraph()
        self.graph.register_generator_state(self.generator)
        with torch.cuda.graph(self.graph, stream=torch.cuda.current_stream()):
            self.found = self.step(self.held)


def tensors(drawn: Sequence[Any]) -> list[Tensor]:
    """All tensors of a sequence of batches."""
    return [t for one in drawn for t in (one if isinstance(one, tuple) else (one,))]
