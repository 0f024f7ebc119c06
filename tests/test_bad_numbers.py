"""What a closed form does with numbers that it has no answer for: an error that names them, no plausible value."""

import math
import re

import pytest
import torch

from course_pkg import bottleneck, kkt
from course_pkg.bottleneck import gaussian
from course_pkg.bottleneck.channel import information_samples
from course_pkg.models.networks import burgess, discriminator, mlp
from course_pkg.worlds import LinearGaussianWorld, TabularWorld
from course_pkg.worlds.checks import check_covariance, check_probabilities, check_within
from helpers import generator

JOINT = torch.tensor([[0.4, 0.1], [0.2, 0.3]], dtype=torch.float64)
EYE = torch.eye(2, dtype=torch.float64)
HALF = torch.full((2, 2), 0.5, dtype=torch.float64)
DOWN = torch.tensor([3.0, 2.0, 1.0], dtype=torch.float64)
LOG = JOINT.log()
NAN, INF = math.nan, math.inf


def with_entry(table, value, at=(0, 0)):
    out = table.clone()
    out[at[: out.ndim]] = value
    return out


def linear(**parts):
    world = LinearGaussianWorld.random(0)
    return LinearGaussianWorld(**{**vars(world), **{k: f(getattr(world, k)) for k, f in parts.items()}})


