"""The questions of the chapter `elbo`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.elbo.debug import MENDED_VAE
from course_pkg.questions.elbo.derive import ABOVE, WEIGHTED
from course_pkg.questions.elbo.experiment import BASELINE, IN_USE
from course_pkg.questions.elbo.kl import KL_BETWEEN_GAUSSIANS
from course_pkg.questions.elbo.likelihoods import CONTINUOUS_BERNOULLI
from course_pkg.questions.elbo.mixture import MIXTURE_RATE
from course_pkg.questions.elbo.priors import KL_TO_LAPLACE
from course_pkg.questions.elbo.tilted import KL_FULL_COVARIANCE
from course_pkg.questions.elbo.widths import FITTED_WIDTH

QUESTIONS: tuple[Question, ...] = (
    KL_BETWEEN_GAUSSIANS,
    WEIGHTED,
    FITTED_WIDTH,
    IN_USE,
    KL_FULL_COVARIANCE,
    MIXTURE_RATE,
    ABOVE,
    MENDED_VAE,
    BASELINE,
    CONTINUOUS_BERNOULLI,
    KL_TO_LAPLACE,
)
