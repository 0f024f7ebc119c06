"""The equations of the chapter `total_correlation`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.total_correlation.bounds import CEILING, ORDER, READ
from course_pkg.equations.total_correlation.estimates import (
    ESTIMATE,
    OWN_SET,
    OWN_SET_TC,
    READ_INFORMATION,
    READ_TC,
    UNBIASED,
)
from course_pkg.equations.total_correlation.penalty import INERT
from course_pkg.equations.total_correlation.repeated import CONDITIONAL, INFOVAE, REPEATED
from course_pkg.equations.total_correlation.shapes import CARDOSO, DUAL, GAUSSIAN, NEGENTROPY, SQUARE
from course_pkg.equations.total_correlation.split import PER_IMAGE, PRIOR, RATE_OF_X, SPLIT, TWO_STEPS

EQUATIONS: tuple[Definition | Derivation, ...] = (
    SPLIT,
    TWO_STEPS,
    RATE_OF_X,
    PER_IMAGE,
    PRIOR,
    CONDITIONAL,
    REPEATED,
    SQUARE,
    GAUSSIAN,
    NEGENTROPY,
    CARDOSO,
    DUAL,
    ESTIMATE,
    UNBIASED,
    READ_INFORMATION,
    READ_TC,
    ORDER,
    OWN_SET,
    OWN_SET_TC,
    CEILING,
    READ,
    INERT,
    INFOVAE,
)
