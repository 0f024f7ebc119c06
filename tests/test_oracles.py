"""What a check compares is independent, and sees what it says it sees: no way of computing a line is another way in
disguise, no line is the line above, every addend of a line matters, every error bar is as wide as the errors."""

import inspect
import itertools
import sys
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import CodeType

import pytest
import torch

from addends import without_one_addend
from course_pkg.derivation import BrokenStep, Definition, Derivation, Step, UnusableStep, Worlds
from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.pages import all_equations
from course_pkg.equations.elbo.gaussian import PROOF
from helpers import ROOT, remembered

PACKAGE = ROOT / "course_pkg"
CHAINS = {e.label: e for _, e in all_equations(ROOT) if isinstance(e, Derivation)}

# What any two ways may share: the tables and densities of the worlds, and the sums over them.
DENSITIES = {
    "worlds.tabular": "expect kl entropy product TabularWorld.log_aggregate_posterior TabularWorld.log_marginals",
    "worlds.linear_gaussian": "gaussian_log_density LinearGaussianWorld.encode LinearGaussianWorld.aggregate_posterior "
    "LinearGaussianWorld.__post_init__",
    "worlds.checks": "known check_covariance check_within _check",  # they compute nothing
    "bottleneck.discrete": "check_beta",
    "equations.total_correlation.split": "aggregate over_latents averaged",
    "equations.density_ratio.classifier": "both",
    "equations.metrics.votes": "grid",
    "equations.metrics.turning": "factors turn one_vote",
    "equations.metrics.counted": "labels",
    "equations.identifiability.astray": "of_the_factors",
    "equations.kkt.conditions": "Polygon.objective Polygon.constraints",
    "equations.kkt.silence": "moments noise",
    "equations.elbo.gradient": "apply",
    "bottleneck.gaussian": "conditional",
    "data.polygons": "outline",
}
ALLOWED = {f"{module}.{name}" for module, names in DENSITIES.items() for name in names.split()}
# What two ways of one line share, and why it proves nothing less.
SHARED = {
    "capacity-empty": {"equations.capacity.channel.empty_variance"},  # the width that the definition gives
    "kkt-strong-duality": {"equations.kkt.conditions.dual_value"},  # h itself; two ways to look for its highest point
    "metrics-pairs": {"equations.metrics.votes.by_every_draw"},  # the same enumeration, of more images
    "metrics-turned-dci": {"equations.metrics.turning.fitted_weights"},  # two ways to read one table of weights
    "metrics-elimination": {"equations.metrics.votes.mean_differences"},  # two ways to tell the points apart
    "identifiability-labels": {"derivation.agreement.Estimate.of"},  # a mean and its error, of two samples
    "capacity-exact-penalty": {"equations.capacity.prices.held"},  # the hinge is another problem, solved alike
}
# Neighbouring lines that one function gives whole, and why they are two lines.
SAME_FUNCTION = {
    "bottleneck-self-consistent": {"equations.bottleneck.fixed_points.global_minimum"},  # put into its own equation
    "metrics-elimination": {"equations.metrics.votes.share"},  # a division
    "metrics-circle": {"equations.metrics.counted.said"},  # of two waves
    "data-pixel": {"equations.data.pixels.edges_passed"},  # along two axes: two rays
}


def calls(function, world, package=PACKAGE):
    """{code: (its name, what it returned)} of every function below a folder that is called for a line's value."""
    found: dict[CodeType, tuple[str, list]] = {}

    def see(frame, event, value):
        code = frame.f_code
        if event == "return" and code.co_filename.startswith(str(package)):
            module = Path(code.co_filename).relative_to(package).with_suffix("").as_posix().replace("/", ".")
            found.setdefault(code, (f"{module}.{code.co_qualname}", []))[1].append(value)

    sys.setprofile(see)
    try:
        value = function(world)
    finally:
        sys.setprofile(None)
    return value, found


@cache
def of_the_book(label):
    """{line: {way: (its value on the first world, what it called)}} of a chain."""
    return traced(CHAINS[label])


def traced(derivation, package=PACKAGE):
    world = lambda: derivation.worlds[0].draw(0)  # anew for each way: a generator may be among its numbers
    return {
        i: {name: calls(way, world(), package) for name, way in (("", step.value), *step.also.items())}
        for i, step in enumerate(derivation.steps)
    }


