"""A term and a list of prices: questions of the chapter `total_correlation`."""

import scipy.stats
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import bits, negated, numbers
from course_pkg.worlds import TabularWorld, kl

# A prior that does not factorise ------------------------------------------------------------------


def prior_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, q: Tensor, p: Tensor, told: str = "", counts: bool = True) -> Case:
        sizes = dict(zip(("values of z_1", "values of z_2"), q.shape, strict=True))
        return Case(rung, {"q": q, "p": p}, sizes, told, counts)

    def draw(s: int, *latents: int, factorised: bool = False) -> tuple[Tensor, Tensor]:
        w = TabularWorld.random(s, latents, factorised_prior=factorised)
        return w.log_aggregate_posterior().exp().reshape(latents), w.log_p_z.exp().reshape(latents)

    hand = numbers([[0.25, 0.25], [0.25, 0.25]]), numbers([[0.375, 0.125], [0.125, 0.375]])
    holes, prior = draw(seed + 4, 4, 4)
    holes = holes.clone()
    holes[:, 0] = 0  # codes that never occur
    return (
        case("hand", *hand, told="codes {q}, prior {p}, as tables of the latents"),
        case("random", *draw(seed + 1, 2, 3)),
        case("random", *draw(seed + 2, 3, 2, factorised=True), counts=False),
        case("oracle", *draw(seed + 3, 3, 4)),
        case("trap", holes / holes.sum(), prior),
    )


def prior_ratio(p: Tensor) -> Tensor:
    return p.log() - p.sum(1).log()[:, None] - p.sum(0).log()


def missing(q: Tensor, p: Tensor) -> Tensor:
    return -(q * prior_ratio(p)).sum()


def tc_of(table: Tensor) -> Tensor:
    return torch.special.xlogy(table, table / (table.sum(1)[:, None] * table.sum(0))).sum()


def missing_by_entropies(q: Tensor, p: Tensor) -> Tensor:
    """The divergence from the prior, less those that the three parts hold, all by scipy."""
    h = scipy.stats.entropy
    codes, prior = q.numpy(), p.numpy()
    whole = h(codes.ravel(), prior.ravel())
    tc = h(codes.sum(1)) + h(codes.sum(0)) - h(codes.ravel())
    return torch.as_tensor(whole - tc - h(codes.sum(1), prior.sum(1)) - h(codes.sum(0), prior.sum(0)))


def missing_terms(given):
    q, p = given["q"], given["p"]
    over = lambda table: (q * table.log()).sum()
    return {
        "": {
            "minus the average of log p(z)": -over(p),
            "the average of log p(z_1)": over(p.sum(1)[:, None]),
            "the average of log p(z_2)": over(p.sum(0)),
        }
    }


MISSING_PRIOR = Question(
    name="missing_for_prior",
    kind="derive",
    title="A prior with a correlation",
    points=3,
    difficulty=3,
    importance=3,
    minutes=20,
    returns="one number",
    relation="R minus I(x; z), TC(z) and the sum of D_j, where p(z) is any table and D_j compares with its marginals",
    cases=prior_cases,
    reference=missing,
    oracle=missing_by_entropies,
    wrong=(
        negated(missing, "the sign is turned: such a rate is lower where codes lie as expected."),
        Wrong(
            "averaged over the prior",
            lambda q, p: -(p * prior_ratio(p)).sum(),
            "you averaged over the prior; a rate averages over what is encoded.",
        ),
        Wrong(
            "the codes' total correlation",
            lambda q, p: -tc_of(q),
            "the codes' total correlation is in the split already.",
            (
                lambda q, p: tc_of(q) - tc_of(p),
                lambda q, p: tc_of(p) - tc_of(q),
                lambda q, p: tc_of(q),
            ),
        ),
        Wrong(
            "TC and the D_j together",
            lambda q, p: torch.special.xlogy(q, q / (p.sum(1)[:, None] * p.sum(0))).sum(),
            "TC and the D_j together are the divergence from a product of marginals, and counted already.",
        ),
        Wrong(
            "over the product of the codes' marginals",
            lambda q, p: -(q.sum(1)[:, None] * q.sum(0) * prior_ratio(p)).sum(),
            "average over q(z) itself, not over the product of its marginals.",
        ),
        Wrong(
            "the whole divergence, none of it taken off",
            lambda q, p: torch.special.xlogy(q, q / p).sum(),
            "the whole divergence: take off what the other terms have of it.",
        ),
        Wrong(
            "the logarithm of an average",
            lambda q, p: (q * prior_ratio(p).neg().exp()).sum().log(),
            "the logarithm of an average is larger than the average of the logarithms, which is asked for.",
            (lambda q, p: -(q * prior_ratio(p).exp()).sum().log(),),
        ),
        bits(missing),
    ),
    terms=missing_terms,
    hints={
        "not started": "write the last ratio of the split with prod p(z_j) inserted, and see what is left over.",
        "exception": "p.sum(1) is the marginal of z_1, shape (k_1,): it needs [:, None].",
        "shape": "sum over all codes: one number.",
        "not finite": "codes that never occur have q = 0, and 0 times anything finite is 0.",
        "hand": "all marginals are 1/2, so their product is 1/4 everywhere; p is 3/8 or 1/8.",
        "different": "an average over q of the logarithm of p over the product of p's marginals, with a sign.",
    },
)

