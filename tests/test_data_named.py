"""Sets by name from the reader's own copy: the loader's pixels, kept as bytes or bits, read again when they change."""

import gzip
import os
import pathlib
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


def a_face_below(folder):
    (folder / "below" / "deeper").mkdir(parents=True)
    Image.fromarray(noise(70, 90, 3)).save(folder / "below" / "deeper" / "one.png")


def replaced(path):
    """Other content of the same length where that is possible, a minute later; the folder's own time stays."""
    before = path.parent.stat()
    if path.suffix == ".png":
        Image.fromarray(255 - noise(70, 90, 3)).save(path)
    else:
        path.write_bytes(path.read_bytes()[:16] + (255 - noise(20, 28, 28)).tobytes())
    os.utime(path, (before.st_atime + 60, before.st_mtime + 60))
    os.utime(path.parent, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_face_replaced_in_a_subfolder_is_seen(tmp_path):
    a_face_below(tmp_path / "set")
    first = named("faces", tmp_path / "set")
    replaced(tmp_path / "set" / "below" / "deeper" / "one.png")
    second = named("faces", tmp_path / "set")
    assert second.name != first.name and not torch.equal(first.images, second.images)


def test_mnist_replaced_in_place_is_seen(tmp_path):
    (tmp_path / "set").mkdir()
    a_mnist(tmp_path / "set")
    for path in list((tmp_path / "set").glob("*.gz")):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    first = named("mnist", tmp_path / "set")
    replaced(tmp_path / "set" / "train-images-idx3-ubyte")
    second = named("mnist", tmp_path / "set")
    assert second.name != first.name and torch.equal(second.images, 255 - first.images)


def test_what_a_fingerprint_holds(tmp_path):
    folder = tmp_path / "set"
    a_face_below(folder)
    path = folder / "below" / "deeper" / "one.png"
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns

    def longer():
        with open(path, "ab") as file:
            file.write(b"0")
        os.utime(path, ns=times)

    for change, same in [
        (lambda: (folder / ".DS_Store").write_bytes(b"what a file manager leaves"), True),
        (lambda: os.utime(path, ns=times), True),
        (lambda: os.utime(path, ns=(times[0], times[1] + 1)), False),
        (longer, False),
        (lambda: path.rename(path.with_name("two.png")), False),
        (lambda: (folder / "nowhere.png").symlink_to(folder / "gone"), True),
    ]:
        before = module.state_of(folder)
        change()
        assert (module.state_of(folder) == before) is same
    (folder / "loop").symlink_to(folder)
    assert module.state_of(folder) == module.state_of(folder), "a link to itself ends"


def test_a_face_behind_a_link_is_seen(tmp_path):
    """A folder of links to pictures that lie elsewhere: their times count, not the links'."""
    a_face_below(tmp_path / "elsewhere")
    (tmp_path / "set").mkdir()
    path = tmp_path / "elsewhere" / "below" / "deeper" / "one.png"
    (tmp_path / "set" / "one.png").symlink_to(path)
    first = module.state_of(tmp_path / "set")
    os.utime(path, (1, 1))
    assert module.state_of(tmp_path / "set") != first


def test_a_damaged_picture_is_called_damaged(tmp_path):
    """Not a cache without room: the path of the picture, and nothing kept."""
    (tmp_path / "set").mkdir()
    some_faces(tmp_path / "set")
    (tmp_path / "set" / "two.png").write_bytes(b"no picture")
    with pytest.raises(OSError, match=r"two.png: not a picture that can be read") as caught:
        named("faces", tmp_path / "set")
    assert "cannot keep" not in str(caught.value) and "room" not in str(caught.value)
    assert not list(pathlib.Path(os.environ["DISENTANGLE_CACHE"]).glob("faces*part"))
