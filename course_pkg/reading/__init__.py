"""Reads the book's equations: the typeset LaTeX of a line is evaluated on a world's tables.

The grammar (`GRAMMAR`) and the rules of probability are all that stands here; what a symbol means is told by the
definitions of the book, which are handed in. `course_pkg.derivation.typeset.evaluate` hands in those of this course.
"""

from course_pkg.reading.formula import Formula, by_the_rules, evaluate
from course_pkg.reading.nodes import Search, Unreadable
from course_pkg.reading.parse import GRAMMAR

__all__ = ["GRAMMAR", "Formula", "Search", "Unreadable", "by_the_rules", "evaluate"]
