"""The command line's `represent`: the codes of a whole data set."""

import time
from pathlib import Path
from typing import IO, cast

import numpy as np

from course_pkg.commands.options import ended, parser_of, say, whole
from course_pkg.data.named import OURS, YOURS, named
from course_pkg.runs.represent import place, represent
from course_pkg.runs.start import load

ABOUT = """Encode every image of a data set with the model of a run, once: the codes are kept in the cache folder under
the hash of the model, and are there at once the next time."""


def open_out(path: Path, mode: str = "wb") -> IO[bytes]:
    """The file to write to. OSError that says what stands in the way."""
    try:
        return cast(IO[bytes], open(path, mode))
    except OSError as error:
        raise OSError(f"cannot write {path} ({error.strerror or error}): name another file with --out") from error


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`."""
    top = parser_of("represent", ABOUT, "runs/vae,data=digits,seed=0 --out codes.npy")
    top.add_argument("folder", type=Path, help="the folder of a run")
    top.add_argument("--data", help=f"another set than it was trained on: {', '.join([*OURS, *YOURS])}")
    top.add_argument("--path", help="where your copy of that set is")
    top.add_argument("--sample", action="store_true", help="one sample of each posterior instead of its mean")
    top.add_argument("--seed", type=whole(0), default=0, metavar="INT", help="of the samples (default: 0)")
    top.add_argument("--device", help="cuda, mps or cpu (default: a GPU where there is one)")
    top.add_argument("--out", type=Path, metavar="FILE", help="write the codes there too, as numpy does")
    options = top.parse_args(argv)

    def work() -> None:
        if options.out:
            open_out(options.out, "ab").close()  # sooner than after minutes of encoding
        model, task = load(options.folder)
        data = named(*((options.data, options.path) if options.data else (task["data"], task["path"])))
        before, began = place(model, data).exists(), time.perf_counter()
        codes = represent(model, data, options.sample, options.seed, options.device)
        rate = "read" if before else f"encoded, {len(codes.columns) / (time.perf_counter() - began):,.0f} images/s"
        n, d = codes.columns.shape
        numbers = f", {int(codes.discrete.sum())} of them discrete" if codes.discrete.any() else ""
        say(f"{n:,} codes of {d} latents{numbers} ({rate}), kept in {place(model, data)}")
        if options.out:
            with open_out(options.out) as file:  # np.save would add .npy to a name without it
                np.save(file, codes.columns.numpy())
            say(f"written to {options.out}")

    return ended("represent", argv, work)
