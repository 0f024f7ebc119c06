"""What a shuffled code is, and how to undo it: questions of the chapter `density_ratio`."""

import math

import torch
from torch import Tensor

from course_pkg.grading import Case, Condition, Question, Symmetry, Wrong
from course_pkg.questions.shared import negated, normals, numbers

# The law of a row -------------------------------------------------------------------------------------


def joints(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, batch: int, *shape: int) -> Case:
        (logits,) = normals(s, 1, *shape)
        q = (2 * logits).flatten().softmax(0).reshape(shape)
        return Case(rung, {"q": q, "batch": batch}, {"batch": batch, "rows": shape[0], "columns": shape[1]})

    hand = {"q": numbers([[0.5, 0.0], [0.0, 0.5]]), "batch": 2}
    told = "latents that always agree, with the table {q}, and a batch of {batch}"
    return (
        Case("hand", hand, {"batch": 2, "rows": 2, "columns": 2}, told),
        case("random", seed + 1, 5, 2, 3),
        case("random", seed + 2, 3, 4, 2),
        case("oracle", seed + 3, 4, 3, 3),
        case("trap", seed + 4, 64, 3, 3),
    )


def alone(q: Tensor) -> Tensor:
    return torch.outer(q.sum(1), q.sum(0))


def shuffled(q: Tensor, batch: int) -> Tensor:
    return q / batch + (1 - 1 / batch) * alone(q)


def every_choice(q: Tensor, batch: int) -> Tensor:
    """Each latent from any row: the same row or two."""
    total = torch.zeros_like(q)
    for first in range(batch):
        for second in range(batch):
            total += q if first == second else q.sum(1, keepdim=True) * q.sum(0, keepdim=True)
    return total / batch**2


SHUFFLED_TABLE = Question(
    name="shuffled_table",
    kind="implement",
    title="The law of a shuffled code",
    points=3,
    difficulty=3,
    importance=5,
    minutes=25,
    returns="a table of probabilities of q's shape",
    relation="the chance of each code in a row, where each of two latents comes from any of B independent codes",
    cases=joints,
    reference=shuffled,
    oracle=every_choice,
    wrong=(
        Wrong(
            "independent latents: a batch that is large",
            lambda q, batch: alone(q),
            "that is where a large batch leads. In one case of B both latents come from the same code.",
        ),
        Wrong(
            "the shares exchanged: both latents rarely from two codes",
            lambda q, batch: (1 - 1 / batch) * q + alone(q) / batch,
            "both latents come from one code rarely, in one case of B.",
        ),
        Wrong(
            "the batch squared: one in B^2 for the same row twice",
            lambda q, batch: q / batch**2 + (1 - 1 / batch**2) * alone(q),
            "B of the B^2 pairs of rows are the same row twice: one in B.",
        ),
        Wrong(
            "pairs of rows drawn without putting back: B^2 less B in all",
            lambda q, batch: q / (batch + 1) + batch / (batch + 1) * alone(q),
            "count the pairs of rows: B^2 in all, and in B of them both are the same.",
        ),
        Wrong(
            "half whole: holds for a batch of two",
            lambda q, batch: (q + alone(q)) / 2,
            "that holds for a batch of two. The share of whole codes falls with the batch.",
        ),
        Wrong(
            "shares that do not add up to one",
            lambda q, batch: q / batch + alone(q),
            "the two shares must add up to one: this table does not.",
        ),
        Wrong(
            "nothing shuffled",
            lambda q, batch: q.clone(),
            "that is the law of a code before it is shuffled, or in a batch of one.",
        ),
        Wrong(
            "one of the B - 1 others",
            lambda q, batch: q / (batch - 1) + (1 - 1 / (batch - 1)) * alone(q),
            "the second latent is drawn from all B codes, the first one's own among them, not from B - 1 others.",
        ),
        Wrong(
            "averages for marginals",
            lambda q, batch: q / batch + (1 - 1 / batch) * torch.outer(q.mean(1), q.mean(0)),
            "a marginal adds up what the other latent may be; you averaged, and the marginals no longer sum to one.",
        ),
    ),
    conditions=(
        Condition("the table adds up to one", lambda given, found: found[""].sum() - 1),
        Condition(
            "each latent's own chances stay as they were",
            lambda given, found: found[""].sum(1) - given["q"].sum(1),
        ),
    ),
    terms=lambda given: {
        "": {
            "q over the batch": given["q"] / given["batch"],
            "the product of the marginals": alone(given["q"]),
            "minus the product over the batch": -alone(given["q"]) / given["batch"],
        }
    },
    hints={
        "not started": "draw the row of the first latent, then that of the second. How often is it the same one?",
        "exception": "q is a tensor (rows, columns); sums over each axis give the marginals, torch.outer a product.",
        "shape": "return a probability for each pair of values, as q has.",
        "trap": "a square table: the first latent goes down, the second across.",
        "different": "with a chance of 1/B a code is whole, otherwise its latents are independent.",
    },
)

# And back -----------------------------------------------------------------------------------------------


