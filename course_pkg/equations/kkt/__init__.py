"""The equations of the chapter `kkt`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.kkt.axes import AXES_PRICE, PRECISION
from course_pkg.equations.kkt.comparing import NORMALISED_BETA
from course_pkg.equations.kkt.conditions import DUAL, LAGRANGIAN
from course_pkg.equations.kkt.encoder import BETA_ELBO, NORMALISER, OBJECTIVE, TILTED
from course_pkg.equations.kkt.linear import LATENT_RATE
from course_pkg.equations.kkt.price import DISTORTION, DISTORTION_RATE
from course_pkg.equations.kkt.wrong.axes import DIAGONAL, TURN
from course_pkg.equations.kkt.wrong.duality import (
    DUAL_FEASIBILITY,
    PRIMAL,
    SENSITIVITY,
    SLACKNESS,
    STATIONARITY,
    STRONG_DUALITY,
    WEAK_DUALITY,
)
from course_pkg.equations.kkt.wrong.encoder import (
    AVERAGE,
    BETA_BOUND,
    COMPLETED,
    CURVATURE,
    EXACT_PRICE,
    LOWER_BOUND,
    OPTIMAL,
    SECANT,
    SLOPE,
    SMALL_RATES,
)
from course_pkg.equations.kkt.wrong.linear import (
    COST,
    CRITICAL,
    LEARNT_VARIANCE,
    NORMALISED,
    ONE_PARAMETER,
    RATES,
    SILENCE,
)

EQUATIONS: tuple[Definition | Derivation, ...] = (
    LAGRANGIAN,
    STATIONARITY,
    PRIMAL,
    DUAL_FEASIBILITY,
    SLACKNESS,
    DUAL,
    WEAK_DUALITY,
    STRONG_DUALITY,
    SENSITIVITY,
    DISTORTION,
    OBJECTIVE,
    BETA_ELBO,
    LOWER_BOUND,
    BETA_BOUND,
    NORMALISER,
    TILTED,
    COMPLETED,
    OPTIMAL,
    EXACT_PRICE,
    AVERAGE,
    DISTORTION_RATE,
    SLOPE,
    CURVATURE,
    SMALL_RATES,
    SECANT,
    LATENT_RATE,
    RATES,
    COST,
    ONE_PARAMETER,
    LEARNT_VARIANCE,
    CRITICAL,
    SILENCE,
    PRECISION,
    AXES_PRICE,
    DIAGONAL,
    TURN,
    NORMALISED_BETA,
    NORMALISED,
)
