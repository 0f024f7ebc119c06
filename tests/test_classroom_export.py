"""Marks in other systems: their exports filled, and read by the rules of those systems; ungraded is never zero."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from course_pkg.__main__ import main
from course_pkg.classroom.gradebook import fill
from course_pkg.classroom.late import Policy, due_times, moment, with_policy
from course_pkg.classroom.results import Asked, BadResults, Mark, Results, SheetOf, Submission, write_results
from course_pkg.classroom.systems import NBGRADER, classroom, gradescope, nbgrader, one_each

ASKED = (Asked("kl", 2.0), Asked("gap", 3.0))
DUE = moment("2026-12-01T23:59+01:00")


def submission(student, scores=(2.0, 0.0), status="graded", sheet="elbo", hours=-1.0, **more):
    """A submission with these scores, handed in so many hours after DUE; none where it was not graded."""
    words = lambda q, v: "stopped" if v is None else "right" if v == q.points else "wrong"
    marks = tuple(
        Mark(q.name, q.points, v, words(q, v), None, f"of {q.name}") for q, v in zip(ASKED, scores, strict=True)
    )
    graded = status in ("graded", "stopped")
    score = sum(v for v in scores if v is not None) if graded else None
    when = (DUE + timedelta(hours=hours)).isoformat() if status != "not submitted" else None
    given = {"questions": marks if graded else (), "seconds": 1.5, **more}
    return Submission(student, sheet, f"{student}/{sheet}.ipynb", "0" * 64, status, when, score, 5.0, **given)


def results(*submissions, sheets=("elbo",)):
    return Results(7, "bubblewrap", {name: SheetOf(5.0, ASKED) for name in sheets}, submissions)


# --- Canvas and Moodle, as they read a file ---------------------------------------------------------------------------


def canvas_reads(text):
    """{id: {column: score}} by the rules of Canvas's importer: the head, rows of no student, blanks."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    head = rows[0]
    assert len(head) > 3 and "Student" in head[0] and "ID" in head[1]
    after = head.index("Section") + 1
    students = [r for r in rows[1:] if r and "Points Possible" not in r[0] and any(c.strip() for c in r[:2])]
    return {r[1]: {h: r[i].strip() for i, h in enumerate(head) if i >= after} for r in students}


def moodle_reads(text):
    """{participant: grade} by the rules of Moodle's worksheet importer: an empty grade is passed over, one above the
    maximum or locked is not taken."""
    found = {}
    for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
        assert {"Identifier", "Grade", "Last modified (grade)"} <= set(row)
        if row["Grade"] and 0 <= float(row["Grade"]) <= float(row["Maximum Grade"]):
            found[row["Identifier"].removeprefix("Participant ")] = float(row["Grade"])
    return found


NAMES = ['Curie, "Marie"', "=cmd|'/c calc'!A0", "Ångström, Łucja é", "-Dash, @At", "Noether; Emmy", "two\nlines"]


def as_csv(rows, comma=",", ends="\r\n"):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=comma, lineterminator=ends).writerows(rows)
    return out.getvalue()


