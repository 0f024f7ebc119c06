"""Runs that take turns: each is a generator that yields when ready, then once a step, and is told whether to stop."""

from collections.abc import Callable, Generator, Sequence
from contextlib import nullcontext
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

from course_pkg.training.checkpoint import Patience

P = ParamSpec("P")
T = TypeVar("T")
Run = Generator[None, bool, T]


def driven(runs: Sequence[Run[T]], patient: bool = True) -> list[T]:
    """What the runs return, each in its place. They take turns, a step each; on CUDA each has a stream of its own.

    A run yields first when it is ready. patient: from then on Ctrl-C only asks the runs to stop after their step; until
    then, while one waits for a lock or draws its images, it ends them at once. What a run raises is raised once all
    have ended: the others go on.
    """
    streams = [torch.cuda.Stream() for _ in runs] if torch.cuda.is_available() else []
    for stream in streams:
        stream.wait_stream(torch.cuda.current_stream())
    found: dict[int, T] = {}
    errors: list[BaseException] = []
    going = dict(enumerate(runs))

    def turn(asked: bool | None, caught: type[BaseException]) -> None:
        for k, one in list(going.items()):
            try:
                with torch.cuda.stream(streams[k] if streams else None):
                    one.send(asked)  # type: ignore[arg-type]  # None begins a generator
            except StopIteration as end:
                found[k] = end.value
                del going[k]
            except caught as error:  # of any kind: the others end first
                errors.append(error)
                del going[k]

    turn(None, Exception)
    with Patience() if patient else nullcontext() as patience:
        while going:
            turn(patience is not None and patience.asked, BaseException if patient else Exception)
    for stream in streams:
        torch.cuda.current_stream().wait_stream(stream)
    if errors:
        raise errors[0]
    return [found[k] for k in range(len(runs))]


def to_the_end(in_steps: Callable[P, Run[T]]) -> Callable[P, T]:
    """The function with the same arguments that does the whole run, and returns what it returns."""

    @wraps(in_steps)
    def whole(*args: P.args, **options: P.kwargs) -> T:
        return driven([in_steps(*args, **options)], patient=options.get("folder") is not None)[0]

    return whole
