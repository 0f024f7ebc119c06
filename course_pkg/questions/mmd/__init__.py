"""The questions of the chapter `mmd`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.mmd.chance import P_VALUE
from course_pkg.questions.mmd.debug import MENDED
from course_pkg.questions.mmd.derive import BOUGHT, EXCESS
from course_pkg.questions.mmd.experiment import SHRUNKEN
from course_pkg.questions.mmd.independence import HSIC
from course_pkg.questions.mmd.points import NEEDED
from course_pkg.questions.mmd.tables import UNBIASED

QUESTIONS: tuple[Question, ...] = (
    UNBIASED,
    EXCESS,
    P_VALUE,
    SHRUNKEN,
    BOUGHT,
    MENDED,
    HSIC,
    NEEDED,
)