def outermost(name):
    """A lambda or a generator inside a function is that function."""
    return name.partition(".<locals>")[0]


def shared_by_ways(seen):
    """{line: names that two ways of computing it both call}."""
    found = {}
    for i, ways in seen.items():
        called = [functions for _, functions in ways.values()]
        names = {outermost(a[code][0]) for a, b in itertools.combinations(called, 2) for code in set(a) & set(b)}
        if names - ALLOWED:
            found[i] = names - ALLOWED
    return found


def is_value(returned, value):
    same = isinstance(returned, torch.Tensor) and isinstance(value, torch.Tensor) and returned.shape == value.shape
    return same and torch.allclose(returned.double(), value.double(), rtol=1e-9, atol=1e-12)


def gave(seen, value):
    """The functions that returned a value."""
    return {code for code, (_, returned) in seen.items() if any(is_value(r, value) for r in returned)}


def whole_lines(seen):
    """{line: functions that gave the value of it and, equal to it, that of the line above}."""
    found, above, seen_above = {}, None, {}
    for i, ways in seen.items():
        value, called = ways[""]
        if is_value(above, value):
            both = {outermost(called[code][0]) for code in gave(called, value) & gave(seen_above, value)}
            found |= {i: both - ALLOWED} if both - ALLOWED else {}
        above, seen_above = value, called
    return found


def same_bits(derivation, seen):
    """Pairs of ways, or a way and a line above, that agree to the last bit on twenty worlds: is the second the first?

    Sums in another order, other functions, other libraries differ in the last digits somewhere; in which worlds, the
    processor decides, and two sums that are near one, less one, may well agree on a few."""
    found, above = set(), {}
    for i, ways in seen.items():
        step = derivation.steps[i]
        functions = {"": step.value, **step.also} | {name: way for name, (way, _) in above.items()}
        values = {name: value for name, (value, _) in ways.items()} | {
            name: value for name, (_, value) in above.items()
        }
        for one, other in itertools.combinations(functions, 2):
            if (
                one not in above
                and identical(values[one], values[other])
                and all(
                    identical(*(functions[name](derivation.worlds[0].draw(seed)) for name in (one, other)))
                    for seed in range(1, 20)
                )
            ):
                found.add((i, one, other))
        above[f"line {i}"] = step.value, values[""]
    return found


def identical(a, b):
    return isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and a.shape == b.shape and torch.equal(a, b)


@pytest.mark.parametrize("label", CHAINS)
def test_two_ways_of_one_line_share_nothing_but_the_worlds_densities(label):
    shared = set().union(*shared_by_ways(of_the_book(label)).values())
    assert shared == SHARED.get(label, set()), "write one of the two ways without it, or say in SHARED why it may stay"


@pytest.mark.parametrize("label", CHAINS)
def test_no_line_is_the_line_above(label):
    whole = set().union(*whole_lines(of_the_book(label)).values())
    assert whole == SAME_FUNCTION.get(label, set()), "one function gave both lines: compute one of them from the tables"


# Ways that may agree to the last bit, and why they are two all the same.
SAME_BITS = {
    "cascade-crowd": {(0, "", "every pair")},  # whole numbers
    "data-pixel": {(0, "", "matplotlib"), (1, "", "line 0"), (2, "", "line 0"), (2, "", "line 1")},  # yes or no
    "data-square-area": {(0, "", "trapezoids")},  # four corners: few roundings
    "density_ratio-reading": {
        (2, "", "its own method"),
        (2, "", "line 0"),
        (2, "its own method", "line 0"),
    },  # by definition
    "density_ratio-accuracy": {(0, "", "calling a code real where its ratio is above one")},  # sums of one table
    "elbo-bernoulli-likelihood": {(1, "", "line 0")},  # torch has one cross-entropy; scipy is the other way
    "identifiability-count": {(0, "", "all that swaps can reach"), (1, "", "line 0")},  # counted
    "identifiability-bits": {(1, "", "line 0")},  # 0 or log 2
    "metrics-exact": {(1, "", "the package"), (1, "", "line 0"), (1, "the package", "line 0")},
    "metrics-missing": {(1, "", "counted"), (1, "", "line 0"), (1, "counted", "line 0")},  # shares of
    "metrics-elimination": {(0, "", "logistic regression"), (1, "", "line 0")},  # so many votes, all three
    "mmd-level": {(1, "", "line 0")},  # a share of M + 1 ranks
}


