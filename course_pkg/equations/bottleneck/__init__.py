"""The equations of the chapter `bottleneck`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.bottleneck.fixed_points import BINARY_ENTROPY, MISFIT, NORMALISER
from course_pkg.equations.bottleneck.informations import CONDITIONAL, JOINT, LAGRANGIAN, RELEVANCE
from course_pkg.equations.bottleneck.variational import DECODER_GAP, DISTORTION, PRIOR_GAP
from course_pkg.equations.bottleneck.wrong.gaussian import CANONICAL, CRITICAL, RATES, RELEVANCES
from course_pkg.equations.bottleneck.wrong.optimum import BINARY, BINARY_OPTIMUM, SELF_CONSISTENT, SLOPE
from course_pkg.equations.bottleneck.wrong.tables import CONVERSIONS, MONOTONE, PROCESSING, VIB

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
)
