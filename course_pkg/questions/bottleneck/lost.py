"""What a code loses of what its x knew of y: a question of the chapter `bottleneck`."""

import scipy.special
import torch
from torch import Tensor

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.bottleneck.codes import coded, dirichlet, pairs, safe
from course_pkg.questions.shared import DIVERGENCE, bits, numbers
from course_pkg.worlds import expect, kl


def code_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, tables: dict[str, Tensor], told: str = "", counts: bool = True) -> Case:
        sizes = {"values of x": len(tables["p_xz"]), "values of z": tables["p_xz"].shape[1]}
        return Case(rung, tables, sizes, told, counts)

    def draw(s: int, x: int, z: int, y: int) -> tuple[Tensor, Tensor, Tensor]:
        return dirichlet(s, x), dirichlet(s + 10, x, z), dirichlet(s + 20, x, y)

    merged = coded(numbers([0.5, 0.5]), numbers([[1.0], [1.0]]), numbers([[1.0, 0.0], [0.5, 0.5]]))
    told = "p(x, z) {p_xz}, p(y|x) with the rows {p_y_given_x}, p(y|z) {p_y_given_z}"
    p_x, _, p_y = draw(seed + 2, 4, 4, 3)
    zero, encoder, settled = draw(seed + 4, 4, 4, 4)
    settled[0], settled[1] = torch.eye(4, dtype=torch.float64)[:2]  # y is certain, so some probabilities are zero
    encoder[:2, 1:] = 0  # both have one code
    encoder[:2, 0] = 1
    return (
        case("hand", merged, told),
        case("random", coded(*draw(seed + 1, 5, 3, 4))),
        case("random", coded(p_x, torch.eye(4, dtype=torch.float64), p_y), counts=False),  # nothing is lost
        case("oracle", coded(*draw(seed + 3, 6, 4, 2))),
        case("trap", coded(zero, encoder, settled)),
    )


def weighed(p: Tensor, values: Tensor) -> Tensor:
    return expect(p.flatten().log(), values.flatten())


def lost_by_entropies(p_xz: Tensor, p_y_given_x: Tensor, p_y_given_z: Tensor) -> float:
    """H(y|z) - H(y|x)."""
    surprise = lambda p, given: float(p.numpy() @ scipy.special.entr(given.numpy()).sum(1))
    return surprise(p_xz.sum(0), p_y_given_z) - surprise(p_xz.sum(1), p_y_given_x)


def tables(f):
    return lambda p_xz, p_y_given_x, p_y_given_z: f(p_xz, p_y_given_x, p_y_given_z)


right_loss = tables(lambda p, x, z: weighed(p, pairs(x, z)))


def open_given(p: Tensor, given: Tensor) -> Tensor:
    """H(y|.) of a table of conditionals."""
    return weighed(p, expect(given.log(), -given.log()))


def lost_terms(given):
    p = given["p_xz"]
    return {
        "": {
            "H(y|z)": open_given(p.sum(0), given["p_y_given_z"]),
            "minus H(y|x)": -open_given(p.sum(1), given["p_y_given_x"]),
        }
    }


LOST = Question(
    name="lost_by_code",
    kind="derive",
    title="What a code loses",
    points=3,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number",
    relation="I(x; y) - I(z; y), as an average divergence, never negative",
    cases=code_cases,
    reference=right_loss,
    oracle=lost_by_entropies,
    wrong=(
        Wrong(
            "averaged inside over the code's guess: the divergence the other way round",
            tables(lambda p, x, z: weighed(p, pairs(safe(z), safe(x)).T)),
            "y is drawn given x, so the average inside is over p(y|x); the code's guess stands below it.",
        ),
        Wrong(
            "p(x) q(z) for the joint",
            tables(lambda p, x, z: weighed(p.sum(1)[:, None] * p.sum(0), pairs(safe(x), safe(z)))),
            "you weighed each pair by p(x) q(z). A code meets the x that chose it: weigh by the joint.",
        ),
        Wrong(
            "an average over pairs without probability",
            tables(lambda p, x, z: pairs(safe(x), safe(z)).mean()),
            "an average over pairs weighs each by its probability.",
        ),
        Wrong(
            "the sign: a term that is not positive",
            tables(lambda p, x, z: -weighed(p, pairs(x, z))),
            "what was lost must be added to what is left: the term is positive.",
        ),
        Wrong(
            "I(z; y), what is left",
            tables(lambda p, x, z: weighed(p.sum(0), kl(z.log(), (p.sum(0) @ z).log()))),
            "that is I(z; y), what is left. Asked for is what is missing.",
        ),
        Wrong(
            "what there was before the code: I(x; y)",
            tables(lambda p, x, z: weighed(p.sum(1), kl(x.log(), (p.sum(1) @ x).log()))),
            "that is I(x; y), all there was before the code.",
        ),
        Wrong(
            "H(y|z), all that is unknown after the code",
            tables(lambda p, x, z: weighed(p.sum(0), expect(z.log(), -z.log()))),
            "H(y|z) is what is unknown after the code. Some of it was unknown before: subtract H(y|x).",
        ),
        bits(right_loss),
    ),
    conditions=(DIVERGENCE,),
    terms=lost_terms,
    hints={
        "not started": "write I(x; y) and I(z; y) as averages over the same triples x, y, z, and subtract.",
        "exception": "p_xz is (X, Z), p_y_given_x (X, Y), p_y_given_z (Z, Y): give each an axis that the other lacks.",
        "shape": "one number: sum over y, then average over the pairs of x and z.",
        "not finite": "0 log 0 counts as zero, and pairs that never meet count for nothing: see worlds.expect.",
        "trap": "y may be certain, and some pairs of x and z may never meet.",
        "different": "I(x; y) averages log p(y|x) / p(y), I(z; y) averages log p(y|z) / p(y), over the same triples.",
    },
)
