"""A clock on someone else's code: a call that does not end is given up, and the caller goes on.

The call runs in a thread of its own, so this works in a notebook and in plain Python alike, in any thread and on any
system. An endless loop is stopped by an exception thrown into it. One that catches everything is left behind; only code
that never lets Python breathe (one gigantic power of whole numbers) can hold the caller too.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")
TRIES, PAUSE = 20, 0.05  # how often, and how far apart in seconds, a loop is asked to stop


class Stopped(BaseException):
    """Thrown into a call whose time is over. No `except Exception` catches it."""


class Endless(Exception):
    """A call did not end in its time; `stopped` tells whether it runs no more."""

    def __init__(self, seconds: float, stopped: bool):
        self.stopped = stopped
        super().__init__(f"no answer after {seconds:g} seconds")


@contextmanager
def one_thread() -> Iterator[None]:
    """torch computes on one thread meanwhile: the tensors of a case are tiny, and to wake a second thread for each of
    them takes a thousand times as long where other work has the processor.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def within(seconds: float | None, call: Callable[[], T]) -> T:
    """What `call()` gives back or raises. Raises Endless where that takes longer than `seconds`; None is no clock."""
    if seconds is None:
        return call()
    given: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            try:
                given.append(call())
            except BaseException as error:
                raised.append(error)
        except Stopped:  # thrown while the line above was being written
            return

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        worker.join(seconds)
    except BaseException:  # the reader pressed stop: the call goes too
        _stop(worker)
        raise
    over = worker.is_alive()
    stopped = _stop(worker) if over else True
    if over or (raised and isinstance(raised[0], Stopped)):
        raise Endless(seconds, stopped)
    if raised:
        raise raised[0]
    return given[0]


def _stop(worker: threading.Thread) -> bool:
    """Throw Stopped into the thread until it ends. False where it catches even that."""
    for _ in range(TRIES):
        if not worker.is_alive():
            break
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(Stopped))
        worker.join(PAUSE)
    return not worker.is_alive()
