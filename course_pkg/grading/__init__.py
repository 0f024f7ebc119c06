"""Questions as data, and what answers them: `Sheet("elbo").check(answer)` in a notebook.

question   what a question is, and what is refused        plain      values that can cross to another process
calling    the answer's code, called on the cases         clock      gives up a call that does not end
judging    outcomes in, a verdict out                     naming     the slips of a catalogue that give the same numbers
evidence   a case with what came and what is right        addends    relations over all cases, and named addends
relations  one factor or offset in each case              functions  a function, an order, a table
probes     what is learnt by asking the answer again      verdict    what a student reads
sheet      the questions of a chapter, and how far one is

The questions themselves are `course_pkg.questions`, which nothing here imports, so a box that runs student code can do
without them.
"""

from course_pkg.grading.question import Case, Condition, Question, Symmetry, Wrong
from course_pkg.grading.sheet import Sheet

__all__ = ["Case", "Condition", "Question", "Sheet", "Symmetry", "Wrong"]
