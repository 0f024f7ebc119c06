"""Worlds: models so small that every quantity of the book is an exact function.

Two worlds, both drawn from a seed, in float64 on the CPU, all quantities in nats:

* `TabularWorld`: x and z take finitely many values, so every integral is a sum.
* `LinearGaussianWorld`: everything is Gaussian, so every integral has a closed form;
  `tabulate` turns it into a `TabularWorld` on a fine grid, where the same integrals are sums again.

The closed forms and the sums share nothing but the densities: each is the other's oracle.
"""

from course_pkg.worlds.linear_gaussian import LOG_2PI, LinearGaussianWorld, gaussian_log_density
from course_pkg.worlds.symbols import Symbols
from course_pkg.worlds.tabular import TabularWorld, entropy, expect, kl

__all__ = [
    "LOG_2PI",
    "LinearGaussianWorld",
    "Symbols",
    "TabularWorld",
    "entropy",
    "expect",
    "gaussian_log_density",
    "kl",
]
