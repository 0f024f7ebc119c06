"""The equations of the chapter `kkt`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.kkt.comparing import NORMALISED, NORMALISED_BETA, SECANT
from course_pkg.equations.kkt.conditions import (
    DUAL,
    DUAL_FEASIBILITY,
    LAGRANGIAN,
    PRIMAL,
    SENSITIVITY,
    SLACKNESS,
    STATIONARITY,
)
from course_pkg.equations.kkt.constraint import AVERAGE, EXACT_PRICE
from course_pkg.equations.kkt.duality import STRONG_DUALITY, WEAK_DUALITY
from course_pkg.equations.kkt.encoder import (
    BETA_BOUND,
    BETA_ELBO,
    COMPLETED,
    LOWER_BOUND,
    NORMALISER,
    OBJECTIVE,
    OPTIMAL,
    TILTED,
)
from course_pkg.equations.kkt.linear import COST, LATENT_RATE, RATES
from course_pkg.equations.kkt.price import CURVATURE, DISTORTION, DISTORTION_RATE, SLOPE, SMALL_RATES
from course_pkg.equations.kkt.silence import SILENCE
from course_pkg.equations.kkt.width import CRITICAL, LEARNT_VARIANCE, ONE_PARAMETER

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
    NORMALISED_BETA,
    NORMALISED,
)
