"""Predictions about a ceiling and a wall: questions of the chapter `density_ratio`."""

import math

import scipy.integrate
import torch

from course_pkg.grading import Case, Question, Wrong
from course_pkg.questions.shared import at_least, bits

# A ceiling ----------------------------------------------------------------------------------------------


def copies(seed: int) -> tuple[Case, ...]:
    g = torch.Generator().manual_seed(seed)
    pick = lambda low, high: int(torch.randint(low, high, (), generator=g))
    case = lambda rung, latents, batch, told="": Case(
        rung, {"latents": latents, "batch": batch}, {"latents": latents, "batch": batch}, told
    )
    return (
        case("hand", 2, 8, "{latents:word} latents and a batch of {batch}"),
        case("random", pick(3, 7), pick(20, 100)),
        case("random", pick(7, 12), pick(100, 500)),
        case("oracle", pick(3, 6), pick(5, 20)),
        case("trap", 4, 2),
    )


def by_counting(latents: int, batch: int) -> float:
    """With k values instead of a continuum, k very large: partitions of the latents, counted by Stirling's numbers."""
    stirling = [1] + [0] * latents  # of 0 latents
    for _ in range(latents):
        stirling = [0] + [blocks * stirling[blocks] + stirling[blocks - 1] for blocks in range(1, latents + 1)]
    log_k = 40.0
    shares = [
        stirling[b] * math.perm(batch, b) / batch**latents * math.exp(-(b - 1) * log_k) for b in range(1, latents + 1)
    ]
    return -math.log(sum(shares))


def reading_of_copies(latents: int, batch: int) -> float:
    return (latents - 1) * math.log(batch)


READING_OF_COPIES = Question(
    name="reading_of_copies",
    kind="experiment",
    title="The most that a batch can say",
    points=2,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number, in nats",
    relation="what the best classifier reads where all latents are copies of one continuous latent and the second deck "
    "is shuffled in batches",
    cases=copies,
    reference=reading_of_copies,
    oracle=by_counting,
    wrong=(
        Wrong(
            "log B, which holds for two latents, without a further copy",
            lambda latents, batch: math.log(batch),
            "that holds for two latents. Each further copy must come from the same row as well.",
        ),
        Wrong(
            "the first latent counted, which costs nothing",
            lambda latents, batch: latents * math.log(batch),
            "the first latent may come from any row: it costs nothing.",
        ),
        Wrong(
            "every pair counted",
            lambda latents, batch: latents * (latents + 1) / 2 * math.log(batch),
            "once the others come from the first one's row, all pairs agree: count choices of rows, not pairs.",
        ),
        Wrong(
            "B - 1 for B: a latent never from its own row",
            lambda latents, batch: (latents - 1) * math.log(batch - 1) if batch > 2 else -1.0,
            "a latent may come from its own row: one of B, not of B - 1.",
        ),
        Wrong(
            "a ratio of chances added, not multiplied, for its logarithm",
            lambda latents, batch: float((latents - 1) * batch),
            "the reading is the logarithm of a ratio: here the chances multiply, so their logarithms add.",
        ),
        Wrong(
            "the chance that a shuffled row is whole, for minus its logarithm",
            lambda latents, batch: batch ** -(latents - 1.0),
            "that is the chance that a shuffled row is whole. The reading is minus its logarithm.",
        ),
        bits(reading_of_copies),
    ),
    conditions=(at_least(0.0, "a divergence is never negative"),),
    hints={
        "not started": "two codes of the second deck look real: when does a shuffled row look like a real code?",
        "exception": "latents and batch are whole numbers; math.log gives nats.",
        "type": "return a number.",
        "not finite": "no infinity: however fine the latents, the second deck has a share of whole codes, so a limit.",
        "trap": "four latents and a batch of two: a shuffled row is whole in one case of eight.",
        "different": "a shuffled row looks real only where all its latents come from one row. How often is that?",
    },
)

