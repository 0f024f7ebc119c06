"""Questions as data, and what answers them: `Sheet("elbo").check(answer)` in a notebook.

question   what a question is, and what is refused        plain     values that can cross to another process
running    the answer's code, run on the cases            judging   outcomes in, a verdict out; runs no student code
verdict    what a student reads                           sheet     the questions of a chapter, and how far one is
draws      random inputs for cases                    elbo, ...  the questions, one place a chapter

Nothing above imports the questions, so a box that runs student code can do without them.
"""

from course_pkg.grading.question import Case, Question, Wrong
from course_pkg.grading.sheet import Sheet

__all__ = ["Case", "Question", "Sheet", "Wrong"]
