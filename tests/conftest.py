"""What all tests share: no display, and property tests that try the same examples on every machine and every run."""

import gc
import json
import os
import re
from pathlib import Path

import matplotlib
from hypothesis import Phase, settings

matplotlib.use("Agg")
# No deadline: a slow machine is not a failure. No database: a run leaves nothing that changes the next one.
settings.register_profile("course", deadline=None, derandomize=True, database=None, max_examples=25)
settings.load_profile("course")

gc.disable()  # until the tests are found: all that is made there stays

# The files that take longest. They are started first: where two processes share the files, neither then waits for the
# other at the end, however few tests such a file has.
LONGEST = (
    "grading",
    "sheets",
    "sweep",
    "equations",
    "oracles",
    "stub_chapter",
    "battery",
    "kkt",
    "benchmark",
    "reading",
    "data_dsprites",
    "checkpoint",
    "command_line",
    "house",
    "kkt_axes",
)
DURATIONS = Path("mutmut-stats.json")  # only where `make mutate` runs the tests
if DURATIONS.exists():  # a mutant is killed by any example: the smallest one is not looked for
    settings.register_profile("mutate", settings.get_profile("course"), phases=(Phase.explicit, Phase.generate))
    settings.load_profile("mutate")

CHOSEN = os.environ.get("COURSE_MUTATE_TESTS", "").split()


def pytest_ignore_collect(collection_path):
    """Only the tests that look at a mutant, where one is tried."""
    return True if CHOSEN and collection_path.suffix == ".py" and collection_path.name not in CHOSEN else None


def pytest_collection_finish():
    """Garbage is looked for among what the tests make; to go through thousands of tests each time took a third of it
    all. And not at every 700 objects: the syntax of one module has ten thousand."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


def of_another_chapter(item):
    """Whether a test looks at one question of all, "chapter: name", of a chapter that the judge is not tried on."""
    named = getattr(item, "callspec", None)
    return named is not None and "question" in named.params and bool(re.search(r"(^|-)(?!elbo)\w+: ", named.id))


def pytest_collection_modifyitems(config, items):
    """The longest files first. Quick tests first, where a mutant is tried: the first test that fails ends the trial."""
    if CHOSEN:  # the judge is the same for every question: a mutant of it is shown those of one chapter
        config.hook.pytest_deselected(items=[item for item in items if of_another_chapter(item)])
        items[:] = [item for item in items if not of_another_chapter(item)]
    place = {f"test_{name}.py": k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))
    if DURATIONS.exists():
        seconds = json.loads(DURATIONS.read_text("utf-8"))["duration_by_test"]
        items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))
