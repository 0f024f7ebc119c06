"""The equations of the chapter `identifiability`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.identifiability.identify import HALF_WIDTH
from course_pkg.equations.identifiability.loophole import CONTRAST, TABLE_GAP, TURNED_COVARIANCE
from course_pkg.equations.identifiability.theorem import KEPT, MAP
from course_pkg.equations.identifiability.wrong import (
    ANGLE,
    BITS,
    COUNT,
    DARMOIS,
    EVIDENCE,
    LABELS,
    LIMIT,
    MIXED,
    MODE,
    PRICE,
    RATIOS,
    SHARES,
    TRUTH,
    VOLUME,
)

EQUATIONS: tuple[Definition | Derivation, ...] = (
    EVIDENCE,
    MAP,
    VOLUME,
    MIXED,
    KEPT,
    COUNT,
    BITS,
    TURNED_COVARIANCE,
    PRICE,
    CONTRAST,
    LIMIT,
    TABLE_GAP,
    MODE,
    ANGLE,
    TRUTH,
    SHARES,
    HALF_WIDTH,
    DARMOIS,
    RATIOS,
    LABELS,
)