def seen_logits(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, batch: int, scale: float) -> Case:
        (truth,) = normals(s, 1, 7)
        truth = scale * truth + 0.3
        logit = -(1 / batch + (1 - 1 / batch) * (-truth).exp()).log()
        return Case(rung, {"logit": logit, "batch": batch}, {"codes": 7, "batch": batch})

    told = "a batch of {batch}, and a logit of {logit}"
    near = numbers([math.log(8) - 1e-4, -300.0, 0.0, 1.0])
    return (
        Case("hand", {"logit": numbers([0.0]), "batch": 4}, {"codes": 1, "batch": 4}, told, counts=False),
        Case("hand", {"logit": numbers([math.log(2)]), "batch": 4}, {"codes": 1, "batch": 4}, told),
        case("random", seed + 1, 5, 1.0),
        case("random", seed + 2, 16, 2.0),
        case("oracle", seed + 3, 3, 1.5),
        Case("trap", {"logit": near, "batch": 8}, {"codes": 4, "batch": 8}),
    )


def solved(logit: Tensor, batch: int) -> Tensor:
    return math.log(1 - 1 / batch) + logit - torch.log1p(-logit.exp() / batch)


def by_search(logit: Tensor, batch: int) -> Tensor:
    """The log ratio whose logit of shuffled batches is this one, by bisection."""
    low, high = torch.full_like(logit, -1e3), torch.full_like(logit, 1e3)
    for _ in range(80):
        T = (low + high) / 2
        found = -torch.logaddexp(torch.full_like(T, -math.log(batch)), math.log((batch - 1) / batch) - T)
        low, high = torch.where(found < logit, T, low), torch.where(found < logit, high, T)
    return (low + high) / 2


WITHOUT_BATCH = Question(
    name="without_batch",
    kind="implement",
    title="The mark removed",
    points=3,
    difficulty=4,
    importance=3,
    minutes=25,
    returns="one number a code, shape (codes,)",
    relation="log q/q-bar, from the logit log q/m_B, where m_B = q/B + (1 - 1/B) q-bar",
    cases=seen_logits,
    reference=solved,
    oracle=by_search,
    wrong=(
        Wrong(
            "one factor: near log B any ratio is hidden",
            lambda logit, batch: logit / (1 - 1 / batch),
            "one factor does not do: near log B the logit hides any ratio at all.",
        ),
        Wrong(
            "a constant for the share q/B",
            lambda logit, batch: logit - math.log(1 - 1 / batch),
            "a constant does not do: the share q/B in m_B matters where q is large.",
        ),
        Wrong(
            "q/B not subtracted before m_B is divided",
            lambda logit, batch: logit + math.log(1 - 1 / batch),
            "solve m_B for q-bar: q/B is to be subtracted before you divide by 1 - 1/B.",
        ),
        Wrong(
            "the factor of q-bar, what is left of m_B, is missing",
            lambda logit, batch: logit - torch.log1p(-logit.exp() / batch),
            "what is left of m_B is (1 - 1/B) q-bar: its factor is missing.",
        ),
        Wrong(
            "the same direction once more: q/q-bar made into q/m_B",
            lambda logit, batch: -torch.log(1 / batch + (1 - 1 / batch) * (-logit).exp()),
            "you went on in the same direction: this makes q/m_B of q/q-bar.",
        ),
        Wrong(
            "the logarithm of 1 - 1/B subtracted, not added",
            lambda logit, batch: logit - torch.log1p(-logit.exp() / batch) - math.log(1 - 1 / batch),
            "(1 - 1/B) multiplies the ratio: its logarithm is added.",
        ),
        negated(solved, "that is the logarithm of q-bar over q.", "q-bar over q: the sign"),
        Wrong(
            "e to the logit for e to minus the logit",
            lambda logit, batch: ((logit.exp() - 1 / batch) / (1 - 1 / batch)).log(),
            "e to the logit is q over m_B; what is solved for q-bar over q is m_B over q, e to minus the logit.",
        ),
        Wrong(
            "log B added: a ceiling lifted",
            lambda logit, batch: logit + math.log(batch),
            "log B is the ceiling, where the ratio is hidden. To have log B added lifts every code alike.",
        ),
    ),
    terms=lambda given: {
        "": {
            "the logit": given["logit"],
            "the logarithm of 1 - 1/B": torch.full_like(given["logit"], math.log(1 - 1 / given["batch"])),
            "minus the logarithm of 1 - e^logit / B": -torch.log1p(-given["logit"].exp() / given["batch"]),
        }
    },
    symmetries=(
        Symmetry(
            "follow where the codes come in another order",
            lambda g: {"logit": g["logit"].flip(0)},
            lambda g, v: v.flip(0),
        ),
    ),
    hints={
        "not started": "divide m_B by q: one over the ratio that you have is 1/B + (1 - 1/B) over the one you want.",
        "exception": "logit is a tensor, batch a number: math.log for the one, torch.log for the other.",
        "shape": "one number a code.",
        "not finite": "e to the minus logit may overflow: take the logit out of the logarithm first.",
        "trap": "one logit is just below log B, one is far below zero.",
        "different": "by hand: in a batch of 4 a ratio q/m_B of 2 means m_B = q/2. How much of it is q-bar's?",
    },
)
