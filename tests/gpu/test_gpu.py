"""What holds on a GPU: run by `make gpu` on a machine that has one.

The CPU is the oracle: the same numbers in, the same numbers out, to the rounding of the type. Convolutions may add in
another order from run to run on a GPU; where a test asks for the same bits, its net has none.
"""

import pytest
import torch

from course_pkg import elbo, metrics, mmd
from course_pkg.benchmark.measure import parts
from course_pkg.data.named import named
from course_pkg.models.posteriors import Gaussian
from course_pkg.runs import load, run
from course_pkg.runs.represent import posteriors
from course_pkg.runs.start import USUAL, built, given, net
from course_pkg.runs.sweep import side_by_side
from course_pkg.runs.systems import SYSTEMS
from course_pkg.runs.task import checked, run_name
from course_pkg.total_correlation import exact_split
from course_pkg.training import train
from course_pkg.training.loop import in_steps
from course_pkg.training.turns import driven
from test_devices import CASES, flat

SMALL: dict = {"data": "dsprites-16", "net": "deep", "steps": 40, "batch_size": 32, "lr": 1e-3, "latents": 5}


def weights(model):
    return torch.cat([p.detach().flatten().cpu() for p in model.parameters()])


def drawn(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("permute_dims", "reparameterise")])
def test_a_function_gives_the_numbers_of_the_cpu(name):
    """Those of test_devices that draw nothing; what draws is compared in its mean elsewhere."""
    here, there = flat(CASES[name]("cpu")), flat(CASES[name]("cuda"))
    for a, b in zip(here, there, strict=True):
        if a.is_floating_point() and name in DETERMINED:
            torch.testing.assert_close(a, b.cpu(), rtol=1e-4, atol=1e-5)
        assert (a.shape, a.dtype) == (b.shape, b.dtype)


DETERMINED = {
    "gaussian_kl", "gaussian_log_prob", "bernoulli_log_likelihood", "gaussian_log_likelihood", "cross_entropy",
    "log_densities", "log_weights", "own_weights", "split_by", "split_kl", "told_apart",
}  # fmt: skip


@pytest.mark.parametrize("dtype, close", [(torch.float32, 1e-4), (torch.float64, 1e-10)])
def test_kernels_and_the_mmd_agree_with_the_cpu(dtype, close):
    x, y = drawn(300, 4).to(dtype), drawn(200, 4, seed=1).to(dtype)
    kernel = mmd.rbf(1.0)
    here, there = mmd.mmd2(kernel, x, y), mmd.mmd2(kernel, x.cuda(), y.cuda())
    assert there.device.type == "cuda" and there.dtype == dtype
    torch.testing.assert_close(here, there.cpu(), rtol=close, atol=close)


def test_the_exact_parts_of_the_rate_agree_with_the_cpu():
    """Each on 500 codes that its own generator draws: within four of the standard errors that the split states."""
    mu, log_var = 2 * drawn(3000, 3).float(), -drawn(3000, 3, seed=1).float()
    here = exact_split(mu, log_var, 500, torch.Generator().manual_seed(0))
    there = exact_split(mu.cuda(), log_var.cuda(), 500, torch.Generator("cuda").manual_seed(0))
    torch.testing.assert_close(here.rate, there.rate.cpu(), rtol=1e-5, atol=1e-5)
    for part in ("information", "tc"):
        error = (here.errors[part] ** 2 + there.errors[part].cpu() ** 2) ** 0.5
        assert abs(getattr(here, part) - getattr(there, part).cpu()) < 4 * error


