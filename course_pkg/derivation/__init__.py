"""Derivations as data: chains of lines that are evaluated on small worlds, and bound to the pages that show them."""

from course_pkg.derivation.chain import (
    GRIDS,
    RELATIONS,
    TABLES,
    BrokenStep,
    Definition,
    Derivation,
    Report,
    Row,
    Step,
    UnusableStep,
    Worlds,
    Wrong,
    normal,
)

__all__ = [
    "GRIDS",
    "RELATIONS",
    "TABLES",
    "BrokenStep",
    "Definition",
    "Derivation",
    "Report",
    "Row",
    "Step",
    "UnusableStep",
    "Worlds",
    "Wrong",
    "normal",
]
