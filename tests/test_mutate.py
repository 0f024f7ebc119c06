"""`make mutate`: which tests it asks, whether they find what they read, and what it says of a run."""

import ast
import tomllib

import pytest

from helpers import ROOT, tool

mutate = tool("mutate")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)  # mutmut reads pyproject.toml where it stands


# --- what is asked ----------------------------------------------------------------------------------------------------


def read_below_the_root(source):
    """The folders and files at the root that a test names: ROOT / "book", ROOT.glob, and tools/ of every tool(...)."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant):
            base = ast.unparse(node.left)
            if base == "ROOT" or base.startswith("Path(__file__)"):
                found.add(node.right.value.split("/")[0])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "tool":
            found.add("tools")
    return found


def test_what_a_test_reads_below_the_root_is_seen():
    source = 'a = ROOT / "book" / f"{x}.md"\nb = Path(__file__).resolve().parents[1] / "tools/x.py"\nc = FOLDER / "no"'
    assert read_below_the_root(source) == {"book", "tools"}
    assert read_below_the_root('m = tool("doctor")') == {"tools"} and not read_below_the_root("ROOT")


def test_all_that_the_tests_read_is_copied_beside_the_mutants():
    """mutants/ holds the changed package, what mutmut copies unasked, and what pyproject.toml names."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    copied = {"tests", "pyproject.toml", *settings["source_paths"], *settings["also_copy"]}
    read = {name: read_below_the_root((ROOT / "tests" / name).read_text("utf-8")) for name in mutate.tests()}
    missing = {name: sorted(paths - copied) for name, paths in read.items() if paths - copied}
    assert not missing, f"add them to also_copy in pyproject.toml: {missing}"
    assert {"tools", "book"} <= set().union(*read.values())
