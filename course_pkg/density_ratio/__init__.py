"""The total correlation from a classifier: tell codes from codes whose latents were shuffled, and read off the odds.

`adversary` is FactorVAE's: shuffling, what the classifier pays, the terms of both players. `shuffling` says what a
shuffled code really is, `reading` what a logit tells and how to fit one. `info_gan` are the terms of a generator
and of a critic who guesses its code.
"""

from course_pkg.density_ratio.adversary import cross_entropy, factor_vae, permute_dims
from course_pkg.density_ratio.info_gan import info_gan, told_apart
from course_pkg.density_ratio.reading import Reading, fit_logit, logits, read, waymarks
from course_pkg.density_ratio.shuffling import (
    ceiling,
    gaussian_log_ratio,
    gaussian_reading,
    partitions,
    seen,
    shuffled_law,
    undone,
)

__all__ = [
    "Reading",
    "ceiling",
    "cross_entropy",
    "factor_vae",
    "fit_logit",
    "gaussian_log_ratio",
    "gaussian_reading",
    "info_gan",
    "logits",
    "partitions",
    "permute_dims",
    "read",
    "seen",
    "shuffled_law",
    "told_apart",
    "undone",
    "waymarks",
]