def test_the_scores_of_codes_on_the_gpu_are_those_of_the_cpu():
    factors = torch.cartesian_prod(*[torch.arange(6)] * 3)
    z = torch.cat([factors.double() @ torch.eye(3, dtype=torch.float64), drawn(216, 1)], 1)
    here, there = metrics.kim_mnih_exact(z, factors), metrics.kim_mnih_exact(z.cuda(), factors.cuda())
    assert float(here.value) == pytest.approx(float(there.value), abs=1e-12)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_trains_is_kept_and_is_loaded(system, tmp_path):
    task = {"system": system, **SMALL}
    row = run(task, tmp_path, progress=False)
    assert row["made by device"] == torch.cuda.get_device_name()
    model, back = load(tmp_path)
    assert back["steps"] == SMALL["steps"]
    assert all(p.device.type == "cpu" and p.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("system", ["vae", "factor-vae", "annealed"])
def test_a_run_that_was_cut_goes_on_to_the_same_bits(system, tmp_path):
    """A net of layers without convolutions adds in one order: a run in two halves is the run in one."""
    task = checked({"system": system, **SMALL})
    run(task, tmp_path / "whole", progress=False)
    run({**task, "steps": 15}, tmp_path / "halves", progress=False)
    run(task, tmp_path / "halves", progress=False)
    assert torch.equal(weights(load(tmp_path / "whole")[0]), weights(load(tmp_path / "halves")[0]))


def asked(system, seed=0, steps=200):
    """The arguments of `train` for a system on 16 x 16 pixels, and its model."""
    task = checked({"system": system, **SMALL, "seed": seed})
    source = named(task["data"])
    those = given(task, len(source.images), source.shape)
    make, _, _, draws = (those.pop(key, usual) for key, usual in USUAL.items())
    model = built(make, source.shape, task)
    images, prepare = draws(source, torch.device("cuda"))
    more = {"prepare": prepare, "steps": steps, "batch_size": 32, "seed": seed, "device": "cuda", "progress": False}
    return model, those.pop("objective"), images, {**those, **more}


CAPTURABLE = ("vae", "beta-vae", "beta-tcvae", "factor-vae", "mmd-vae", "info-gan", "dc-ign")


@pytest.mark.parametrize("system", CAPTURABLE)
def test_a_captured_step_is_the_step(system):
    """200 steps as a graph and 200 as they are: the same noise and batches, so the same history to float32's rounding
    grown over 200 steps of Adam."""
    found = []
    for captured in (False, True):
        model, objective, images, options = asked(system)
        history = train(model, objective, images, captured=captured, **options)
        found.append((weights(model), torch.cat([history[name].flatten() for name in history.terms])))
    torch.testing.assert_close(found[0][1], found[1][1], rtol=2e-2, atol=2e-2)
    torch.testing.assert_close(found[0][0], found[1][0], rtol=0, atol=5e-3)


def test_a_captured_step_draws_new_noise_and_new_images():
    model, objective, images, options = asked("vae")
    history = train(model, objective, images, captured=True, log_every=1, **options)
    assert len(set(history["reconstruction"].tolist())) == len(history.steps)


@pytest.mark.parametrize("captured", [False, True])
def test_runs_in_turns_are_the_runs_alone(captured):
    def one(seed):
        model, objective, images, options = asked("vae", seed)
        return model, in_steps(model, objective, images, captured=captured, **options)

    together = [one(seed) for seed in range(3)]
    driven([run for _, run in together])
    for seed, (model, _) in enumerate(together):
        alone, run = one(seed)
        driven([run])
        assert torch.equal(weights(model), weights(alone))


@pytest.mark.parametrize("system", ["annealed", "cascade-vae"])
def test_what_changes_with_the_step_is_not_captured(system):
    model, objective, images, options = asked(system)
    with pytest.raises(ValueError, match="captured: expected prices that are numbers and no schedule, but "):
        train(model, objective, images, captured=True, **options)


def test_a_captured_run_is_kept_and_goes_on_as_it_is(tmp_path):
    task = checked({"system": "vae", **SMALL})
    side_by_side([{**task, "steps": 20}], tmp_path)
    side_by_side([task], tmp_path)
    run(task, tmp_path / "plain", progress=False)
    mine = load(tmp_path / run_name(task))[0]
    torch.testing.assert_close(weights(mine), weights(load(tmp_path / "plain")[0]), rtol=0, atol=1e-3)


def test_codes_are_those_of_the_cpu():
    """Of convolutions, in float32 with TF32's ten bits of mantissa as PyTorch has it for them: to a part in 300."""
    source = named("dsprites-16")
    model = net(source.shape, 5, 0, "burgess").eval()
    here = posteriors(model, source, "cpu").mu
    with torch.no_grad():
        there = model.cuda().encode(source.prepare(source.images[:2000].cuda())).mu.cpu()
    torch.testing.assert_close(here[:2000], there, rtol=3e-3, atol=3e-3)


def test_the_parts_of_a_posterior_are_measured_where_it_is():
    q = Gaussian(2 * drawn(500, 3).float(), -drawn(500, 3, seed=1).float())
    rate = elbo.gaussian_kl(q.mu.cuda(), q.log_var.cuda()).sum(1).mean().item()
    assert parts(q, 0)["rate"] == pytest.approx(rate, abs=1e-4)
