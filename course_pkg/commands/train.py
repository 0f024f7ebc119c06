"""The command line's `train`: one system, one run, in a folder from which it can go on."""

import argparse
import itertools
from pathlib import Path
from typing import Any

from course_pkg.commands.options import add_settings, ended, given, parser_of, quoted, say, whole
from course_pkg.commands.threads import choose_threads
from course_pkg.runs.start import run
from course_pkg.runs.systems import SYSTEMS, settings_of
from course_pkg.runs.task import COMMON, checked, run_name

ABOUT = """Train one system of the family. The run's folder keeps everything: after Ctrl-C, or a power cut, the same
command goes on from the last checkpoint. The options of a system: train SYSTEM --help."""


def parser() -> argparse.ArgumentParser:
    """Each system is a sub-command, whose options are the settings in its signature."""
    top = parser_of("train", ABOUT, "beta-vae --beta 0.5 --data digits --steps 2000")
    systems = top.add_subparsers(dest="system", metavar="SYSTEM", required=True, title="systems")
    for name, function in SYSTEMS.items():
        about = (function.__doc__ or "").strip()
        one = systems.add_parser(name, help=about.split(". ")[0].rstrip("."), description=about)
        add_settings(one.add_argument_group(f"what {name} costs"), settings_of(name))
        add_settings(one.add_argument_group("the run"), COMMON)
        one.add_argument("--folder", type=Path, help="where the run is kept (default: runs/ and its settings)")
        one.add_argument("--save-every", type=whole(1), default=1000, metavar="INT", help="steps (default: 1000)")
    return top


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`."""
    top = parser()
    options = top.parse_args(argv)
    try:
        task = checked({"system": options.system, **given(options, COMMON | settings_of(options.system))})
    except ValueError as error:
        top.error(str(error))
    folder = options.folder or Path("runs") / run_name(task)

    def work() -> None:
        say(choose_threads(folder))
        show(run(task, folder, options.save_every), folder)

    return ended("train", argv, work)


def show(row: dict[str, Any], folder: Path) -> None:
    """Say what came out, and what can be done with it."""
    known = {"system", *COMMON, *settings_of(row["system"])}
    measured = [name for name in itertools.takewhile(lambda name: name != "seconds", row) if name not in known]
    say(
        f"{', '.join(f'{name} {row[name]:.4g}' for name in measured)} (terms in nats an image; "
        f"{row['images_per_second']:,.0f} images/s)\nkept in {folder}\n"
        f"its codes:  python -m course_pkg represent {quoted(folder)}"
    )
