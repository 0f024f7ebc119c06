"""The published table that the family is compared by, and what can be seen from its own numbers.

Kim and Mnih's metric on dSprites, ten seeds: mean, standard deviation and best, in percent. Jeong and Song (2019),
"Learning Discrete and Continuous Factors of Data via Alternating Disentanglement", tables 1 and 2.
"""

from typing import NamedTuple

from course_pkg.benchmark.statistics import Sample, furthest

SEEDS, VOTES, EVALUATIONS = 10, 800, 30  # the last two as the released code has them


class Published(NamedTuple):
    """A row: the number of its continuous latents, and mean, standard deviation and best in percent."""

    latents: int
    mean: float
    sd: float
    best: float

    @property
    def sample(self) -> Sample:
        return Sample(self.mean, self.sd, SEEDS)

    @property
    def away(self) -> float:
        """How many standard deviations the best is above the mean."""
        return (self.best - self.mean) / self.sd

    @property
    def possible(self) -> bool:
        """Whether ten numbers can have this mean, deviation and best, with either definition of the deviation."""
        largest = furthest(SEEDS) * (SEEDS / (SEEDS - 1)) ** 0.5
        return self.away <= largest


SCORES = {
    "beta-VAE, beta 10": Published(5, 70.11, 7.54, 84.62),
    "beta-VAE, beta 4": Published(10, 74.41, 7.68, 88.38),
    "FactorVAE, 5": Published(5, 81.09, 2.63, 85.12),
    "FactorVAE, 10": Published(10, 82.15, 0.88, 88.25),
    "CascadeVAE-C, 5": Published(5, 81.69, 3.14, 88.38),
    "CascadeVAE-C, 10": Published(10, 81.74, 2.97, 87.38),
    "JointVAE, 6": Published(6, 74.51, 5.17, 91.75),
    "JointVAE, 4": Published(4, 73.06, 2.18, 75.38),
    "CascadeVAE, 6": Published(6, 90.49, 5.28, 99.50),
    "CascadeVAE, 4": Published(4, 91.34, 7.36, 98.62),
}
ACCURACIES = {
    "JointVAE, 6": Published(6, 44.79, 3.88, 53.14),
    "JointVAE, 4": Published(4, 43.99, 3.94, 54.11),
    "CascadeVAE, 6": Published(6, 78.84, 15.65, 99.66),
    "CascadeVAE, 4": Published(4, 76.00, 22.16, 98.72),
}
