"""The equations of the chapter `elbo`, in the order of the page."""

from course_pkg.derivation import Definition, Derivation
from course_pkg.equations.elbo.bounds import (
    ELBO,
    EVIDENCE,
    GAP,
    IWAE,
    JENSEN,
    MEAN_FIELD,
    POSTERIOR,
    SINGLE_SAMPLE,
    TIGHTENING,
)
from course_pkg.equations.elbo.gaussian import GAUSSIAN_KL, GAUSSIAN_KL_1D, GRADIENT
from course_pkg.equations.elbo.likelihoods import BERNOULLI_LIKELIHOOD, GAUSSIAN_LIKELIHOOD, MEANS, OPTIMAL_SIGMA

EQUATIONS: tuple[Definition | Derivation, ...] = (
    EVIDENCE,
    POSTERIOR,
    ELBO,
    JENSEN,
    GAP,
    MEAN_FIELD,
    SINGLE_SAMPLE,
    GAUSSIAN_KL_1D,
    GAUSSIAN_KL,
    GRADIENT,
    GAUSSIAN_LIKELIHOOD,
    OPTIMAL_SIGMA,
    BERNOULLI_LIKELIHOOD,
    MEANS,
    IWAE,
    TIGHTENING,
)
