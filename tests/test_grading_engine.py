"""The engine that runs answers and speaks of them: clock, arguments, own lines, true relations, cases in words."""

import functools
import math
import threading

import pytest
import torch

from course_pkg.grading import Case, Sheet
from course_pkg.grading.calling import call_answer
from course_pkg.grading.clock import Endless, within
from course_pkg.grading.functions import relation
from course_pkg.grading.judging import judge
from course_pkg.grading.probes.shapes import reshaped
from course_pkg.grading.relations import Pair
from course_pkg.grading.verdict import number, tell
from course_pkg.questions.bottleneck import QUESTIONS as BOTTLENECK
from course_pkg.questions.elbo import QUESTIONS as ELBO
from course_pkg.questions.kkt import QUESTIONS as KKT

BY_NAME = {question.name: question for question in (*ELBO, *KKT, *BOTTLENECK)}
KL = BY_NAME["kl_between_gaussians"]
SHORT = 0.3  # seconds, for what never ends


# --- the clock --------------------------------------------------------------------------------------------------------


def test_what_ends_comes_back_and_what_raises_raises():
    assert within(60, lambda: 7) == 7
    with pytest.raises(KeyError):
        within(60, lambda: {}["x"])


def forever():
    while True:
        pass


released = threading.Event()


def forever_and_deaf():
    while not released.is_set():
        try:
            while not released.is_set():
                pass
        except BaseException:
            continue


def test_an_endless_loop_is_stopped():
    before = threading.active_count()
    with pytest.raises(Endless) as error:
        within(SHORT, forever)
    assert error.value.stopped and threading.active_count() == before


def test_a_loop_that_catches_everything_is_left_behind():
    released.clear()
    with pytest.raises(Endless) as error:
        within(SHORT, forever_and_deaf)
    released.set()  # so that the test's own loop does end
    assert not error.value.stopped


def test_an_endless_answer_costs_one_clock_and_says_so():
    outcomes = call_answer(lambda *a: forever(), KL.cases(0), seconds=SHORT)
    assert [o.status for o in outcomes] == ["endless"] + ["not tried"] * (len(outcomes) - 1)
    found = judge(KL, outcomes)
    assert found.status == "endless" and "no answer after 0.3 seconds" in repr(found) and found.earned == 0


def test_the_clock_runs_outside_the_main_thread_too():
    found = []
    worker = threading.Thread(
        target=lambda: found.extend(call_answer(lambda *a: forever(), KL.cases(0), seconds=SHORT))
    )
    worker.start()
    worker.join(60)
    assert found[0].status == "endless"


# --- arguments --------------------------------------------------------------------------------------------------------


def outcome(answer, question=KL):
    return call_answer(answer, question.cases(0), question.call)


@pytest.mark.parametrize(
    "answer",
    [
        lambda a, b, c, d: KL.reference(a, b, c, d),
        lambda *a: KL.reference(*a),
        lambda **k: KL.reference(**k),
        lambda log_var_p, mu_p, log_var_q, mu_q: KL.reference(mu_q, log_var_q, mu_p, log_var_p),
        lambda m, log_var_q, n, log_var_p, eps=0.0: KL.reference(m, log_var_q, n, log_var_p),
        functools.partial(lambda unused, *a: KL.reference(*a), 3),
    ],
)
def test_names_may_differ_where_the_order_is_kept(answer):
    assert judge(KL, outcome(answer)).status == "holds"


@pytest.mark.parametrize("answer", [lambda mu, log_var: mu, lambda a, b, c, d, e: a, lambda: 0])
def test_too_few_or_too_many_arguments_are_said(answer):
    found = judge(KL, outcome(answer))
    assert found.status == "arguments" and "it is called with mu_q, log_var_q, mu_p, log_var_p" in repr(found)
    assert "hint" not in dict(found.rows)


def test_a_net_in_place_of_its_class():
    question = BY_NAME["MendedVAE"]
    found = judge(question, outcome(question.reference(2, 1, 2), question))
    assert found.status == "arguments" and "expected the class itself" in repr(found)


