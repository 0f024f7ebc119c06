"""The answer to one question, from the cells of a notebook. It runs in the box.

Only what the answer needs is run: the last definition of its name that was begun, and the statements that bind, or
change, a name which that needs, and so on. So a cell that loops, exits or cannot be read costs the answers that need
it and no other; an untouched copy after an answer does not undo it; the order of the cells matters little.
"""

import ast
import builtins
import linecache
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from course_pkg.grading.calling import Outcome, own_line, reason
from course_pkg.grading.clock import Endless, within

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
BUILTINS = set(dir(builtins))
SECONDS = 20.0  # for one statement outside a function


@dataclass
class Statement:
    """A statement of a cell: the names that it binds, those that it reads, and those whose objects it changes."""

    cell: int
    tree: ast.stmt
    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)


def statements(cells: Sequence[str]) -> tuple[list[Statement], dict[int, SyntaxError]]:
    """All statements at the top of all cells, and why a cell has none."""
    found, broken = [], {}
    for i, cell in enumerate(cells):
        try:
            tree = ast.parse(TransformerManager().transform_cell(cell), named(i))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            broken[i] = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
            continue
        found += [described(i, node) for node in tree.body]
    return found, broken


def named(cell: int) -> str:
    return f"<cell {cell + 1}>"


def described(cell: int, tree: ast.stmt) -> Statement:
    it = Statement(cell, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            it.reads.add(node.id)
        elif isinstance(node, ast.Global):
            it.changes.update(node.names)
    for node in outside_functions(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            it.binds.add(node.id)
        elif isinstance(node, (*Function, ast.ClassDef)):
            it.binds.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            it.binds |= {(alias.asname or alias.name.split(".")[0]) for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            it.binds.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            it.changes |= root(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            it.changes |= root(node.value.func)
    return it


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that run when it does."""
    yield tree
    if isinstance(tree, (*Function, ast.ClassDef, ast.Lambda)):
        return
    for node in ast.iter_child_nodes(tree):
        yield from outside_functions(node)


def root(node: ast.AST) -> set[str]:
    """The name that an expression such as a.b[0].c begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def is_stub(tree: ast.AST) -> bool:
    """Whether a function is as the sheet has it: at most a docstring, then NotImplementedError."""
    if not isinstance(tree, Function):
        return False
    body = [s for s in tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return len(body) == 1 and isinstance(body[0], ast.Raise) and "NotImplementedError" in ast.dump(body[0])


def needed(all_: Sequence[Statement], name: str) -> list[Statement]:
    """What has to run for a name to be there, in the order of the notebook; nothing where nobody binds it."""
    own = [s for s in all_ if name in s.binds]
    begun = [s for s in own if not is_stub(s.tree)]
    pool = [s for s in all_ if s not in own or s in begun or not begun]
    modules = {n for s in all_ if isinstance(s.tree, ast.Import | ast.ImportFrom) for n in s.binds}
    names, taken = {name}, set()
    grown = bool(own)
    while grown:
        grown = False
        for i, s in enumerate(pool):
            # What changes an object of theirs belongs to it; what calls a module only if all that it needs is there.
            calls = s.changes & names and (s.changes & names - modules or s.reads <= names | BUILTINS)
            star = isinstance(s.tree, ast.ImportFrom) and "*" in s.binds
            if i not in taken and (s.binds & names or calls or star):
                taken.add(i)
                names |= s.reads | (s.binds if isinstance(s.tree, Function) else set())
                grown = True
    return [pool[i] for i in sorted(taken)]


def answer_of(cells: Sequence[str], name: str, seconds: float = SECONDS) -> Callable | dict[str, Any] | None:
    """What the notebook has under a name, None where nothing can be called; an outcome where its own cell stopped."""
    all_, broken = statements(cells)
    for i, cell in enumerate(cells):
        lines = cell.splitlines(keepends=True)
        linecache.cache[named(i)] = (len(cell), None, lines, named(i))
    module = types.ModuleType("__main__")
    module.__dict__.update(display=lambda *a, **k: None, get_ipython=lambda: None)
    sys.modules["__main__"] = module
    there = needed(all_, name)
    failed: list[tuple[Statement, dict[str, Any]]] = [(s, {}) for s in there]
    for _ in range(2):  # a second time for what ran before the cell that it needs
        failed = [(s, o) for s, _ in failed if (o := run(s, module.__dict__, seconds))]
        if all(o["status"] == "endless" for _, o in failed):
            break
    for statement, outcome in failed:
        if name in statement.binds:
            return outcome
    found = module.__dict__.get(name)
    if callable(found):
        return found
    for i, error in broken.items():
        if not there and any(line.lstrip().startswith(definitions(name)) for line in cells[i].splitlines()):
            text = (error.text or "").strip()
            return asdict(Outcome("exception", detail=reason(error), line=text))
    return None


def definitions(name: str) -> tuple[str, ...]:
    return f"def {name}(", f"class {name}(", f"class {name}:", f"{name} ="


def run(statement: Statement, names: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Run a statement; the outcome where it stopped, else nothing."""
    try:
        tree = ast.Module([statement.tree], [])
        within(seconds, lambda: exec(compile(tree, named(statement.cell), "exec", dont_inherit=True), names))
    except Endless as error:
        return asdict(Outcome("endless", detail=str(error)))
    except BaseException as error:
        return asdict(Outcome("exception", detail=reason(error), line=own_line(error)[0]))
    return {}
