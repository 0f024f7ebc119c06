"""The information bottleneck: exact on tables and Gaussians, bounded by a VAE, held at a capacity.

Convention: beta is the price of a nat of rate, so the Lagrangian to minimise is beta I(x; z) - I(z; y). The beta of
Tishby et al. (1999) and Chechik et al. (2005) is 1 / beta here. All informations are in nats.
"""

from course_pkg.bottleneck.prices import Annealed, Capacity, Hinge, Schedule, constant, linear

__all__ = ["Annealed", "Capacity", "Hinge", "Schedule", "constant", "linear"]
