"""Scores of disentanglement: a table of codes and a table of factors in, a `Score` that shows itself out.

Higgins et al. and Kim and Mnih are the two that the course argues about; MIG, SAP, DCI and InfoMEC stand beside them.
What papers leave open is an argument, and every score says what was chosen.
"""

from course_pkg.metrics.dci import dci
from course_pkg.metrics.higgins import higgins
from course_pkg.metrics.infomec import infomec
from course_pkg.metrics.kim_mnih import kim_mnih, kim_mnih_exact
from course_pkg.metrics.mig import mig
from course_pkg.metrics.sap import sap
from course_pkg.metrics.score import Score, repeated

__all__ = ["Score", "dci", "higgins", "infomec", "kim_mnih", "kim_mnih_exact", "mig", "repeated", "sap"]
