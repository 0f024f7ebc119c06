"""The two comparisons of the pocket study that were written down before it ran, and how each is decided.

Both ask for a sign, at a level of 0.05 for the two together (Holm), two-sided. The score is Kim and Mnih's by votes of
64 images, 10,000 to learn which latent stands for which factor and 5,000 others to score it, drawn from the run's own
seed, at the last step. Each row has ten seeds, 0 to 9; a run that fails is told and left out.

1. FACTOR_VAE. At equal information FactorVAE scores higher than a beta-VAE. For each seed the six beta-VAEs (beta 0.5,
   1, 2, 4, 10, 16) are a curve, score against exact I(x; z), joined by straight lines; the FactorVAE of that seed is
   compared with the curve at its own information. Student's t of the ten differences against 0; predicted above 0. A
   seed whose FactorVAE lies outside its curve is told and left out; with fewer than eight seeds nothing is decided.
2. DENSITY. Factors that are sampled densely are disentangled better: a beta-VAE at beta 4 trained on all 92,160 images
   scores higher than one trained as long on 1,440 of them, every fourth orientation and four positions each way, both
   scored on all. Welch's t; predicted above 0. After Higgins et al. (2017), who ask for dense sampling.

What n = 10 can see: with a power of 0.8 at the stricter of Holm's two levels, 0.025, a mean difference of 1.14 standard
deviations (1), a difference of two means of 1.48 (2). With the published standard deviation of a beta-VAE, 7.68 points,
that is 8.7 and 11.4 points.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from course_pkg.benchmark.kept import values
from course_pkg.benchmark.statistics import Contrast, at_equal, holm, mean_interval, sample, smallest_effect, welch

SCORE, RATE, LEVEL, LEAST = "kim_mnih", "information", 0.05, 8
FAMILY = ("beta-vae-0.5", "vae", "beta-vae-2", "beta-vae-4", "beta-vae-10", "beta-vae-16")
OTHER, DENSE, THIN = "factor-vae", "beta-vae-4", "beta-vae-4-sparse"


class Verdict(NamedTuple):
    """found: the contrast; p: corrected; n: seeds that counted; outside: seeds left out; visible: what n could see."""

    found: Contrast
    p: float
    n: int
    outside: tuple[int, ...]
    visible: float

    @property
    def said(self) -> str:
        """In one word: whether the prediction held, its contrary did, or neither was seen."""
        if self.n < LEAST:
            return "not decided: too few seeds"
        if self.p >= LEVEL:
            return "not seen"
        return "as predicted" if self.found.difference > 0 else "the contrary"


def at_equal_information(
    runs: Sequence[Mapping[str, Any]], other: str = OTHER, score: str = SCORE
) -> tuple[dict[int, float], tuple[int, ...]]:
    """By seed: what a row scores above the beta-VAEs of that seed at its own information; and the seeds outside them.

    A seed of which a run is missing is left out of both.
    """
    found, outside = {}, []
    by = {(run["row"], run["seed"]): run for run in runs if run.get(score) is not None and run.get(RATE) is not None}
    for seed in sorted({seed for row, seed in by if row == other}):
        family = [by[member, seed] for member in FAMILY if (member, seed) in by]
        if len(family) < len(FAMILY):
            continue
        mine, rates = by[other, seed], [run[RATE] for run in family]
        if not min(rates) <= mine[RATE] <= max(rates):
            outside.append(seed)
            continue
        found[seed] = mine[score] - at_equal(rates, [run[score] for run in family], mine[RATE])
    return found, tuple(outside)


def verdicts(runs: Sequence[Mapping[str, Any]]) -> dict[str, Verdict]:
    """Both contrasts of a study's runs, as written above. ValueError where a row has fewer than two seeds."""
    differences, outside = at_equal_information(runs)
    dense, thin = (values(runs, row, SCORE) for row in (DENSE, THIN))
    n = [len(differences), min(len(dense), len(thin))]
    a, b = sample(dense), sample(thin)
    found = [mean_interval(list(differences.values())), welch(a, b)]
    spread = [sample(list(differences.values())).sd, ((a.sd**2 + b.sd**2) / 2) ** 0.5]
    visible = [
        smallest_effect(sd, k, level=LEVEL / 2, paired=q) for sd, k, q in zip(spread, n, (True, False), strict=True)
    ]
    p = holm([one.p for one in found])
    left = (outside, ())
    names = ("FactorVAE at equal information", "density of sampling")
    return {name: Verdict(found[k], p[k], n[k], left[k], visible[k]) for k, name in enumerate(names)}
