"""The equations of the chapter `bottleneck`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.bottleneck.channel import CHANNEL, EMPTY, EMPTY_WIDTH
from course_pkg.equations.bottleneck.fixed_points import (
    BINARY,
    BINARY_ENTROPY,
    BINARY_OPTIMUM,
    MISFIT,
    NORMALISER,
    SELF_CONSISTENT,
    SLOPE,
)
from course_pkg.equations.bottleneck.frontier import BEST_RATE, LASSO, SOFT
from course_pkg.equations.bottleneck.gaussian import CANONICAL, CRITICAL, RATES, RELEVANCES
from course_pkg.equations.bottleneck.informations import (
    CONDITIONAL,
    CONVERSIONS,
    JOINT,
    LAGRANGIAN,
    PROCESSING,
    RELEVANCE,
)
from course_pkg.equations.bottleneck.prices import CAPACITY, EXACT_PENALTY, HINGE, NO_BARS
from course_pkg.equations.bottleneck.vae import BETA_VAE, CEILING, RATE_GAP, RATE_GAP_GAUSSIAN, SAME, SANDWICH
from course_pkg.equations.bottleneck.variational import DECODER_GAP, DISTORTION, MONOTONE, PRIOR_GAP, VIB

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
