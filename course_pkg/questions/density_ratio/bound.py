"""What a bound misses: a question of the chapter `density_ratio`."""

import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Symmetry, Wrong
from course_pkg.questions.shared import DIVERGENCE, bits, normals, numbers
from course_pkg.worlds import expect, kl

# What a bound misses ----------------------------------------------------------------------------------


def guesses(seed: int) -> tuple[Case, ...]:
    def case(rung: str, rows: int, cells: int, s: int, off: float = 0.5, counts: bool = True) -> Case:
        q, bar, noise = normals(s, 3, rows, cells)
        q, bar = q.log_softmax(1), bar.log_softmax(1)
        given = {"log_q": q, "log_bar": bar, "logit": q - bar + off * noise + (1 if counts else 0)}
        return Case(rung, given, {"rows": rows, "codes": cells}, counts=counts)

    q, bar = numbers([[0.5, 0.5]]).log(), numbers([[0.25, 0.75]]).log()
    told = "{codes:word} codes, of probability {log_q:exp} and {log_bar:exp}, and a logit of {logit}"
    return (
        Case("hand", {"log_q": q, "log_bar": bar, "logit": numbers([[1.0, 1.0]])}, {"rows": 1, "codes": 2}, told),
        case("random", 3, 6, seed + 1),
        case("random", 4, 5, seed + 2, off=0.0, counts=False),
        case("oracle", 5, 4, seed + 3, off=1.5),
        case("trap", 6, 6, seed + 4, off=3.0),
    )


def missing(log_q: Tensor, log_bar: Tensor, logit: Tensor) -> Tensor:
    return kl(log_q, (log_bar + logit).log_softmax(1))


def bound_subtracted(log_q: Tensor, log_bar: Tensor, logit: Tensor) -> Tensor:
    """The divergence less the bound, each by torch."""
    D = torch.distributions
    whole = D.kl_divergence(D.Categorical(logits=log_q), D.Categorical(logits=log_bar))
    return whole - (log_q.exp() * logit).sum(1) + (log_bar.exp() * logit.exp()).sum(1).log()


def half_variance(log_q: Tensor, off: Tensor) -> Tensor:
    return 0.5 * (expect(log_q, off.square()) - expect(log_q, off).square())


def missing_terms(given):
    q, bar, T = given["log_q"], given["log_bar"], given["logit"]
    return {
        "": {
            "q's average of its own log ratio": kl(q, bar),
            "minus q's average of the logit": -expect(q, T),
            "the logarithm of the mass": (bar + T).logsumexp(1),
        }
    }


MISSING_FROM_BOUND = Question(
    name="missing_from_bound",
    kind="derive",
    title="What Donsker and Varadhan miss",
    points=3,
    difficulty=4,
    importance=4,
    minutes=25,
    returns="one number a row, shape (rows,)",
    relation="the divergence of q from q-bar, minus (the average of the logit over q, less the logarithm of the "
    "average of its exponential over q-bar)",
    cases=guesses,
    reference=missing,
    oracle=bound_subtracted,
    wrong=(
        Wrong(
            "averaged over q, not over the density that the logit makes",
            lambda log_q, log_bar, logit: kl((log_bar + logit).log_softmax(1), log_q),
            "you averaged over the density that the logit makes. The bound is averaged over q.",
        ),
        Wrong(
            "q-bar times e^T, not divided by its sum: no density",
            lambda log_q, log_bar, logit: kl(log_q, log_bar + logit),
            "q-bar times e^T is no density yet: divide by its sum. That is the logarithm in the bound.",
        ),
        Wrong(
            "the whole of what is bounded, with a good logit too",
            lambda log_q, log_bar, logit: kl(log_q, log_bar),
            "that is what is bounded. A good logit leaves less of it.",
        ),
        Wrong(
            "what the weaker bound misses",
            lambda log_q, log_bar, logit: kl(log_q, log_bar + logit) + (log_bar + logit).exp().sum(1) - 1,
            "that is missing from E_q T - E e^T + 1, the bound without the logarithm.",
        ),
        Wrong(
            "the exponential averaged over the first deck",
            lambda log_q, log_bar, logit: kl(log_q, log_bar + logit) + (log_q + logit).logsumexp(1),
            "the exponential is averaged over the second deck, q-bar, and the logit over the first.",
        ),
        Wrong(
            "q-bar in place of q where the bound and the divergence are averaged",
            lambda log_q, log_bar, logit: kl(log_bar, (log_bar + logit).log_softmax(1)),
            "average over q, the first deck: that is where the divergence and the bound are averaged.",
        ),
        bits(missing),
        Wrong(
            "normalised over the rows",
            lambda log_q, log_bar, logit: kl(log_q, (log_bar + logit).log_softmax(0)),
            "each row is a world of its own: normalise along its codes, axis 1; you did so over the rows.",
        ),
        Wrong(
            "a plain mean over codes, not weighed by q",
            lambda log_q, log_bar, logit: (log_q - (log_bar + logit).log_softmax(1)).mean(1),
            "an average over q weighs each code by its probability; a plain mean weighs all codes alike.",
        ),
        Wrong(
            "weighed by q-bar, the second deck",
            lambda log_q, log_bar, logit: (log_bar.exp() * (log_q - (log_bar + logit).log_softmax(1))).sum(1),
            "the log ratio that you have is the right one, but it is weighed by q-bar, the second deck, not by q.",
        ),
        Wrong(
            "half of a variance: right for small errors of the logit",
            lambda log_q, log_bar, logit: half_variance(log_q, logit - (log_q - log_bar)),
            "half of the variance of the logit's error is what small errors cost, to second order. Find all of it.",
        ),
    ),
    conditions=(DIVERGENCE,),
    terms=missing_terms,
    symmetries=(
        Symmetry("stay the same where a constant is added to the logit", lambda g: {"logit": g["logit"] + 2.0}),
    ),
    hints={
        "not started": "write all three averages over q, in one logarithm. Which density stands below q there?",
        "exception": "all three are (rows, codes); worlds.kl takes two tables of log probabilities.",
        "shape": "sum over the codes, the last axis: one number a row is left.",
        "trap": "these logits are far from the log ratio; as many rows as codes.",
        "not finite": "use logsumexp or log_softmax for the sum of exponentials, which may be infinity.",
        "different": "q-bar e^T, divided by its sum, is a density. What is missing is how far q is from it.",
    },
)
