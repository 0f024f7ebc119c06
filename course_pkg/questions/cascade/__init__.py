"""The questions of the chapter `cascade`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.cascade.codes import MISSING, PAID
from course_pkg.questions.cascade.debug import ACCURACY, SAMPLE
from course_pkg.questions.cascade.greed import GREED
from course_pkg.questions.cascade.prices import EXCHANGE, PRICED
from course_pkg.questions.cascade.values import LEAST

QUESTIONS: tuple[Question, ...] = (
    EXCHANGE,
    PRICED,
    MISSING,
    GREED,
    PAID,
    LEAST,
    SAMPLE,
    ACCURACY,
)
