"""Values over a socket: what is sent comes back, and nothing that is no answer of ours gets in."""

import json
import socket
import threading
from dataclasses import asdict

import numpy as np
import pytest
import torch

from course_pkg.classroom.box.wire import LIMIT, NUMBERS, Garbled, Gone, Late, outcome_of, receive, said, send
from course_pkg.grading.calling import Outcome, call_answer
from course_pkg.grading.judging import judge
from course_pkg.grading.plain import decode
from course_pkg.grading.question import Case
from course_pkg.questions.elbo import QUESTIONS


@pytest.fixture
def pair():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        yield mine, theirs


def over(data, pair):
    """The data as the other side gets it."""
    threading.Thread(target=send, args=(pair[0], data)).start()
    return receive(pair[1])


VALUES = [
    None, True, 3, -0.0, float("inf"), 1 / 3, "text", [1, [2.5]], {"a": 1.0, "b": [torch.zeros(2)]}, np.float32(0.1),
    torch.tensor(1 / 3, dtype=torch.float64), torch.randn(2, 3, generator=torch.Generator().manual_seed(0)),
    torch.tensor([], dtype=torch.float64), torch.tensor([2**62, -1]), torch.tensor([True]), np.arange(3.0), (1, 2),
    torch.zeros(2, dtype=torch.float16),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_bit_by_bit(pair, value):
    (outcome,) = call_answer(lambda: value, [Case("random", {})])
    back = outcome_of(over(asdict(outcome), pair))
    assert back == outcome and json.dumps(back.value) == json.dumps(outcome.value)
    if isinstance(value, torch.Tensor) and value.dtype != torch.float16:
        assert decode(back.value).dtype == value.dtype and torch.equal(decode(back.value), value)


def test_nan_stays_nan(pair):
    (outcome,) = call_answer(lambda: torch.tensor([float("nan"), 1.0]), [Case("random", {})])
    assert decode(outcome_of(over(asdict(outcome), pair)).value).isnan().tolist() == [True, False]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_the_verdict_is_the_same_after_the_wire(pair, question):
    cases = question.cases(7)
    for answer in (question.reference, question.wrong[0].answer, None, lambda: 1 / 0):
        plain = call_answer(answer, cases, question.call, question.trains)
        wired = [outcome_of(over(asdict(outcome), pair)) for outcome in plain]
        there, here = judge(question, wired, 7), judge(question, plain, 7)
        assert (there.status, there.slip, there.earned) == (here.status, here.slip, here.earned)


def test_what_changed_and_slopes_come_along(pair):
    def doubles(x):
        x *= 2
        return x.sum()

    case = Case("random", {"x": torch.ones(2, dtype=torch.float64)})
    (outcome,) = call_answer(doubles, [case])
    assert outcome_of(over(asdict(outcome), pair)).changed == ("x",)
    (outcome,) = call_answer(lambda x: x.square(), [case], trains={"": ["x"]})
    assert decode(outcome_of(over(asdict(outcome), pair)).slopes)["x"].tolist() == [2.0, 2.0]


VALUE = {"status": "value"}
TENSOR = {"tensor": "float64", "shape": [1], "values": [1.0]}


@pytest.mark.parametrize(
    "data",
    [
        None, 3, [], {}, {"status": "holds"}, {"status": "not tried"}, {"status": ["value"]}, {**VALUE, "value": {}},
        {**VALUE, "value": {"dict": 3}}, {**VALUE, "value": {"dict": {}, "more": 1}}, {**VALUE, "value": 2**53},
        {**VALUE, "value": {**TENSOR, "tensor": "complex64"}}, {**VALUE, "value": {**TENSOR, "tensor": ["float64"]}},
        {**VALUE, "value": {**TENSOR, "shape": [2]}}, {**VALUE, "value": {**TENSOR, "shape": [-1]}},
        {**VALUE, "value": {**TENSOR, "shape": [True]}}, {**VALUE, "value": {**TENSOR, "shape": [10**9] * 8}},
        {**VALUE, "value": {**TENSOR, "shape": [1] * 9}}, {**VALUE, "value": {**TENSOR, "values": ["1"]}},
        {**VALUE, "value": {**TENSOR, "values": 1}}, {**VALUE, "value": {**TENSOR, "tensor": "int64"}},
        {**VALUE, "value": {"tensor": "int64", "shape": [1], "values": [2**63]}},
        {**VALUE, "value": {"tensor": "bool", "shape": [1], "values": [1]}}, {**VALUE, "value": [1.0] * (NUMBERS + 1)},
        {**VALUE, "value": [[[[[[[[1.0]]]]]]]]}, {**VALUE, "slopes": [1.0]}, {**VALUE, "changed": "x"},
        {**VALUE, "changed": [1]},
    ],
)  # fmt: skip
def test_what_is_no_outcome_is_refused(data):
    with pytest.raises(Garbled):
        outcome_of(data)


def test_a_record_has_an_end_and_a_clock(pair):
    mine, theirs = pair
    with pytest.raises(Late):
        receive(theirs, 0.01)
    mine.sendall((LIMIT + 1).to_bytes(4, "big"))
    with pytest.raises(Garbled, match="allowed"):
        receive(theirs, 1)
    mine.sendall((3).to_bytes(4, "big") + b"[[[")
    with pytest.raises(Garbled, match="no JSON"):
        receive(theirs, 1)
    mine.sendall((9).to_bytes(4, "big") + b"[")
    with pytest.raises(Late):
        receive(theirs, 0.01)
    mine.close()
    with pytest.raises(Gone):
        receive(theirs, 1)
    with pytest.raises(Gone):
        for _ in range(10):
            send(theirs, "x")


def test_who_does_not_read_is_late(pair):
    with pytest.raises(Late):
        send(pair[0], "x" * 10**7, 0.05)


def test_a_record_of_brackets_is_refused(pair):
    threading.Thread(target=lambda: pair[0].sendall((10**6).to_bytes(4, "big") + b"[" * 10**6)).start()
    with pytest.raises(Garbled):
        receive(pair[1])


def test_no_long_number_leaves_and_no_control_character():
    text = "shape [3, 64], got 0.1234 and -1.5e-3, 123456, 1e5 at 0x7f \x1b[2J\u202e"
    assert said(text) == "shape [3, 64], got ... and ..., ..., ... at 0x7f ?[2J?"
    assert len(said("x" * 10**6)) < 1400 and said(None) == ""


def test_a_line_that_is_not_the_students_own_is_dropped():
    data = asdict(Outcome("exception", detail="ValueError", line="return 1 / x  # mine"))
    assert outcome_of(data, ("def f(x):\n    return 1 / x  # mine",)).line == data["line"]
    assert outcome_of(data, ("def f(x):\n    return 1",)).line == ""
