"""Information in a table, and what a rate holds beside it: questions of the chapter `bottleneck`."""

import scipy.special
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import DIVERGENCE, bits, numbers
from course_pkg.worlds import TabularWorld, entropy, expect, kl

# What each x says of y ----------------------------------------------------------------------------


def count_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, counts: Tensor, told: str = "") -> Case:
        return Case(
            rung, {"counts": counts}, dict(zip(("values of x", "values of y"), counts.shape, strict=True)), told
        )

    def draw(s: int, *shape: int) -> Tensor:
        return torch.randint(1, 20, shape, generator=torch.Generator().manual_seed(s)).double()

    holes = draw(seed + 3, 4, 4)
    holes[0, 1:] = 0  # this x settles y
    holes[:, 2] = 0  # this y never occurs
    return (
        case("hand", numbers([[1, 1], [3, 1]]), "counts with the rows {counts}"),
        case("random", draw(seed + 1, 5, 3)),
        case("oracle", draw(seed + 2, 3, 6)),
        case("trap", holes),
    )


def conditionals(counts: Tensor) -> tuple[Tensor, Tensor]:
    """log p(y|x) of each row, log p(y)."""
    return (counts / counts.sum(1, keepdim=True)).log(), (counts.sum(0) / counts.sum()).log()


def each_says(counts: Tensor) -> Tensor:
    return kl(*conditionals(counts))


def each_says_by_scipy(counts: Tensor) -> Tensor:
    table = counts.numpy() / counts.sum().item()
    given = table / table.sum(1, keepdims=True)
    return torch.from_numpy(scipy.special.rel_entr(given, table.sum(0)).sum(1))


def of_rows(f):
    return lambda counts: f(*conditionals(counts))


WHAT_EACH_SAYS = Question(
    name="what_each_says",
    kind="implement",
    title="What each x says about y",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number for each x, shape (X,)",
    relation="the mean of log p(y|x) - log p(y) over y given x, in nats; its mean over x is I(x; y)",
    cases=count_cases,
    reference=each_says,
    oracle=each_says_by_scipy,
    wrong=(
        bits(each_says),
        Wrong(
            "averaged over p(y): the divergence the other way round",
            of_rows(lambda given, all_: kl(all_, given)),
            "you averaged over p(y). An x that was seen is averaged over p(y|x), and may rule a y out.",
        ),
        Wrong(
            "the fall of the entropy: H(y) - H(y|x)",
            of_rows(lambda given, all_: entropy(all_) - entropy(given)),
            "H(y) - H(y|x) has the same mean over x, but for one x it is another number, and may be negative.",
        ),
        Wrong(
            "every row counted alike, not weighed by p(x)",
            lambda counts: kl(conditionals(counts)[0], conditionals(counts)[0].exp().mean(0).log()),
            "p(y) is the mean of the rows weighed by p(x): rows with more counts have more to say in it.",
        ),
        Wrong(
            "multiplied by p(x): what x adds",
            lambda counts: counts.sum(1) / counts.sum() * each_says(counts),
            "you multiplied by p(x) already: that is what x adds to I(x; y), not what it says when it comes.",
        ),
        Wrong(
            "averaged over x",
            lambda counts: (counts.sum(1) / counts.sum() * each_says(counts)).sum(),
            "that is the mutual information itself, one number. Keep the values of x apart.",
        ),
        Wrong(
            "columns for rows",
            lambda counts: each_says(counts.T),
            "rows are values of x: divide each row by its own sum.",
        ),
        Wrong(
            "one added to every count",
            lambda counts: each_says(counts + 1),
            "adding to the counts avoids log 0 by changing the table. Use that 0 log 0 is 0.",
        ),
        Wrong(
            "how surprising y is, without log p(y|x)",
            of_rows(lambda given, all_: expect(given, -all_)),
            "that is how surprising y is, not how much less surprising x makes it: log p(y|x) is missing.",
        ),
    ),
    conditions=(DIVERGENCE,),
    symmetries=(
        Symmetry("stay the same where every pair came twice as often", lambda g: {"counts": 2 * g["counts"]}),
        Symmetry("stay the same where the values of y are renamed", lambda g: {"counts": g["counts"].flip(1)}),
    ),
    hints={
        "not started": "write p(y|x) for both rows of the case by hand, and p(y) below them.",
        "exception": "counts is a float64 tensor (X, Y): divide, take logarithms, sum over axis 1.",
        "shape": "sum over y, axis 1, and keep the values of x apart.",
        "not finite": "zero times minus infinity must count as zero, also in an empty column: see worlds.expect.",
        "hand": "first p(y|x) from each row, then p(y) from all counts together.",
        "different": "first p(y|x) from each row, then p(y) from all counts together.",
    },
)

# What of a rate is no information -----------------------------------------------------------------


