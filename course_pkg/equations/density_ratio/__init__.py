"""The equations of the chapter `density_ratio`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.density_ratio.bounds import BOUNDS, GAUSSIAN
from course_pkg.equations.density_ratio.ceiling import CEILING, SEEN, SHRINKS, UNDONE
from course_pkg.equations.density_ratio.classifier import CLASSIFIER, DISCRIMINATOR, LOG_RATIO, PRODUCT, READING
from course_pkg.equations.density_ratio.divergences import ACCURACY, CHI_SQUARE, JS, MASS, SURPRISE, TV
from course_pkg.equations.density_ratio.leak import LEAK
from course_pkg.equations.density_ratio.noise import NOISE, PLUG_IN_NOISE, TELESCOPE
from course_pkg.equations.density_ratio.players import FIXED, PRICE
from course_pkg.equations.density_ratio.shuffling import ROW, ROW_OF_THREE, SHUFFLED

EQUATIONS: tuple[Definition | Derivation, ...] = (
    PRODUCT,
    LOG_RATIO,
    DISCRIMINATOR,
    CLASSIFIER,
    READING,
    JS,
    SURPRISE,
    TV,
    ACCURACY,
    GAUSSIAN,
    SHUFFLED,
    SEEN,
    ROW,
    ROW_OF_THREE,
    CEILING,
    SHRINKS,
    UNDONE,
    PRICE,
    FIXED,
    LEAK,
    MASS,
    CHI_SQUARE,
    BOUNDS,
    NOISE,
    PLUG_IN_NOISE,
    TELESCOPE,
)
