"""Codes of a whole set: those of the model, encoded once, never those of another model, a damaged file refused."""

import os
import re

import numpy as np
import pytest
import torch

from course_pkg import runs
from course_pkg.data.digits import binarised, digits
from course_pkg.data.named import Images, named
from course_pkg.models.networks import burgess, mlp
from course_pkg.runs import represent as module
from course_pkg.runs.represent import place, posteriors, represent


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def encoded(monkeypatch):
    """How many images were encoded."""
    seen, encode = [], module.encode
    monkeypatch.setattr(module, "encode", lambda n, s, which, d: seen.extend(which) or encode(n, s, which, d))
    return seen


def model(seed=0):
    return mlp((1, 8, 8), 3, hidden=20, seed=seed)


def test_the_codes_are_the_models_own_in_the_order_of_the_set():
    x = binarised(digits().images)
    net = model()
    mu, log_var = posteriors(net, "digits", device="cpu")
    with torch.no_grad():
        expected = [*net.encode(x)]
    torch.testing.assert_close(mu, expected[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(log_var, expected[1], rtol=1e-5, atol=1e-6)
    codes = represent(net, "digits", device="cpu")
    assert torch.equal(codes.columns, mu) and mu.dtype == torch.float32 and codes.discrete.tolist() == [False] * 3


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_convolutions_in_any_layout_give_the_same_codes_and_are_left_as_they_are(layout):
    images = torch.rand(150, 1, 64, 64, generator=torch.Generator().manual_seed(0)).round()
    source = Images("random", images.to(torch.uint8), lambda x: x.float(), (1, 64, 64))
    net = burgess(latents=4).to(memory_format=layout).train()
    with torch.no_grad():
        expected = net.encode(images).mu
    torch.testing.assert_close(represent(net, source, device="cpu").columns, expected, rtol=1e-4, atol=1e-5)
    assert net.training and net.encoder[2].weight.is_contiguous(memory_format=layout)


def test_a_set_is_encoded_once_for_means_and_samples(encoded):
    net = model()
    first, again = (represent(net, "digits", device="cpu").columns for _ in range(2))
    represent(net, "digits", sample=True, device="cpu")
    assert torch.equal(first, again) and encoded == list(range(1797))


def test_samples_have_the_posteriors_mean_and_spread_and_repeat_with_their_seed():
    """(z - mu) / sigma over 1,797 images and 3 latents: mean 0 and variance 1 within five standard errors."""
    net = model()
    mu, log_var = posteriors(net, "digits", device="cpu")
    z = represent(net, "digits", sample=True, seed=3, device="cpu").columns
    eps = ((z - mu) / (0.5 * log_var).exp()).double()
    assert eps.mean().abs() < 5 / eps.numel() ** 0.5 and (eps.var() - 1).abs() < 5 * (2 / eps.numel()) ** 0.5
    assert torch.equal(z, represent(net, "digits", sample=True, seed=3, device="cpu").columns)
    assert not torch.equal(z, represent(net, "digits", sample=True, seed=4, device="cpu").columns)


def test_a_run_folder_is_a_model_and_its_data_and_more_training_is_another_entry(tmp_path, encoded):
    task = {"system": "vae", "data": "digits", "latents": 2, "steps": 10, "device": "cpu"}
    runs.run(task, tmp_path / "run", progress=False)
    before = represent(tmp_path / "run", device="cpu").columns.clone()
    assert torch.equal(before, represent(runs.load(tmp_path / "run")[0], named("digits"), device="cpu").columns)
    assert len(encoded) == 1797
    runs.run({**task, "steps": 20}, tmp_path / "run", progress=False)
    after = represent(str(tmp_path / "run"), device="cpu").columns
    assert len(encoded) == 2 * 1797 and not torch.equal(before, after)


def test_another_model_another_net_or_another_set_is_another_entry():
    source = named("digits")
    tanh = model()
    tanh.encoder[2] = torch.nn.Tanh()
    assert torch.equal(tanh.encoder[1].weight, model().encoder[1].weight), "the same weights in another net"
    places = {place(net, source) for net in (model(), model(1), tanh)} | {place(model(), source._replace(name="b"))}
    assert len(places) == 4 and place(model(), source) in places


def test_what_is_written_into_the_codes_does_not_reach_the_file():
    first = represent(model(), "digits", device="cpu").columns
    first += 1
    torch.testing.assert_close(represent(model(), "digits", device="cpu").columns, first - 1, rtol=0, atol=1e-6)


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign"])
def test_a_damaged_file_is_refused_in_one_line(damage):
    path = place(model(), named("digits"))
    represent(model(), "digits", device="cpu")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes({"cut": data[:-9], "flipped": data, "foreign": b"x" * len(data)}[damage])
    told = {"cut": "has .* bytes, expected", "flipped": "is damaged", "foreign": "is not a file of this course"}
    with pytest.raises(OSError, match=f"^{re.escape(str(path))} {told[damage]}.*; delete .* it is then made anew$"):
        represent(model(), "digits", device="cpu")


def test_on_a_full_disk_nothing_is_left(cache, monkeypatch):
    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"^cannot keep 0 MB at .* \(No space left on device\): make room"):
        represent(model(), "digits", device="cpu")
    assert [path.suffix for path in (cache / "codes").iterdir()] in ([], [".lock"])


@pytest.mark.parametrize(
    "args, told",
    [
        ((model(),), "a model alone does not say what to encode: name the data"),
        ((burgess(), "digits"), "the model takes images of shape (1, 64, 64), digits has (1, 8, 8)"),
        ((model(), "cifar"), "no data set is called 'cifar'; there are dsprites, digits"),
        (("no/such/folder",), "expected the folder of a run, found no task.json in no/such/folder"),
    ],
)
def test_what_cannot_be_encoded(args, told):
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        represent(*args, device="cpu")


def test_a_device_that_is_not_there():
    with pytest.raises(ValueError, match="device cuda:9 is not there"):
        represent(model(), "digits", device="cuda:9")


def test_the_array_is_mapped_and_not_read_into_memory():
    mu, _ = posteriors(model(), "digits", device="cpu")
    assert mu.shape == (1797, 3) and np.asarray(mu).base is not None
