"""The equations of the page `data`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.data.counts import AREA
from course_pkg.equations.data.pixels import ELLIPSE_CURVE, HEART_CURVE, PLACE, RADIUS
from course_pkg.equations.data.wrong import (
    ELLIPSE_AREA,
    HEART_AREA,
    NONE_DIFFERS,
    ORIENTATIONS,
    PIXEL,
    SQUARE_AREA,
    WHITE,
)

EQUATIONS: tuple[Definition | Derivation, ...] = (
    RADIUS,
    ELLIPSE_CURVE,
    HEART_CURVE,
    PLACE,
    PIXEL,
    AREA,
    WHITE,
    SQUARE_AREA,
    ELLIPSE_AREA,
    HEART_AREA,
    ORIENTATIONS,
    NONE_DIFFERS,
)
