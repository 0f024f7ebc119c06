"""The equations of the chapter `bottleneck`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.bottleneck.channel import EMPTY_WIDTH
from course_pkg.equations.bottleneck.fixed_points import BINARY_ENTROPY, MISFIT, NORMALISER
from course_pkg.equations.bottleneck.frontier import BEST_RATE, LASSO
from course_pkg.equations.bottleneck.informations import CONDITIONAL, JOINT, LAGRANGIAN, RELEVANCE
from course_pkg.equations.bottleneck.prices import CAPACITY, HINGE
from course_pkg.equations.bottleneck.variational import DECODER_GAP, DISTORTION, PRIOR_GAP
from course_pkg.equations.bottleneck.wrong.gaussian import (
    CANONICAL,
    CHANNEL,
    CRITICAL,
    EMPTY,
    EXACT_PENALTY,
    RATES,
    RELEVANCES,
    SOFT,
)
from course_pkg.equations.bottleneck.wrong.optimum import BINARY, BINARY_OPTIMUM, NO_BARS, SELF_CONSISTENT, SLOPE
from course_pkg.equations.bottleneck.wrong.tables import CONVERSIONS, MONOTONE, PROCESSING, VIB
from course_pkg.equations.bottleneck.wrong.vae import BETA_VAE, CEILING, RATE_GAP, RATE_GAP_GAUSSIAN, SAME, SANDWICH

EQUATIONS: tuple[Definition | Derivation, ...] = (
    JOINT,
    RELEVANCE,
    CONDITIONAL,
    PROCESSING,
    LAGRANGIAN,
    CONVERSIONS,
    MISFIT,
    SLOPE,
    NORMALISER,
    SELF_CONSISTENT,
    DISTORTION,
    PRIOR_GAP,
    DECODER_GAP,
    VIB,
    MONOTONE,
    BINARY_ENTROPY,
    BINARY,
    BINARY_OPTIMUM,
    CANONICAL,
    CRITICAL,
    RATES,
    RELEVANCES,
    RATE_GAP,
    RATE_GAP_GAUSSIAN,
    SAME,
    BETA_VAE,
    SANDWICH,
    CHANNEL,
    CEILING,
    BEST_RATE,
    LASSO,
    SOFT,
    CAPACITY,
    HINGE,
    NO_BARS,
    EXACT_PENALTY,
    EMPTY_WIDTH,
    EMPTY,
)
