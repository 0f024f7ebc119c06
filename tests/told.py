"""The claims of what the texts of the questions say, by chapter; what is declared cannot be computed."""

from importlib import import_module

DONE = ("bottleneck", "cascade", "density_ratio", "elbo", "kkt", "metrics", "total_correlation")
TO_DO = ("benchmark", "identifiability", "mmd")
TOLD = {name: claims for chapter in DONE for name, claims in import_module(f"told_{chapter}").TOLD.items()}
DECLARED = {name: said for chapter in DONE for name, said in import_module(f"told_{chapter}").DECLARED.items()}
