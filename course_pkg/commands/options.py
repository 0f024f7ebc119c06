"""What the verbs share: options made of settings, and an end that a shell understands.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C (the same command goes on).
"""

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from course_pkg.runs.systems import Setting


def parser_of(verb: str, description: str, example: str) -> argparse.ArgumentParser:
    """A parser that shows an example below its options."""
    return argparse.ArgumentParser(
        prog=f"python -m course_pkg {verb}",
        description=description,
        epilog=f"example:\n  python -m course_pkg {verb} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_settings(parser: argparse._ActionsContainer, settings: Mapping[str, Setting], many: bool = False) -> None:
    """An option for each setting, absent where it is not given; with `many` each takes several values."""
    for name, setting in settings.items():
        default = "" if setting.default is None else f" (default: {setting.default})"
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=name, type=setting.kind, default=argparse.SUPPRESS,
            nargs="+" if many else None, help=setting.meaning + default, metavar=setting.kind.__name__.upper(),
        )  # fmt: skip


def given(options: argparse.Namespace, names: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were given."""
    return {name: value for name, value in vars(options).items() if name in names}


def ended(verb: str, argv: Sequence[str], work: Callable[[], int | None]) -> int:
    """Do it, and say in one line how it ended where it did not end well. Returns the exit code."""
    try:
        return work() or 0
    except KeyboardInterrupt as stop:
        again = f"python -m course_pkg {verb} {shlex.join(argv)}".strip()
        print(f"{stop or 'stopped'}\nto go on:  {again}", file=sys.stderr)
        return 130
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"{verb}: {error}", file=sys.stderr)
        return 1
