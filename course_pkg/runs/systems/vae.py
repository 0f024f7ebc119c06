"""The VAE, to which all others compare."""

from typing import Any

from course_pkg.elbo import negative_elbo


def vae() -> dict[str, Any]:
    """The VAE: a nat of the rate costs a nat of the reconstruction. Kingma and Welling (2014)."""
    return {"objective": negative_elbo}
