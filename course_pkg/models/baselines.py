"""The linear baselines: principal and independent components, as models that encode and decode like any other.

Both are fitted in closed form or by scikit-learn, not trained, and go wherever a model goes: `represent(pca(...),
data)`.
"""

import warnings

import numpy as np
import scipy.sparse.linalg
import torch
from torch import Tensor, nn

from course_pkg.models.posteriors import Gaussian


class LinearCode(nn.Module):
    """z = A (x - mean) with widths exp(log_var), and back: mean + W z. No weight is trained; all are buffers.

    encode: x (B, *shape) -> a Gaussian (B, d).  decode: z (B, d) -> means (B, *shape). ValueError for images of another
    shape.
    """

    mean: Tensor
    A: Tensor
    W: Tensor
    log_var: Tensor

    def __init__(self, shape: tuple[int, ...], mean: Tensor, A: Tensor, W: Tensor, log_var: Tensor):
        super().__init__()
        self.shape, self.latents = tuple(shape), len(A)
        for name, value in (("mean", mean), ("A", A), ("W", W), ("log_var", log_var)):
            self.register_buffer(name, value)

    def encode(self, x: Tensor) -> Gaussian:
        if tuple(x.shape[1:]) != self.shape or len(x) == 0:
            raise ValueError(f"expected images (B, {', '.join(map(str, self.shape))}) with B > 0, got {tuple(x.shape)}")
        mu = (x.flatten(1).to(self.A) - self.mean) @ self.A.mT
        return Gaussian(mu, self.log_var.expand_as(mu))

    def decode(self, z: Tensor) -> Tensor:
        return (self.mean + z @ self.W.mT).unflatten(1, self.shape)

    @property
    def decoder(self) -> nn.Linear:
        """The way back as a layer, (B, d) to flat means, for what reads a decoder layer by layer."""
        layer = nn.utils.skip_init(nn.Linear, self.latents, len(self.mean))
        layer.load_state_dict({"weight": self.W, "bias": self.mean})
        return layer


def principal(images: Tensor, latents: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(mean (D,), axes (D, d), their variances (d,), the mean variance of the rest) of images (N, ...), in float64."""
    x = images.flatten(1).double()
    n, D = x.shape
    if not 1 <= latents < min(n, D):
        raise ValueError(f"expected 1 to {min(n, D) - 1} latents for {n} images of {D} pixels, got {latents}")
    mean = x.mean(0)
    C = torch.cov(x.mT, correction=0)
    begin = np.ones(D)  # so that the answer is the same at every call
    values, vectors = scipy.sparse.linalg.eigsh(C.cpu().numpy(), latents, v0=begin, tol=1e-10)
    falling = np.argsort(-values)
    top = torch.from_numpy(values[falling].copy()).to(C)
    rest = ((C.trace() - top.sum()) / (D - latents)).clamp_min(0)
    return mean, torch.from_numpy(vectors[:, falling].copy()).to(C), top, rest


def pca(images: Tensor, latents: int) -> LinearCode:
    """Probabilistic PCA of images (N, ...), the most variance first: the best linear VAE at beta 1.

    Its posterior is exact and its latents independent in it: Tipping and Bishop (1999), section 3.2. ValueError for as
    many latents as images or pixels.
    """
    mean, U, values, noise = principal(images, latents)
    noise = noise.clamp_min(1e-12)
    signal = (values - noise).clamp_min(1e-12).sqrt()
    A, W = (signal / values)[:, None] * U.mT, U * signal
    return LinearCode(images.shape[1:], *(t.float() for t in (mean, A, W, (noise / values).log())))


def independent_components(x: Tensor, count: int, seed: int = 0) -> Tensor:
    """Codes (N, count) of x (N, n), of mean 0 and variance 1, as independent as ICA can make them.

    scikit-learn's FastICA with the log cosh contrast (Hyvarinen 1999). Order and sign are arbitrary. Identified up to
    those where at most one factor is Gaussian (Comon 1994); where more are, the method need not converge, which is no
    error here. ValueError where it ends with directions that depend on each other, as it can with few samples.
    """
    from sklearn.decomposition import FastICA  # only here: scikit-learn takes as long to import as all the rest

    model = FastICA(count, whiten="unit-variance", random_state=seed, max_iter=1000, tol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.from_numpy(model.fit_transform(x.double().cpu().numpy()))
    off = (torch.cov(found.mT, correction=0) - torch.eye(count)).abs().max().item()
    if not off < 0.01:  # not a number, neither
        raise ValueError(
            f"FastICA ended with {count} codes of {len(x):,} samples that correlate by {off:.2f}, expected by none: "
            "give it more samples, another seed or fewer components"
        )
    return found.to(x)


def ica(images: Tensor, latents: int, seed: int = 0) -> LinearCode:
    """FastICA on the principal components of images (N, ...): the same plane as `pca`, other axes in it.

    Codes have variance 1; the widths are those of PCA's posterior, seen along the new axes. ValueError as `pca`.
    """
    mean, U, values, noise = principal(images, latents)
    white = (images.flatten(1).double() - mean) @ U / values.sqrt()
    found = independent_components(white, latents, seed)
    R = torch.linalg.lstsq(white, found).solution.mT  # a rotation, as both sides are white
    widths = (R.square() @ (noise.clamp_min(1e-12) / values)).log()
    A, W = R @ (U / values.sqrt()).mT, U * values.sqrt() @ torch.linalg.inv(R)
    return LinearCode(images.shape[1:], *(t.float() for t in (mean, A, W, widths)))
