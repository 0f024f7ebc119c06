"""Terms that mend a broken chain from the constrained problem to beta: questions of the chapter `kkt`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import bits, numbers
from course_pkg.worlds import TabularWorld, expect, kl

# From F to L --------------------------------------------------------------------------------------


def prices(seed: int) -> tuple[Case, ...]:
    def case(rung: str, beta: float, budget: float, s: int) -> Case:
        world = TabularWorld.random(s)
        return Case(rung, {"beta": beta, "rate": world.kl(), "budget": budget}, {"images": len(world.log_p_x)})

    hand = {"beta": 4.0, "rate": numbers([0.5]), "budget": 2.0}
    return (
        Case("hand", hand, {"images": 1}, "beta is {beta}, the rate {rate} nats, the budget {budget} nats"),
        case("random", 3.0, 0.7, seed + 1),
        case("random", 0.6, 1.9, seed + 2),
        case("oracle", 2.2, 1.3, seed + 3),
        case("trap", 5.0, 0.05, seed + 4),
    )


def missing_by_subtraction(beta: float, rate: Tensor, budget: float) -> Tensor:
    """F - L with an expected log-likelihood of minus one: whatever it is, it cancels."""
    likelihood = -torch.ones_like(rate)
    return (likelihood - beta * (rate - budget)) - (likelihood - beta * rate)


def filled(f):
    """An answer that gives one number an image."""
    return lambda beta, rate, budget: f(beta, rate, budget) + 0 * rate


def missing_terms(given):
    beta, rate, budget = given["beta"], given["rate"], given["budget"]
    zero = torch.zeros_like(rate)
    found = {
        "beta times the budget": beta * budget + zero,
        "~the budget": budget + zero,
        "~beta times the rate": beta * rate,
    }
    return {"": {**found, "~the rate": rate}}


MISSING = Question(
    name="missing_from_beta_vae",
    kind="derive",
    title="What the paper drops, and why it may",
    points=2,
    difficulty=2,
    importance=5,
    minutes=15,
    returns="one number an image, shape (images,)",
    relation="F minus L, where F = E_q log p(x|z) - beta (rate - budget) and L = E_q log p(x|z) - beta rate",
    cases=prices,
    reference=filled(lambda beta, rate, budget: beta * budget),
    oracle=missing_by_subtraction,
    wrong=(
        Wrong(
            "nothing, by slackness",
            filled(lambda beta, rate, budget: 0.0),
            "complementary slackness says beta (rate - budget) = 0, at an optimum. It says nothing of beta budget.",
        ),
        Wrong(
            "the slack: beta rate besides",
            filled(lambda beta, rate, budget: beta * (budget - rate)),
            "that is what F has more than the expected log-likelihood; L has lost beta rate besides.",
        ),
        Wrong(
            "beta times the rate",
            filled(lambda beta, rate, budget: beta * rate),
            "that is what L lies below the expected log-likelihood. It equals the answer only where the rate is the "
            "budget.",
        ),
        Wrong(
            "the sign",
            filled(lambda beta, rate, budget: -beta * budget),
            "F is the larger one: inside it the budget has two minus signs.",
        ),
        Wrong(
            "the budget without beta: outside the bracket",
            filled(lambda beta, rate, budget: budget),
            "the budget stands inside the bracket that beta multiplies.",
        ),
        Wrong(
            "no more than is spent",
            lambda beta, rate, budget: beta * rate.clamp_max(budget),
            "F pays back the whole budget, also where less than that is spent: nothing in its bracket is cut off.",
        ),
        Wrong(
            "as if beta were one more than it is",
            filled(lambda beta, rate, budget: (beta - 1) * budget),
            "the ELBO plays no part here: F and L have the same beta.",
        ),
    ),
    terms=missing_terms,
    hints={
        "not started": "write F and L one below the other and subtract.",
        "exception": "beta and budget are numbers, rate is (images,).",
        "shape": "one number an image, though it is the same for each: add it to a tensor of zeros.",
        "trap": "what you drop must not depend on how far the rate is from its budget.",
        "different": "multiply the bracket in F out.",
    },
)

# The best weighted bound --------------------------------------------------------------------------


def tables(seed: int) -> tuple[Case, ...]:
    def case(rung: str, beta: float, world: TabularWorld, scale: float = 1.0) -> Case:
        log_likelihood = scale * world.log_p_x_given_z
        sizes = {"images": len(world.log_p_x), "latent values": len(world.log_p_z)}
        return Case(rung, {"beta": beta, "log_prior": world.log_p_z, "log_likelihood": log_likelihood}, sizes)

    hand = {"beta": 2.0, "log_prior": numbers([0.5, 0.5]).log(), "log_likelihood": numbers([[0.25, 1.0]]).log()}
    told = "{latent_values:word} values of z, prior {log_prior:exp}, likelihood {log_likelihood:exp}, beta {beta}"
    draw = TabularWorld.random
    return (
        Case("hand", hand, {"images": 1, "latent values": 2}, told),
        case("random", 3.0, draw(seed + 1)),
        case("random", 0.4, draw(seed + 2, x=5)),
        case("oracle", 1.7, draw(seed + 3, (3, 3))),
        case("trap", 0.01, draw(seed + 4, (2, 3), x=6), scale=20.0),
    )


def bound_of(beta: float, log_prior: Tensor, log_likelihood: Tensor, log_q: Tensor) -> Tensor:
    return expect(log_q, log_likelihood) - beta * kl(log_q, log_prior)


def bound_by_its_encoder(beta: float, log_prior: Tensor, log_likelihood: Tensor) -> Tensor:
    """The bound at the encoder that is best for this beta, from torch's own divergence."""
    q = torch.distributions.Categorical(logits=log_prior + log_likelihood / beta)
    p = torch.distributions.Categorical(logits=log_prior.expand_as(log_likelihood))
    return (q.probs * log_likelihood).sum(1) - beta * torch.distributions.kl_divergence(q, p)


