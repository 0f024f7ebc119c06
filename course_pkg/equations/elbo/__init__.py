"""The equations of the chapter `elbo`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.elbo.bounds import ELBO, EVIDENCE, POSTERIOR
from course_pkg.equations.elbo.gaussian import OVERLAP
from course_pkg.equations.elbo.gradient import BOWL
from course_pkg.equations.elbo.samples import IWAE
from course_pkg.equations.elbo.wrong.bounds import GAP, JENSEN, MEAN_FIELD, SINGLE_SAMPLE, TIGHTENING
from course_pkg.equations.elbo.wrong.gaussian import (
    BERNOULLI_LIKELIHOOD,
    EQUAL_WIDTHS,
    GAUSSIAN_KL,
    GAUSSIAN_KL_1D,
    GAUSSIAN_LIKELIHOOD,
    MEANS,
    OPTIMAL_SIGMA,
)
from course_pkg.equations.elbo.wrong.gradient import BASELINE, GRADIENT, VARIANCE_RATIO

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
    BOWL,
    VARIANCE_RATIO,
    BASELINE,
    GAUSSIAN_LIKELIHOOD,
    OPTIMAL_SIGMA,
    BERNOULLI_LIKELIHOOD,
    IWAE,
    TIGHTENING,
    OVERLAP,
    EQUAL_WIDTHS,
    MEANS,
)
