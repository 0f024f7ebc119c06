"""The command line: python -m course_pkg VERB."""

import importlib
import io
import sys
from pathlib import Path

# Each verb lives in the module that knows it, so that one verb's imports do not slow another.
VERBS = {
    "train": ("course_pkg.commands.train", "train one system of the family; goes on where it was stopped"),
    "sweep": ("course_pkg.commands.sweep", "train every combination of systems and settings, into one table"),
    "represent": ("course_pkg.commands.represent", "encode a whole data set with a trained model, once"),
    "split": ("course_pkg.commands.split", "what a model's rate is made of, summed over every image"),
    "score": ("course_pkg.commands.score", "every metric of a run, a lesson or a file of codes"),
    "benchmark": ("course_pkg.commands.benchmark", "the rows of one protocol, treated alike, into one table"),
    "equations": (
        "course_pkg.commands.equations",
        "check that every equation of the book has a check that runs",
    ),
    "data": ("course_pkg.commands.data", "draw dSprites, or compare it with a released file"),
    "assign": ("course_pkg.commands.classroom.assign", "the class pack: sheets, book and package without an answer"),
    "grade": ("course_pkg.commands.classroom.grade", "a class's submissions: marks and a page of feedback each"),
    "report": ("course_pkg.commands.classroom.report", "a page on a class: its slips, and what is too hard"),
    "export": ("course_pkg.commands.classroom.export", "a class's marks for Canvas, Moodle, Gradescope and others"),
    "slides": (
        "course_pkg.commands.classroom.slides",
        "the figures of each chapter, one a screen, to be shown or printed",
    ),
    "doctor": ("course_pkg.commands.doctor", "look at this machine and say in plain words what to fix"),
}
HERE = Path(__file__).parent
VERBS = {  # a class pack lacks those of a teacher
    verb: (module, text)
    for verb, (module, text) in VERBS.items()
    if (HERE / module.removeprefix("course_pkg.").replace(".", "/")).with_suffix(".py").exists()
}


def main(argv: list[str]) -> int:
    """Run one verb. Returns its exit code; 2 where the verb is unknown, or Python has not what the course needs."""
    if argv and argv[0] in VERBS:
        try:
            return importlib.import_module(VERBS[argv[0]][0]).main(argv[1:])
        except ModuleNotFoundError as error:
            if not error.name or error.name.partition(".")[0] == "course_pkg":
                raise  # a fault of ours, not of the installation
            where = "use that of the course, .venv/bin/python, which `make setup` makes (of a class pack: its README)"
            print(f"{argv[0]}: this Python ({sys.executable}) has no {error.name}: {where}", file=sys.stderr)
            return 2
    if argv and argv[0] not in ("-h", "--help"):
        print(f"no verb {argv[0]!r}; these are there", file=sys.stderr)
    lines = [f"  {verb:<10} {text}" for verb, (_, text) in VERBS.items()]
    print("usage: python -m course_pkg VERB [options]\n\n" + "\n".join(lines) + "\n\nVERB --help tells the options.")
    return 0 if argv in ([], ["-h"], ["--help"]) else 2


def spell_out() -> None:
    """Let a terminal whose encoding lacks a character show its code, where Python would end with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    spell_out()
    sys.exit(main(sys.argv[1:]))