def at_posterior(beta: float, log_prior: Tensor, log_likelihood: Tensor) -> Tensor:
    return bound_of(beta, log_prior, log_likelihood, (log_prior + log_likelihood).log_softmax(1))


def best_bound(beta: float, log_prior: Tensor, log_likelihood: Tensor) -> Tensor:
    return beta * (log_prior + log_likelihood / beta).logsumexp(1)


BEST_BOUND = Question(
    name="best_weighted_bound",
    kind="derive",
    title="The most that a weighted bound can reach",
    points=3,
    difficulty=3,
    importance=4,
    minutes=30,
    returns="one number an image, shape (images,)",
    relation="the largest value, over every distribution q of z, of E_q log p(x|z) - beta KL(q || p(z))",
    cases=tables,
    reference=best_bound,
    oracle=bound_by_its_encoder,
    wrong=(
        Wrong(
            "the evidence log p(x), the most with beta 1",
            lambda beta, log_prior, log_likelihood: (log_prior + log_likelihood).logsumexp(1),
            "log p(x) is the most that the bound with beta 1 can reach. A price other than one has another best q.",
        ),
        Wrong(
            "beta is not put back",
            lambda beta, log_prior, log_likelihood: (log_prior + log_likelihood / beta).logsumexp(1),
            "you divided the bound by beta to see a KL in it; multiply by beta at the end.",
        ),
        Wrong(
            "the weighted bound at the posterior p(z|x)",
            at_posterior,
            "that is the weighted bound at q = p(z|x). The best q at another price is flatter, or sharper.",
        ),
        Wrong(
            "the power on the whole, the prior too",
            lambda beta, log_prior, log_likelihood: beta * ((log_prior + log_likelihood) / beta).logsumexp(1),
            "beta multiplies the whole KL, so after dividing by it only the likelihood has the power 1 / beta.",
        ),
        Wrong(
            "a dearer nat counts more: the power the wrong way round",
            lambda beta, log_prior, log_likelihood: (log_prior + beta * log_likelihood).logsumexp(1) / beta,
            "the likelihood has the power 1 / beta: a dearer nat makes it count for less.",
        ),
        Wrong(
            "the power inside the sum is missing",
            lambda beta, log_prior, log_likelihood: beta * (log_prior + log_likelihood).logsumexp(1),
            "the power 1 / beta inside the sum is missing.",
        ),
        Wrong(
            "the likeliest z",
            lambda beta, log_prior, log_likelihood: log_likelihood.amax(1),
            "that is what a price of zero would reach. The likeliest z costs its own surprise under the prior.",
        ),
        bits(best_bound),
        Wrong(
            "the bound at the prior q = p(z), of infinite price",
            lambda beta, log_prior, log_likelihood: expect(log_prior.expand_as(log_likelihood), log_likelihood),
            "that is the bound at q = p(z), the best at an infinite price.",
        ),
    ),
    conditions=(
        Condition(
            "no q reaches more than the likeliest z has",
            lambda g, f: (f[""] - g["log_likelihood"].amax(1)).clamp_min(0),
        ),
        Condition(
            "the best q reaches at least what q = p(z) reaches",
            lambda g, f: (expect(g["log_prior"].expand_as(g["log_likelihood"]), g["log_likelihood"]) - f[""]).clamp_min(
                0
            ),
        ),
    ),
    symmetries=(
        Symmetry(
            "rise by one where every log-likelihood does",
            lambda g: {"log_likelihood": g["log_likelihood"] + 1},
            lambda g, v: v + 1,
        ),
    ),
    hints={
        "not started": "for the case by hand, try three q of your own: which gives the most?",
        "exception": "log_prior (latent values,) is added to every row of log_likelihood (images, latent values).",
        "shape": "sum over the values of z, axis 1.",
        "not finite": "at a small beta p(x|z) to the power 1 / beta is zero in float64: logsumexp does not form it.",
        "trap": "here nats are cheap: beta is a hundredth.",
        "different": "divide the weighted bound by beta: it is minus a KL from a distribution that is not normalised. "
        "What is its sum?",
    },
)
