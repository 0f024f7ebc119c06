"""The total correlation: the part of the rate that is paid for latents that repeat one another.

`estimators` reads it from a batch, as beta-TCVAE does in training; `exact` sums over the whole data set; `family` says
what the estimates average to, on tables; `shapes` holds codes whose total correlation is known.
"""

from course_pkg.total_correlation.estimators import (
    beta_tcvae,
    log_densities,
    log_weights,
    own_weights,
    split_by,
    split_kl,
)
from course_pkg.total_correlation.exact import RateSplit, exact_split, read_split
from course_pkg.total_correlation.family import expected_split, information_about_batch
from course_pkg.total_correlation.shapes import clusters, gaussian_tc, total_and_dual, turned_square

__all__ = [
    "RateSplit",
    "beta_tcvae",
    "clusters",
    "exact_split",
    "expected_split",
    "gaussian_tc",
    "information_about_batch",
    "log_densities",
    "log_weights",
    "own_weights",
    "read_split",
    "split_by",
    "split_kl",
    "total_and_dual",
    "turned_square",
]
