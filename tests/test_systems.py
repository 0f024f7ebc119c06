"""Every system by its name: what it gives to the loop, what may be set of it, what is refused."""

import math
import re
import sys
from collections import Counter
from typing import Annotated

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from course_pkg import elbo
from course_pkg.bottleneck.prices import Annealed, Capacity, Hinge
from course_pkg.data.factors import FactorData
from course_pkg.data.named import Images
from course_pkg.kkt import DualAscent
from course_pkg.models.networks import mlp
from course_pkg.runs import systems
from course_pkg.runs.start import all_images
from course_pkg.runs.systems import SYSTEMS, arguments, found, settings_of
from course_pkg.training import train
from course_pkg.training.players import loss_of

FACTS = {"images": 20, "shape": (1, 3, 3), "net": None, "latents": 2, "seed": 0}
TABLE = torch.cartesian_prod(torch.arange(4), torch.arange(5))  # two factors of the 20 images
SMALL = {"factor-vae": {"hidden": 5, "layers": 1}, "info-gan": {"noise": 3}}


def source(images):
    """The images as a set with two factors, a shape and a place."""
    factors = FactorData(("shape", "place"), (range(4), range(5)), lambda indices: images[indices], TABLE)
    return Images("toy", images, lambda x: x, (1, 3, 3), factors)


def fitted(name, images, settings=None, hidden=4, objective=None, **options):
    """The system's history and its net, trained on the CPU from 20 images of three by three pixels."""
    given = arguments(name, {**SMALL.get(name, {}), **(settings or {})}, FACTS)
    net = small(given, hidden)
    data, prepare = given.pop("draws", all_images)(source(images), torch.device("cpu"))
    own, _, _ = given.pop("objective"), given.pop("whole", None), given.pop("summary", None)
    options = {"device": "cpu", "progress": False, **options}
    return train(net, objective or own, data, prepare=prepare, **options, **given), net


def small(given, hidden=4):
    """The system's net for images of three by three pixels and two latents; it leaves what `train` takes."""
    make = given.pop("net", None)
    return make((1, 3, 3), 2, 0) if make else mlp((1, 3, 3), 2, hidden)


def means(kl=(3.0, 7.0)):
    return {"reconstruction": torch.tensor(5.0), "kl": torch.tensor(kl)}


@pytest.mark.parametrize(
    "system, settings, step, loss",
    [
        ("vae", {}, 1, 5 + 10),
        ("beta-vae", {"beta": 2.5}, 1, 5 + 2.5 * 10),
        ("capacity", {"gamma": 3.0, "start": 0.0, "end": 20.0, "over": 4}, 1, 5 + 3 * (10 - 5)),
        ("capacity", {"gamma": 3.0, "start": 0.0, "end": 20.0, "over": 4}, 4, 5 + 3 * (20 - 10)),
        ("hinge", {"gamma": 3.0, "start": 0.0, "end": 20.0, "over": 4}, 1, 5 + 3 * (10 - 5)),
        ("hinge", {"gamma": 3.0, "start": 0.0, "end": 20.0, "over": 4}, 4, 5),
        ("annealed", {"start": 0.0, "end": 8.0, "over": 4}, 3, 5 + 6 * 10),
        ("annealed", {"start": 0.0, "end": 8.0, "over": 4}, 9, 5 + 8 * 10),
        ("constraint", {"eps": 4.0, "rate": 0.5, "start": 3.0}, 1, 5 + 3 * (10 - 4)),
        ("cascade-vae-c", {"low": 0.5, "high": 4.0, "every": 2}, 2, 5 + 0.5 * 3 + 4 * 7),
        ("cascade-vae-c", {"low": 0.5, "high": 4.0, "every": 2}, 3, 5 + 0.5 * 10),
        ("cascade-vae", {"low": 0.5, "high": 4.0, "every": 2, "before": 1}, 4, 5 + 0.5 * 3 + 4 * 7),
        ("cascade-vae", {"low": 0.5, "high": 4.0, "every": 2, "before": 1}, 5, 5 + 0.5 * 10),
    ],
)
def test_the_loss_of_each_price_by_hand(system, settings, step, loss):
    """reconstruction 5 and KL 3 + 7 nats: what a nat of the rate costs is all in which these systems differ."""
    weights = {"reconstruction": 1.0, "kl": 1.0, **arguments(system, settings, FACTS).get("weights", {})}
    assert loss_of(means(), weights, step).item() == pytest.approx(loss, rel=1e-6)


