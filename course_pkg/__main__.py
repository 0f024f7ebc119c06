"""The command line: python -m course_pkg VERB."""

import importlib
import os
import platform
import sys

# Each verb lives in the module that knows it, so that one verb's imports do not slow another.
VERBS = {
    "train": ("course_pkg.commands.train", "train one system of the family; goes on where it was stopped"),
    "sweep": ("course_pkg.commands.sweep", "train every combination of systems and settings, into one table"),
    "represent": ("course_pkg.commands.represent", "encode a whole data set with a trained model, once"),
    "split": ("course_pkg.commands.split", "what a model's rate is made of, summed over every image"),
    "score": ("course_pkg.commands.score", "every metric of a run, a lesson or a file of codes"),
    "equations": (
        "course_pkg.commands.equations",
        "check that every equation of the book has a check that runs",
    ),
    "data": ("course_pkg.commands.data", "draw dSprites, or compare it with a released file"),
    "doctor": ("course_pkg.commands.doctor", "look at this machine and say in plain words what to fix"),
}
# Activations are large and freed at once; by default glibc may give such memory back to the system and ask for it again
# at every step. Kept instead, training on a CPU was 23 to 35 % faster on one machine, encoding 11 to 79 % on another
# (on which training gained nothing: it asked for no pages again). glibc reads these when a process starts, and the
# workers of a sweep inherit them.
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": str(2**28),
}


def missing(environment: dict[str, str], libc: str) -> dict[str, str]:
    """What of the allocator's settings to add: all that the user did not set, none without glibc."""
    return {k: v for k, v in ALLOCATOR.items() if k not in environment} if libc == "glibc" else {}


def main(argv: list[str]) -> int:
    """Run one verb. Returns its exit code; 2 where the verb is unknown."""
    if argv and argv[0] in VERBS:
        return importlib.import_module(VERBS[argv[0]][0]).main(argv[1:])
    lines = [f"  {verb:<10} {text}" for verb, (_, text) in VERBS.items()]
    print("usage: python -m course_pkg VERB [options]\n\n" + "\n".join(lines) + "\n\nVERB --help tells the options.")
    return 0 if argv in ([], ["-h"], ["--help"]) else 2


if __name__ == "__main__":
    if add := missing(dict(os.environ), platform.libc_ver()[0]):
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **add})  # once: then none is missing
    sys.exit(main(sys.argv[1:]))
