"""The numbers by which something counts as there, as equal, as true, module by module: a changed one is seen."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "course_pkg"
DECIDING = ("benchmark", "bugs", "cascade", "derivation", "grading", "runs", "worlds")
THRESHOLDS = {
    "benchmark.contrasts.LEVEL": 0.05,  # of all tests together
    "benchmark.measure.ALIVE": 0.1,  # nats, as runs.start.ACTIVE
    "benchmark.measure.PRUNED": 0.05,  # a standard deviation: public code
    "benchmark.untrained.EARLY": 10.0,
    "bugs.adversary.GAMMA": 6.0,
    "bugs.kinds.TEMPERATURE": 0.67,  # the authors' public code
    "bugs.mmd.PRICE": 100.0,  # as mmd-vae
    "bugs.trained.ACTIVE": 0.05,  # nats, of small models of few steps
    "cascade.exact.FAR": 1000.0,
    "cascade.linear.CLOSED": 1000.0,
    "derivation.agreement.ALPHA": 1e-4,  # false alarms of one whole Monte Carlo check
    "derivation.typeset.ROUNDING": 1e-10,
    "grading.calling.SECONDS": 10.0,
    "grading.clock.PAUSE": 0.05,
    "grading.evidence.EXACT": 1e-6,
    "grading.evidence.SINGLE": 3e-5,
    "grading.probes.almost.APART": 0.01,
    "grading.probes.almost.ROUGH": 1e-4,
    "grading.probes.asking.PATIENCE": 5.0,
    "grading.probes.limits.ZERO": 1e-14,
    "grading.probes.responses.STEADY": 1e-6,
    "grading.probes.structure.NEAR": 0.02,
    "grading.sheet.FURTHER": 2.0,
    "runs.start.ACTIVE": 0.1,
    "worlds.checks.CLOSE": 1e-9,
    "worlds.kinds.STRICT": 1e-3,
}


def decimals_in(path):
    """{NAME: number} of a module's constants that are written with a decimal point or an exponent."""
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            both = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            for name, value in zip(target.elts, node.value.elts, strict=True) if both else [(target, node.value)]:
                number = isinstance(value, ast.Constant) and isinstance(value.value, float)
                if number and isinstance(name, ast.Name) and name.id.isupper():
                    found[name.id] = value.value
    return found


def test_a_threshold_is_that_of_the_table():
    found = {}
    for path in sorted(path for room in DECIDING for path in (PACKAGE / room).rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found |= {f"{module}.{name}": value for name, value in decimals_in(path).items()}
    off = {name: value for name, value in found.items() if THRESHOLDS.get(name) != value}
    assert not off, f"say in THRESHOLDS what these are and why, or set them back: {off}"
    assert THRESHOLDS.keys() <= found.keys(), f"no longer there: {THRESHOLDS.keys() - found.keys()}"


def test_a_changed_threshold_is_seen(tmp_path):
    (tmp_path / "m.py").write_text(
        '"""A module."""\n\nALIVE = 0.01  # nats\nNEAR, FAR = 1e-3, 5.0\nMANY = 5\n', "utf-8"
    )
    assert decimals_in(tmp_path / "m.py") == {"ALIVE": 0.01, "NEAR": 1e-3, "FAR": 5.0}