@pytest.mark.parametrize("label", CHAINS)
def test_two_ways_differ_in_their_last_bits(label):
    found = same_bits(CHAINS[label], of_the_book(label))
    assert found <= SAME_BITS.get(label, set()), (
        f"{label}: the same bits on every world: compute one of them otherwise, or say in SAME_BITS why they are two"
    )


# A tolerance that lets everything pass, worlds of nothing ----------------------------------------------

LOOSEST = 1e-6  # of the larger side; what is exact here is closer, and training comes to 3e-7
# Chains of which a line is one number on all worlds: that is the claim.
ONE_NUMBER = {"density_ratio-mass", "identifiability-volume", "identifiability-shares", "kkt-slackness"}
KINDS = [(label, kind) for label, chain_ in CHAINS.items() for kind in chain_.worlds if kind.name != PROOF.name]


@pytest.mark.parametrize("label, kind", KINDS, ids=lambda part: getattr(part, "name", part))
def test_worlds_are_many_and_compared_closely(label, kind):
    assert kind.tolerance <= LOOSEST, f"{label}, {kind.name}: a tolerance of {kind.tolerance:g} sees little"
    assert kind.count >= 2, f"{label}, {kind.name}: one world may be a special one"


def numbers_of(world):
    """{where: the numbers} that a world holds."""
    if isinstance(world, torch.Tensor):
        return {"": world.double()}
    if isinstance(world, float):
        return {"": torch.tensor(world, dtype=torch.float64)}
    if is_dataclass(world):
        parts = {f.name: getattr(world, f.name) for f in fields(world)}
    elif isinstance(world, tuple):
        parts = dict(zip(getattr(world, "_fields", map(str, range(len(world)))), world, strict=True))
    else:
        return {}
    return {
        f"{name} {inner}".strip(): value for name, part in parts.items() for inner, value in numbers_of(part).items()
    }


def nothing_on(draw, seeds=range(4)):
    """What is zero on every world that is drawn: a number that no line can be seen to read."""
    worlds = [numbers_of(draw(seed)) for seed in seeds]
    return {name for name in worlds[0] if all(name in w and bool((w[name] == 0).all()) for w in worlds)}


@pytest.mark.parametrize("label", CHAINS)
def test_no_number_of_a_world_is_always_zero(label):
    found = set.intersection(*(nothing_on(kind.draw) for kind in CHAINS[label].worlds))
    assert not found, f"{label}: its worlds' {found} is always zero, which hides the terms that it stands in"


@pytest.mark.parametrize("label", [label for label, chain_ in CHAINS.items() if chain_.worlds[0].name != PROOF.name])
def test_a_line_is_not_one_number_on_all_worlds(label):
    chain_ = CHAINS[label]
    step = next(step for step in reversed(chain_.steps) if step.latex != "0")
    values = [step.value(chain_.worlds[0].draw(seed)) for seed in range(3)]
    assert is_one_number(values) == (label in ONE_NUMBER), (
        f"{label}: {step.latex} is one number on every world: take other worlds, or say in ONE_NUMBER that it is meant"
    )


JUDGED = [e for _, e in all_equations(ROOT) if isinstance(e, Definition) and e.worlds and e.judge]


@pytest.mark.parametrize("definition", JUDGED, ids=lambda d: d.label)
def test_a_definition_is_not_judged_on_one_number_alone(definition):
    values = [torch.as_tensor(definition.judge(definition.worlds.draw(seed))) for seed in range(8)]
    assert not is_one_number(values), f"{definition.label}: it is one number on every world: take other worlds"


def is_one_number(values):
    means = [v.mean if isinstance(v, Estimate) else v for v in values]
    flat = torch.cat([torch.as_tensor(v).double().flatten() for v in means])
    return bool((flat - flat[0]).abs().max() < 1e-9)


