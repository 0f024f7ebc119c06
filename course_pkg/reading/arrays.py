"""Arrays that are written with indices, such as C_{kj} or k(x_i, y_j); and vectors and matrices.

What an array's indices are is said by the world: {r"C_{kj}": ("k j", C)}. In a formula any number may stand in their
place, counted from 1; (1) in the place of an index is the largest over it, (2) the second. A sum without bounds runs
as far as the arrays in it reach. Dimensions without an index are coordinates, over which matrices are multiplied.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from course_pkg.reading.named import Named
from course_pkg.reading.nodes import Group, Node, Product, Symbol, Unreadable, children, simple, text
from course_pkg.reading.parse import parse

if TYPE_CHECKING:
    from course_pkg.reading.model import Scope
    from course_pkg.reading.reader import Reader

ROW, COLUMN = "1st", "2nd"


@dataclass(frozen=True)
class Written:
    """An array, as it is written: its indices stand at the places of these letters."""

    form: Node
    indices: tuple[str, ...]
    data: Tensor


def written(latex: str, indices: str, data: Tensor) -> Written:
    """Raises ValueError for an array with other dimensions than its indices and two coordinates at most."""
    letters = tuple(indices.split())
    if not len(letters) <= data.ndim <= len(letters) + 2:
        raise ValueError(f"{latex}: expected a dimension for each of {letters}, and at most two more, got {data.ndim}")
    return Written(simple(parse(latex)), letters, data.double())


def fits(form: Any, node: Any, indices: Sequence[str], found: dict[str, Node]) -> bool:
    """Whether a node is written as the form but for its indices; `found` is filled with what stands for each."""
    if is_dataclass(form) and is_dataclass(node):
        form, node = simple(form), simple(node)  # type: ignore[arg-type]
        if isinstance(form, Symbol) and str(form) in indices:
            return text(found.setdefault(str(form), node)) == text(node)
        return type(form) is type(node) and all(
            fits(getattr(form, f.name), getattr(node, f.name), indices, found) for f in fields(form)
        )
    if isinstance(form, tuple) and isinstance(node, tuple):
        return len(form) == len(node) and all(fits(a, b, indices, found) for a, b in zip(form, node, strict=True))
    return bool(form == node)


def element(reader: "Reader", node: Node, scope: "Scope") -> Named | None:
    """What an array holds where a node says; nothing where no array is written so."""
    for array in reader.laws.arrays:
        found: dict[str, Node] = {}
        if fits(array.form, node, array.indices, found):
            data = array.data
            for letter in array.indices:
                data = at(reader, data, letter, found[letter], scope)
            return coordinates(data)
    return None


def at(reader: "Reader", data: Tensor, letter: str, index: Node, scope: "Scope") -> Tensor:
    """One slice of the first dimension: of an index, or the n-th largest for (n)."""
    if isinstance(index, Group) and index.kind == "round":
        data = data.sort(0, descending=True).values
    n = reader.value(index, scope).values.item()
    if abs(n - round(n)) > 1e-9 or not 1 <= round(n) <= len(data):
        raise Unreadable(f"an array whose index {letter} runs from 1 to {len(data)} has no {n:g}")
    return data[round(n) - 1]


def coordinates(data: Tensor) -> Named:
    axes = (ROW, COLUMN)[: data.ndim]
    return Named(axes, data.log(), True) if bool((data > 0).all()) else Named(axes, data)


# How far an index runs --------------------------------------------------------------------------------


def places(node: Node) -> Iterator[Node]:
    """Every part of a formula that may be an array."""
    yield replace(node, above=()) if isinstance(node, Symbol) else node
    if isinstance(node, Symbol) and node.above:
        yield node
    if isinstance(node, Product):
        for head, group in zip(node.factors, node.factors[1:], strict=False):
            if isinstance(head, Symbol) and isinstance(group, Group):
                yield Product((head, replace(group, above=())))
    for child in children(node):
        yield from places(child)


def length(reader: "Reader", letter: Symbol, body: Node) -> int:
    """How many values an index takes: of an array in the body that has it; else the latents, for j; else 0."""
    sizes = set()
    for node in places(body):
        for array in reader.laws.arrays:
            found: dict[str, Node] = {}
            if fits(array.form, node, array.indices, found):
                sizes |= {n for i, n in zip(array.indices, array.data.shape, strict=False) if found[i] == letter}
    if len(sizes) > 1:
        raise Unreadable(f"an index {letter} that runs to {' and to '.join(map(str, sorted(sizes)))} at once")
    return sizes.pop() if sizes else len(reader.laws.latents) if str(letter) == "j" else 0


# Vectors and matrices ---------------------------------------------------------------------------------


def matrix(reader: "Reader", rows: Sequence[Node], scope: "Scope") -> Named:
    """What stands between the brackets of a matrix, or of a vector where each row has one number."""
    values = [[reader.value(cell, scope) for cell in row.parts] for row in rows if isinstance(row, Group)]
    if len({len(row) for row in values}) != 1 or any(cell.axes for row in values for cell in row):
        raise Unreadable("a matrix whose rows are not equally many numbers")
    data = torch.stack([torch.stack([cell.values for cell in row]) for row in values])
    return coordinates(data[:, 0] if data.shape[1] == 1 else data)


def times(a: Named, b: Named) -> Named:
    """A product, over the coordinates of a matrix and of what follows it; of two vectors there is none."""
    if COLUMN in a.axes and ROW in b.axes:
        return (a.renamed({COLUMN: "within"}) * b.renamed({ROW: "within"})).sum(("within",))
    if {ROW, COLUMN} & {*a.axes} and {ROW, COLUMN} & {*b.axes}:
        raise Unreadable("a product of vectors or matrices that do not fit")
    return a * b


def to_the(value: Named, exponent: Node, power: Named) -> Named | None:
    """The inverse of a matrix; nothing for a number. `transposed` is its other way round."""
    if not {ROW, COLUMN} & {*value.axes}:
        return None
    if COLUMN not in value.axes or power.axes or power.values.item() != -1:
        raise Unreadable(f"a vector or a matrix to the power of {text(exponent)}")
    return coordinates(square(value).inverse())


def transposed(value: Named) -> Named:
    return value.renamed({ROW: COLUMN, COLUMN: ROW})


def square(value: Named) -> Tensor:
    """A square matrix as a tensor. Raises Unreadable for anything else."""
    if set(value.axes) != {ROW, COLUMN} or value.data.shape[0] != value.data.shape[1]:
        raise Unreadable("a determinant, a trace or an inverse of what is no square matrix")
    return value.over((ROW, COLUMN), value.values)


def norm(value: Named) -> Named:
    """The length of a vector, or the size of a number."""
    if set(value.axes) - {ROW}:
        raise Unreadable("the length of what is no vector")
    return Named((), value.values.square().sum().sqrt()) if value.axes else value.size()
