"""Answers that attack: none gains a mark, none costs another question anything, and each has the right status."""

import os
import socket
import threading

import hostile
import psutil
import pytest
from students import answered, cells

from course_pkg.classroom.grade import Settings, mark
from course_pkg.classroom.submission import Handed
from course_pkg.grading.sheet import questions_of

SHEET, VICTIM, BESIDE = "elbo", "kl_between_gaussians", "fitted_width"
QUESTIONS = {q.name: q for q in questions_of(SHEET)}
OF = {c: source for c in (VICTIM, BESIDE) for source in cells(SHEET, "solutions") if source.startswith(f"def {c}")}
PRINTS = {
    "fifty megabytes": "print('x' * 50 * 2 ** 20)",
    "fifty megabytes of errors": "import sys; sys.stderr.write('x' * 50 * 2 ** 20)",
    "fifty megabytes past Python": "import os; [os.write(1, bytes(2 ** 20)) for _ in range(50)]",
    "another program that prints": "import subprocess; subprocess.run(['head', '-c', '50000000', '/dev/zero'])",
    "warnings": "import warnings; [warnings.warn(str(i)) for i in range(10 ** 4)]",
    "a closed output": "import sys; sys.stdout.close()",
    "a process that ends": "import os; os.fork() or os._exit(0); os.wait()",
    "a file": "open('/tmp/x', 'w').write('x')",
    "a thread": "import threading, time; threading.Thread(target=time.sleep, args=(1e6,)).start()",
    "a default": "import torch; torch.set_default_dtype(torch.float32); torch.manual_seed(3)",
}


def handed(sources):
    return Handed("ada", "ada/elbo.ipynb", "0" * 64, None, SHEET, tuple(sources))


@pytest.fixture
def marks(supply):
    """The marks of the attacked question and of the one beside it."""

    def of(sources, seconds=2.0):
        work, settings = handed(sources), Settings(11, True, seconds)
        return [mark(QUESTIONS[name], work, supply.take(), settings) for name in (VICTIM, BESIDE)]

    return of


@pytest.fixture(scope="module")
def listener():
    """A port of this machine, and a socket without a file, that nobody in a box should reach: who did is listed."""
    came, servers = [], [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)]
    servers[1].bind("\0classroom-test")
    servers[1].listen()

    def accept(server):
        while True:
            try:
                came.append(server.accept())
            except OSError:
                return

    for server in servers:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
    yield servers[0].getsockname()[1], came
    for server in servers:
        server.close()


@pytest.mark.parametrize("name", hostile.ALL)
def test_an_attack_gains_nothing_and_costs_only_itself(marks, listener, monkeypatch, name):
    monkeypatch.setenv("MARK_OF_THE_CALLER", "classroom-secret")
    source, statuses = hostile.ALL[name]
    port, came = listener
    sources = answered(SHEET, **{VICTIM: source.replace("{port}", str(port)), BESIDE: OF[BESIDE]})
    attacked, beside = marks(sources, 60.0 if name.startswith("reading") else 2.0)
    assert attacked.status in statuses, (attacked.status, attacked.message)
    assert not attacked.score and (attacked.score is None) == (attacked.status == "stopped")
    assert (beside.status, beside.score) == ("right", 3), beside.message
    assert "found [" not in attacked.message and not came
    if name.startswith("reading") and "imported" not in name:
        assert "nothing found" in attacked.message
    assert len(attacked.message) < 5000


@pytest.mark.parametrize("name", PRINTS)
def test_a_right_answer_that_prints_or_leaves_things_behind_is_right(marks, name):
    head, rest = OF[VICTIM].split("\n", 1)
    for mark_ in marks(answered(SHEET, **{VICTIM: f"{head}\n    {PRINTS[name]}\n{rest}", BESIDE: OF[BESIDE]})):
        assert mark_.status == "right", mark_.message


def test_nothing_of_an_answer_lives_on(marks):
    attacked, _ = marks(answered(SHEET, **{VICTIM: hostile.FORKS["a process that stays"][0]}))
    assert attacked.status == "wrong"
    assert not [p for p in psutil.process_iter(["cmdline"]) if "98765" in (p.info["cmdline"] or [])]


@pytest.mark.parametrize(
    "cell",
    [
        "while True: pass", "import os; os._exit(0)", "def broken(:", "exit()", "%matplotlib inline\n!rm -rf /",
        "x = bytearray(10 ** 12)", "import nothing_of_that_name", "raise RuntimeError", "import os\nos.fork()",
        "del torch", "\0", "\ud800", "return 3", "await x", "(" * 10_000, "-" * 100_000 + "1",
    ],
)  # fmt: skip
def test_a_cell_that_stops_costs_no_answer(marks, cell):
    right = answered(SHEET, **OF)
    for sources in ([cell, *right], [*right, cell]):
        assert [m.status for m in marks(sources)] == ["right", "right"]


def test_the_order_of_cells_and_a_second_untouched_copy_do_not_matter(marks):
    right = answered(SHEET, **OF)
    for sources in (right[::-1], [*right, *cells(SHEET)], [*cells(SHEET), *right], right + right):
        assert [m.status for m in marks(sources)] == ["right", "right"]


def test_of_two_answers_the_last_counts(marks):
    wrong = hostile.F + "return mu_q.sum(1)"
    last_wrong, beside = marks([*answered(SHEET, **OF), wrong])
    assert last_wrong.status == "wrong" and last_wrong.message.startswith("note: 2 answers have this name; the last")
    assert "note" not in beside.message
    assert marks([wrong, *answered(SHEET, **OF)])[0].status == "right"


def test_a_missing_cell_is_missing_and_a_broken_one_is_told(marks):
    right = answered(SHEET, **OF)
    without = [cell for cell in right if f"def {VICTIM}" not in cell]
    assert [m.status for m in marks(without)] == ["missing", "right"]
    attacked, beside = marks(answered(SHEET, **{VICTIM: hostile.F + "return (1", BESIDE: OF[BESIDE]}))
    assert (attacked.status, beside.status) == ("wrong", "right") and "SyntaxError" in attacked.message


def test_the_students_own_line_is_told_and_hidden_numbers_are_not(marks):
    line = "raise ValueError(f'{mu_q.tolist()} and {mu_p}')"
    attacked, _ = marks(answered(SHEET, **{VICTIM: hostile.F + line}))
    assert (
        f"your line: {line}" in attacked.message and "error: ValueError: [[...]] and tensor([[...]]" in attacked.message
    )
    source = hostile.F + "import linecache\n    linecache.cache.clear()\n    raise ValueError"
    assert marks(answered(SHEET, **{VICTIM: source}))[0].status == "wrong"


def test_what_a_name_needs_runs_and_what_stopped_it_is_told(marks):
    head, rest = OF[VICTIM].split("\n", 1)
    uses = f"{head}\n    table[0]\n{rest}"
    assert (
        marks(["table = []", *answered(SHEET, **{VICTIM: uses, BESIDE: OF[BESIDE]}), "table.append(3)"])[0].status
        == "right"
    )
    lost = marks(["import nothing_of_that_name as table", *answered(SHEET, **{VICTIM: uses})])[0]
    assert lost.status == "wrong" and "No module named 'nothing_of_that_name'" in lost.message


def test_the_box_is_never_root(marks):
    assert os.getuid() != 0 or marks(answered(SHEET, **{VICTIM: hostile.F + "import os\n    return os.getuid()"}))[0]