def test_a_value_in_place_of_the_function():
    with pytest.raises(TypeError, match="takes the function itself"):
        Sheet("elbo").check(3.0, question="ratio_with_baseline")


def test_a_lambda_is_found_by_the_name_that_holds_it():
    kl_between_gaussians = lambda a, b, c, d: KL.reference(a, b, c, d)
    assert Sheet("elbo").check(kl_between_gaussians).status == "holds"


# --- a student's own errors -------------------------------------------------------------------------------------------


def plain(f):
    def inner(*a, **k):
        return f(*a, **k)

    return inner


def own_helper(x):
    return x.no_such_thing  # the helper's line


@plain
@functools.cache
def under_decorators(mu_q, log_var_q, mu_p, log_var_p):
    return own_helper(mu_q)


def test_the_own_line_under_decorators_and_in_a_helper():
    found = judge(KL, outcome(under_decorators))
    assert found.status == "exception" and dict(found.rows)["your line"].endswith("# the helper's line")
    assert "no_such_thing" in dict(found.rows)["error"]


def test_a_stub_under_a_decorator_is_not_started():
    @plain
    def stub(*a, **k):
        raise NotImplementedError

    assert judge(KL, outcome(stub)).status == "not started"


def test_the_end_of_a_long_reason_is_kept():
    def long(*a):
        raise ValueError("x" * 5000 + " and this is why")

    assert "and this is why" in dict(judge(KL, outcome(long)).rows)["error"]


# --- what counts as right ---------------------------------------------------------------------------------------------


def test_a_right_answer_that_writes_to_its_arguments_does_not_hold():
    def writes(mu_q, log_var_q, mu_p, log_var_p):
        found = KL.reference(mu_q, log_var_q, mu_p, log_var_p)
        mu_q += 1
        return found

    found = judge(KL, outcome(writes))
    assert found.status == "changed" and "writes to its argument mu_q" in repr(found)


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("counted_loss", lambda **k: {n: v.detach() for n, v in BY_NAME["counted_loss"].reference(**k).items()}),
        ("counted_loss", lambda **k: {n: float(v) for n, v in BY_NAME["counted_loss"].reference(**k).items()}),
        ("mended_capacity", torch.no_grad()(lambda **k: BY_NAME["mended_capacity"].reference(**k))),
        ("continuous_bernoulli", lambda x, logits: BY_NAME["continuous_bernoulli"].reference(x, logits.detach())),
    ],
)
def test_a_gradient_that_is_cut_off_does_not_hold(name, cut):
    question = BY_NAME[name]
    found = judge(question, call_answer(cut, question.cases(0), question.call, question.trains))
    assert (found.status == "slope" and found.earned == 0 and "gradient" in repr(found)) or "trained" in repr(found)


# --- relations --------------------------------------------------------------------------------------------------------

RIGHT = [torch.linspace(0.3, 2.1, n, dtype=torch.float64) * (1 + n) for n in (3, 5, 4)]
SIZES = [{"the number of pixels": 6.0, "the number of rows": 2.0, "`beta`": b} for b in (0.5, 3.0, 1.7)]
for i, sizes in enumerate(SIZES):
    sizes["the number of images"] = float(len(RIGHT[i]))
    sizes["the number of pixels"] *= i + 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v, s: -v, "minus what it should be: a sign"),
        (lambda v, s: v / math.log(2), "bits, not nats"),
        (lambda v, s: v / s["the number of pixels"], "one over the number of pixels times what it should be"),
        (lambda v, s: v * s["`beta`"] ** 2, "the square of `beta` times"),
        (lambda v, s: v * s["the number of images"] / s["`beta`"], "times"),
        (lambda v, s: v + math.log(2) * s["the number of pixels"], "too much by exactly log 2 for each of the pixels"),
        (lambda v, s: v - math.log(s["the number of images"]), "the logarithm of the number of images"),
        (lambda v, s: v**2, "the square of what it should be"),
        (lambda v, s: 1 / v, "one over what it should be"),
        (lambda v, s: v.flip(0), "reversed order"),
        (lambda v, s: torch.cat([v[:1], v[:-1]]), "one step too late"),
        (lambda v, s: v / v.sum(), "normalised to sum to one"),
        (lambda v, s: 0 * v, "zero"),
        (lambda v, s: v * v[0], "but for one factor in each case"),
        (lambda v, s: v + v[0] ** 2, "off by one number in each case"),
        (lambda v, s: 0.3 * v, "always 0.3 times"),
    ],
)
def test_a_relation_is_found_and_true(change, says):
    pairs = [Pair(change(v, s), v, s) for v, s in zip(RIGHT, SIZES, strict=True)]
    assert says in relation(pairs, 1e-6).text