# A wall --------------------------------------------------------------------------------------------------


def walls(seed: int) -> tuple[Case, ...]:
    g = torch.Generator().manual_seed(seed)
    draw = lambda low, high: low + (high - low) * float(torch.rand((), generator=g, dtype=torch.float64))
    case = lambda rung, divergence, error, told="": Case(rung, {"divergence": divergence, "error": error}, {}, told)
    return (
        case("hand", math.log(2), 0.5, "a divergence of {divergence} nats, and an error of {error}"),
        case("random", draw(1, 2), draw(0.05, 0.2)),
        case("random", draw(2, 4), draw(0.2, 0.6)),
        case("oracle", draw(0.3, 1.5), draw(0.02, 0.1)),
        case("trap", draw(0.01, 0.03), 0.1),
    )


def by_integration(divergence: float, error: float) -> float:
    """The variance of N(z; m, 1) / N(z; 0, 1) by quadrature: the mean is one."""
    m = math.sqrt(2 * divergence)
    square = lambda z: math.exp(2 * (m * z - m * m / 2) - z * z / 2) / math.sqrt(2 * math.pi)
    second, _ = scipy.integrate.quad(square, 2 * m - 12, 2 * m + 12, epsabs=0, epsrel=1e-12, limit=200)
    return (second - 1) / error**2


def codes_needed(divergence: float, error: float) -> float:
    return math.expm1(2 * divergence) / error**2


CODES_NEEDED = Question(
    name="codes_needed",
    kind="experiment",
    title="The wall",
    points=2,
    difficulty=3,
    importance=4,
    minutes=20,
    returns="one number, not rounded",
    relation="how many codes give the mean of the exact ratio of N(m, 1) to N(0, 1), whose divergence is given, with "
    "that relative standard error",
    cases=walls,
    reference=codes_needed,
    oracle=by_integration,
    wrong=(
        Wrong(
            "the error not squared: half the error for twice, not four times, the codes",
            lambda divergence, error: math.expm1(2 * divergence) / error,
            "a standard error falls with the root of the number of codes: half the error takes four times the codes.",
        ),
        Wrong(
            "e to the divergence: half of that square of the shift",
            lambda divergence, error: math.expm1(divergence) / error**2,
            "the variance is e to the square of the shift, less one; the divergence is half that square.",
        ),
        Wrong(
            "the mean of the logarithm for that of the exponential",
            lambda divergence, error: 2 * divergence / error**2,
            "that is for the mean of the logarithm, which is easy. The exponential varies much more.",
        ),
        Wrong(
            "the mean's square not subtracted",
            lambda divergence, error: math.exp(2 * divergence) / error**2,
            "a variance is the mean of the square less the square of the mean, which is one.",
        ),
        Wrong(
            "the shift for half of its square",
            lambda divergence, error: math.expm1(divergence**2) / error**2,
            "the divergence is half of the square of the shift, not the shift.",
        ),
        Wrong(
            "powers of 2 for powers of e",
            lambda divergence, error: (4.0**divergence - 1) / error**2,
            "the divergence is in nats: powers of e.",
        ),
        Wrong(
            "an error of the size of the mean itself",
            lambda divergence, error: math.expm1(2 * divergence),
            "that many codes give an error of the size of the mean itself.",
        ),
        Wrong(
            "the one subtracted in the exponent",
            lambda divergence, error: math.exp(2 * divergence - 1) / error**2,
            "one is subtracted from the exponential, not in its exponent: where the brackets close matters.",
        ),
    ),
    conditions=(at_least(0.0, "a number of codes is positive"),),
    hints={
        "not started": "what is the variance of one ratio? The mean of n has an n-th of it.",
        "exception": "divergence and error are numbers; use math.exp.",
        "type": "return a number, such as 12.5.",
        "trap": "the divergence is small here: what does your formula give at none at all?",
        "different": "the ratio is log-normal: its logarithm has mean minus the divergence and twice that as variance.",
    },
)
