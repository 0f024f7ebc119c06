"""The questions of the chapter `identifiability`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.identifiability.astray import BEST_TURN, TRUTH
from course_pkg.questions.identifiability.debug import SHARED
from course_pkg.questions.identifiability.labels import ENOUGH
from course_pkg.questions.identifiability.loophole import CONTRAST, TURNED
from course_pkg.questions.identifiability.maps import BITS, MIXING

QUESTIONS: tuple[Question, ...] = (
    MIXING,
    BITS,
    TURNED,
    CONTRAST,
    TRUTH,
    BEST_TURN,
    SHARED,
    ENOUGH,
)
