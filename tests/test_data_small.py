"""dSprites at 16 pixels: an average over the large images, a grid of all factors, and what a run makes of it."""

import os
import shutil

import pytest
import torch

from course_pkg.data import cache, dsprites, small
from course_pkg.data.named import factors_of, named
from course_pkg.models.networks import burgess_halves, halves
from course_pkg.runs import checked, load, run
from course_pkg.runs.start import given
from helpers import generator


def test_a_small_sprite_is_the_large_one_seen_from_afar():
    """Each pixel is the share of white among the sixteen that it stands for, of the image with the same settings."""
    source, factors = named("dsprites-16"), factors_of("dsprites-16")
    some = torch.randint(len(source.images), (200,), generator=generator(0))
    settings = factors[some] * torch.tensor([1, 1, 2, 2, 2])
    large = dsprites.images(dsprites.index(settings))[:, None].float()
    assert torch.equal(source.prepare(source.images[some]), torch.nn.functional.avg_pool2d(large, 4))
    assert len(factors) == len(source.images) == 92_160 == len(factors.unique(dim=0))
    assert torch.equal(source.factors.images(some), source.prepare(source.images[some]))


def test_the_sparse_set_reaches_as_far_with_fewer_between():
    sparse, factors = named("dsprites-16-sparse"), factors_of("dsprites-16-sparse")
    whole = named("dsprites-16").images
    assert torch.equal(sparse.images, whole[small.sparse()]) and len(factors) == len(sparse.images) == 1_440
    assert torch.equal(factors, small.factors(small.sparse())) and len(factors.unique(dim=0)) == 1_440
    assert torch.equal(sparse.factors.images([7, 1_439]), sparse.prepare(sparse.images[[7, 1_439]]))
    everything = small.factors()
    for k in (3, 4):  # positions: the same ends
        assert (factors[:, k].min(), factors[:, k].max()) == (everything[:, k].min(), everything[:, k].max())


def test_hardly_two_of_the_small_images_are_alike():
    """What looks the same with other settings would put a ceiling on every score."""
    assert len(small.images().flatten(1).unique(dim=0)) == 91_949


@pytest.mark.parametrize("net", ["lecture", "deep", "burgess"])
def test_a_task_names_its_layers_and_gets_them_back(net, tmp_path):
    task = {"system": "beta-vae", "data": "digits", "net": net, "steps": 2, "latents": 2, "batch_size": 4}
    run(task, tmp_path, progress=False)
    model, task = load(tmp_path)
    encoder, _ = halves((1, 8, 8), 4, 2, layers=net)
    assert [w.shape for w in model.encoder.parameters()] == [w.shape for w in encoder.parameters()]
    with pytest.raises(ValueError, match="no layers are called 'wide'; there are lecture, deep, burgess"):
        checked({**task, "net": "wide"})


def test_the_layers_for_smaller_images_are_those_published_less_some():
    with pytest.raises(ValueError, match="expected images of 8, 16, 32 or 64 pixels a side"):
        burgess_halves(1, 4, 2, side=20)
    convolutions = {
        side: sum(isinstance(part, torch.nn.Conv2d) for part in burgess_halves(1, 4, 2, side=side)[0])
        for side in (8, 16, 32, 64)
    }
    assert convolutions == {8: 1, 16: 2, 32: 3, 64: 4}


def test_the_weight_of_the_pixels_is_a_price_of_the_reconstruction_alone():
    task = checked({"system": "beta-tcvae", "beta": 6.0, "pixel_weight": 16.0})
    assert given(task, 100, (1, 16, 16))["weights"] == {"tc": 6.0, "reconstruction": 16.0}
    assert given(checked({"system": "beta-tcvae"}), 100, (1, 16, 16))["weights"] == {"tc": 6.0}


@pytest.mark.parametrize("name", ["dsprites", "dsprites-16", "dsprites-16-sparse"])
def test_a_set_knows_its_factors_before_any_image_is_read(name, tmp_path, monkeypatch):
    """From the table alone, and the same where the images are there already."""
    source = named(name)
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "empty"))
    assert torch.equal(factors_of(name), factors_of(name, source=source)) and not (tmp_path / "empty").exists()


def test_small_images_whose_file_was_cut_are_not_handed_out_again(tmp_path, monkeypatch):
    whole, name = small.images(), "dsprites-16x16-counts"
    shutil.copy(cache.folder() / name, tmp_path / name)
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path))
    assert torch.equal(small.images()[:9], whole[:9])
    os.truncate(tmp_path / name, 300)
    with pytest.raises(OSError, match=r"delete .*counts and run again"):
        small.images()
