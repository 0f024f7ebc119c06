"""The total correlation: the part of the rate that is paid for latents that repeat one another.

`estimators` reads it from a batch, as beta-TCVAE does in training; `exact` sums over the whole data set.
"""

from course_pkg.total_correlation.estimators import beta_tcvae, log_densities, log_weights, split_kl
from course_pkg.total_correlation.exact import RateSplit, exact_split

__all__ = ["RateSplit", "beta_tcvae", "exact_split", "log_densities", "log_weights", "split_kl"]
