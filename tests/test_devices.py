"""Pure functions stay on the device of their input. The `meta` device has shapes and no numbers: a tensor that was
made on the CPU on the way cannot be combined with it, so it shows without a GPU. With a GPU, the same on CUDA."""

import importlib
import inspect

import pytest
import torch

from course_pkg import density_ratio, elbo, total_correlation
from course_pkg.identifiability import clamping
from course_pkg.models import adversarial, networks
from course_pkg.training import train

DEVICES = ["meta"] + (["cuda"] if torch.cuda.is_available() else [])


def tensors(device, *shapes):
    return [torch.full(shape, 0.5, device=device) for shape in shapes]


def net(device):
    return networks.mlp((1, 4, 4), 2, hidden=5).to(device)


def generator(device):
    """A device's own; meta has none, and takes the CPU's."""
    return torch.Generator("cpu" if device == "meta" else device).manual_seed(0)


def codes(function):
    return lambda device: function(*tensors(device, (3, 2), (3, 2)))


def images(function, *more):
    return lambda device: function(*tensors(device, (3, 1, 4, 4), (3, 1, 4, 4)), *more)


def modelled(function, *more, **options):
    return lambda device: function(net(device), *tensors(device, (3, 1, 4, 4)), *more, **options)


def wave(z):
    return z.sin().sum(1)


def gradient(function):
    return lambda device: function(wave, *tensors(device, (2,), (2,), (3, 2)))


ELBO = {
    "same_shape": codes(lambda a, b: elbo.same_shape(a=a, b=b)),
    "gaussian_kl": codes(elbo.gaussian_kl),
    "reparameterise": codes(elbo.reparameterise),
    "gaussian_log_prob": lambda device: elbo.gaussian_log_prob(*tensors(device, (3, 2), (3, 2), (3, 2))),
    "bernoulli_log_likelihood": images(elbo.bernoulli_log_likelihood),
    "gaussian_log_likelihood": images(elbo.gaussian_log_likelihood, 0.3),
    "negative_elbo": modelled(elbo.negative_elbo),
    "importance_weighted": modelled(elbo.importance_weighted, 3),
    "evidence_on_grid": modelled(elbo.evidence_on_grid, points=5),
    "posterior_overlap": lambda device: elbo.posterior_overlap(
        *tensors(device, (3, 2), (3, 2), (4, 2), (4, 2)), 2, generator(device)
    ),
    "pathwise_gradient": gradient(elbo.pathwise_gradient),
    "score_function_gradient": gradient(elbo.score_function_gradient),
}


def ratio(device):
    return networks.discriminator(2, hidden=5, layers=2).to(device)


RATIO = {
    "permute_dims": lambda device: density_ratio.permute_dims(*tensors(device, (3, 2)), generator(device)),
    "cross_entropy": lambda device: density_ratio.cross_entropy(*tensors(device, (3,), (3,))),
    "factor_vae": lambda device: density_ratio.factor_vae(
        net(device), tensors(device, (3, 1, 4, 4), (3, 1, 4, 4)), generator(device), ratio(device)
    ),
}
TC = {
    "log_densities": lambda device: total_correlation.log_densities(*tensors(device, (3, 2), (4, 2), (4, 2))),
    "log_weights": lambda device: total_correlation.log_weights(3, 9, like=tensors(device, (1,))[0]),
    "own_weights": lambda device: total_correlation.own_weights(3, 0.2, like=tensors(device, (1,))[0]),
    "split_by": lambda device: total_correlation.split_by(*tensors(device, (3, 2), (3, 2), (3, 2), (3, 3))),
    "split_kl": lambda device: total_correlation.split_kl(*tensors(device, (3, 2), (3, 2), (3, 2)), 9),
    "beta_tcvae": lambda device: total_correlation.beta_tcvae(
        net(device), *tensors(device, (3, 1, 4, 4)), generator(device), 9
    ),
}
info_gan = importlib.import_module("course_pkg.density_ratio.info_gan")  # the room holds a function of this name
GAN = {
    "told_apart": lambda device: info_gan.told_apart(*tensors(device, (3,), (3,))),
    "info_gan": lambda device: info_gan.info_gan(
        adversarial.Generator((1, 4, 4), 2, 0, 3, 2).to(device), *tensors(device, (3, 1, 4, 4)), generator(device),
        adversarial.Critic((1, 4, 4), 2, 0, 3).to(device),
    ),
}  # fmt: skip
CLAMPED = {
    "dc_ign": lambda device: clamping.dc_ign(
        net(device), (*tensors(device, (3, 1, 4, 4)), torch.tensor([[True, False]], device=device)), generator(device)
    )
}
SHARED = ("same_shape", "gaussian_kl", "reparameterise")  # found in `elbo`, standing with the posteriors
IDEAS = {
    elbo: ELBO, density_ratio.adversary: RATIO, total_correlation.estimators: TC, info_gan: GAN, clamping: CLAMPED,
}  # fmt: skip
CASES = {**ELBO, **RATIO, **TC, **GAN, **CLAMPED}


def flat(outputs):
    if outputs is None:
        return []
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return list(outputs.values() if isinstance(outputs, dict) else outputs)


def public_functions(module):
    functions = inspect.getmembers(module, inspect.isfunction)
    return {name for name, f in functions if f.__module__ == module.__name__ and not name.startswith("_")}


@pytest.mark.parametrize("module", IDEAS, ids=lambda module: module.__name__)
def test_no_function_of_an_idea_is_left_out(module):
    named = {name for name in public_functions(module) if "__mutmut" not in name}
    assert named == set(IDEAS[module]) - {*SHARED}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", CASES)
def test_functions_stay_on_their_device(name, device):
    here, there = flat(CASES[name]("cpu")), flat(CASES[name](device))
    assert [t.device.type for t in there] == [device] * len(here)
    assert [(t.shape, t.dtype) for t in there] == [(t.shape, t.dtype) for t in here]


@pytest.mark.parametrize("device", DEVICES)
def test_a_width_of_each_pixel_follows_the_images(device):
    x, mean = tensors(device, (3, 1, 4, 4), (3, 1, 4, 4))
    assert elbo.gaussian_log_likelihood(x, mean, torch.full((16,), 0.3)).device.type == device


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("make", [lambda: networks.mlp((3, 64, 64), 4), lambda: networks.burgess(3, 4)])
def test_nets_stay_on_their_device(make, device):
    model, x = make().to(device), torch.zeros(2, 3, 64, 64, device=device)
    mu, log_var = model.encode(x)
    sample = model.represent(x, sample=True, generator=generator(device))
    outputs = [mu, log_var, model.decode(mu), model.represent(x).columns, sample.columns]
    assert {t.device.type for t in outputs} == {device}


@pytest.mark.parametrize("device", DEVICES)
def test_a_hidden_cpu_tensor_would_show(device):
    with pytest.raises(RuntimeError, match="device"):
        torch.zeros(3, device=device) + torch.zeros(3)


@pytest.mark.parametrize("device", ["cpu", *DEVICES[1:]])
def test_training_runs_where_it_is_told(device):
    model, x = net("cpu"), torch.zeros(8, 1, 4, 4)
    history = train(model, elbo.negative_elbo, x, steps=2, batch_size=4, device=device, progress=False)
    assert {p.device.type for p in model.parameters()} == {device}
    assert history["kl"].device.type == "cpu", "what was logged can be drawn"
