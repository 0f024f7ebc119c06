"""The gallery of bugs that still train: `bugs.SIGMOID_TWICE.compare()`, and `bugs.every()` for all by name.

A bug is found by its place: whatever `Bug` a module of this room holds is in the gallery.
"""

from importlib import import_module
from pkgutil import iter_modules

from course_pkg.bugs.gallery import compared, curves, table
from course_pkg.bugs.own import Checklist, checklist
from course_pkg.bugs.record import SYMPTOMS, Bug, Comparison, Run, Seen

__all__ = [
    "SYMPTOMS", "Bug", "Checklist", "Comparison", "Run", "Seen", "checklist", "compared", "curves", "every", "table",
]  # fmt: skip


def every() -> dict[str, Bug]:
    """All bugs of the gallery, by name, in the order of the symptoms."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    bugs = {bug.name: bug for module in modules for bug in vars(module).values() if isinstance(bug, Bug)}
    return dict(sorted(bugs.items(), key=lambda item: list(SYMPTOMS).index(item[1].symptom)))


def __getattr__(name: str) -> Bug:
    """`bugs.NAME`, wherever its module is."""
    found = every()
    if name in found:
        return found[name]
    raise AttributeError(f"no bug {name}: there are {', '.join(found)}")