def rate_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, world: TabularWorld, counts: bool = True) -> Case:
        sizes = {"images": len(world.log_p_x), "values of z": len(world.log_p_z)}
        return Case(rung, {name: getattr(world, name) for name in RATE_NAMES}, sizes, counts=counts)

    hand = [numbers([0.25, 0.75]).log(), numbers([[1.0, 0.0], [1 / 3, 2 / 3]]).log(), numbers([0.25, 0.75]).log()]
    told = "p(x) {log_p_x:exp}; the encoder has the rows {log_q_z_given_x:exp}; prior {log_p_z:exp}"
    exact = TabularWorld.random(seed + 2).with_exact_encoder()
    matched = TabularWorld(
        exact.log_aggregate_posterior(), exact.log_p_x_given_z, exact.log_q_z_given_x, exact.log_p_x, exact.latents
    )
    silent = TabularWorld.random(seed + 4, (2, 3), x=6)
    codes = silent.log_q_z_given_x.clone()
    codes[:, 1] = -torch.inf  # a code that no image uses
    silent_arguments = dict(zip(RATE_NAMES, (silent.log_p_x, codes.log_softmax(1), silent.log_p_z), strict=True))
    return (
        Case("hand", dict(zip(RATE_NAMES, hand, strict=True)), {"images": 2}, told),
        case("random", TabularWorld.random(seed + 1, (2, 3), x=4)),
        case("random", matched, counts=False),
        case("oracle", TabularWorld.random(seed + 3, (3, 3), x=5)),
        Case("trap", silent_arguments, {"images": 6, "values of z": 6}),
    )


RATE_NAMES = ("log_p_x", "log_q_z_given_x", "log_p_z")


def aggregate(log_p_x: Tensor, log_q: Tensor) -> Tensor:
    """log q(z)."""
    return (log_p_x[:, None] + log_q).logsumexp(0)


def rate(log_p_x: Tensor, log_q: Tensor, log_p_z: Tensor) -> Tensor:
    return expect(log_p_x, kl(log_q, log_p_z))


def information(log_p_x: Tensor, log_q: Tensor) -> Tensor:
    return expect(log_p_x, kl(log_q, aggregate(log_p_x, log_q)))


def by_difference(log_p_x: Tensor, log_q_z_given_x: Tensor, log_p_z: Tensor) -> float:
    """Rate minus information, both from probabilities."""
    p_x, q, p_z = (t.exp().numpy() for t in (log_p_x, log_q_z_given_x, log_p_z))
    both = [scipy.special.rel_entr(q, other).sum(1) @ p_x for other in (p_z, p_x @ q)]
    return float(both[0] - both[1])


def given(f):
    """An answer with its arguments by position."""
    return lambda log_p_x, log_q_z_given_x, log_p_z: f(log_p_x, log_q_z_given_x, log_p_z)


right_waste = given(lambda p, q, m: kl(aggregate(p, q), m))


def waste_terms(arguments):
    p, q, m = (arguments[name] for name in RATE_NAMES)
    return {"": {"the rate": rate(p, q, m), "minus the information": -information(p, q)}}


WASTED_RATE = Question(
    name="wasted_rate",
    kind="derive",
    title="What of a rate is no information",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number",
    relation="the rate minus I(x; z), as one divergence, never negative",
    cases=rate_cases,
    reference=right_waste,
    oracle=by_difference,
    wrong=(
        Wrong(
            "averaged over the prior: the divergence the other way round",
            given(lambda p, q, m: kl(m, aggregate(p, q))),
            "codes are drawn from q(z), so the average is over q(z), not over the prior.",
        ),
        Wrong(
            "every image counted alike",
            given(lambda p, q, m: kl(q.exp().mean(0).log(), m)),
            "q(z) weighs each image's code by p(x); yours weighs all alike.",
        ),
        Wrong(
            "the mean of the logarithms",
            given(lambda p, q, m: kl((p.exp()[:, None] * q.clamp_min(-50)).sum(0).log_softmax(0), m)),
            "you averaged log q(z|x). What is averaged over images is the probability, its logarithm comes after.",
            also=(given(lambda p, q, m: expect(log := (p.exp()[:, None] * q).sum(0), log - m)),),
        ),
        Wrong(
            "the whole rate",
            given(rate),
            "that is the rate: it holds the information too. Only what the prior charges for q(z) is wasted.",
        ),
        Wrong(
            "the information I(x; z), the useful part",
            given(lambda p, q, m: information(p, q)),
            "that is I(x; z), the useful part. The prior does not occur in it, and it must in your term.",
        ),
        Wrong(
            "the sign: a term that is negative",
            given(lambda p, q, m: -kl(aggregate(p, q), m)),
            "the rate is at least the information, so the term that mends the chain is never negative.",
        ),
        Wrong(
            "-log p(z) alone, without log q(z)",
            given(lambda p, q, m: expect(aggregate(p, q), -m)),
            "the mean of -log p(z) alone; the logarithm of q(z) is missing.",
        ),
        bits(right_waste),
    ),
    conditions=(DIVERGENCE,),
    terms=waste_terms,
    hints={
        "not started": "write both averages with the same E over x and z, and subtract under it: what cancels?",
        "exception": "log_p_x is (X,), the encoder (X, Z), the prior (Z,): make log q(z), shape (Z,), with logsumexp.",
        "shape": "one number for the whole table: average over x as well.",
        "not finite": "a code that no image uses has q(z) = 0, and adds nothing: see worlds.expect.",
        "different": "write log q(z|x) - log p(z) as (log q(z|x) - log q(z)) + (log q(z) - log p(z)), and average.",
    },
)
