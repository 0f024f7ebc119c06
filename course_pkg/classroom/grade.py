"""A folder of submissions, graded: what is asked of the box, the judgement of what comes back, and where one was.

Each submission is one unit of work, whose marks are kept in OUT/graded as soon as they are there; a grader that was
stopped goes on from these. They are used again only for the same file, seed, isolation and code of the course.
"""

import hashlib
import json
import multiprocessing
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from course_pkg import questions
from course_pkg.classroom.box.around import COURSE, Ended, NoBox
from course_pkg.classroom.box.probe import Supply
from course_pkg.classroom.box.talk import Box
from course_pkg.classroom.results import Asked, Mark, Results, SheetOf, Submission, built
from course_pkg.classroom.submission import Handed
from course_pkg.grading.calling import SECONDS
from course_pkg.grading.evidence import drawn
from course_pkg.grading.judging import judge
from course_pkg.grading.question import Question
from course_pkg.grading.sheet import questions_of
from course_pkg.grading.verdict import Verdict
from course_pkg.runs.files import make_folder, write_json

WORDS = {"holds": "right", "not started": "not started", "missing": "missing", "endless": "stopped"}


@dataclass(frozen=True)
class Settings:
    """What the marks depend on, besides the submission and the code."""

    seed: int
    isolated: bool = True
    seconds: float = SECONDS


def sheets() -> dict[str, tuple[str, ...]]:
    """The names of all questions, by sheet."""
    names = [m.name for m in pkgutil.iter_modules(questions.__path__) if m.ispkg]
    return {name: tuple(q.name for q in questions_of(name)) for name in names}


def sheet_of_class(name: str) -> SheetOf:
    found = questions_of(name)
    return SheetOf(sum(q.points for q in found), tuple(Asked(q.name, q.points) for q in found))


# One submission -----------------------------------------------------------------------------------------------------


def marked(handed: Handed, box: Box, settings: Settings) -> Submission:
    """The marks of one submission. Each question has a process of its own, so that one costs no other."""
    began = time.monotonic()
    base = Submission(handed.student, handed.sheet, handed.file, handed.sha256, "unreadable", handed.submitted, None,
                      sheet_of_class(handed.sheet).maximum if handed.sheet else 0, reason=handed.reason)  # fmt: skip
    if handed.reason:
        return base
    marks = tuple(mark(question, handed, box, settings) for question in questions_of(handed.sheet))
    status = "stopped" if any(m.status == "stopped" for m in marks) else "graded"
    score = sum(m.score or 0 for m in marks)
    return replace(base, status=status, score=score, questions=marks, seconds=round(time.monotonic() - began, 3))


def mark(question: Question, handed: Handed, box: Box, settings: Settings) -> Mark:
    """The mark of one question: what the box gives, judged here."""
    cases = drawn(question, settings.seed)
    with box.ask(handed.cells, question.name, question.call, settings.seconds) as talk:
        outcomes = talk.first(cases, question.trains)
        try:
            verdict = judge(question, outcomes, settings.seed, talk.again)
        except Exception as error:  # numbers that no judge was written for: not graded, and said
            text = f"what it gave could not be judged ({type(error).__name__})"
            verdict = Verdict(question.name, "endless", 0, question.points, (("not graded", text),))
    if talk.broken and verdict.status == "endless":  # no loop, which is what a sheet would say
        verdict = replace(verdict, rows=(("not graded", talk.broken),))
    status = WORDS.get(verdict.status, "wrong")
    score = None if status == "stopped" else float(verdict.earned)
    twice = [("note", f"{talk.copies} answers have this name; the last one counts")] if talk.copies > 1 else []
    message = "\n".join(f"{what}: {text}" for what, text in [*twice, *verdict.rows])
    message = message.replace(f" of seed {settings.seed}", "")  # students read this, and the seed tells the next cases
    return Mark(question.name, question.points, score, status, verdict.slip or None, message)


def absent(student: str, sheet: str) -> Submission:
    """A sheet that a student did not hand in."""
    return Submission(student, sheet, "", "", "not submitted", None, None, sheet_of_class(sheet).maximum)


# Many ---------------------------------------------------------------------------------------------------------------


