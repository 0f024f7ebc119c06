"""Sets by name from the reader's own copy: the loader's pixels, kept as bytes or bits, read again when they change."""

import gzip
import os
import struct

import numpy as np
import pytest
import torch
from PIL import Image

from course_pkg.data import named as module
from course_pkg.data.mnist import mnist
from course_pkg.data.named import named
from course_pkg.data.pictures import celeba, chairs, faces
from course_pkg.data.release import factor_data


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def a_mnist(folder):
    for name, values in (("images-idx3", noise(20, 28, 28)), ("labels-idx1", noise(20) % 10)):
        head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
        (folder / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(head + values.tobytes()))
    return folder, mnist(folder), (1, 28, 28)


def some_chairs(folder):
    for azimuth in (11, 23):
        path = folder / "chair" / "renders" / f"image_001_p020_t{azimuth:03}_r096.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(80, 80, 3)).save(path)
    return folder, chairs(folder), (1, 64, 64)


def some_celebs(folder):
    Image.fromarray(noise(218, 178, 3)).save(folder / "000001.jpg")
    return folder, celeba(folder), (3, 64, 64)


def some_faces(folder):
    Image.fromarray(noise(70, 90, 3)).save(folder / "one.png")
    return folder, faces(folder), (3, 64, 64)


def a_release(folder):
    images = noise(5, 64, 64) % 2
    classes = np.zeros((5, 6), dtype=np.int64)
    np.savez(folder / "d.npz", imgs=images, latents_classes=classes, latents_values=classes.astype(float))
    return folder / "d.npz", factor_data(folder / "d.npz"), (1, 64, 64)


SETS = {
    "mnist": a_mnist, "chairs": some_chairs, "celeba": some_celebs, "faces": some_faces, "dsprites-file": a_release
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_what_is_kept_are_the_loaders_pixels(name, tmp_path):
    """To half a grey level, which is what a byte can say; black and white exactly."""
    (tmp_path / "set").mkdir()
    path, data, shape = SETS[name](tmp_path / "set")
    source = named(name, path)
    pixels = source.prepare(source.images)
    assert source.shape == shape and pixels.shape == (len(data), *shape) and pixels.dtype == torch.float32
    torch.testing.assert_close(pixels, data.images(range(len(data))), rtol=0, atol=0.5 / 255 + 1e-6)
    assert name in source.name and set(SETS) == set(module.YOURS), "each set has its case here"


def test_pictures_are_read_once_and_again_when_they_change(tmp_path, monkeypatch):
    folder = tmp_path / "set"
    folder.mkdir()
    some_faces(folder)
    first, read = named("faces", folder), []
    in_order = module.FactorData.in_order
    monkeypatch.setattr(module.FactorData, "in_order", lambda self, n: read.append(len(self)) or in_order(self, n))
    assert named("faces", folder).name == first.name and not read
    Image.fromarray(255 - noise(70, 90, 3)).save(folder / "two.png")
    os.utime(folder, ns=(1, 1))
    assert named("faces", folder).name != first.name and read == [2]