def test_which_terms_and_players_each_system_has():
    images = torch.rand(20, 1, 3, 3).round()
    for name in SYSTEMS:
        given = arguments(name, SMALL.get(name, {}), FACTS)
        opponents = given.get("opponents", {})
        data, prepare = given.pop("draws", all_images)(source(images), torch.device("cpu"))
        x = images[:12].split(6) if given.get("batches") == 2 else data
        x = x if isinstance(x, (torch.Tensor, tuple)) else prepare(x(6, torch.Generator()))
        terms = given["objective"](small(given), x, torch.Generator(), *[p.net for p in opponents.values()])
        expected = {
            "beta-tcvae": {"reconstruction", "information", "tc", "dimwise"},
            "factor-vae": {"reconstruction", "kl", "tc", "cross_entropy"},
            "mmd-vae": {"reconstruction", "kl", "mmd"},
            "joint-vae": {"reconstruction", "kl", "kl_discrete"},
            "dc-ign": {"reconstruction", "kl", "invariance"},
            "info-gan": {"fooling", "told_apart", "surprise"},
        }.get(name, {"reconstruction", "kl"})
        assert set(terms) == expected and (len(opponents) == 1) == (name in ("factor-vae", "info-gan"))


def test_factor_vaes_discriminator_learns_as_in_the_paper():
    given = arguments("factor-vae", {}, FACTS)
    player = given["opponents"]["discriminator"]
    assert (player.lr, player.betas, dict(player.weights)) == (1e-4, (0.5, 0.9), {"cross_entropy": 1.0})
    assert given["batches"] == 2 and given["weights"] == {"tc": 10.0}
    other = arguments("factor-vae", {}, {**FACTS, "seed": 1})["opponents"]["discriminator"]
    assert not torch.equal(next(player.net.parameters()), next(other.net.parameters())), "the run's seed is its seed"


@pytest.mark.parametrize(
    "settings, rate, divergence",
    [({}, 0, 100), ({"alpha": 0.0, "lam": 1.0}, 1, 0), ({"alpha": -1.0, "lam": 5.0}, 2, 3), ({"lam": 2.0}, 0, 2)],
)
def test_infovaes_prices(settings, rate, divergence):
    weights = {"reconstruction": 1.0, **arguments("mmd-vae", settings, FACTS)["weights"]}
    terms = {**means(), "mmd": torch.tensor(0.25)}
    assert loss_of(terms, weights, 1).item() == pytest.approx(5 + rate * 10 + divergence * 0.25, rel=1e-6)


@pytest.mark.parametrize("settings, told", [
    ({"alpha": 0.0, "lam": 0.001}, "a nat of the rate would cost 1, a unit of MMD^2 -0.999"),
    ({"alpha": 2.0}, "a nat of the rate would cost -1, a unit of MMD^2 101"),
])  # fmt: skip
def test_a_price_that_rewards_leaving_the_prior_is_refused(settings, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        arguments("mmd-vae", settings, FACTS)


def test_at_alpha_0_and_lambda_1_it_is_the_vae():
    """The same bits: the draws of the prior come after those of the code, and a term at price 0 moves nothing."""
    step = {"steps": 1, "batch_size": 20, "device": "cpu", "progress": False}
    nets = [mlp((1, 3, 3), 2, 8) for _ in range(2)]
    for net, (name, settings) in zip(nets, [("vae", {}), ("mmd-vae", {"alpha": 0.0, "lam": 1.0})], strict=True):
        given = arguments(name, settings, FACTS)
        train(net, given.pop("objective"), torch.eye(3).expand(20, 1, 3, 3), **step, **given)
    assert all(torch.equal(a, b) for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True))


