"""Benchmarks run by `make bench` alone: they are no part of the tests, and want a quiet machine."""

import os
import time

import pytest
from crew import THREADS, Worker
from watch import machine

from course_pkg.training import checkpoint, device_called


def wanted_device():
    return device_called(os.environ.get("BENCH_DEVICE") or None)


@pytest.fixture(scope="session")
def device():
    return wanted_device()


@pytest.fixture(scope="session")
def most():
    """As many threads as are asked for at most: without --threads, as there are processors (cores, where known)."""
    return THREADS[0]


@pytest.fixture(scope="session")
def crew(device):
    """crew(kind, threads, k=0) is the k-th worker of that kind, started when first asked for."""
    workers = {}

    def one(kind, threads, k=0):
        if (kind, threads, k) not in workers:
            workers[kind, threads, k] = Worker(kind, threads, device)
        return workers[kind, threads, k]

    yield one
    for worker in workers.values():
        worker.close()


@pytest.fixture
def in_turns(benchmark):
    """Times the last of the given functions with pytest-benchmark, the others before it, round by round; keeps all."""

    def run(functions, rounds=5, seconds=15, **info):
        *others, (name, mine) = functions.items()
        kept = {key: [] for key in functions}

        def before():
            for key, function in others:
                kept[key].append(function())

        start = time.perf_counter()
        before()  # one round to warm up, which also shows how many there is time for
        mine()
        rounds = max(2, min(rounds, int(seconds / (time.perf_counter() - start))))
        benchmark.pedantic(lambda: kept[name].append(mine()), setup=before, rounds=rounds)
        benchmark.extra_info.update(info, rounds={key: values[-rounds:] for key, values in kept.items()})

    return run


def pytest_benchmark_update_json(config, benchmarks, output_json):
    """The machine as this project describes it, in place of everything that there is to know about it."""
    output_json["machine_info"] = machine(wanted_device()) | checkpoint.provenance(wanted_device())
