"""The command line's `sweep`: every combination of some settings, one table."""

import argparse
import warnings
from contextlib import ExitStack
from pathlib import Path

import joblib

from course_pkg.commands.options import BAD, DONE, add_settings, ended, given, parser_of, say, whole
from course_pkg.runs.sweep import TABLE, sweep, tasks
from course_pkg.runs.systems import SYSTEMS, Setting, settings_of
from course_pkg.runs.task import COMMON
from course_pkg.training import device_called

ABOUT = """Train every combination of systems and settings, several runs at once, one thread each. Every option takes
several values; one that a system does not have does not concern it. What is done is not done again: the same command
goes on after Ctrl-C, and with more values adds to the table."""


def of_any_system() -> dict[str, Setting]:
    """The settings of all systems; what one means says whose it is. A default is a system's own."""
    found: dict[str, Setting] = {}
    for system in SYSTEMS:
        for name, setting in settings_of(system).items():
            before = f"{found[name].meaning}; " if name in found else ""
            found[name] = setting._replace(meaning=f"{before}{system}: {setting.meaning}", default=None)
    return found


def jobs(text: str) -> int:
    """How many runs at once: 1 or more, or -1."""
    return -1 if text == "-1" else whole(1)(text)


def parser() -> argparse.ArgumentParser:
    """The systems, then options."""
    top = parser_of("sweep", ABOUT, "vae beta-vae --beta 0.5 2 --seed 0 1 2 --data digits --steps 2000 --jobs 2")
    top.add_argument("systems", nargs="+", choices=SYSTEMS, metavar="SYSTEM", help=", ".join(SYSTEMS))
    add_settings(top.add_argument_group("what systems cost"), of_any_system(), many=True)
    add_settings(top.add_argument_group("the runs"), COMMON, many=True)
    top.add_argument("--folder", type=Path, default=Path("sweep"), help="where all is kept (default: sweep)")
    top.add_argument("--jobs", type=jobs, default=1, metavar="INT", help="runs at once, -1: a run a core (default: 1)")
    top.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, whose workers share the folder")
    top.add_argument("--save-every", type=whole(1), default=1000, metavar="INT", help="steps (default: 1000)")
    return top


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`: 1 if a run failed."""
    top = parser()
    options = top.parse_args(argv)
    own = given(options, of_any_system())
    systems = {name: {k: v for k, v in own.items() if k in settings_of(name)} for name in options.systems}
    if idle := [name for name in own if not any(name in settings for settings in systems.values())]:
        top.error(f"none of {', '.join(systems)} has a setting {', '.join(idle)}")
    try:
        todo = tasks(systems, **given(options, COMMON))
    except ValueError as error:
        top.error(str(error))

    def work() -> int:
        if not options.dask:  # there the devices are those of other machines
            for device in {task["device"] for task in todo}:
                device_called(device)
        with ExitStack() as stack:
            if options.dask:
                from distributed import Client  # only here: most sweeps stay on one machine

                stack.enter_context(Client(options.dask))
                stack.enter_context(joblib.parallel_config("dask"))
            stack.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", "[0-9]+ tasks which", UserWarning)  # Ctrl-C cancels them: that is meant
            rows = sweep(todo, options.folder, None if options.dask else options.jobs, options.save_every)
        failed = [row for row in rows if row.get("error")]
        for row in failed:
            say(f"{row['run']}: {row['error']}")
        say(f"{len(rows) - len(failed)} runs done, {len(failed)} failed: {options.folder / TABLE}")
        return BAD if failed else DONE

    return ended("sweep", argv, work)