def test_the_width_of_mmd_vaes_kernel_is_in_units_of_the_root_of_its_latents():
    x, y = torch.zeros(1, 8), torch.ones(1, 8)
    kernel = arguments("mmd-vae", {"width": 0.5}, {**FACTS, "latents": 8})["objective"].keywords["kernel"]
    assert kernel(x, y).item() == pytest.approx(math.exp(-8 / (2 * 0.25 * 8)), rel=1e-6)


def test_mmd_vae_goes_on_to_the_same_bits_and_not_with_another_kernel(tmp_path):
    def run(steps, folder=None, **settings):
        net, given = mlp((1, 3, 3), 2, 8), arguments("mmd-vae", settings, FACTS)
        images = torch.rand(20, 1, 3, 3, generator=torch.Generator().manual_seed(0)).round()
        options = {"batch_size": 8, "save_every": 2, "device": "cpu", "progress": False, "folder": folder}
        train(net, given.pop("objective"), images, steps=steps, **options, **given)
        return list(net.parameters())

    run(3, tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(run(7, tmp_path), run(7), strict=True))
    for other in ({"width": 0.5}, {"lam": 10.0}):
        with pytest.raises(ValueError, match="holds another run"):
            run(9, tmp_path, **other)


def test_beta_tcvae_knows_how_many_images_there_are():
    assert arguments("beta-tcvae", {}, FACTS)["objective"].keywords == {"n": 20}


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_trains_as_it_is(name):
    """All images are one and the same, so the decoder's biases alone can learn it, whatever a nat costs."""
    settings = {"factor-vae": {"hidden": 8}, "info-gan": {"opponent_lr": 1e-2}}.get(name, {})
    images, options = torch.eye(3).expand(20, 1, 3, 3), {"steps": 60, "batch_size": 10, "lr": 1e-2, "log_every": 10}
    history = fitted(name, images, settings, hidden=8, **options)[0]
    if name == "info-gan":  # nothing is reconstructed: the code of what is made is guessed, and so better and better
        assert history["surprise"][-1].sum() < history["surprise"][0].sum() - 0.5
    else:
        assert history["reconstruction"][-1] < history["reconstruction"][0] / 2


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_says_what_it_is_and_what_each_setting_means(name):
    assert re.search(r"\(\d{4}\)|capacity|beta moves", SYSTEMS[name].__doc__), "its source"
    for setting in settings_of(name).values():
        assert setting.kind in (int, float, str) and len(setting.meaning) > 8
        assert setting.checked("it", setting.default) == setting.default


def test_the_prices_are_those_of_the_chapter():
    kinds = {"capacity": Capacity, "hinge": Hinge, "annealed": Annealed, "constraint": DualAscent}
    for name, kind in kinds.items():
        given = arguments(name, {}, FACTS)
        assert type(given["weights"]["kl"]) is kind and given["objective"] is elbo.negative_elbo


def test_an_unknown_system_is_told_the_names_there_are():
    with pytest.raises(ValueError, match=f"^no system is called 'betavae'; there are {', '.join(SYSTEMS)}$"):
        settings_of("betavae")
    with pytest.raises(ValueError, match="no system is called 'gan'"):
        arguments("gan", {}, FACTS)


