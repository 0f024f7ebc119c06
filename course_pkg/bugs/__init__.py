"""The gallery of bugs that still train: `bugs.SIGMOID_TWICE.compare()`, and `bugs.every()` for all by name.

A bug is found by its place: whatever `Bug` a module of this room holds is in the gallery.
"""

from course_pkg.bugs.gallery import compared, curves, every, table
from course_pkg.bugs.own import Checklist, checklist
from course_pkg.bugs.record import SYMPTOMS, Bug, Comparison, Run, Seen

__all__ = [
    "SYMPTOMS", "Bug", "Checklist", "Comparison", "Run", "Seen", "checklist", "compared", "curves", "every", "table",
]  # fmt: skip


def __getattr__(name: str) -> Bug:
    """`bugs.NAME`, wherever its module is."""
    found = every()
    if name in found:
        return found[name]
    raise AttributeError(f"no bug {name}: there are {', '.join(found)}")
