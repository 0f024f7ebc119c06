"""The questions of the chapter `kkt`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.kkt.ascent import MENDED_ASCENT
from course_pkg.questions.kkt.conditions import KKT_VALUES, NEAREST_POINT
from course_pkg.questions.kkt.debug import COUNTED_LOSS
from course_pkg.questions.kkt.derive import BEST_BOUND, MISSING
from course_pkg.questions.kkt.experiment import SURVIVE
from course_pkg.questions.kkt.quality import PRICE_OF_QUALITY
from course_pkg.questions.kkt.reductions import EFFECTIVE_BETA
from course_pkg.questions.kkt.water import BETA_FOR_RATE, FREE_BITS

QUESTIONS: tuple[Question, ...] = (
    NEAREST_POINT,
    MISSING,
    EFFECTIVE_BETA,
    SURVIVE,
    BEST_BOUND,
    BETA_FOR_RATE,
    COUNTED_LOSS,
    MENDED_ASCENT,
    PRICE_OF_QUALITY,
    KKT_VALUES,
    FREE_BITS,
)