@pytest.mark.parametrize(
    "system, name, value, told",
    [
        ("beta-vae", "beta", "four", "beta: expected a finite number of 0 or more, got 'four'"),
        ("beta-vae", "beta", math.nan, "beta: expected a finite number of 0 or more, got nan"),
        ("beta-vae", "beta", True, "beta: expected a finite number of 0 or more, got True"),
        ("beta-vae", "beta", None, "beta: expected a finite number of 0 or more, got None"),
        ("capacity", "over", 2.5, "over: expected a whole number of 1 or more, got 2.5"),
        ("beta-vae", "beta", -5, "beta: expected a finite number of 0 or more, got -5"),
        ("capacity", "gamma", -1, "gamma: expected a finite number of 0 or more, got -1"),
        ("hinge", "end", -3, "end: expected a finite number of 0 or more, got -3"),
        ("constraint", "eps", -1, "eps: expected a finite number of 0 or more, got -1"),
        ("beta-tcvae", "beta", -1, "beta: expected a finite number of 0 or more, got -1"),
        ("factor-vae", "hidden", 0, "hidden: expected a whole number of 1 or more, got 0"),
        ("mmd-vae", "lam", -1, "lam: expected a finite number of 0 or more, got -1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(system, name, value, told):
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        settings_of(system)[name].checked(name, value)


def undecided(width=3):
    """A setting without a word."""


def halfway(width: Annotated[int, 3] = 3):
    """A setting whose meaning is a number."""


def of_no_kind(width: Annotated[bool, "whether it is wide"] = True):
    """A setting of a kind that no task holds."""


@pytest.mark.parametrize("system", [undecided, halfway, of_no_kind])
def test_a_setting_that_does_not_say_what_it_is(system, monkeypatch):
    monkeypatch.setitem(SYSTEMS, "mine", system)
    with pytest.raises(TypeError, match=r"^setting width of system mine: expected Annotated"):
        settings_of("mine")


def test_a_system_is_found_by_its_file(tmp_path, monkeypatch):
    """A new chapter adds a file and edits none; a name that is there twice is refused."""
    (tmp_path / "other.py").write_text(
        'def other_vae(latents):\n    """Mine."""\n    return {}\n\n\ndef _net(): ...\n', "utf-8"
    )
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "course_pkg.runs.systems.other", raising=False)
    assert found().keys() - SYSTEMS.keys() == {"other-vae"}
    (tmp_path / "twin.py").write_text('def beta_vae():\n    """A second one."""\n', "utf-8")
    with pytest.raises(ValueError, match=r"^two systems are called beta-vae: in "):
        found()
    for name in ("other", "twin"):
        sys.modules.pop(f"course_pkg.runs.systems.{name}")


def test_a_whole_float_is_a_number_of_steps():
    value = settings_of("capacity")["over"].checked("over", 1e5)
    assert value == 100_000 and type(value) is int


# Nothing in a step waits for the device -------------------------------------------------------------------------------


class Waits(TorchDispatchMode):
    """Counts the operations whose result the host must see before it goes on: numbers and shapes that depend on data.

    The same in the backward pass, which a CPU runs in the thread that asks for it.
    """

    WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "_unique2", "unique_dim", "is_nonzero", "equal")

    def __init__(self):
        super().__init__()
        self.seen = Counter()

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        name = function.overloadpacket.__name__
        if name in self.WAITING:
            self.seen[name] += 1
        return function(*arguments, **(keywords or {}))


def waits(steps, system, objective=None):
    """What `steps` steps wait for, with one line in the log, over more than one epoch of the 20 images."""
    images = torch.rand(20, 1, 3, 3, generator=torch.Generator().manual_seed(0)).round()
    with Waits() as mode:
        fitted(system, images, steps=steps, batch_size=4, log_every=steps, objective=objective)
    return mode.seen


@pytest.mark.parametrize("system", SYSTEMS)
def test_more_steps_wait_no_more_often(system):
    assert waits(9, system) == waits(1, system) != Counter(), "all waiting is done for the line in the log"


def test_one_number_read_in_a_step_would_show():
    def reads(model, x, generator):
        terms = elbo.negative_elbo(model, x, generator)
        terms["kl"].sum().item()
        return terms

    assert (waits(9, "vae", reads) - waits(1, "vae", reads)) == {"_local_scalar_dense": 8}
