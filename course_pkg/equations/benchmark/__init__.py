"""The equations of the page `benchmark`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.benchmark.means import T
from course_pkg.equations.benchmark.printed import BEST, FURTHEST

EQUATIONS: tuple[Definition | Derivation, ...] = (FURTHEST, BEST, T)
