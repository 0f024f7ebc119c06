"""The equations of the chapter `elbo`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.elbo.bounds import ELBO, EVIDENCE, GAP, JENSEN, MEAN_FIELD, POSTERIOR
from course_pkg.equations.elbo.gaussian import EQUAL_WIDTHS, GAUSSIAN_KL, GAUSSIAN_KL_1D, OVERLAP
from course_pkg.equations.elbo.gradient import BOWL, GRADIENT, VARIANCE_RATIO
from course_pkg.equations.elbo.likelihoods import BERNOULLI_LIKELIHOOD, GAUSSIAN_LIKELIHOOD, MEANS, OPTIMAL_SIGMA
from course_pkg.equations.elbo.samples import IWAE, SINGLE_SAMPLE, TIGHTENING

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
    GAUSSIAN_LIKELIHOOD,
    OPTIMAL_SIGMA,
    BERNOULLI_LIKELIHOOD,
    IWAE,
    TIGHTENING,
    OVERLAP,
    EQUAL_WIDTHS,
    MEANS,
)
