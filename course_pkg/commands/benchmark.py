"""The command line's `benchmark`: the rows of one protocol, trained and measured alike, into one table."""

import argparse
import shlex
from contextlib import ExitStack
from pathlib import Path

import joblib

from course_pkg.benchmark.kept import write_table
from course_pkg.benchmark.protocols import PROTOCOLS
from course_pkg.benchmark.reading import overview, rows_of
from course_pkg.benchmark.study import card_of, check_names, names_of, study
from course_pkg.benchmark.study import table as table_of
from course_pkg.commands.options import BAD, DONE, ended, parser_of, say, whole
from course_pkg.commands.sweep import jobs

ABOUT = """Train and measure the rows of one protocol, seed by seed. pocket and full have a row or more for each
system of `train` but constraint, and pocket has rows that nobody trained; lesson trains nothing and measures the
models that come with the course. What is done is not done again: the same command goes on after Ctrl-C, and with more
seeds or systems adds to the table."""
SHOWN = ("information", "tc", "kim_mnih_exact", "kim_mnih", "higgins", "mig", "dci_d", "sap", "accuracy", "cpu_seconds")


def parser() -> argparse.ArgumentParser:
    """Protocol, rows, seeds, and where."""
    top = parser_of("benchmark", ABOUT, "--protocol pocket --systems vae factor-vae --seeds 0 1 2")
    top.add_argument("--protocol", choices=PROTOCOLS, default="pocket", help="(default: pocket)")
    top.add_argument("--systems", nargs="+", metavar="ROW", help="rows of the table (default: all)")
    top.add_argument("--seeds", nargs="+", type=whole(0), metavar="INT", help="(default: the protocol's ten)")
    top.add_argument("--steps", type=whole(1), metavar="INT", help="other than the protocol's, for a first look")
    top.add_argument("--folder", type=Path, default=Path("benchmark"), help="where runs are kept (default: benchmark)")
    top.add_argument("--table", type=Path, metavar="FILE", help="write the table there, with where it is from")
    top.add_argument("--only-table", action="store_true", help="run nothing: gather what is done")
    top.add_argument("--pictures", action="store_true", help="look also at what each model makes from its prior")
    top.add_argument("--jobs", type=jobs, default=1, metavar="INT", help="runs at once, -1: a run a core (default: 1)")
    top.add_argument("--abreast", type=whole(1), default=0, metavar="INT", help="train so many seeds in turns on a GPU")
    top.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, whose workers share the folder")
    top.add_argument("--save-every", type=whole(1), default=2000, metavar="INT", help="steps (default: 2000)")
    return top


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`: 1 if a run failed."""
    top = parser()
    options = top.parse_args(argv)
    protocol = PROTOCOLS[options.protocol].at(options.steps)
    names, seeds = options.systems or names_of(protocol), options.seeds or list(range(protocol.seeds))
    try:
        check_names(protocol, names)
    except ValueError as error:
        top.error(str(error))

    def work() -> int:
        with ExitStack() as stack:
            if options.dask:
                from distributed import Client  # only here: most studies stay on one machine

                stack.enter_context(Client(options.dask))
                stack.enter_context(joblib.parallel_config("dask"))
            if options.only_table:
                found = table_of(protocol, names, seeds, options.folder)
            else:
                n_jobs = None if options.dask else options.jobs
                found = study(
                    protocol,
                    names,
                    seeds,
                    options.folder,
                    n_jobs,
                    options.save_every,
                    options.pictures,
                    options.abreast,
                )
        if options.table:
            command = f"python -m course_pkg benchmark {shlex.join(argv)}"
            write_table(options.table, card_of(options.protocol, protocol, command), found)
        failed = [run for run in found if run.get("error")]
        there = set(rows_of(found))
        say(overview(found, SHOWN, [name for name in names if name in there], digits={"cpu_seconds": 1}))
        for run in failed:
            say(f"{run['row']}, seed {run['seed']}: {run['error']}")
        say(f"{len(found) - len(failed)} runs done, {len(failed)} failed")
        return BAD if failed else DONE

    return ended("benchmark", argv, work)