def in_turn(work: Sequence[Handed], settings: Settings) -> Iterator[tuple[Handed, Submission]]:
    """One after another, in this process and one box."""
    torch.set_num_threads(1)
    with closing(Supply(settings.isolated)) as supply:
        for handed in work:
            yield handed, in_some(supply, handed, settings)


def in_some(supply: Supply, handed: Handed, settings: Settings) -> Submission:
    """In the box that is there; again in a new one where that ended meanwhile, as where memory is short."""
    try:
        return marked(handed, supply.take(), settings)
    except Ended:
        return marked(handed, supply.take(), settings)


def serve(there: Connection, settings: Settings) -> None:
    """A process of its own: submissions in, marks out, until the other side has ended."""
    torch.set_num_threads(1)
    with closing(Supply(settings.isolated)) as supply:
        try:
            while True:
                there.send(in_some(supply, there.recv(), settings))
        except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
            return
        except NoBox as error:
            there.send(str(error))


def side_by_side(work: Sequence[Handed], settings: Settings, jobs: int) -> Iterator[tuple[Handed, Submission]]:
    """In so many processes, each with a box; they end with this one, however it ends."""
    context = multiprocessing.get_context("spawn")
    todo, doing, started = list(reversed(work)), {}, []
    try:
        for _ in range(min(jobs, len(work))):
            mine, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, settings), daemon=True)
            process.start()
            theirs.close()
            started.append(process)
            doing[mine] = todo.pop()
            mine.send(doing[mine])
        while doing:
            for there in wait(list(doing)):
                assert isinstance(there, Connection)
                try:
                    found = there.recv()
                except EOFError:
                    raise NoBox(f"the process that graded {doing[there].file} has ended") from None
                if isinstance(found, str):
                    raise OSError(found)
                yield doing.pop(there), found
                if todo:
                    doing[there] = todo.pop()
                    there.send(doing[there])
    finally:
        for process in started:
            process.terminate()


# Resuming -----------------------------------------------------------------------------------------------------------


def key(handed: Handed, settings: Settings, code: str) -> str:
    """What the marks of a submission depend on, as one word."""
    parts = [handed.student, handed.file, handed.sha256, handed.sheet, handed.submitted, asdict(settings), code]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def code_of_course() -> str:
    """One word for the code that judges: after a change of it nothing is used again."""
    digest = hashlib.sha256()
    for path in sorted(COURSE.rglob("*.py")):
        digest.update(path.relative_to(COURSE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def kept(path: Path) -> Submission | None:
    """Marks that are there already; None where there are none, or half of a file."""
    try:
        data = json.loads(path.read_text("utf-8"))
        return built(Submission, {**data, "questions": tuple(built(Mark, m) for m in data["questions"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def grade(
    work: Sequence[Handed],
    out: Path,
    settings: Settings,
    jobs: int = 1,
    expected: Mapping[str, Sequence[str]] | None = None,
    tell: Callable[[str], Any] = print,
) -> Results:
    """The results of a class.

    work: what was handed in; expected: {sheet: students} that should have, of whom the others get "not submitted".
    """
    make_folder(out / "graded")
    code = code_of_course()
    places = {handed: out / "graded" / f"{key(handed, settings, code)}.json" for handed in work}
    found = {handed: marks for handed, path in places.items() if (marks := kept(path))}
    left = [handed for handed in work if handed not in found]
    if found:
        tell(f"{len(found)} of {len(work)} submissions were graded before, with this seed; {len(left)} are left")
    if left:
        run = side_by_side(left, settings, jobs) if jobs > 1 and len(left) > 1 else in_turn(left, settings)
        for handed, submission in tqdm(run, "grading", total=len(left), unit="sheet"):
            write_json(places[handed], asdict(submission))
            found[handed] = submission
    given = [found[handed] for handed in work]
    there = {(s.student, s.sheet) for s in given}
    due = [(who, sheet) for sheet, all_ in (expected or {}).items() for who in all_]
    missing = [absent(*one) for one in due if one not in there]
    names = sorted({s.sheet for s in [*given, *missing] if s.sheet})
    every = tuple(sorted([*given, *missing], key=lambda s: (s.student, s.sheet, s.file)))
    isolation = "bubblewrap" if settings.isolated else "none"
    return Results(settings.seed, isolation, {name: sheet_of_class(name) for name in names}, every)
