"""Two clouds compared by the mean of a kernel's features: no density is asked for.

`kernels` are what one looks with, `estimates` what one reads off samples, `closed_forms` what Gaussians would read,
`permutation_test` whether two clouds differ, and `mmd_vae` the VAE that pays for the difference.
"""

from course_pkg.mmd.closed_forms import gaussian_hsic, gaussian_mean, gaussian_mmd2, null_variance
from course_pkg.mmd.estimates import hsic, kernel_mean, mmd2, witness
from course_pkg.mmd.kernels import Kernel, fourier_features, imq, median_distance, rbf, taylor_features
from course_pkg.mmd.objective import mmd_vae
from course_pkg.mmd.permutation import Verdict, permutation_test

__all__ = [
    "Kernel",
    "Verdict",
    "fourier_features",
    "gaussian_hsic",
    "gaussian_mean",
    "gaussian_mmd2",
    "hsic",
    "imq",
    "kernel_mean",
    "median_distance",
    "mmd2",
    "mmd_vae",
    "null_variance",
    "permutation_test",
    "rbf",
    "taylor_features",
    "witness",
]
