"""Values as plain data: what comes out of the code is what went in, and what no data can hold is refused by
name."""

import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from course_pkg.grading.plain import MANY, NotPlain, Recorded, decode, encode, finite, key, part, parts, single

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (None, None), (True, True), (3, 3), (-2.5, -2.5), ("word", "word"), (INF, INF),
        (np.bool_(True), True), (np.int32(7), 7), (np.float32(0.5), 0.5), (Fraction(1, 4), 0.25), (Decimal("0.5"), 0.5),
        (2**53 - 1, 2**53 - 1), (2**53, 2.0**53), (-(2**53), -(2.0**53)), (10**400, INF), (-(10**400), -INF),
        ((1, [2.0, ("a",)]), [1, [2.0, ["a"]]]),
        ({"a": 1, "b": {"c": [True]}}, {"dict": {"a": 1, "b": {"dict": {"c": [True]}}}}),
        (torch.tensor([[1.0, 2.0]], dtype=torch.float64),
         {"tensor": "float64", "shape": [1, 2], "values": [1.0, 2.0]}),
        (torch.tensor([1, 2]), {"tensor": "int64", "shape": [2], "values": [1, 2]}),
        (torch.tensor(True), {"tensor": "bool", "shape": [], "values": [True]}),
        (torch.tensor([0.5]), {"tensor": "float32", "shape": [1], "values": [0.5]}),
        (torch.tensor([0.5], dtype=torch.float16), {"tensor": "float64", "shape": [1], "values": [0.5]}),
        (torch.tensor([3], dtype=torch.int16), {"tensor": "float64", "shape": [1], "values": [3.0]}),
        (torch.tensor([0.5], requires_grad=True), {"tensor": "float32", "shape": [1], "values": [0.5]}),
        (np.array([[1.0], [2.0]]), {"tensor": "float64", "shape": [2, 1], "values": [1.0, 2.0]}),
        (np.array([[1, 2], [3, 4]]).T, {"tensor": "int64", "shape": [2, 2], "values": [1, 3, 2, 4]}),
        (np.array([True]), {"tensor": "bool", "shape": [1], "values": [True]}),
        (np.array([1.0, 2.0])[::-1], {"tensor": "float64", "shape": [2], "values": [2.0, 1.0]}),
        (np.array([3], dtype=np.uint8), {"tensor": "float64", "shape": [1], "values": [3.0]}),
    ],
)  # fmt: skip
def test_a_value_as_plain_data(value, encoded):
    found = encode(value)
    assert found == encoded and type(found) is type(encoded) and json.dumps(found)
    again = decode(found)
    if isinstance(value, torch.Tensor | np.ndarray):
        assert again.tolist() == value.tolist() and list(again.shape) == list(value.shape)
    elif isinstance(value, tuple):
        assert again == [1, [2.0, ["a"]]]  # tuples as lists
    else:
        assert again == (value if isinstance(value, dict) else found)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1j, "complex"), (object(), "object"), (torch.tensor([1j]), "Tensor"), (torch.eye(2).to_sparse(), "Tensor"),
        (np.array(["a"]), "ndarray"), (np.array([1j]), "ndarray"), ({1: 2}, "dict"), ([1, {2}], "set"),
        (len, "builtin_function_or_method"),
        (torch.zeros(MANY + 1), f"a tensor of shape ({MANY + 1},)"),
        (np.zeros((2, MANY)), f"a tensor of shape (2, {MANY})"),
    ],
)  # fmt: skip
def test_what_no_data_can_hold(value, kind):
    with pytest.raises(NotPlain) as error:
        encode(value)
    assert error.value.kind == kind
    assert str(error.value) == f"expected a number, text, a tensor, or a list or dict of these, got {kind}"


def test_as_many_numbers_as_allowed():
    assert len(encode(torch.zeros(MANY, dtype=torch.bool))["values"]) == MANY


def test_what_was_decoded_is_a_copy():
    kept = encode({"x": torch.ones(2), "y": [1]})
    for _ in range(2):
        found = decode(kept)
        assert found["x"].tolist() == [1.0, 1.0] and found["y"] == [1]
        found["x"].zero_()
        found["y"].append(2)


def test_an_array_that_cannot_be_written_to():
    value = np.arange(3.0)
    value.flags.writeable = False
    assert encode(value)["values"] == [0.0, 1.0, 2.0]


def test_the_key_of_a_case():
    given = {"a": 1.0, "x": torch.tensor([1.0, 2.0])}
    assert key(given) == key({"x": torch.tensor([1.0, 2.0]), "a": 1.0})  # in any order
    others = [{**given, "a": 2.0}, {**given, "x": torch.tensor([1.0, 2.5])}, {"a": 1.0}, {**given, "x": [1.0, 2.0]},
              {**given, "x": given["x"].double()}, {"b": 1.0, "x": given["x"]}]  # fmt: skip
    assert len({key(given), *map(key, others)}) == 7 and len(key(given)) == 24
    assert key({}) == "2d0427e9c932ecc0971d981a"  # the same wherever a record was made


def test_an_answer_of_which_its_numbers_are_there():
    answer = Recorded({key({"a": 1.0}): {"status": "value", "value": encode(torch.tensor([2.0]))}})
    assert answer(a=1.0).tolist() == [2.0]
    with pytest.raises(KeyError):
        answer(a=2.0)


def test_what_is_in_single_precision():
    f32, f64 = torch.zeros(1), torch.zeros(1, dtype=torch.float64)
    assert [single(encode(v)) for v in (f32, [1, f32], {"a": [f32]}, {"a": f64, "b": f32})] == [True] * 4
    assert [single(encode(v)) for v in (f64, [1, f64], {"a": [f64]}, {}, [], 1.0, "float32", None)] == [False] * 8


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (2, {"": 2.0}), (2.5, {"": 2.5}), ([1, 2.5], {"": [1.0, 2.5]}), ([[1], [2]], {"": [[1.0], [2.0]]}),
        (torch.tensor([1, 2]), {"": [1.0, 2.0]}), ([torch.zeros(2), torch.ones(2)], {"": [[0.0, 0.0], [1.0, 1.0]]}),
        ({"a": 1, "b": [1, 2]}, {"a": 1.0, "b": [1.0, 2.0]}), ({}, {}),
    ],
)  # fmt: skip
def test_the_numbers_of_a_value(value, numbers):
    found = parts(value)
    assert {name: v.tolist() for name, v in found.items()} == numbers
    assert all(v.dtype == torch.float64 for v in found.values())


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "bool"), (None, "NoneType"), ("a", "str"), ([], "list"), ([1, "a"], "str"), ({"a": 1}, "dict"),
     ([[1], [1, 2]], "a list of unequal parts")],
)  # fmt: skip
def test_what_has_no_numbers(value, kind):
    with pytest.raises(NotPlain) as error:
        part(value)
    assert error.value.kind == kind


@pytest.mark.parametrize(
    ("value", "is_finite"),
    [([1.0, -2.0], True), ([[0.0]], True), (3.0, True), ([], False), ([1.0, INF], False), ([-INF, 1.0], False),
     ([NAN, 1.0], False), ([1.0, NAN], False)],
)  # fmt: skip
def test_whether_every_number_is_finite(value, is_finite):
    assert finite(torch.tensor(value, dtype=torch.float64)) is is_finite