# Prices -----------------------------------------------------------------------------------------------


def price_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, a: float, b: float, c: float, told: str = "") -> Case:
        return Case(rung, {"rate": a, "aggregate": b, "tc": c}, {"objectives": 4}, told)

    g = torch.Generator().manual_seed(seed)
    draws = (0.3 + 3 * torch.rand(3, 3, generator=g, dtype=torch.float64)).tolist()
    return (
        case("hand", 1.0, 0.0, 5.0, "FactorVAE: {rate} on the rate, {aggregate} on the aggregate, {tc} on the TC"),
        case("random", *draws[0]),
        case("oracle", *draws[1]),
        case("trap", draws[2][0], -draws[2][1], draws[2][2]),
    )


def prices(rate: float, aggregate: float, tc: float) -> Tensor:
    return numbers([rate, rate + aggregate + tc, rate + aggregate])


def prices_by_worlds(rate: float, aggregate: float, tc: float) -> Tensor:
    """Least squares: the penalty of thirty random tables against their three parts."""
    rows, penalties = [], []
    for seed in range(30):
        w = TabularWorld.random(seed)
        q = w.log_aggregate_posterior()
        parts = [w.mutual_information(), w.total_correlation(), w.dimension_wise_kl().sum()]
        rows.append(torch.stack(parts))
        penalties.append(rate * w.rate() + aggregate * kl(q, w.log_p_z) + tc * w.total_correlation())
    return torch.linalg.lstsq(torch.stack(rows), torch.stack(penalties)[:, None]).solution[:, 0]


PRICES = Question(
    name="prices_of",
    kind="derive",
    title="Three prices of any objective",
    points=2,
    difficulty=2,
    importance=4,
    minutes=15,
    returns="three numbers, shape (3,): the price of information, of total correlation, of each D_j",
    relation="rate R + aggregate KL(q(z) || p(z)) + tc TC(z) is these three prices times the three parts; p factorises",
    cases=price_cases,
    reference=prices,
    oracle=prices_by_worlds,
    wrong=(
        Wrong(
            "one weight, one part",
            lambda rate, aggregate, tc: numbers([rate, tc, aggregate]),
            "one weight has more than one part: the rate holds all of them, the aggregate's divergence two.",
        ),
        Wrong(
            "no TC and D_j in the rate",
            lambda rate, aggregate, tc: numbers([rate, aggregate + tc, aggregate]),
            "no rate is information alone: TC and D_j are in the rate too.",
        ),
        Wrong(
            "no TC in the aggregate",
            lambda rate, aggregate, tc: numbers([rate, rate + tc, rate + aggregate]),
            "the aggregate's divergence from the prior has the TC in it, too.",
        ),
        Wrong(
            "no D_j in the aggregate",
            lambda rate, aggregate, tc: numbers([rate, rate + aggregate + tc, rate]),
            "the D_j are in that divergence, of q(z) from a product.",
        ),
        Wrong(
            "everything on information",
            lambda rate, aggregate, tc: numbers([rate + aggregate, rate + aggregate + tc, rate + aggregate]),
            "the aggregate posterior knows of no single image: its divergence holds no information.",
        ),
        Wrong(
            "gamma 5 as beta 5",
            lambda rate, aggregate, tc: numbers([rate, tc, rate + aggregate]),
            "what is added comes on top of one: gamma 5 is beta 6, not beta 5.",
        ),
    ),
    symmetries=(
        Symmetry(
            "double where all three weights do",
            lambda g: {name: 2 * value for name, value in g.items()},
            lambda g, v: 2 * v,
        ),
    ),
    hints={
        "not started": "R is I + TC + sum of D_j; KL(q(z) || p(z)) is TC + sum of D_j.",
        "exception": "rate, aggregate and tc are numbers: add them.",
        "type": "return a tensor, of floats.",
        "shape": "one value each for three parts: (3,).",
        "hand": "FactorVAE: information 1, total correlation 1 + gamma, each D_j 1.",
        "different": "put the two identities of the chapter in, and collect what multiplies each part.",
    },
)
