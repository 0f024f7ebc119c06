"""Small, tested implementations of what the book derives. Each module reads like its chapter."""

import importlib
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.util import spec_from_loader

__version__ = "0.2.0"

# A thread of torch that waits for the others looks again a few thousand times, which takes microseconds, and then
# sleeps, instead of turning for milliseconds on a processor that somebody else could use. Measured by
# `tests/bench/run.py --only waiting`: a few per cent slower where nothing else runs, half as quick again and more
# beside one busy core. The numbers are the same: only the waiting differs. OpenMP reads this when torch is loaded,
# so that it counts where course_pkg is imported first (as on the command line); what the caller set stays. How many
# threads there are is chosen by the command line (course_pkg.commands.threads) or by the caller.
if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(os.environ):
    os.environ["OMP_WAIT_POLICY"] = "passive"  # where OpenMP is LLVM's or Intel's
    os.environ["GOMP_SPINCOUNT"] = "1000"  # where it is GNU's, as in torch's wheels for Linux

# Where modules of version 0.1 stand today: a notebook that imports one from its old place gets the same module.
MOVED = {
    "compare": "derivation.agreement",
    "equations.check": "derivation.pages",
    "equations.graph": "derivation.graph",
    "grading.elbo": "questions.elbo",
    "grading.kkt": "questions.kkt",
    "grading.bottleneck": "questions.bottleneck",
    "players": "training.players",
    "batches": "training.batches",
    "checkpoint": "training.checkpoint",
    "memory": "training.memory",
    "networks": "models.networks",
    "weights": "models.weights",
    "sweep": "runs.sweep",
    "represent": "runs.represent",
    "systems": "runs.systems",
    "explore": "show.explore",
    "live": "show.live",
    "quiz": "show.quiz",
    "doctor": "commands.doctor",
    "data.cli": "commands.data",
    "data.compare": "data.release_check",
}


class Moved(MetaPathFinder, Loader):
    """Finds a module under its old name. The module keeps one identity: both names give the same object."""

    def find_spec(self, fullname, path=None, target=None):
        name = fullname.removeprefix("course_pkg.")
        for old, new in MOVED.items():
            if name == old or name.startswith(f"{old}."):
                return spec_from_loader(fullname, self, origin=f"course_pkg.{new}{name[len(old) :]}")
        return None

    def create_module(self, spec):
        module = importlib.import_module(spec.origin)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = module.__spec__.loader_state  # as before: importing under a second name changes nothing


if not any(type(finder).__qualname__ == Moved.__qualname__ for finder in sys.meta_path):
    sys.meta_path.insert(0, Moved())
