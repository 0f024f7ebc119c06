"""The command line's `grade`: a folder of submissions, marks and feedback out."""

import csv
import secrets
import unicodedata
from pathlib import Path

from filelock import Timeout

from course_pkg.classroom.catalogue import cores, of_core
from course_pkg.classroom.feedback import page
from course_pkg.classroom.grade import Settings, grade, sheets
from course_pkg.classroom.late import Policy, due_times, with_policy
from course_pkg.classroom.pack import ROOT
from course_pkg.classroom.results import BadResults, Results, read_results, write_grades, write_results
from course_pkg.classroom.submission import collect, counted
from course_pkg.commands.classroom.export import add_late, file_name
from course_pkg.commands.options import BAD, DONE, ended, parser_of, say, whole
from course_pkg.data.cache import held
from course_pkg.grading.calling import SECONDS
from course_pkg.runs.files import make_folder, read, replace, write_json

ABOUT = """Grade a class: a folder with one folder for each student, or files named student_sheet.ipynb. Writes
results.json, grades.csv and feedback/STUDENT.html. The students' code runs in a box made by bubblewrap, without network
and without the answers; what comes back is judged outside. The same command goes on where it was stopped."""


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`: 1 where something could not be graded."""
    top = parser_of("grade", ABOUT, "submissions -o graded --jobs 2")
    top.add_argument("folder", type=Path, help="what was handed in")
    top.add_argument("--out", "-o", type=Path, required=True, help="the folder for marks and feedback")
    top.add_argument("--jobs", type=whole(1, 256), default=1, metavar="INT", help="processes at once (default: 1)")
    top.add_argument("--seed", type=whole(0, 10**6), metavar="INT",
                     help="of the cases; the same gives the same marks (default: that of OUT, else drawn)")  # fmt: skip
    top.add_argument("--sheet", action="append", metavar="SHEET", help="that is due (default: those handed in)")
    top.add_argument("--core", action="store_true", help="count the core of each sheet alone: its first questions")
    top.add_argument("--roster", type=Path, metavar="FILE",
                     help="all students, one a line, called as their folders: who handed in nothing")  # fmt: skip
    top.add_argument("--seconds", type=float, default=SECONDS, metavar="S",
                     help=f"that one call of an answer may take (default: {SECONDS:g})")  # fmt: skip
    top.add_argument("--no-isolation", action="store_true",
                     help="run the students' code without a box, with your rights; every output says so")  # fmt: skip
    add_late(top)
    options = top.parse_args(argv)

    def work() -> int:
        known = sheets()
        due = due_times(options.due, known)
        policy = Policy(options.late, options.late_most, options.grace)
        wrong = sorted(set(options.sheet or ()) - set(known))
        if wrong:
            raise ValueError(f"expected a sheet among {', '.join(known)}, got {', '.join(wrong)}")
        if not 0 < options.seconds < 3600:
            raise ValueError(f"--seconds: expected more than 0 and less than an hour, got {options.seconds}")
        every, older = counted(collect(options.folder, known))
        who = students(options.roster) if options.roster else sorted({h.student for h in every})
        strangers = sorted({h.student for h in every} - set(who))
        if strangers:  # else one student stands twice in the table, once with nothing handed in
            say(f"handed in, and not in {options.roster} under this name: {'; '.join(strangers)}")
        for handed in older:
            say(f"not graded, a later one of this sheet counts: {handed.file}")
        if not every and not who:
            raise ValueError(f"{options.folder}: expected notebooks (.ipynb), found none")
        names = options.sheet or sorted({h.sheet for h in every if h.sheet})
        make_folder(options.out)
        try:
            with held(options.out / "lock", wait=0):
                settings = Settings(seed_of(options.out, options.seed), not options.no_isolation, options.seconds)
                took = [h for h in every if h.sheet in names or not h.sheet]
                found = grade(took, options.out, settings, options.jobs, {name: who for name in names}, tell=say)
                found = of_core(found, cores(ROOT)) if options.core else found
                return written(with_policy(found, policy, due), options.out)
        except Timeout:
            raise ValueError(f"another grade works in {options.out}: wait for it, or name another folder") from None

    return ended("grade", argv, work)


def students(path: Path) -> list[str]:
    """The names in a roster: the first cell of each line, lines that say nothing left out. A name with a comma in it
    stands between quotes, as in every table of this kind."""
    lines = unicodedata.normalize("NFC", path.read_text("utf-8-sig")).splitlines()
    names = [row[0].strip() for row in csv.reader(lines, skipinitialspace=True) if row]
    return sorted({name for name in names if name and not name.startswith("#")})


def seed_of(out: Path, given: int | None) -> int:
    """The seed that was given, else that of the folder, else a fresh one; it is kept for the next time."""
    place = out / "seed.json"
    seed = given
    if seed is None and place.exists():
        seed = read(place, {"seed": int})["seed"]
    seed = secrets.randbelow(900_000) + 100_000 if seed is None else seed
    write_json(place, {"seed": seed})
    return seed


def late_before(path: Path) -> str:
    """The late policy of the results that are there already; "" where there are none, or none that can be read."""
    try:
        return read_results(path).late if path.exists() else ""
    except BadResults:  # of another version: they are written anew
        return ""


def written(results: Results, out: Path) -> int:
    """Write everything, and say in a few lines what there is."""
    before = late_before(out / "results.json")
    if before and not results.late:
        say(f"late work loses nothing now, and did before ({before}): the same command with --due and --late counts it")
    write_results(results, out / "results.json")
    write_grades(results, out / "grades.csv")
    make_folder(out / "feedback")
    taken: set[str] = set()
    for student in results.students:
        replace(out / "feedback" / f"{file_name(student, taken)}.html", page(results, student))
    count = {s: sum(1 for r in results.submissions if r.status == s) for s in ("graded", "stopped", "unreadable")}
    say(f"{count['graded']} graded, seed {results.seed}: {out / 'results.json'}, grades.csv, feedback/")
    if results.isolation == "none":
        say("without a box: the students' code ran with your rights")
    for r in results.submissions:
        if r.status in ("stopped", "unreadable"):
            stopped = ", ".join(m.name for m in r.questions if m.status == "stopped")
            say(f"{r.status}: {r.file}: {r.reason or stopped}")
    return BAD if count["stopped"] or count["unreadable"] else DONE