def test_worlds_of_nothing_are_seen():
    assert nothing_on(lambda seed: (torch.zeros(3), torch.tensor([seed + 1.0]))) == {"0"}
    assert nothing_on(lambda seed: (0.0, float(seed))) == {"0"}
    assert is_one_number([torch.zeros(2), torch.zeros(1)]) and not is_one_number([torch.zeros(2), torch.ones(1)])


def test_a_way_that_gives_the_same_bits_is_seen():
    root = lambda w: (2 * w.sum().abs().log()).exp()  # as good as closed_form, and another way
    one = chain(closed_form, closed_form)
    assert same_bits(one, traced(one, HERE)) == {(1, "", "line 0")}
    two = chain(closed_form, root)
    assert same_bits(two, traced(two, HERE)) == set()


# The tests above see what they should -----------------------------------------------------------------

HERE = Path(__file__).parent
PAIRS = Worlds("pairs", lambda seed: torch.tensor([1.0 + seed, 2.0], dtype=torch.float64), count=2)


def total(w):
    return w.sum()


def closed_form(w):
    return total(w) ** 2


def in_disguise(w):
    return closed_form(w) + 0


def honest(w):
    return w.square().sum() + 2 * w.prod()


def chain(first, second, **also):
    return Derivation("d", (Step("a", first, also=also), Step("b", second)), worlds=(PAIRS,))


def test_a_way_in_disguise_is_seen():
    names = {"test_oracles.closed_form", "test_oracles.total"}
    assert shared_by_ways(traced(chain(closed_form, honest, other=in_disguise), HERE)) == {0: names}
    assert shared_by_ways(traced(chain(closed_form, honest, other=closed_form), HERE)) == {0: names}
    assert shared_by_ways(traced(chain(closed_form, honest, other=honest), HERE)) == {}


def test_a_line_computed_by_the_line_above_is_seen():
    assert whole_lines(traced(chain(closed_form, in_disguise), HERE)) == {1: {"test_oracles.closed_form"}}
    assert whole_lines(traced(chain(closed_form, closed_form), HERE)) == {1: {"test_oracles.closed_form"}}
    assert whole_lines(traced(chain(closed_form, honest), HERE)) == {}
    part = lambda w: total(w) * total(w)
    assert whole_lines(traced(chain(closed_form, part), HERE)) == {}, "a part that both lines hold is no line"


# Addends ---------------------------------------------------------------------------------------------

# What may be left out unnoticed, and why.
IDLE = {
    "capacity-no-bars": {"slope_without_bars without 25"},  # a constant has no slope: what the line says
    "density_ratio-ceiling": {"limit without 1"},  # no finite table reaches the bound, and a higher one holds too
    "density_ratio-shrinks": {"shrunk without 1 / world[1]"},  # so does a higher bound here: TC itself
    "density_ratio-price": {"listed without gamma * on_dimensions"},  # what a wrong line adds: nothing here
    "density_ratio-fixed": {"three_terms without own.sum()", "three_terms without through_bar.sum()"},  # the claim
    "metrics-mig-of-labels": {"by_scikit_learn without said[1]"},  # the second latent says nothing: the claim
    "total_correlation-square": {"square_by_quadrature without s"},  # where the quadrature is cut in pieces
    "identifiability-labels": {"by_fitting without z @ np.arange(1, w.d + 2)"},  # whatever is learnt, noise decides
    "identifiability-mode": {"missed without w.log_p_z"},  # a constant: it cancels
    "elbo-gaussian-kl": {"kl_quadrature without 1e-15"},  # the tails that the quadrature leaves out
    "elbo-gradient": {"slope_of_mean without log_var.exp()"},  # a constant in mu, differentiated
    "kkt-optimal-encoder": {"best_by_mirror_ascent without 1"},  # a constant, normalised away
}
WAYS = [(label, i, name) for label, c in CHAINS.items() for i, step in enumerate(c.steps) for name in ("", *step.also)]


def on_two_worlds(derivation):
    """The same chain on two worlds of each kind, where what is not changed is computed once."""
    return remembered(replace(derivation, worlds=tuple(replace(k, count=min(k.count, 2)) for k in derivation.worlds)))


