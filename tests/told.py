"""The claims of what the texts of the questions say, by chapter; what is declared cannot be computed."""

from importlib import import_module

from told_formulas import FORMULAS

DONE = ("benchmark", "bottleneck", "cascade", "density_ratio", "elbo", "identifiability", "kkt", "metrics", "mmd",
        "total_correlation")  # fmt: skip
TO_DO = ()  # shrinks only
IN_WORDS = {name: claims for chapter in DONE for name, claims in import_module(f"told_{chapter}").TOLD.items()}
TOLD = {name: IN_WORDS.get(name, {}) | FORMULAS.get(name, {}) for name in IN_WORDS | FORMULAS}
DECLARED = {name: said for chapter in DONE for name, said in import_module(f"told_{chapter}").DECLARED.items()}
