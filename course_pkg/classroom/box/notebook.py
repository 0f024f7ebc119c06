"""The answer to one question, from the cells of a notebook. It runs in the box.

Only what the answer needs is run: the last definition of its name that was begun, and the statements that bind, or
change, a name which that needs, and so on. So a cell that loops, exits or cannot be read costs the answers that need
it and no other; an untouched copy after an answer does not undo it; the order of the cells matters little.
"""

import ast
import builtins
import dis
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
ACCESS = ("LOAD_NAME", "LOAD_GLOBAL", "STORE_NAME", "STORE_GLOBAL")
BUILTINS = set(dir(builtins))
SECONDS = 20.0  # for one statement outside a function


@dataclass
class Statement:
    """A statement of a cell: the names that it binds, those that it reads, and those whose objects it changes."""

    cell: int
    tree: ast.stmt
    code: types.CodeType
    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)


def statements(cells: Sequence[str]) -> tuple[list[Statement], dict[int, SyntaxError]]:
    """All statements at the top of all cells, and why a cell has none."""
    found, broken = [], {}
    for i, cell in enumerate(cells):
        try:
            tree = parsed(cell, named(i))
            found += [described(i, node) for node in tree.body]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            broken[i] = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
    return found, broken


def parsed(cell: str, name: str) -> ast.Module:
    """The cell as plain Python, or as IPython's, whose lines may begin with % or !."""
    try:
        return ast.parse(cell, name)
    except SyntaxError:
        return ast.parse(TransformerManager().transform_cell(cell), name)


def named(cell: int) -> str:
    return f"<cell {cell + 1}>"


def described(cell: int, tree: ast.stmt) -> Statement:
    code = compile(ast.Module([tree], []), named(cell), "exec", dont_inherit=True)
    it = Statement(cell, tree, code)
    for inner in codes(code):
        names = {kind: {i.argval for i in dis.get_instructions(inner) if i.opname == kind} for kind in ACCESS}
        it.reads |= names["LOAD_GLOBAL"] | names["LOAD_NAME"] - (names["STORE_NAME"] if inner is not code else set())
        it.changes |= names["STORE_GLOBAL"] if inner is not code else set()
    it.binds |= {i.argval for i in dis.get_instructions(code) if i.opname in ("STORE_NAME", "STORE_GLOBAL")}
    for node in outside_functions(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            it.changes |= root(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            it.changes |= root(node.value.func)
    return it


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code and those of all functions and classes in it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from codes(inner)


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that run when it does."""
    yield tree
    if not isinstance(tree, (*Function, ast.Lambda)):
        for node in ast.iter_child_nodes(tree):
            yield from outside_functions(node)


def root(node: ast.AST) -> set[str]:
    """The name that an expression such as a.b[0].c begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def is_stub(tree: ast.AST) -> bool:
    """Whether it is as the sheet has it: at most a docstring, then NotImplementedError; of a class, all its methods."""
    if not isinstance(tree, (*Function, ast.ClassDef)):
        return False
    body = [s for s in tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if isinstance(tree, ast.ClassDef):
        return bool(body) and all(map(is_stub, body))
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
            star = isinstance(s.tree, ast.ImportFrom) and s.tree.names[0].name == "*"
            if i not in taken and (s.binds & names or calls or star):
                taken.add(i)
                names |= s.reads | (s.binds if isinstance(s.tree, Function) else set())
                grown = True
    return [pool[i] for i in sorted(taken)]


@dataclass
class Answer:
    """What a notebook has under a name: something to call, or what stopped it, or nothing. `lacks`: what stopped other
    names that it needs; copies: how many definitions of the name were begun, of which the last counts."""

    call: Callable | None = None
    stopped: dict[str, Any] | None = None
    lacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    copies: int = 0


def answer_of(cells: Sequence[str], name: str, seconds: float = SECONDS) -> Answer:
    """Run what the answer needs. A statement outside a function may take so many seconds."""
    all_, broken = statements(cells)
    for i, cell in enumerate(cells):
        linecache.cache[named(i)] = (len(cell), None, cell.splitlines(keepends=True), named(i))
    module = types.ModuleType("__main__")
    module.__dict__.update(display=lambda *a, **k: None, get_ipython=lambda: None)
    sys.modules["__main__"] = module
    there = needed(all_, name)
    failed = {i: outcome for i, s in enumerate(there) if (outcome := run(s, module.__dict__, seconds))}
    for i, outcome in list(failed.items()):  # again what ran before the cell that it needs
        if outcome["status"] == "exception":
            failed[i] = run(there[i], module.__dict__, seconds)
    lacks = {n: outcome for i, outcome in failed.items() if outcome for n in there[i].binds}
    copies = sum(isinstance(s.tree, (*Function, ast.ClassDef)) and name in s.binds for s in there)
    if name in lacks:
        return Answer(stopped=lacks[name], copies=copies)
    found = module.__dict__.get(name)
    if callable(found):
        return Answer(found, lacks=lacks, copies=copies)
    for i, error in broken.items():
        if not there and any(line.lstrip().startswith(definitions(name)) for line in cells[i].splitlines()):
            text = (error.text or "").strip()
            return Answer(stopped=asdict(Outcome("exception", detail=reason(error), line=text)))
    return Answer()


def definitions(name: str) -> tuple[str, ...]:
    return f"def {name}(", f"class {name}(", f"class {name}:", f"{name} ="


def run(statement: Statement, names: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Run a statement; the outcome where it stopped, else nothing."""
    try:
        within(seconds, lambda: exec(statement.code, names))
    except Endless as error:
        return asdict(Outcome("endless", detail=str(error)))
    except BaseException as error:
        return asdict(Outcome("exception", detail=reason(error), line=own_line(error)[0]))
    return {}