@cache
def few(label):
    return on_two_worlds(CHAINS[label])


def idle(derivation, line, name):
    """What can be left out of a way of computing a line, and the chain still holds."""
    step, found = derivation.steps[line], set()
    for what, shorter in without_one_addend(inspect.unwrap(step.also[name] if name else step.value)):
        changes = {"also": {**step.also, name: shorter}} if name else {"value": shorter}
        try:
            derivation.replace(line, **changes).check()
            found.add(what)
        except (BrokenStep, UnusableStep):
            pass
    return found


@pytest.mark.parametrize("label, line, name", WAYS)
def test_every_addend_of_a_line_matters_on_the_worlds_that_are_used(label, line, name):
    left_out = idle(few(label), line, name) - IDLE.get(label, set())
    assert not left_out, "it is always zero on these worlds, or nothing sees it: take other worlds, or say why in IDLE"


def with_an_idle_term(w):
    return w.square().sum() + 2 * w.prod() + (w[1] - 2) ** 2  # the second number of a pair is always 2


def test_an_addend_that_is_zero_on_all_worlds_is_seen():
    found = lambda way: idle(on_two_worlds(chain(closed_form, way)), 1, "")
    (only,) = found(with_an_idle_term)
    assert only == "with_an_idle_term without (w[1] - 2) ** 2"
    assert found(honest) == found(lambda w: w[0] ** 2 + w[1] ** 2 + 2 * w[0] * w[1]) == set()


def test_a_remembered_chain_computes_each_line_once_on_each_world_and_only_there():
    asked = []
    counted = lambda w: asked.append(w) or total(w) ** 2
    known = on_two_worlds(chain(counted, honest))
    for _ in range(3):
        known.check()
        assert known.replace(1, value=lambda w: honest(w) + 1).breaks().number == 1
    assert len(asked) == 2 and not torch.equal(*asked)
    drawn = Worlds("generators", lambda seed: torch.Generator().manual_seed(seed), 2)
    used_up = replace(known, worlds=(drawn,))
    assert remembered(used_up) is used_up


def test_each_addend_is_left_out_once():
    texts = [what for what, _ in without_one_addend(lambda w: w[0 + 1] - (w.sum() + 3))]
    assert texts == [f"<lambda> without {t}" for t in ("w.sum() + 3", "w[0 + 1]", "3", "w.sum()")]
    world = torch.tensor([1.0, 5.0])
    assert [shorter(world).item() for _, shorter in without_one_addend(lambda w: w[1] - w[0])] == [5.0, -1.0]


# Error bars ------------------------------------------------------------------------------------------


def sampled(label):
    """(line, way) of every error bar of a chain."""
    return [
        (i, name)
        for i, ways in of_the_book(label).items()
        for name, (value, _) in ways.items()
        if isinstance(value, Estimate)
    ]


def mean_square(label, line, name):
    """Of thirty differences, or more, from an exact value, in error bars."""
    derivation, seen = CHAINS[label], of_the_book(label)
    way = lambda i, name: derivation.steps[i].also[name] if name else derivation.steps[i].value
    exact = next(
        way(place, other)
        for place in ((line, line + 1, line - 1) if name else (line + 1, line - 1))
        for other, (value, _) in seen.get(place, {}).items()
        if not isinstance(value, Estimate)
    )
    squares: list[float] = []
    for seed in itertools.count(3000):
        draw = lambda: derivation.worlds[0].draw(seed)  # noqa: B023
        estimate, value = way(line, name)(draw()), exact(draw())
        squares += ((estimate.mean - value) / estimate.error).square().flatten().tolist()
        if len(squares) >= 30:
            return sum(squares) / len(squares)


@pytest.mark.parametrize("label", CHAINS)
def test_an_error_bar_is_as_wide_as_the_errors(label):
    """In error bars the mean square of the errors is one, within a factor of 4.

    By chance it is off by so much once in 10,000 (chi-square, 30 degrees of freedom), at these seeds never.
    """
    for line, name in sampled(label):
        assert 0.25 < mean_square(label, line, name) < 4, f"line {line}, {name or 'its value'}"


def test_error_bars_are_found():
    assert sampled("elbo-single-sample") and not sampled("elbo-gap")
