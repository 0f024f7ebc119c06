"""The equations of the page `data`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.data.counts import (
    AREA,
    ELLIPSE_AREA,
    HEART_AREA,
    NONE_DIFFERS,
    ORIENTATIONS,
    SQUARE_AREA,
    WHITE,
)
from course_pkg.equations.data.pixels import ELLIPSE_CURVE, HEART_CURVE, PIXEL, PLACE, RADIUS

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
