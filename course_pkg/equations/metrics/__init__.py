"""The equations of the chapter `metrics`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.metrics.definitions import (
    DCI,
    HIGGINS,
    INFOM,
    KIM_MNIH,
    LIMIT,
    MIG,
    POINT,
    SAP,
    WINNER,
)
from course_pkg.equations.metrics.wrong import (
    BY_ELIMINATION,
    CIRCLE,
    EXACT,
    LABELS,
    MISSING,
    PAIRS,
    STILL,
    TURNED_DCI,
    TURNED_SAP,
)

EQUATIONS: tuple[Definition | Derivation, ...] = (
    POINT,
    HIGGINS,
    WINNER,
    KIM_MNIH,
    PAIRS,
    LIMIT,
    EXACT,
    MIG,
    SAP,
    DCI,
    INFOM,
    STILL,
    TURNED_SAP,
    TURNED_DCI,
    MISSING,
    BY_ELIMINATION,
    CIRCLE,
    LABELS,
)
