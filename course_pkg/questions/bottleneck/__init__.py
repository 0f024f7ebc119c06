"""The questions of the chapter `bottleneck`, in the order of its sheet."""

from course_pkg.grading import Question
from course_pkg.questions.bottleneck.capacity import MENDED_CAPACITY
from course_pkg.questions.bottleneck.channel import CHANNEL, SILENT_RATE
from course_pkg.questions.bottleneck.degenerate import DEGENERATE
from course_pkg.questions.bottleneck.gamma import HELD
from course_pkg.questions.bottleneck.informations import WASTED_RATE, WHAT_EACH_SAYS
from course_pkg.questions.bottleneck.lost import LOST
from course_pkg.questions.bottleneck.splits import FIRST_SPLIT
from course_pkg.questions.bottleneck.steps import ENCODER_STEP
from course_pkg.questions.bottleneck.water import NATS_EACH
from course_pkg.questions.bottleneck.weights import SAME_OPTIMUM

QUESTIONS: tuple[Question, ...] = (
    WHAT_EACH_SAYS,
    WASTED_RATE,
    SAME_OPTIMUM,
    MENDED_CAPACITY,
    LOST,
    CHANNEL,
    SILENT_RATE,
    FIRST_SPLIT,
    NATS_EACH,
    HELD,
    DEGENERATE,
    ENCODER_STEP,
)
