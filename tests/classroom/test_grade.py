"""A class graded by the command: worked pages get all points, untouched sheets none, and no file changes."""

import csv
import subprocess
import sys

import pytest
from students import cells, hand_in

from course_pkg.classroom.catalogue import cores
from course_pkg.classroom.grade import sheets
from course_pkg.classroom.results import read_results
from course_pkg.grading.sheet import questions_of
from helpers import ROOT, environment

SHEETS = sorted(sheets())


def grade(*arguments, code=0):
    command = [sys.executable, "-m", "course_pkg", "grade", *map(str, arguments)]
    ran = subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8")
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_worked_page_gets_every_point_and_the_untouched_sheet_none(grade_cells, sheet):
    worked = grade_cells(sheet, cells(sheet, "solutions"), seconds=60)
    assert [(m.name, m.status, m.message) for m in worked.questions if m.status != "right"] == []
    assert worked.score == worked.maximum == sum(q.points for q in questions_of(sheet))
    blank = grade_cells(sheet, cells(sheet))
    assert blank.score == 0 and blank.status == "graded" and {m.status for m in blank.questions} == {"not started"}


def test_one_command(tmp_path):
    hand_in(tmp_path / "in", "Ada, =1+1", "mmd", cells("mmd", "solutions"))
    hand_in(tmp_path / "in", "bob", "mmd", cells("mmd"))
    hand_in(tmp_path / "in", "eve", "mmd", "{")
    out = tmp_path / "out"
    (tmp_path / "roster.csv").write_text('"Ada, =1+1",17\nbob\nnil\n', "utf-8")
    said = grade(tmp_path / "in", "-o", out, "--seed", 3, "--jobs", 2, "--roster", tmp_path / "roster.csv", code=1)
    assert "unreadable: eve/mmd.ipynb: expected a notebook, got no JSON" in said
    assert f"not in {tmp_path / 'roster.csv'} under this name: eve" in said
    results = read_results(out / "results.json")
    assert (results.seed, results.isolation) == (3, "bubblewrap")
    told = [m.message for s in results.submissions for m in s.questions if m.status == "right"]
    assert told and all("checked: " in text and "seed" not in text for text in told)  # it would tell the next cases
    assert {s.student: (s.status, s.score) for s in results.submissions} == {
        "Ada, =1+1": ("graded", 20), "bob": ("graded", 0),
        "eve": ("unreadable", None), "nil": ("not submitted", None),
    }  # fmt: skip
    grade(tmp_path / "in", "-o", out, "--roster", tmp_path / "roster.csv", "--core", code=1)
    core = {s.student: s for s in read_results(out / "results.json").submissions}
    asked = questions_of("mmd")[: cores(ROOT)["mmd"]]
    assert core["Ada, =1+1"].score == core["nil"].maximum == sum(q.points for q in asked) < 20
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 4
    assert len(list((out / "feedback").glob("*.html"))) == 4
    assert sorted(p.name for p in (tmp_path / "in").rglob("*")) == sorted(
        ["Ada, =1+1", "bob", "eve", *["mmd.ipynb"] * 3]
    )
