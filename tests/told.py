"""The claims of what the texts of the questions say, by chapter; what is declared cannot be computed."""

from importlib import import_module
from pathlib import Path

DONE = ("benchmark", "bottleneck", "cascade", "density_ratio", "elbo", "identifiability", "kkt", "metrics", "mmd",
        "total_correlation")  # fmt: skip
TO_DO = ()  # shrinks only
MODULES = [import_module(path.stem) for path in sorted(Path(__file__).parent.glob("told_*.py"))]
TOLD, DECLARED = {}, {}
for module in MODULES:
    for name, claims in module.TOLD.items():
        TOLD.setdefault(name, {}).update(claims)
    for name, said in module.DECLARED.items():
        DECLARED.setdefault(name, {}).update(said)
