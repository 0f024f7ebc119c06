"""PCA and ICA as models: the exact posterior of the best linear VAE, a rotation of it, and the codes of a whole set."""

import math

import pytest
import torch

from course_pkg.data.named import named
from course_pkg.models.baselines import ica, independent_components, pca, principal
from course_pkg.runs.represent import represent
from course_pkg.worlds import LinearGaussianWorld
from helpers import generator


def images(n=3000, d=2, D=9, seed=0):
    """Uniform factors, mixed into 3 x 3 pixels, and a little noise."""
    f = (torch.rand(n, d, generator=generator(seed)) - 0.5) * math.sqrt(12)
    W = torch.randn(d, D, generator=generator(seed + 1))
    return (f @ W + 0.05 * torch.randn(n, D, generator=generator(seed + 2))).view(n, 1, 3, 3), f


def test_pca_has_the_exact_posterior_of_its_own_model():
    x, _ = images()
    model, flat = pca(x, 2), x.flatten(1).double()
    C = torch.cov(flat.mT, correction=0)
    noise = torch.linalg.eigvalsh(C)[:-2].mean()
    W, b = model.W.double(), model.mean.double()
    blank = torch.zeros(2, dtype=torch.float64)
    eye = torch.eye(2, dtype=torch.float64)
    world = LinearGaussianWorld(W, b, noise.sqrt(), torch.zeros_like(W.mT), blank, eye, b, C).with_exact_encoder()
    mu, log_var = model.encode(x[:50])
    assert torch.allclose(mu.double(), world.encode(flat[:50]), atol=1e-5)
    assert torch.allclose(log_var[0].double().exp().diag(), world.S, atol=1e-5)


def test_pca_decodes_the_projection():
    x, _ = images()
    model = pca(x, 2)
    flat = x.flatten(1)
    U = torch.linalg.svd(flat - flat.mean(0), full_matrices=False).Vh[:2]
    projected = flat.mean(0) + (flat - flat.mean(0)) @ U.T @ U
    found = model.decode(model.encode(x).mu)
    assert found.shape == x.shape and (found.flatten(1) - projected).abs().max() < 0.02  # shrunk a little by the prior


def test_ica_spans_what_pca_spans_and_finds_the_factors():
    x, f = images()
    principal, independent = pca(x, 2), ica(x, 2)
    z = independent.encode(x).mu
    assert torch.allclose(torch.cov(z.T), torch.eye(2), atol=2e-3)
    correlation = torch.corrcoef(torch.cat([z, f], 1).T)[:2, 2:].abs()
    assert (correlation.amax(1) > 0.999).all()
    rotated = torch.corrcoef(torch.cat([principal.encode(x).mu, f], 1).T)[:2, 2:].abs()
    assert rotated.amax(1).min() < 0.99
    assert (independent.decode(z) - principal.decode(principal.encode(x).mu)).abs().max() < 0.05


@pytest.mark.parametrize("fit", [pca, ica])
def test_both_are_represented_like_any_model(fit, tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path))
    source = named("digits")
    x = source.prepare(source.images)
    model = fit(x, 4)
    columns, discrete = represent(model, source)
    assert columns.shape == (len(x), 4) and not discrete.any()
    assert torch.allclose(columns, model.encode(x).mu, atol=1e-4)
    assert all(not p.requires_grad for p in model.parameters()) and model.encode(x[:2]).kl().shape == (2, 4)


def test_what_cannot_be_fitted_or_encoded_is_refused():
    x, _ = images(20)
    with pytest.raises(ValueError, match="expected 1 to 8 latents for 20 images of 9 pixels, got 9"):
        pca(x, 9)
    with pytest.raises(ValueError, match=r"expected images \(B, 1, 3, 3\)"):
        pca(x, 2).encode(x[:, :, :2])


def test_components_have_variance_one_and_keep_the_type():
    x = torch.randn(500, 3, generator=generator(0))
    z = independent_components(x, 3)
    assert z.dtype == x.dtype and torch.allclose(z.var(0), torch.ones(3), atol=0.01)


def test_directions_that_depend_on_each_other_are_refused(monkeypatch):
    """As FastICA's can in the end, of few samples: there is no way back from such codes. (200 sprites, seed 1.)"""
    x = torch.randn(500, 3, generator=generator(0))
    monkeypatch.setattr("sklearn.decomposition.FastICA.fit_transform", lambda self, x: x[:, [0, 1, 1]])
    with pytest.raises(ValueError, match=r"3 codes of 500 samples that correlate by .*more samples"):
        independent_components(x, 3)


def test_variances_are_of_the_set_itself():
    """Divided by N, not by N - 1: of twenty images that is a twentieth."""
    x = torch.randn(20, 1, 2, 3, generator=generator(), dtype=torch.float64)
    values = torch.linalg.eigvalsh((x - x.mean(0)).flatten(1).mT @ (x - x.mean(0)).flatten(1) / 20).flip(0)
    _, _, top, rest = principal(x, 2)
    torch.testing.assert_close(top, values[:2])
    torch.testing.assert_close(rest, values[2:].mean())
    assert torch.allclose(principal(x, 1)[2], values[:1])
