"""What the verbs share: options made of settings, and an end that a shell understands.

Exit codes, of every verb: 0 done; 1 done, and what came out is bad (a run that diverged, images that differ, an
equation without a check, a machine that needs mending); 2 not done, as a line says (a wrong option; a file, a folder or
a device that cannot be used); 130 stopped by Ctrl-C (the same command goes on).
"""

import argparse
import os
import shlex
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from course_pkg.tables import printable

if TYPE_CHECKING:  # only a name here: not every verb trains
    from course_pkg.runs.systems import Setting

DONE, BAD, REFUSED, STOPPED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Whose errors, which repeat what was typed, do not move the terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def parser_of(verb: str, description: str, example: str = "") -> Parser:
    """A parser that shows an example below its options."""
    return Parser(
        prog=f"python -m course_pkg {verb}",
        description=description,
        epilog=f"example:\n  python -m course_pkg {verb} {example}" if example else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def whole(least: int, most: int = 2**63 - 1) -> Callable[[str], int]:
    """The type of an option that is a whole number from `least` to `most`."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number of {least} or more, at most {most}, got {text}")
        return value

    return number


def quoted(path: Any) -> str:
    """A path as a shell takes it, safe to be copied from a terminal."""
    text = os.fspath(path)
    if text.isprintable():
        return shlex.quote(text)
    spelt = "".join(chr(b) if 32 <= b < 127 and b not in b"\\'" else f"\\x{b:02x}" for b in os.fsencode(text))
    return f"$'{spelt}'"


def add_settings(parser: argparse._ActionsContainer, settings: "Mapping[str, Setting]", many: bool = False) -> None:
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


def say(text: Any, file: Any = None) -> None:
    """Print what holds names of files or of runs: nothing in it reaches the terminal as a command."""
    print(printable(str(text)), file=file)


def ended(verb: str, argv: Sequence[str], work: Callable[[], int | None]) -> int:
    """Do it, and say in one line how it ended where it did not end well. Returns the exit code."""

    def warn(message: Warning | str, *_: Any, **__: Any) -> None:
        say(f"{verb}: {message}", sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = warn
        try:
            return work() or DONE
        except KeyboardInterrupt as stop:
            again = f"python -m course_pkg {verb} {' '.join(map(quoted, argv))}".strip()
            say(f"{stop or 'stopped'}\nto go on:  {again}", sys.stderr)
            return STOPPED
        except FloatingPointError as error:
            say(f"{verb}: {error}", sys.stderr)
            return BAD
        except (ValueError, OSError) as error:
            say(f"{verb}: {error}", sys.stderr)
            return REFUSED
