"""`make mutate`: which tests it asks, whether they find what they read, and what it says of a run."""

import ast
import re
import tomllib

import pytest

from course_pkg.derivation import Worlds
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
            if " / " not in base and (base == "ROOT" or base.startswith("Path(__file__)")):
                found.add(node.right.value.split("/")[0])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "tool":
            found.add("tools")
    return found


def test_what_a_test_reads_below_the_root_is_seen():
    source = (
        'a = ROOT / "book" / "no" / f"{x}.md"\nb = Path(__file__).resolve().parents[1] / "tools/x.py"\nc = F / "no"'
    )
    assert read_below_the_root(source) == {"book", "tools"}
    assert read_below_the_root('m = tool("doctor")') == {"tools"} and not read_below_the_root("ROOT")


def test_all_that_the_tests_read_is_copied_beside_the_mutants():
    """mutants/ holds the changed package, what mutmut copies unasked, and what pyproject.toml names."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    copied = {"tests", "pyproject.toml", *settings["source_paths"], *settings["also_copy"]}
    asked = [*mutate.tests(), *mutate.tests(engine=True)]
    read = {name: read_below_the_root((ROOT / "tests" / name).read_text("utf-8")) for name in asked}
    missing = {name: sorted(paths - copied) for name, paths in read.items() if paths - copied}
    assert not missing, f"add them to also_copy in pyproject.toml: {missing}"
    assert {"tools", "book"} <= set().union(*read.values())


def test_a_file_is_asked_for_its_name_or_for_what_it_imports():
    asked = set(mutate.tests())
    assert {
        "test_metrics.py",
        "test_metrics_landmarks.py",
        "test_equations.py",
        "test_agreement.py",
    } <= asked  # by name
    assert "test_bad_numbers.py" in asked  # by what it imports
    trains = {"test_checkpoint.py", "test_systems.py", "test_turns.py", "test_measuring_commands.py"}
    judges = mutate.tests(engine=True)
    assert {"test_grading_kkt.py", "test_diagnosis.py", "test_probes.py", "test_battery.py"} <= set(judges)
    assert not asked & set(judges)
    assert not {"test_metrics_quiz.py", "test_training.py", "test_grading_kkt.py", "test_mutate.py", *trains} & asked


def test_every_chapters_module_is_imported_by_a_file_that_is_asked():
    names = [*mutate.tests(), *mutate.tests(engine=True)]
    asked = [mutate.imported((ROOT / "tests" / name).read_text("utf-8")) for name in names]
    chapters = {mutate.chapter(module) for module in mutate.modules()}
    for name in sorted(chapters - {c for c in chapters if c.startswith("equations.")}):
        assert any(f"course_pkg.{name}" in found for found in asked), f"no test that is asked imports {name}"


def test_what_a_file_imports_is_found_in_any_form():
    source = "import a.b\nfrom course_pkg import kkt as k\ndef f():\n    from course_pkg.mmd.kernels import rbf\n"
    found = mutate.imported(source)
    assert found == {"a.b", "course_pkg", "course_pkg.kkt", "course_pkg.mmd.kernels", "course_pkg.mmd.kernels.rbf"}


def test_a_sample_is_the_same_each_time_and_another_seed_draws_another():
    first, again, other = (mutate.drawn(mutate.modules(["cascade.accuracy"]), 9, seed) for seed in (0, 0, 1))
    assert first == again and len(set(first)) == len(set(other)) == 9 and set(first) != set(other)
    assert all(name.startswith("course_pkg.cascade.accuracy.x_") for name in (*first, *other))


# --- what is said of a survivor ---------------------------------------------------------------------------------------


def survivor(was, now, where="equations.kkt.price.spread", status="survived"):
    module, _, function = where.rpartition(".")
    return mutate.Mutant(f"course_pkg.{module}.x_{function}__mutmut_1", module, function, status, was, now)


def told_equivalent(*mutant):
    return any(kind.has(survivor(*mutant)) for kind in mutate.classes())


CHECK = "bugs.prior_term.alone"
DRAWER = "equations.bottleneck.worlds.random_pair"


@pytest.mark.parametrize(
    "mutant, near",
    [
        (
            ("for a, b in zip(x, y, strict=True):", "for a, b in zip(x, y, strict=None):"),
            ("for a, b in zip(x, y, strict=True):", "for a, b in zip(x, None, strict=True):"),
        ),
        (
            ("for a, b in zip(x, y, strict=True):", "for a, b in zip(x, y, ):"),
            ("f(x, strict=True)", "f(x, )"),
        ),
        (
            ("if not abs(total - 1) < 1e-9:", "if not abs(total - 1) <= 1e-9:"),
            ("if not abs(total - 1) < 1e-9:", "if not abs(total + 1) < 1e-9:"),
        ),
        (("worst < 0.02", "worst <= 0.02"), ("steps < 1", "steps <= 1")),
        (
            ("beta = 0.05 + 0.6 * rand(g)", "beta = 1.05 + 0.6 * rand(g)", DRAWER),
            ("beta = 0.05 + 0.6 * rand(g)", "beta = 1.05 + 0.6 * rand(g)"),
        ),
        (
            ("beta = 0.05 + 0.6 * rand(g)", "beta = 0.05 + 1.6 * rand(g)", DRAWER),
            ("beta = 0.05 + 0.6 * rand(g)", "beta = 0.05 - 0.6 * rand(g)", DRAWER),
        ),
        (
            ("quad(f, 0, inf, epsabs=1e-13, limit=200)[0]", "quad(f, 0, inf, limit=200)[0]"),
            ("quad(f, 0, inf, epsabs=1e-13, limit=200)[0]", "quad(f, 1, inf, epsabs=1e-13, limit=200)[0]"),
        ),
        (
            ("Lasso(alpha=a, max_iter=10_000)", "Lasso(alpha=a, max_iter=10001)"),
            ("Lasso(alpha=a, max_iter=10_000)", "Lasso(alpha=None, max_iter=10_000)"),
        ),
        (
            ("q = (p + x).softmax(-1)", "q = (p + x).softmax(+1)"),
            ("q = (p + x).softmax(-1)", "q = (p + x).softmax(-2)"),
        ),
        (
            ('torch.einsum("ij,j->i", a, b)', 'torch.einsum("IJ,J->I", a, b)'),
            ('torch.einsum("ij,j->i", a, b)', 'torch.einsum("ij,j->i", b, )'),
        ),
        (
            ("torch.zeros(3, device=x.device, dtype=d)", "torch.zeros(3, dtype=d)", "metrics.dci.dci"),
            ("torch.zeros(3, device=x.device, dtype=d)", "torch.zeros(3, device=x.device, )", "metrics.dci.dci"),
        ),
        (("for _ in range(300):", "for _ in range(301):"), ("for _ in range(3):", "for _ in range(4):")),
        (
            ('ax.plot(x, y, "--", color="#222", linewidth=1)', 'ax.plot(x, y, "--", color="#222", )',
             "bugs.record.Comparison.draw"),
            ('ax.plot(x, y, "--", color="#222", linewidth=1)', 'ax.plot(x, "--", color="#222", linewidth=1)',
             "bugs.record.Comparison.draw"),
        ),
        (
            ("mu = torch.randn(2, 64, 3, generator=g)", "mu = torch.randn(2, 65, 3, generator=g)", CHECK),
            ("return Seen(off < 1e-5, told)", "return Seen(off < 1.00001, told)", CHECK),
        ),
        (
            ("g = torch.Generator().manual_seed(0)", "g = torch.Generator().manual_seed(1)", CHECK),
            ("mu = torch.randn(2, 64, 3, generator=g)", "mu = torch.randn(2, 65, 3, generator=g)"),
        ),
        (
            ('return total / len(w)', 'return total * len(w)', "equations.mmd.means.unnormalised"),
            ('return total / len(w)', 'return total * len(w)', "equations.mmd.means.normalised"),
        ),
        (
            ('raise ValueError("more than half coincide")', 'raise ValueError("XXmore than half coincideXX")', "mmd.a"),
            ('return terms["rate"]', 'return terms["XXrateXX"]', "mmd.a"),
        ),
        (
            ("return f\"got {', '.join(found)}\"", "return f\"got {'XX, XX'.join(found)}\"", "grading.a"),
            ("return f\"got {','.join(found)}\"", "return f\"got {'XX,XX'.join(found)}\"", "grading.a"),
        ),
        (
            ('json.loads(path.read_text("utf-8"))', 'json.loads(path.read_text("UTF-8"))', "mmd.kept.cost"),
            ('json.loads(path.read_text("utf-8"))', 'json.loads(path.read_text("XXutf-8XX"))', "mmd.kept.cost"),
        ),
    ],
)  # fmt: skip
def test_a_class_holds_its_changes_and_not_the_next_ones(mutant, near):
    assert told_equivalent(*mutant)
    assert not told_equivalent(*near)


def test_what_draws_a_world_is_found_by_the_equations_that_ask_for_it():
    found = mutate.drawers()
    assert DRAWER in found and "worlds.tabular.TabularWorld.random" in found and len(found) > 50
    assert not any(name.startswith("course_pkg.") or "<" in name for name in found)
    kind = Worlds("one", len)
    chain = type("Chain", (), {"worlds": (kind, kind)}), type("Definition", (), {"worlds": kind})
    assert [len(mutate.kinds_of(equation)) for equation in (*chain, type("None", (), {"worlds": None}))] == [2, 1, 0]


def test_what_is_wrong_on_purpose_is_called_by_nothing_else():
    found = mutate.wrong_on_purpose()
    assert {"equations.mmd.means.unnormalised", "bugs.evaluation.inside_the_loop"} <= found and len(found) > 50
    right = {f"equations.{place}" for place in ("mmd.means.by_kernel", "mmd.samples.by_loop")}
    assert not found & right and not any(place.startswith("bugs.") and "check" in place for place in found)


def reported(monkeypatch, capsys, *found, why=(), kinds=(), sampled=False):
    monkeypatch.setattr(mutate, "explanations", lambda: dict(why))
    monkeypatch.setattr(mutate, "classes", lambda: list(kinds))
    files = {module: path for module, path in mutate.modules().items() if module in {m.module for m in found}}
    wrong = mutate.report(found, files, sampled)
    return wrong, capsys.readouterr().out


def test_the_score_is_the_share_of_those_that_could_be_killed(monkeypatch, capsys):
    """97 killed, 2 equivalent (one by itself, one of a class), 3 that survive: 97 of 100."""
    where = "equations.kkt.price.spread"
    killed = [survivor("a", str(k), where, "killed") for k in range(96)] + [survivor("a", "z", where, "timeout")]
    alone, of_class = survivor("x = 1", "x = 2", where), survivor("y = 1", "y = 2", where, "no tests")
    left = [survivor("c", str(k), where) for k in range(3)]
    kind = mutate.Equivalent(re.compile(".*spread"), re.compile(r"(y = )\d\n\1\d"), "any y will do")
    wrong, said = reported(
        monkeypatch, capsys, *killed, alone, of_class, *left,
        why={(where, "x = 1", "x = 2"): "any x will do"}, kinds=[kind],
    )  # fmt: skip
    row = next(line for line in said.splitlines() if line.startswith("equations.kkt "))
    assert row.split()[1:] == ["97", "3", "2", "102", "97.0%", "95%"]
    assert "any x will do" in said and "any y will do" in said and said.count("NOT EXPLAINED") == 3
    assert len(wrong) == 1 and wrong[0].startswith("3 survivors are not explained")


def test_what_is_wrong_with_a_run_is_told(monkeypatch, capsys):
    where = "equations.kkt.price.spread"
    few = [survivor("a", "b", where, "killed"), survivor("c", "d", where), survivor("e", "f", where, "not checked")]
    wrong, _ = reported(monkeypatch, capsys, *few)
    assert wrong[1:] == ["equations.kkt: 1 mutants were not checked: run make mutate ONLY=equations.kkt"]
    wrong, _ = reported(monkeypatch, capsys, *few, sampled=True)
    assert wrong[1:] == ["equations.kkt: 50.0% of the mutants were killed, expected 95% or more"]
    wrong, _ = reported(monkeypatch, capsys, few[0], why={(where, "g", "h"): "gone"})
    assert wrong == [f"mutants_explained.toml: {where} explains a mutant that is killed, or no more: h"]


def test_every_explanation_names_a_function_that_is_there():
    modules = mutate.modules()
    for where, _, _ in mutate.explanations():
        module = next((m for m in sorted(modules, key=len, reverse=True) if where.startswith(m + ".")), None)
        assert module, f"{where}: no such module"
        name = where.removeprefix(module + ".").rpartition(".")[2]
        assert f"def {name}(" in modules[module].read_text("utf-8"), where
