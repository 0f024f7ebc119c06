"""results.json and grades.csv: what is written comes back, what is wrong is refused in one line, no cell calculates."""

import csv
import json
from dataclasses import replace

import pytest

from course_pkg.classroom.catalogue import cores, of_core
from course_pkg.classroom.results import (
    Asked,
    BadResults,
    Mark,
    Results,
    SheetOf,
    Submission,
    read_results,
    write_grades,
    write_results,
)
from course_pkg.commands.classroom.grade import seed_of, written
from course_pkg.grading.sheet import questions_of
from helpers import ROOT

SHEETS = {"a": SheetOf(5, (Asked("f", 2), Asked("g", 3))), "b": SheetOf(1, (Asked("h", 1),))}
RIGHT = Mark("f", 2, 2, "right", None, "f: holds")
SLIP = Mark("g", 3, 0, "wrong", "bits for nats", "that is in bits, é")
STOPPED = Mark("g", 3, None, "stopped", None, "it did not end")
ADA = Submission(
    'Ada, "L\'Été"', "a", "ada/a.ipynb", "0" * 64, "graded", "2026-11-26T10:00:00+00:00", 2, 5, (RIGHT, SLIP), 1.2
)
BOB = Submission("=1+1", "a", "bob/a.ipynb", "1" * 64, "stopped", None, 2, 5, (RIGHT, STOPPED), 20.5, penalty=3)
EVE = Submission("eve", "", "eve/x.ipynb", "2" * 64, "unreadable", None, None, 0, reason="no JSON")
NIL = Submission("nil", "b", "", "", "not submitted", None, None, 1)
CLASS = Results(7, "bubblewrap", SHEETS, (ADA, BOB, EVE, NIL), late="10 % a day")


def test_what_is_written_comes_back(tmp_path):
    path = tmp_path / "results.json"
    write_results(CLASS, path)
    assert read_results(path) == CLASS
    first = path.read_bytes()
    write_results(read_results(path), path)
    assert path.read_bytes() == first
    assert json.loads(first)["schema"] == 1 and json.loads(first)["submissions"][0]["questions"][1]["slip"] == SLIP.slip
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


def test_who_is_there_and_what_counts():
    assert CLASS.students == ["=1+1", ADA.student, "eve", "nil"] and CLASS.of("nil") == [NIL]
    assert (ADA.mark, BOB.mark, EVE.mark, NIL.mark) == (2, 0, None, None)


def test_the_core_alone_is_a_smaller_sheet():
    """What stands after the core neither adds points nor is missed, and does not stop a sheet."""
    short = of_core(CLASS, {"a": 1, "b": 1})
    assert {name: sheet.maximum for name, sheet in short.sheets.items()} == {"a": 2, "b": 1}
    found = {s.student: (s.status, s.score, s.maximum, s.questions) for s in short.submissions}
    assert found[ADA.student] == found[BOB.student] == ("graded", 2, 2, (RIGHT,))
    assert (found["eve"], found["nil"]) == (("unreadable", None, 0, ()), ("not submitted", None, 1, ()))
    assert of_core(CLASS, {"a": 2, "b": 1}) == CLASS


def test_every_sheet_has_a_core_which_is_less_than_the_sheet():
    first = cores(ROOT)
    assert set(first) == {path.stem for path in (ROOT / "exercises").glob("*.md")}
    assert all(0 < count < len(questions_of(sheet)) for sheet, count in first.items())


def of(**changes):
    return replace(CLASS, submissions=(replace(ADA, **changes),))


