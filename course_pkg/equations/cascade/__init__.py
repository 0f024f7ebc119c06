"""The equations of the chapter `cascade`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.cascade.growth import COIN, ONE_MORE, TELESCOPE, TOGETHER
from course_pkg.equations.cascade.prices import COST, EXCHANGE, GRADED
from course_pkg.equations.cascade.relaxed import BEND, RELAXED
from course_pkg.equations.cascade.values import CROWD, HARD, PLACES

EQUATIONS: tuple[Definition | Derivation, ...] = (
    COST,
    EXCHANGE,
    GRADED,
    ONE_MORE,
    TELESCOPE,
    TOGETHER,
    COIN,
    HARD,
    CROWD,
    PLACES,
    RELAXED,
    BEND,
)