def test_one_case_that_contradicts_a_relation_is_enough():
    pairs = [Pair(2 * v, v, s) for v, s in zip(RIGHT, SIZES, strict=True)]
    assert relation(pairs, 1e-6).text.startswith("exactly twice")
    broken = 2 * RIGHT[2]
    broken[1] *= 1.001
    assert relation([*pairs[:2], Pair(broken, RIGHT[2], SIZES[2])], 1e-6) is None


def test_counts_and_single_numbers_get_no_relation_by_chance():
    two = [Pair(torch.tensor(float(a)), torch.tensor(float(b))) for a, b in ((2, 1), (4, 2), (6, 3))]
    assert relation(two, 1e-6) is None
    assert relation(two[:1], 1e-6) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: v[:, None], "an axis of length one too much"),
        (lambda v: v.mean(), "the mean of the right numbers"),
        (lambda v: v[1:], "without the first"),
        (lambda v: torch.stack([v / 4, 3 * v / 4], 1), "its sum over axis 1 is right"),
    ],
)
def test_another_shape_is_explained(change, says):
    assert says in reshaped([(change(v), v) for v in RIGHT], 1e-6)


# --- a case in words --------------------------------------------------------------------------------------------------


def test_numbers_as_one_writes_them():
    assert [number(v) for v in (2.0, -0.25, math.log(4), 0.7, 1 / 3)] == ["2", "-1/4", "log 4", "0.7", "1/3"]


def test_a_case_is_told_from_its_numbers():
    arguments = {"mu": torch.tensor([[1.0, 0.0]]), "log_var": torch.tensor([[math.log(4.0)]])}
    assert tell("{latents:word}, {mu:vector}, {log_var:width}", arguments, {"latents": 2}) == "two, (1, 0), 2"
    with pytest.raises(ValueError, match="'2' in what is told"):
        Case("hand", {"x": 2.0}, told="x is 2")
    with pytest.raises(ValueError, match="'three' in what is told"):
        Case("hand", {"x": 2.0}, told="three times {x}")


@pytest.mark.parametrize("question", BY_NAME.values(), ids=BY_NAME)
def test_the_case_by_hand_can_be_told(question):
    for case in question.cases(0):
        assert case.text or case.rung != "hand" or not case.arguments


# --- no value leaks through a one-number answer -----------------------------------------------------------------------


@pytest.mark.parametrize("question", [q for q in BY_NAME.values() if q.returns == "one number"], ids=lambda q: q.name)
def test_a_wrong_number_does_not_read_off_the_right_one(question):
    def off(*a, **k):
        return torch.as_tensor(question.reference(*a, **k), dtype=torch.float64) + 0.123 * torch.rand(()).double() + 2.0

    found = dict(judge(question, outcome(off, question)).rows)
    assert "largest difference" not in found.get("observed", "") and "hint" in found


def test_an_answer_without_numbers_is_judged():
    empty = lambda mu_q, log_var_q, mu_p, log_var_p: mu_q[:0, 0]
    assert "shape (0,)" in repr(judge(KL, outcome(empty), 0, lambda cases: call_answer(empty, cases)))