@pytest.mark.parametrize(
    "wrong, said",
    [
        (replace(CLASS, isolation="docker"), "isolation among"),
        (replace(CLASS, seed=True), "a whole seed"),
        (replace(CLASS, sheets={**SHEETS, "b": SheetOf(2, (Asked("h", 1),))}), "b: a maximum of 1"),
        (replace(CLASS, submissions=(ADA, ADA)), "one entry"),
        (of(status="fine"), "a status among"),
        (of(sheet="c"), "a sheet of the class"),
        (of(submitted="yesterday"), "a time in ISO 8601"),
        (of(score=None), "a score where it was graded"),
        (of(score=5), "a score of 2, the sum of its questions"),
        (of(score=float("nan")), "a number, 0 or more"),
        (of(status="unreadable"), "a score where it was graded, else null"),
        (of(status="stopped"), "status stopped if a question is"),
        (of(questions=(RIGHT, STOPPED)), "status stopped if a question is"),
        (of(questions=(RIGHT, replace(SLIP, score=3)), score=5), "a score of 0, as it is wrong"),
        (of(questions=(RIGHT, replace(STOPPED, score=0.0))), "no score, as it was stopped"),
        (of(questions=(RIGHT, replace(SLIP, status="maybe"))), "g: a status among"),
        (of(questions=(RIGHT, replace(SLIP, slip=3))), "a slip's name or null"),
        (of(penalty=-1), "a number, 0 or more"),
    ],
)
def test_a_contradiction_is_neither_written_nor_read(tmp_path, wrong, said):
    path = tmp_path / "results.json"
    with pytest.raises(BadResults, match=said):
        write_results(wrong, path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda d: d.pop("schema"), "expected schema 1, got None: grade the class again"),
        (lambda d: d.update(schema=2), "expected schema 1, got 2"),
        (lambda d: d.update(more=1), "got ..more.."),
        (lambda d: d.pop("seed"), "seed"),
        (lambda d: d.update(submissions={}), "expected 'submissions'"),
        (lambda d: d["submissions"][0].pop("questions"), "expected 'questions'"),
        (lambda d: d["submissions"][0]["questions"].append(3), "the entries .* of a Mark"),
        (lambda d: d["submissions"][0]["questions"][0].update(score=1), "a score of 2, as it is right"),
        (lambda d: d["sheets"].update(a=[]), "expected 'questions'"),
        (lambda d: d["sheets"]["a"].update(maximum="5"), "a: a number, 0 or more, got '5'"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_in_one_line(tmp_path, change, said):
    path = tmp_path / "results.json"
    write_results(CLASS, path)
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(BadResults, match=said) as refused:
        read_results(path)
    assert str(refused.value).startswith(f"{path}: ") and "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", "\x00"])
def test_a_file_that_is_no_json_is_refused(tmp_path, text):
    path = tmp_path / "results.json"
    path.write_text(text, "utf-8")
    with pytest.raises(BadResults, match="expected"):
        read_results(path)


def test_the_table_has_blanks_for_what_was_not_graded_and_no_formula(tmp_path):
    path = tmp_path / "grades.csv"
    write_grades(CLASS, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert list(rows) == [ADA.student, "'=1+1", "eve", "nil"]
    ada, bob, eve, nil = rows.values()
    assert (ada["score"], ada["maximum"], ada["mark"], ada["a.f"], ada["a.g"], ada["b.h"]) == (
        "2",
        "5",
        "2",
        "2",
        "0",
        "",
    )
    assert (bob["status"], bob["score"], bob["mark"], bob["a.g"]) == ("stopped", "2", "0", "")
    assert [eve[c] for c in ("score", "mark", "a.f")] == [nil[c] for c in ("score", "mark", "b.h")] == [""] * 3
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_text_that_begins_like_a_formula_is_made_harmless(tmp_path, text):
    path = tmp_path / "grades.csv"
    write_grades(replace(CLASS, submissions=(replace(ADA, student=text),)), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["student"] == "'" + text


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"seed": "7"}'])
def test_a_folder_keeps_its_seed_and_a_damaged_one_is_told(tmp_path, text):
    drawn = seed_of(tmp_path, None)
    assert drawn == seed_of(tmp_path, None) and seed_of(tmp_path, 7) == seed_of(tmp_path, None) == 7
    (tmp_path / "seed.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"seed\.json is damaged"):
        seed_of(tmp_path, None)
    assert seed_of(tmp_path, 5) == seed_of(tmp_path, None) == 5


def test_penalties_that_fall_away_are_told(tmp_path, capsys):
    """The same folder graded again without --due: nobody loses points any more, and the teacher hears of it."""
    told = "late work loses nothing now, and did before (10 % a day)"
    written(CLASS, tmp_path)
    written(CLASS, tmp_path)
    assert told not in capsys.readouterr().out
    written(replace(CLASS, late=""), tmp_path)
    assert told in capsys.readouterr().out
    written(replace(CLASS, late=""), tmp_path)
    assert told not in capsys.readouterr().out
    (tmp_path / "results.json").write_text("{", "utf-8")
    written(replace(CLASS, late=""), tmp_path)
    assert told not in capsys.readouterr().out and read_results(tmp_path / "results.json").late == ""