SUM = "expected probabilities that sum to one, off by"
CASES = {
    # the bottleneck on tables
    "a joint of sum 1.1": (lambda: bottleneck.mutual_information(with_entry(JOINT, 0.5)), f"joint: {SUM} 0.1"),
    "a joint with NaN": (lambda: bottleneck.mutual_information(with_entry(JOINT, NAN)), f"joint: {SUM} nan"),
    "a joint below 0": (
        lambda: bottleneck.mutual_information(with_entry(with_entry(JOINT, -0.1), 0.6, (0, 1))),
        f"joint: {SUM} ",
    ),
    "an encoder of sum 2": (lambda: bottleneck.informations(JOINT, 2 * HALF), f"encoder: {SUM} 1"),
    "an encoder with NaN": (lambda: bottleneck.lagrangian(JOINT, with_entry(HALF, NAN), 0.5), f"encoder: {SUM} nan"),
    "a Lagrangian at NaN": (
        lambda: bottleneck.lagrangian(JOINT, HALF, NAN),
        "expected a positive, finite beta, got nan",
    ),
    "starts that are none": (lambda: bottleneck.blahut_arimoto(JOINT, 0.5, 2 * HALF[None]), f"encoder: {SUM} 1"),
    "no step": (
        lambda: bottleneck.blahut_arimoto(JOINT, 0.5, HALF[None], most_steps=0),
        "expected a tolerance of 0 or more and at least one step, got 1e-10 and 0",
    ),
    "a tolerance of NaN": (
        lambda: bottleneck.blahut_arimoto(JOINT, 0.5, HALF[None], tolerance=NAN),
        "expected a tolerance of 0 or more",
    ),
    "no restart": (lambda: bottleneck.random_encoders(0, 2, 2, generator()), "expected at least one restart, x and z"),
    # of Gaussians
    "a correlation of 1": (lambda: bottleneck.gaussian_rates(torch.ones(2), 0.5), "expected squared correlations of 0"),
    "one below 0": (lambda: bottleneck.gaussian_relevances(-torch.ones(2), 0.5), "expected squared correlations of 0"),
    "one that is NaN": (lambda: bottleneck.gaussian_rates(torch.tensor([NAN]), 0.5), "expected squared correlations"),
    "a singular y": (lambda: gaussian.conditional(EYE, 0 * EYE, 0 * EYE), "Sy: expected a positive definite covarianc"),
    "no noise": (
        lambda: bottleneck.gaussian_informations(EYE, 0 * EYE, EYE, EYE, 0 * EYE),
        "noise: expected a positive",
    ),
    "noise that is NaN": (
        lambda: bottleneck.gaussian_informations(EYE, 0 * EYE, EYE, EYE, NAN * EYE),
        "noise: expected finite numbers, got",
    ),
    "a gain that is NaN": (
        lambda: bottleneck.gaussian_step(EYE, 0.5 * EYE, EYE, 0.5, with_entry(EYE, NAN), EYE),
        "A: expected finite",
    ),
    "a step at no price": (
        lambda: bottleneck.gaussian_step(EYE, 0.5 * EYE, EYE, 0.0, EYE, EYE),
        "expected a positive, finite beta, got 0.0",
    ),
    "covariances with NaN": (
        lambda: bottleneck.canonical(EYE, with_entry(0 * EYE, NAN), EYE),
        "Sxy: expected finite numbers, got nan",
    ),
    # of an encoder
    "a mean that is NaN": (
        lambda: bottleneck.channel_capacity(with_entry(EYE, NAN), EYE),
        "mu: expected finite numbers, got nan",
    ),
    "an infinite log_var": (
        lambda: bottleneck.log_aggregate(EYE, EYE, with_entry(EYE, INF)),
        "log_var: expected finite numbers, got inf",
    ),
    "samples of a NaN": (lambda: information_samples(NAN * EYE, EYE, 1, generator()), "z: expected finite numbers"),
    # kkt
    "a price of NaN": (lambda: kkt.tilted_encoder(LOG[0], LOG, NAN), "expected a price of 0 or more, got nan"),
    "log probabilities of NaN": (
        lambda: kkt.tilted_encoder(LOG[0], with_entry(LOG, NAN), 1.0),
        "expected log probabili",
    ),
    "of infinity": (
        lambda: kkt.rate_and_distortion(with_entry(LOG[0], INF), LOG, 1.0),
        "expected log probabilities, got",
    ),
    "a variance of 0": (lambda: kkt.latent_rates(DOWN, 1.0, 0.0), "variance: expected finite numbers above 0, got 0"),
    "an eigenvalue below 0": (lambda: kkt.latent_rates(-DOWN, 1.0, 1.0), "eigenvalues: expected finite numbers of at"),
    "an infinite price": (lambda: kkt.latent_rates(DOWN, INF, 1.0), "beta: expected finite numbers above 0, got inf"),
    "unsorted eigenvalues": (
        lambda: kkt.linear_optimum(DOWN.flip(0), 1.0, 1.0, 2),
        "expected eigenvalues in descending",
    ),
    "unsorted, learnt": (lambda: kkt.learnt_variance(DOWN.flip(0), 1.0, 2), "expected eigenvalues in descending order"),
    "unsorted, critical": (lambda: kkt.critical_betas(DOWN.flip(0)), "expected eigenvalues in descending order"),
    "more latents than pixels": (
        lambda: kkt.linear_optimum(DOWN, 1.0, 1.0, 4),
        "expected eigenvalues (D,) and 0 to D latents, got (3,) and 4",
    ),
    "a learnt variance at NaN": (
        lambda: kkt.learnt_variance(DOWN, NAN, 2),
        "beta: expected finite numbers above 0, got",
    ),
    "no variance": (lambda: kkt.critical_betas(DOWN, -1.0), "variance: expected finite numbers above 0, got -1"),
    "a negative beta": (lambda: kkt.normalised_beta(-1.0, 2, 3), "beta: expected finite numbers of at least 0, got -1"),
    "no pixels": (lambda: kkt.normalised_beta(1.0, 2, 0), "pixels: expected finite numbers of at least 1, got 0"),
    "terms without width": (
        lambda: kkt.linear_terms(kkt.LinearVAE(2, 1).double(), EYE, 0.0),
        "variance: expected finite numbers above 0",
    ),
    # worlds
    "a width of 0": (lambda: linear(s=lambda s: 0 * s), "s: expected finite numbers above 0, got 0"),
    "weights of NaN": (lambda: linear(W=lambda W: NAN * W), "W: expected finite numbers, got nan"),
    "an encoder's covariance below 0": (lambda: linear(S=lambda S: -S), "S: expected a positive definite covariance"),
    "one that is not symmetric": (
        lambda: linear(C=lambda C: with_entry(C, 9.0, (0, 1))),
        "C: expected a covariance, which is symmetric",
    ),
    "a mean of three": (lambda: linear(m=lambda m: torch.ones(3)), "m: expected shape (2,) beside W (2, 2), got (3,)"),
    "a table with NaN": (
        lambda: TabularWorld(NAN * LOG[0], LOG, LOG, LOG[0], (2,)),
        "log_p_z: expected probabilities that sum to one, off by nan",
    ),
    # nets
    "no hidden unit": (
        lambda: mlp((1, 3, 3), 2, hidden=0),
        "expected layers with at least one unit, pixel and channel, got none in encoder.",
    ),
    "no pixel": (
        lambda: mlp((1, 0, 3), 2),
        "expected layers with at least one unit, pixel and channel, got none in encoder.",
    ),
    "no channel": (
        lambda: burgess(0),
        "expected layers with at least one unit, pixel and channel, got none in encoder.",
    ),
    "no layer": (lambda: discriminator(2, 5, 0), "layers: expected at least 1, got 0"),
}


