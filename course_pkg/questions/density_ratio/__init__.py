"""The questions of the chapter `density_ratio`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.density_ratio.bound import MISSING_FROM_BOUND
from course_pkg.questions.density_ratio.debug import SHUFFLE_BY, TWO_OUTPUTS
from course_pkg.questions.density_ratio.decks import BEST_LOGIT
from course_pkg.questions.density_ratio.experiment import CODES_NEEDED, READING_OF_COPIES
from course_pkg.questions.density_ratio.leak import SLOPE_FACTOR
from course_pkg.questions.density_ratio.readings import READ_OFF
from course_pkg.questions.density_ratio.shuffling import SHUFFLED_TABLE, WITHOUT_BATCH

QUESTIONS: tuple[Question, ...] = (
    BEST_LOGIT,
    SHUFFLE_BY,
    SHUFFLED_TABLE,
    READING_OF_COPIES,
    WITHOUT_BATCH,
    SLOPE_FACTOR,
    TWO_OUTPUTS,
    READ_OFF,
    MISSING_FROM_BOUND,
    CODES_NEEDED,
)
