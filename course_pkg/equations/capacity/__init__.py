"""The equations of the page `capacity`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.capacity.channel import EMPTY_WIDTH
from course_pkg.equations.capacity.frontier import BEST_RATE, LASSO
from course_pkg.equations.capacity.prices import CAPACITY, HINGE
from course_pkg.equations.capacity.wrong.channel import CHANNEL, EMPTY
from course_pkg.equations.capacity.wrong.prices import EXACT_PENALTY, NO_BARS, SOFT
from course_pkg.equations.capacity.wrong.vae import BETA_VAE, CEILING, RATE_GAP, RATE_GAP_GAUSSIAN, SAME, SANDWICH

EQUATIONS: tuple[Definition | Derivation, ...] = (
    SAME,
    BETA_VAE,
    RATE_GAP,
    RATE_GAP_GAUSSIAN,
    SANDWICH,
    CEILING,
    CHANNEL,
    BEST_RATE,
    LASSO,
    SOFT,
    CAPACITY,
    HINGE,
    EXACT_PENALTY,
    NO_BARS,
    EMPTY_WIDTH,
    EMPTY,
)
