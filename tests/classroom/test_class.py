"""A class: every mark and message as expected, the same after a kill and a second time, and one grader at a time."""

import itertools
import json
import shutil
import signal
import subprocess
import sys

import klass
import psutil
import pytest
from students import cells, hand_in

from course_pkg.classroom.box.around import NoBox
from course_pkg.classroom.box.probe import probed
from course_pkg.classroom.box.talk import Box
from course_pkg.classroom.grade import Settings, marked, sheets
from course_pkg.classroom.results import read_results
from course_pkg.classroom.submission import collect
from course_pkg.data.cache import held
from helpers import environment, wait_for

CHEAP = ("cascade", "mmd")
KINDS = [("odd", 0), ("wrong", 0), ("wrong", 3), *(("mangled", k) for k in range(6))]


@pytest.mark.parametrize("sheet", CHEAP)
@pytest.mark.parametrize("kind, k", KINDS)
def test_every_mark_and_message_is_as_expected(supply, tmp_path, sheet, kind, k):
    made, known = klass.MAKE[kind](sheet, k)
    hand_in(tmp_path, "ada", sheet, made)
    (handed,) = collect(tmp_path, sheets())
    assert klass.differences(marked(handed, supply.take(), Settings(klass.SEED)), kind, known) == []


def command(*arguments):
    return [sys.executable, "-m", "course_pkg", "grade", *map(str, arguments)]


def ran(*arguments, code=0, **env):
    done = subprocess.run(command(*arguments), env=environment(**env), capture_output=True, encoding="utf-8")
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def without_times(out):
    """results.json, but for how long each took."""
    data = json.loads((out / "results.json").read_text("utf-8"))
    for submission in data["submissions"]:
        del submission["seconds"]
    return data


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Six submissions, and their marks."""
    folder = tmp_path_factory.mktemp("class")
    cheap = (one for one in klass.students(60) if one[1] in CHEAP)
    for student, sheet, made, _, _ in itertools.islice(cheap, 6):
        hand_in(folder / "in", student, sheet, made)
    ran(folder / "in", "-o", folder / "out", "--seed", 5)
    return folder


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_at_any_moment_and_resumed_the_results_are_the_same(small, tmp_path, jobs):
    out, record = tmp_path / "out", tmp_path / "out" / "graded"
    done = lambda: len(list(record.glob("*.json")))
    for there in (0, 2):
        grader = subprocess.Popen(
            command(small / "in", "-o", out, "--seed", 5, "--jobs", jobs), env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        wait_for(lambda n=there: record.exists() and done() >= n, grader)
        family = psutil.Process(grader.pid).children(recursive=True)
        grader.send_signal(signal.SIGKILL)
        grader.communicate()
        wait_for(lambda those=family: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in those))
        assert not (out / "results.json").exists()
    (record / "half.json").write_text("{", "utf-8")
    said = ran(small / "in", "-o", out, "--jobs", jobs)  # the seed is that of the folder
    assert "were graded before, with this seed" in said
    assert without_times(out) == without_times(small / "out")


def test_the_same_seed_gives_the_same_marks_and_another_seed_is_another_grading(small, tmp_path):
    ran(small / "in", "-o", tmp_path, "--seed", 5)
    assert without_times(tmp_path) == without_times(small / "out")
    before = {path.name for path in (tmp_path / "graded").iterdir()}
    ran(small / "in", "-o", tmp_path, "--seed", 6)
    assert before < {path.name for path in (tmp_path / "graded").iterdir()}
    assert [(s.student, s.score) for s in read_results(tmp_path / "results.json").submissions] == [
        (s.student, s.score) for s in read_results(small / "out" / "results.json").submissions
    ]


def test_of_two_graders_one_refuses_and_nothing_is_touched(small, tmp_path):
    shutil.copytree(small / "out", tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.*")}
    with held(tmp_path / "out" / "lock", wait=0):
        assert "another grade works in" in ran(small / "in", "-o", tmp_path / "out", "--seed", 9, code=2)
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.*")} == before


def test_without_a_box_it_refuses_unless_told_and_then_every_output_says_so(tmp_path):
    hand_in(tmp_path / "in", "ada", "mmd", cells("mmd", "solutions"))
    said = ran(tmp_path / "in", "-o", tmp_path / "out", code=2, PATH="/nowhere")
    assert "bubblewrap" in said and "apt-get install" in said and "--no-isolation" in said
    assert not (tmp_path / "out" / "results.json").exists()
    said = ran(tmp_path / "in", "-o", tmp_path / "out", "--no-isolation", PATH="/nowhere")
    results = read_results(tmp_path / "out" / "results.json")
    assert results.isolation == "none" and results.submissions[0].score == results.submissions[0].maximum
    assert "without a box" in said and "--no-isolation" in (tmp_path / "out/feedback/ada.html").read_text("utf-8")
    assert (tmp_path / "out" / "grades.csv").read_text("utf-8").count(",none,") == 1


def test_a_box_that_is_open_is_refused():
    with Box(isolated=False) as box, pytest.raises(NoBox, match=r"the box is not closed .*others.*network"):
        probed(box)


def test_an_untouched_copy_of_a_class_does_not_undo_it(supply, tmp_path):
    made, known = klass.mangled("elbo", 1)
    hand_in(tmp_path, "ada", "elbo", made)
    (handed,) = collect(tmp_path, sheets())
    assert klass.differences(marked(handed, supply.take(), Settings(klass.SEED, True, 60)), "mangled", known) == []