def canvas_export(points="5", title="Sheet: elbo (4711)", others=(("Essay (12)", "88"),), comma=","):
    """What Canvas exports for a class with the names above; ids 101, 102, ... and logins a0@x.edu, ..."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title, *(t for t, _ in others), "Final Score"]
    rows = [head, ["    Points Possible", "", "", "", "", points, *("100" for _ in others), "(read only)"]]
    for k, name in enumerate(NAMES):
        rows.append([name, str(101 + k), f"sis{k}", f"A{k}@x.edu", "S,1", "", *(v for _, v in others), "70"])
    return "\ufeff" + as_csv(rows, comma)


def moodle_export(maximum="5", locked=()):
    head = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
            "Last modified (submission)", "Last modified (grade)", "Feedback comments"]  # fmt: skip
    rows = [head]
    for k, name in enumerate(NAMES):
        change = "No" if k in locked else "Yes"
        rows.append([f"Participant {301 + k}", name, f"a{k}@x.edu", "Submitted", "", maximum, change, "-", "-", ""])
    return as_csv(rows)


def others(text, column, comma=","):
    """Every cell but those of a column."""
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma))
    return [[c for i, c in enumerate(row) if i != column] for row in rows]


CANVAS_NAMES = [
    lambda k: str(101 + k),
    lambda k: f"sis{k}",
    lambda k: f"a{k}@X.edu",
    lambda k: f"curiemarie_{101 + k}_9876",  # as in a download of all submissions
    lambda k: f"curiemarie_LATE_{101 + k}_9876",
]


@pytest.mark.parametrize("who", CANVAS_NAMES)
def test_canvas_reads_the_scores_and_nothing_else_changed(who):
    export = canvas_export()
    done = fill(export, "canvas", [submission(who(k), (2.0, 3.0 * (k % 2))) for k in range(len(NAMES))])
    read = canvas_reads(done.text)
    assert {i: row["Sheet: elbo (4711)"] for i, row in read.items()} == {str(101 + k): "25"[k % 2] for k in range(6)}
    assert others(done.text, 5) == others(export, 5) and done.filled == 6
    assert done.text[:1] == "\ufeff" and done.text.count("\r\n") == export.count("\r\n")


def test_canvas_with_semicolons_stays_so():
    export = canvas_export(comma=";")
    done = fill(export, "canvas", [submission("103")])
    assert others(done.text, 5, ";") == others(export, 5, ";") and done.filled == 1


MOODLE_NAMES = [
    lambda k: f"Participant {301 + k}",
    lambda k: str(301 + k),
    lambda k: f"a{k}@x.edu",
    lambda k: f"Emmy_Noether von E._{301 + k}_assignsubmission_file",
]


@pytest.mark.parametrize("who", MOODLE_NAMES)
def test_moodle_reads_the_scores_and_nothing_else_changed(who):
    export = moodle_export()
    done = fill(export, "moodle", [submission(who(k), (2.0, 3.0 * (k % 2))) for k in range(len(NAMES))])
    assert moodle_reads(done.text) == {str(301 + k): 5.0 if k % 2 else 2.0 for k in range(6)}
    assert others(done.text, 4) == others(export, 4)


UNGRADED = ["unreadable", "not submitted"]


@pytest.mark.parametrize("status", UNGRADED)
def test_what_was_not_graded_is_never_zero(status):
    s = submission("102", status=status)
    export = canvas_export().replace('Łucja é",103,sis2,A2@x.edu,"S,1",', 'Łucja é",103,sis2,A2@x.edu,"S,1",4')
    both = [s, replace(s, student="103")]
    done = fill(export, "canvas", both)
    assert done.text == export and done.filled == 0 and len(done.kept) == 2
    assert canvas_reads(done.text)["103"]["Sheet: elbo (4711)"] == "4"  # an empty cell would have cleared it
    assert fill(moodle_export(), "moodle", [replace(s, student="302")]).text == moodle_export()
    row = next(csv.DictReader(io.StringIO(nbgrader([s], {}))))
    assert row["score"] == row["raw_score"] == row["late_submission_penalty"] == "" and row["max_score"] == "5"
    with pytest.raises(BadResults, match=status):
        gradescope(s)
    assert reported(classroom(s)) is None


def test_an_earned_zero_is_a_zero():
    s = submission("102", (0.0, 0.0))
    assert canvas_reads(fill(canvas_export(), "canvas", [s]).text)["102"]["Sheet: elbo (4711)"] == "0"
    assert moodle_reads(fill(moodle_export(), "moodle", [replace(s, student="302")]).text) == {"302": 0.0}
    assert gradescope(s)["score"] == 0 and reported(classroom(s)) == (0, 5)
    assert next(csv.DictReader(io.StringIO(nbgrader([s], {}))))["score"] == "0"


def test_missing_and_extra_students_are_told():
    class_ = [submission(who) for who in ("101", "999")]
    class_ += [submission("998", status="unreadable"), submission("997", status="not submitted")]
    done = fill(canvas_export(), "canvas", class_)
    assert done.filled == 1 and done.extra == ["999", "998"]
    assert [row["Sheet: elbo (4711)"] for row in canvas_reads(done.text).values()] == ["2", "", "", "", "", ""]


def test_a_grade_that_moodle_would_not_change_is_told():
    done = fill(moodle_export(locked=[1]), "moodle", [submission("302"), submission("303")])
    assert moodle_reads(done.text) == {"303": 2.0} and done.locked == ["302"]


def test_moodles_comments_run_in_no_spreadsheet():
    s = replace(submission("301"), questions=(replace(submission("x").questions[0], name="=1+1"),), score=2.0)
    done = fill(moodle_export(), "moodle", [s], comments=True)
    assert next(csv.DictReader(io.StringIO(done.text)))["Feedback comments"] == "'=1+1: 2 of 2"


def test_points_that_differ_are_refused_or_in_proportion():
    for export, to, who in ((canvas_export("100"), "canvas", "101"), (moodle_export("100"), "moodle", "301")):
        with pytest.raises(BadResults, match=r"5 points and its column 100: .* --scale"):
            fill(export, to, [submission(who)])
        assert ",40," in fill(export, to, [submission(who)], scale=True).text


def test_a_column_is_found_named_or_asked_for():
    two = canvas_export(others=(("elbo again (9)", ""),))
    with pytest.raises(BadResults, match="2 columns for the sheet elbo: say which, --column elbo=TITLE"):
        fill(two, "canvas", [submission("101")])
    done = fill(two, "canvas", [submission("101")], {"elbo": "elbo again"}, scale=True)
    assert canvas_reads(done.text)["101"] == {"Sheet: elbo (4711)": "", "elbo again (9)": "40", "Final Score": "70"}
    with pytest.raises(BadResults, match="no column for the sheet kkt"):
        fill(two, "canvas", [submission("101", sheet="kkt")])
    with pytest.raises(BadResults, match="of one assignment: say which sheet"):
        fill(moodle_export(), "moodle", [submission("301"), submission("301", sheet="kkt")])


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(BadResults, match="expected the export of Canvas"):
        fill(moodle_export(), "canvas", [submission("101")])
    with pytest.raises(BadResults, match="that says who a student is"):
        fill("a,b,Grade\n1,2,3\n", "moodle", [submission("101")])
    with pytest.raises(BadResults, match="expected the export of Moodle"):
        fill("", "moodle", [submission("101")])


def test_two_rows_of_one_id_are_refused():
    export = canvas_export().replace(",102,", ",101,")
    with pytest.raises(BadResults, match="101: two rows"):
        fill(export, "canvas", [submission("101")])
    assert fill(export, "canvas", [submission("sis1")]).filled == 1


def test_two_scores_of_one_student_are_refused():
    s, blank = submission("a"), submission("a", status="unreadable")
    assert one_each([blank, s]) == one_each([s, blank]) == [s]
    with pytest.raises(BadResults, match="a has two scores for the sheet elbo"):
        one_each([s, replace(s, file="other")])


# --- Gradescope, GitHub Classroom, nbgrader ---------------------------------------------------------------------------


def reported(result):
    """(points, of how many) as GitHub Classroom's reporter adds them; None where it reports nothing."""
    if not result["max_score"]:
        return None
    return sum(test["score"] for test in result["tests"]), result["max_score"]


