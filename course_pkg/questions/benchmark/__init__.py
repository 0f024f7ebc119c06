"""The questions of the chapter `benchmark`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.benchmark.best import OF_MANY, REST
from course_pkg.questions.benchmark.equal import EQUAL
from course_pkg.questions.benchmark.interval import INTERVAL
from course_pkg.questions.benchmark.moments import CENTRE
from course_pkg.questions.benchmark.order import AGAIN
from course_pkg.questions.benchmark.ranks import JUDGES
from course_pkg.questions.benchmark.report import REPORT
from course_pkg.questions.benchmark.several import CORRECTED
from course_pkg.questions.benchmark.visible import VISIBLE
from course_pkg.questions.benchmark.votes import DESERVED

QUESTIONS: tuple[Question, ...] = (
    REST,
    OF_MANY,
    REPORT,
    AGAIN,
    INTERVAL,
    VISIBLE,
    CORRECTED,
    EQUAL,
    JUDGES,
    DESERVED,
    CENTRE,
)
