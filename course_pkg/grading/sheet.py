"""The questions of a chapter in a notebook: check an answer, commit a prediction, see how far one is."""

import gzip
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from IPython.display import display

import course_pkg
from course_pkg.grading.calling import SECONDS, call_answer, reason
from course_pkg.grading.clock import one_thread
from course_pkg.grading.evidence import drawn
from course_pkg.grading.judging import judge
from course_pkg.grading.plain import NotPlain, Recorded, decode, key, parts, single
from course_pkg.grading.question import Case, Question, Wrong
from course_pkg.grading.verdict import WORDS, Verdict
from course_pkg.tables import Table, code

FURTHER = 2.0  # seconds for one case that an answer is asked only to learn what is wrong with it
RECORDED = Path(str(course_pkg.__file__)).parent / "recorded"  # what a class pack has instead of the questions


def questions_of(chapter: str) -> tuple[Question, ...]:
    """The questions of a chapter; in a class pack, which lacks them, their record. Raises ValueError without either."""
    try:
        return tuple(importlib.import_module(f"course_pkg.questions.{chapter}").QUESTIONS)
    except (ImportError, AttributeError):
        file = RECORDED / f"{chapter}.json.gz"
        if not (chapter.isidentifier() and file.exists()):
            raise ValueError(f"expected a chapter with questions, got {chapter!r}") from None
    return tuple(from_record(record) for record in json.loads(gzip.decompress(file.read_bytes())))


def from_record(record: Mapping[str, Any]) -> Question:
    """A question whose cases and right and wrong answers are numbers, without the code that gives them."""
    known = {int(seed): tuple(Case(**{**case, "arguments": decode(case["arguments"])}) for case in cases)
             for seed, cases in record["cases"].items()}  # fmt: skip

    def cases(seed: int) -> tuple[Case, ...]:
        if seed not in known:
            raise ValueError(f"{record['name']}: only the cases of seed {min(known)} are recorded here, not of {seed}")
        return known[seed]

    wrong = []
    for slip in record["wrong"]:
        first, *also = (Recorded(form) for form in slip["forms"])
        wrong.append(Wrong(slip["name"], first, slip["message"], tuple(also)))
    terms = record["terms"] and (lambda arguments: decode(record["terms"].get(key(arguments), {"dict": {}})))
    right, oracle = Recorded(record["reference"]), Recorded(record["oracle"])
    code: dict[str, Any] = {"cases": cases, "reference": right, "oracle": oracle, "wrong": tuple(wrong), "terms": terms}
    return Question(record["name"], **record["plain"], **code)


class Sheet:
    """The questions of one chapter, with the verdicts so far. The seed draws the cases; an answer to one may take so
    many seconds.

    Raises ValueError for a chapter without questions.
    """

    def __init__(self, chapter: str, seed: int = 0, seconds: float = SECONDS):
        self.questions: dict[str, Question] = {question.name: question for question in questions_of(chapter)}
        self.seed, self.seconds = seed, seconds
        self.verdicts: dict[str, Verdict] = {}
        self.committed: dict[str, tuple[list[str], str]] = {}

    def check(
        self,
        answer: Callable | None,
        *,
        experiment: Callable[[], Any] | None = None,
        then: Callable[[], Any] | None = None,
        question: str | None = None,
    ) -> Verdict:
        """Judge an answer on every rung. Its name tells the question, unless `question` does.

        experiment: run once a prediction is committed, right or wrong, and shown before the verdict.
        then: run and shown once the answer holds, such as the derivation with the answer in it.
        """
        if answer is not None and not callable(answer):
            raise TypeError(f"check takes the function itself, as in check(f), not what it returns; got {answer!r:.80}")
        name = question or self._named(answer, sys._getframe(1))
        if name not in self.questions:
            says = f'say which it answers, as in check(answer, question="{next(iter(self.questions))}")'
            there = f"; there are {', '.join(self.questions)}"
            if not name.isidentifier():
                raise ValueError(f"this answer has no name (a lambda, a partial, an object has none): {says}{there}")
            raise ValueError(f"no question of this sheet is called {name!r}{there}. If it answers one of them, {says}")
        asked = self.questions[name]
        ask = lambda cases: call_answer(answer, cases, asked.call, seconds=min(self.seconds, FURTHER))
        with one_thread():
            outcomes = call_answer(answer, drawn(asked, self.seed), asked.call, asked.trains, self.seconds)
        if asked.kind == "experiment" and all(outcome.status == "value" for outcome in outcomes):
            self._commit(name, [outcome.value for outcome in outcomes])
            if experiment:
                self._show(experiment)
        with one_thread():
            verdict = self.verdicts[name] = judge(asked, outcomes, self.seed, ask)
        # A derivation is checked to more digits than single precision has.
        if verdict.status == "holds" and then and not any(single(outcome.value) for outcome in outcomes):
            try:
                display(then())
            except Exception as error:  # right, but of no use as it is: that is said, and no traceback of the sheet's
                given = ", ".join(drawn(asked, self.seed)[0].arguments)
                text = f"what follows cannot use it: it calls {name}({given}), in that order, and goes on with tensors."
                text += f" {reason(error)[:400]}"
                verdict = self.verdicts[name] = replace(verdict, rows=(*verdict.rows, ("but", text)))
        return verdict

    def _show(self, experiment: Callable[[], Any]) -> None:
        """What the experiment gives; where it cannot go on with this answer, why. The answer is judged all the same."""
        try:
            display(experiment())
        except Exception as error:
            print(f"the experiment stopped, with this answer in it: {reason(error)}")

    def _named(self, answer: Callable | None, caller: FrameType) -> str:
        """The question that an answer's own name says, or the name that the caller has for it (a lambda has none)."""
        own = getattr(answer, "__name__", "")
        scopes = (caller.f_locals, caller.f_globals)
        there = [name for scope in scopes for name in self.questions if name in scope and scope[name] is answer]
        return own if own in self.questions or not there else there[0]

    def _commit(self, name: str, values: list[Any]) -> None:
        """Keep the first prediction and say so: a prediction after the experiment is another thing."""
        try:
            numbers = [f"{v:.6g}" for value in values for v in parts(decode(value))[""].flatten().tolist()]
        except (NotPlain, KeyError):
            return
        said = numbers[0] if len(numbers) == 1 else "a rule"
        first, first_said = self.committed.setdefault(name, (numbers, said))
        changed = "" if first == numbers else f", not the {first_said.removeprefix('a ')} that was first committed"
        print(f"committed before the experiment runs: {said}{changed}")

    def progress(self) -> Table:
        """Every question with its state, what it was checked on, and the points so far."""
        rows = []
        for name, asked in self.questions.items():
            verdict = self.verdicts.get(name)
            status = WORDS[verdict.status] if verdict else "not started"
            tried = verdict and verdict.status not in ("not started", "missing")
            on = f"{len(drawn(asked, self.seed))} of seed {self.seed}" if tried else ""
            rows.append((code(name), asked.kind, status, on, f"{verdict.earned if verdict else 0} of {asked.points}"))
        done = [v for v in self.verdicts.values() if v.status == "holds"]
        points = sum(v.earned for v in done)
        total = sum(asked.points for asked in self.questions.values())
        caption = f"{len(done)} of {len(self.questions)} questions, {points} of {total} points"
        if done:
            caption += ". What holds was right on these cases, in this session; that is no proof"
        return Table(("question", "kind", "state", "cases", "points"), rows, caption)