def test_gradescope_gets_what_its_specification_says():
    s = replace(submission("a", (2.0, None), status="stopped"), penalty=0.5)
    found = json.loads(json.dumps(gradescope(s)))
    assert found["score"] == 1.5 and "0.5 of 2 points lost" in found["output"]
    known = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
             "visibility", "extra_data"}  # fmt: skip
    assert all(set(test) <= known and test["status"] in ("passed", "failed") for test in found["tests"])
    assert [test.get("score") for test in found["tests"]] == [2.0, None]


def test_github_classroom_adds_up_to_the_mark():
    s = replace(submission("a", (2.0, 0.0)), penalty=0.5)
    assert reported(classroom(s)) == (1.5, 5.0) and classroom(s)["status"] == "fail"
    assert classroom(submission("a", (2.0, 3.0)))["status"] == "pass"
    assert classroom(submission("a", (2.0, None), status="stopped"))["status"] == "error"


@pytest.mark.parametrize("name", NAMES)
def test_nbgraders_table_is_read_back(name):
    safe = f"'{name}" if name[0] in "=-" else name
    rows = list(
        csv.DictReader(io.StringIO(nbgrader([replace(submission(name), penalty=0.5)], {"elbo": DUE}), newline=""))
    )
    assert tuple(rows[0]) == NBGRADER and len(rows) == 1
    assert rows[0]["student_id"] == safe and rows[0]["duedate"] == DUE.isoformat()
    assert (rows[0]["raw_score"], rows[0]["late_submission_penalty"], rows[0]["score"]) == ("2", "0.5", "1.5")


