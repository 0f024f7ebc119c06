"""The questions of the chapter `total_correlation`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.total_correlation.batch import SPLIT_OF_BATCH
from course_pkg.questions.total_correlation.dead import DEAD_LATENT
from course_pkg.questions.total_correlation.debug import MENDED_LOSS
from course_pkg.questions.total_correlation.derive import MISSING_PRIOR, PRICES
from course_pkg.questions.total_correlation.experiment import BATCH_NEEDED, READING
from course_pkg.questions.total_correlation.gaussian import DUAL
from course_pkg.questions.total_correlation.image import MIDDLE

QUESTIONS: tuple[Question, ...] = (
    MIDDLE,
    SPLIT_OF_BATCH,
    READING,
    BATCH_NEEDED,
    PRICES,
    MISSING_PRIOR,
    DUAL,
    MENDED_LOSS,
    DEAD_LATENT,
)
