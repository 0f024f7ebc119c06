"""The information bottleneck: exact on tables and Gaussians, bounded by a VAE, held at a capacity.

Convention: beta is the price of a nat of rate, so the Lagrangian to minimise is beta I(x; z) - I(z; y). The beta of
Tishby et al. (1999) and Chechik et al. (2005) is 1 / beta here. All informations are in nats.
"""

from course_pkg.bottleneck.channel import channel_capacity, information_samples, log_aggregate
from course_pkg.bottleneck.discrete import (
    Solutions,
    binary_crossover,
    binary_symmetric,
    blahut_arimoto,
    informations,
    lagrangian,
    mutual_information,
    random_encoders,
    self_consistent,
)
from course_pkg.bottleneck.gaussian import (
    canonical,
    gaussian_encoder,
    gaussian_informations,
    gaussian_rates,
    gaussian_relevances,
    gaussian_step,
)
from course_pkg.bottleneck.prices import Annealed, Capacity, Hinge, Schedule, constant, linear

__all__ = [
    "Annealed", "Capacity", "Hinge", "Schedule", "Solutions", "binary_crossover", "binary_symmetric",
    "blahut_arimoto", "canonical", "channel_capacity", "constant", "gaussian_encoder", "gaussian_informations",
    "gaussian_rates", "gaussian_relevances", "gaussian_step", "information_samples", "informations", "lagrangian",
    "linear", "log_aggregate", "mutual_information", "random_encoders", "self_consistent",
]  # fmt: skip