# --- late -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hours, lost", [(-1, 0.0), (0, 0.0), (0.25, 0.0), (0.26, 0.1), (24, 0.1), (24.1, 0.2), (999, 0.3)]
)
def test_what_lateness_costs(hours, lost):
    policy = Policy(per_day=10, most=30, grace=15)
    at = DUE + timedelta(hours=hours)
    assert policy.lost(at.astimezone(UTC), DUE) == pytest.approx(lost)
    assert policy.lost(None, DUE) == policy.lost(at, None) == 0.0


def test_a_policy_takes_the_place_of_another():
    class_ = results(submission("a", (2.0, 3.0), hours=30), submission("b", status="unreadable", hours=30))
    late = with_policy(class_, Policy(per_day=10), {"elbo": DUE})
    assert [s.mark for s in late.submissions] == [pytest.approx(4.0), None] and "10 % of the score" in late.late
    assert with_policy(late, Policy(), {}).submissions == class_.submissions


def test_due_times():
    sheets = {"elbo": 1, "kkt": 2}
    found = due_times(["kkt=2026-12-02T12:00Z", "2026-12-01T12:00Z"], sheets)
    assert found == {"elbo": datetime(2026, 12, 1, 12, tzinfo=UTC), "kkt": datetime(2026, 12, 2, 12, tzinfo=UTC)}
    for bad in ("2026-12-01T12:00", "tomorrow", "mmd=2026-12-01T12:00Z"):
        with pytest.raises(ValueError, match=r"zone|no sheet"):
            due_times([bad], sheets)
    for bad in ({"per_day": 101}, {"most": -1}, {"grace": float("nan")}):
        with pytest.raises(ValueError, match="late policy: expected"):
            Policy(**bad)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def graded(tmp_path):
    """A folder as `grade` leaves it."""
    folder = tmp_path / "graded"
    folder.mkdir()
    rows = (submission("101", hours=30), submission("../up", (2.0, 3.0)), submission("..", status="unreadable"))
    write_results(results(*rows), folder / "results.json")
    return folder


def test_the_command_fills_a_file_and_leaves_the_first(graded, tmp_path, capsys):
    source = tmp_path / "Grades.csv"
    source.write_text(canvas_export(), "utf-8", newline="")
    late = ["--due", DUE.isoformat(), "--late", "25"]
    assert main(["export", str(graded), "--to", "canvas", "--into", str(source), *late]) == 1  # two are not in it
    assert source.read_bytes().decode() == canvas_export()
    read = canvas_reads((tmp_path / "Grades-filled.csv").read_bytes().decode())
    assert read["101"]["Sheet: elbo (4711)"] == "1"
    said = capsys.readouterr().out
    assert "1 scores filled in" in said and "2 graded, and not in that file: ../up; .." in said


@pytest.mark.parametrize("to", ["gradescope", "classroom"])
def test_files_stay_below_their_folder(graded, tmp_path, to):
    out = tmp_path / "deep" / "out"
    code = main(["export", str(graded), "--to", to, "-o", str(out)])
    there = sorted(p.relative_to(out).as_posix() for p in out.rglob("*.json"))
    assert (
        there
        == ["101/elbo/results.json", "_up/elbo/results.json", "student/elbo/results.json"][: 3 - (to == "gradescope")]
    )
    assert code == (to == "gradescope") and [p.name for p in out.parent.iterdir()] == ["out"]


def test_what_the_command_refuses(graded, tmp_path, capsys):
    for more, told in (
        (["--to", "canvas"], "expected --into CSV"),
        (["--to", "nbgrader", "--sheet", "kkt"], "no sheet kkt in these results; there are elbo"),
        (["--to", "nbgrader", "--due", "2026-12-01"], "expected a time with its zone"),
        (["--to", "moodle", "--into", str(tmp_path / "none.csv")], "none.csv"),
    ):
        assert main(["export", str(graded), *more]) == 2 and told in capsys.readouterr().err
    assert main(["export", str(tmp_path), "--to", "nbgrader"]) == 2
    latin = tmp_path / "latin.csv"
    latin.write_bytes("Student,ID,Section\r\nŁucja é,1,S".encode("cp1250"))
    assert main(["export", str(graded), "--to", "canvas", "--into", str(latin)]) == 2
    assert "expected UTF-8" in capsys.readouterr().err
