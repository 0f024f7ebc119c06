"""The questions of the chapter `metrics`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.metrics.circles import COSINE
from course_pkg.questions.metrics.debug import VOTES
from course_pkg.questions.metrics.derive import AT_BEST, DISTANCE
from course_pkg.questions.metrics.exact import EXACT
from course_pkg.questions.metrics.experiment import LUCK, TURNED
from course_pkg.questions.metrics.gaps import SAP
from course_pkg.questions.metrics.labels import LABELS
from course_pkg.questions.metrics.weights import DCI

QUESTIONS: tuple[Question, ...] = (
    DISTANCE,
    EXACT,
    VOTES,
    LUCK,
    AT_BEST,
    TURNED,
    SAP,
    DCI,
    LABELS,
    COSINE,
)