@pytest.mark.parametrize("case", CASES)
def test_numbers_without_an_answer_are_refused_by_name(case):
    call, told = CASES[case]
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        call()


def test_what_is_right_passes_at_the_very_edge():
    check_within(0.0, a=0.0, b=torch.tensor([0.0, 3.0]))
    check_within(a=torch.tensor([-1e300, 1e300], dtype=torch.float64))
    check_probabilities(p=torch.tensor([0.0, 1.0], dtype=torch.float64))
    check_probabilities(p=torch.full((1000,), 1e-3))  # in single precision
    check_covariance(S=torch.tensor([[1.0, 0.999], [0.999, 1.0]]))
    for values in ({"a": 0.0}, {"a": torch.tensor([1.0, 0.0])}):
        with pytest.raises(ValueError, match=r"^a: expected finite numbers above 0, got 0$"):
            check_within(0.0, strict=True, **values)
    with pytest.raises(ValueError, match="off by 2e-09"):
        check_probabilities(p=torch.tensor([0.5, 0.5 + 2e-9], dtype=torch.float64))
    with pytest.raises(ValueError, match=r"^S: expected a covariance \(n, n\), got shape \(2, 3\)$"):
        check_covariance(S=torch.ones(2, 3))


def test_the_limit_that_is_told_is_the_one_that_was_asked():
    for asked, told in [
        ({}, "finite numbers, got"),
        ({"least": 2.0}, "finite numbers of at least 2, got"),
        ({"least": 2.0, "strict": True}, "finite numbers above 2, got"),
    ]:
        with pytest.raises(ValueError, match=rf"^a: expected {told} -inf$"):
            check_within(**asked, a=torch.tensor([3.0, -INF, 4.0]))
    with pytest.raises(ValueError, match=r"^S: expected finite numbers, got nan$"):
        check_covariance(S=torch.tensor([[1.0, NAN], [NAN, 1.0]]))
    flat = torch.diag(torch.tensor([1.0, 0.0]))
    with pytest.raises(ValueError, match=r"^S: expected a positive definite covariance, its least eigenvalue is 0$"):
        check_covariance(S=flat)


def test_each_covariance_and_each_table_of_a_gaussian_world_is_looked_at():
    A = torch.ones(1, 2, dtype=torch.float64)
    for name, given in {"Sx": (-EYE, EYE[:1, :1]), "noise": (EYE, -EYE[:1, :1])}.items():
        with pytest.raises(ValueError, match=rf"^{name}: expected a positive definite covariance"):
            bottleneck.gaussian_informations(given[0], EYE, 2 * EYE, A, given[1])
    for name in ("W", "b", "V", "c", "m"):
        with pytest.raises(ValueError, match=rf"^{name}: expected finite numbers, got nan$"):
            linear(**{name: lambda value: value * NAN})


def test_what_a_solver_rounds_to_just_below_zero_is_an_eigenvalue():
    rounded = torch.tensor([3.0, 1.0, -1e-17], dtype=torch.float64)
    assert kkt.critical_betas(rounded, 0.5).tolist() == [6.0, 2.0, -2e-17]
    assert kkt.linear_optimum(rounded, 1.0, 0.5, 2)[0].item() == pytest.approx(0.5 * math.log(12))
    with pytest.raises(ValueError, match=r"^eigenvalues: expected finite numbers of at least 0, got -1e-05$"):
        kkt.critical_betas(torch.tensor([3.0, 1.0, -1e-5]))


def test_nothing_is_asked_of_tensors_without_values():
    empty = torch.empty(2, 2, device="meta")
    check_within(0.0, strict=True, a=empty)
    check_probabilities(p=empty)
    check_covariance(S=empty)
