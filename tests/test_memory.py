"""What a process frees stays its own, where the C library is glibc."""

import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest

from course_pkg.training import memory
from helpers import environment

FAULTS = """
import resource, torch
from course_pkg import elbo, training
from course_pkg.training import memory
from course_pkg.models import networks
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step():
    for size in (2**16, 2**21, 2**24):  # a quarter of a megabyte, 8, 64
        torch.ones(size)
{before}
for _ in range(5):  # the heap grows until it holds all that a step has at once, wherever its blocks came to lie
    step()
start = faults()
for _ in range(10):
    step()
print(faults() - start)
"""
TRAIN = """
training.train(
    networks.mlp((1, 2, 2), 2), elbo.negative_elbo, torch.zeros(4, 1, 2, 2), steps=1, batch_size=2, device="cpu",
    progress=False,
)
"""


def faults(before=""):
    """Page faults of a process of its own, which no MALLOC_* of the caller's reaches.

    The process itself counts them, and only in the steady state, after five rounds: speed and load change nothing.
    """
    code = FAULTS.format(before=before)
    command = [sys.executable, "-c", code]
    return int(subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8", check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another one")
def test_what_was_freed_is_not_fetched_again():
    """Ten rounds over the same 72 MB: 4 KB a fault by the defaults of glibc, next to none once it keeps them."""
    usual = faults()
    assert usual > 10 * 2**26 / 2**21, "the defaults give 64 MB back, whatever the size of a page"
    assert faults("assert memory.keep_freed()") < usual / 20
    assert faults(TRAIN) < usual / 20, "training on a CPU asks for it"


class Glibc:
    """Takes what it is asked for, up to a limit."""

    def __init__(self, limit):
        self.limit, self.asked = limit, []

    def mallopt(self, what, value):
        self.asked.append((what, value))
        return int(value <= self.limit)


@pytest.mark.parametrize("limit, most", [(2**31, [2**30]), (2**25, [2**30, 2**25])])
def test_an_old_glibc_gets_the_most_that_it_takes(monkeypatch, limit, most):
    """mallopt(3): -3 is M_MMAP_THRESHOLD, -1 M_TRIM_THRESHOLD, which -1 turns off; 0 says that it was refused."""
    library = Glibc(limit)
    monkeypatch.setattr(memory, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: library)
    assert memory.keep_freed() is True
    assert library.asked == [(-3, value) for value in most] + [(-1, -1)]


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_another_library_is_left_as_it_is(monkeypatch, system):
    monkeypatch.setattr(memory, "sys", SimpleNamespace(platform=system))
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: SimpleNamespace())
    assert memory.keep_freed() is False


def test_a_library_that_refuses_is_no_error(monkeypatch):
    monkeypatch.setattr(memory, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: Glibc(0))
    assert memory.keep_freed() is False
