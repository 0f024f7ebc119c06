"""MNIST, 3D Chairs, CelebA and faces: tiny copies in the format of the originals, whole and broken."""

import gzip
import struct
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from course_pkg.data.mnist import mnist
from course_pkg.data.pictures import celeba, chairs, faces, preloaded

RNG = np.random.default_rng(0)
DIGITS = RNG.integers(0, 256, (7, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9, 2], dtype=np.uint8)


def idx(array):
    """The bytes of an idx file of unsigned bytes."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


IMAGES_FILE, LABELS_FILE = idx(DIGITS), idx(LABELS)


def save_mnist(folder, part="train", images=IMAGES_FILE, labels=LABELS_FILE, packed=True):
    pack, ending = (gzip.compress, ".gz") if packed else (bytes, "")
    (folder / f"{part}-images-idx3-ubyte{ending}").write_bytes(pack(images))
    (folder / f"{part}-labels-idx1-ubyte{ending}").write_bytes(pack(labels))
    return folder


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("part", "train"), [("train", True), ("t10k", False)])
def test_mnist(tmp_path, part, train, packed):
    data = mnist(save_mnist(tmp_path, part, packed=packed), train)
    assert len(data) == 7 and data.names == ("digit",) and data.sizes == (10,)
    images = data.images(range(7))
    assert images.shape == (7, 1, 28, 28) and images.dtype == torch.float32
    np.testing.assert_array_equal(images[:, 0].numpy(), DIGITS.astype(np.float32) / 255)
    assert data.factors(range(7))[:, 0].tolist() == LABELS.tolist()
    assert set(data.sample(50, torch.Generator().manual_seed(0), fixed={"digit": 1}).tolist()) == {1, 3}


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ({"images": idx(DIGITS)[:-1]}, r"expected 5488 values of shape \[7, 28, 28\], got 5487"),
        ({"images": idx(DIGITS) + b"more"}, r"expected 5488 values"),
        ({"images": idx(LABELS)}, r"images-idx3-ubyte.*expected an idx file that starts"),
        ({"images": b""}, r"expected an idx file that starts"),
        ({"labels": b"\0\0\x08\x01\0"}, r"expected an idx file that starts"),
        ({"labels": idx(LABELS[1:])}, r"expected as many labels as images, got 6 and 7"),
        ({"labels": idx(LABELS + 5)}, r"expected labels 0 .. 9, got 14"),
    ],
)
def test_mnist_that_is_wrong(tmp_path, spoilt, message):
    with pytest.raises(ValueError, match=message):
        mnist(save_mnist(tmp_path, **spoilt))


@pytest.mark.parametrize("spoil", [lambda x: x[:-9], lambda x: b"no gzip", lambda x: x[:20] + b"\xff" * 99])
def test_mnist_with_a_broken_gzip(tmp_path, spoil):
    path = save_mnist(tmp_path) / "train-images-idx3-ubyte.gz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz: damaged or cut short"):
        mnist(tmp_path)


def test_mnist_that_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected train-images-idx3-ubyte.gz .*, found nothing"):
        mnist(tmp_path)
    with pytest.raises(FileNotFoundError, match="found no such folder"):
        mnist(tmp_path / "nowhere")
    (tmp_path / "t10k.zip").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"found \['t10k.zip'\]"):
        mnist(tmp_path)


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def constant(level, shape=(12, 12)):
    return np.full(shape, level, np.uint8)


def save_chairs(folder):
    """Two chairs at 2 elevations and 3 azimuths; the grey level tells which is which."""
    for c, chair in enumerate(["b663f1", "1a2b3c"]):
        for p, elevation in enumerate([20, 30]):
            for t, azimuth in enumerate([11, 0, 348]):
                name = f"image_{3 * p + t:03}_p{elevation:03}_t{azimuth:03}_r096.png"
                save(folder / chair / "renders" / name, constant(100 * c + 10 * p + t))
    (folder / "all_chair_names.mat").write_bytes(b"not a picture")
    return folder


def test_chairs(tmp_path):
    data = chairs(save_chairs(tmp_path), size=4)
    assert data.names == ("chair", "elevation", "azimuth") and data.sizes == (2, 2, 3) and len(data) == 12
    assert [list(v) for v in data.values] == [["1a2b3c", "b663f1"], [20, 30], [0, 11, 348]]
    images = data.images(data.index([[1, 0, 0], [0, 1, 1], [0, 1, 2]]))
    assert images.shape == (3, 1, 4, 4)
    levels = (images * 255).round().int()
    assert levels.flatten(1).unique(dim=1).flatten().tolist() == [1, 110, 112]


def test_chairs_that_are_missing(tmp_path):
    expected = r"expected .*/CHAIR/renders/image_001_p020_t011_r096.png"
    with pytest.raises(FileNotFoundError, match=expected + ".*found nothing of that name"):
        chairs(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=expected + ".*found an empty"):
        chairs(tmp_path)
    save(tmp_path / "chair" / "renders" / "front.png", constant(0))
    with pytest.raises(FileNotFoundError, match=expected + r".*found 1 entries in .*: chair"):
        chairs(tmp_path)


NAMES = ["000001.jpg", "000002.jpg", "000003.jpg"]
ATTRIBUTES = "3\nSmiling Young \n000001.jpg -1  1 \n000002.jpg  1  1 \n000003.jpg -1 -1 \n"


def save_celeba(folder):
    """Three 178 x 218 pictures: red, green, blue, with a white frame outside the middle 148 x 148."""
    for channel, name in enumerate(NAMES):
        array = np.full((218, 178, 3), 255, np.uint8)
        array[35:183, 15:163] = 0
        array[35:183, 15:163, channel] = 255
        folder.mkdir(exist_ok=True)
        Image.fromarray(array).save(folder / name, quality=100, subsampling=0)
    (folder.parent / "list_attr_celeba.txt").write_text(ATTRIBUTES)
    return folder


def zipped(folder):
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("img_align_celeba")
        for file in sorted(folder.iterdir(), reverse=True):
            archive.write(file, f"img_align_celeba/{file.name}")
    return path


@pytest.mark.parametrize("form", [lambda folder: folder, zipped])
def test_celeba(tmp_path, form):
    path = form(save_celeba(tmp_path / "img_align_celeba"))
    data = celeba(path, tmp_path / "list_attr_celeba.txt")
    assert data.names == ("Smiling", "Young") and data.sizes == (2, 2)
    assert data.factors(range(3)).tolist() == [[0, 1], [1, 1], [0, 0]]
    images = data.images([2, 0, 1])
    assert images.shape == (3, 3, 64, 64)
    middle = images[:, :, 8:-8, 8:-8].mean(dim=(2, 3))
    torch.testing.assert_close(middle, torch.eye(3)[[2, 0, 1]], rtol=0, atol=0.02)  # JPEG is not exact
    assert (images.mean(dim=(2, 3)) - middle).abs().max() < 0.02  # the frame is cut off
    assert celeba(path).sizes == () and len(celeba(path)) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ATTRIBUTES.replace("3\n", "4\n", 1), "expected the number of rows"),
        ("", "expected the number of rows"),
        (ATTRIBUTES.replace("-1 -1", "-1 0"), r"expected 2 times -1 or 1 after a file name, got '000003.jpg -1 0 '"),
        (ATTRIBUTES.replace("-1 -1", "-1"), "expected 2 times -1 or 1"),
        (ATTRIBUTES + "\n", "expected 2 times -1 or 1"),
        (ATTRIBUTES.replace("000002", "000009"), "no row for 1 of 3 pictures: 000002.jpg"),
    ],
)
def test_celeba_with_wrong_attributes(tmp_path, text, message):
    folder = save_celeba(tmp_path / "img_align_celeba")
    (tmp_path / "list_attr_celeba.txt").write_text(text)
    with pytest.raises(ValueError, match=message):
        celeba(folder, tmp_path / "list_attr_celeba.txt")


def test_celeba_that_is_missing_or_broken(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"img_align_celeba.zip; found an empty"):
        celeba(tmp_path)
    with pytest.raises(FileNotFoundError, match="found nothing of that name"):
        celeba(tmp_path / "img_align_celeba.zip")
    (tmp_path / "img_align_celeba.zip").write_bytes(b"PK\3\4 cut")
    with pytest.raises(ValueError, match="no zip file, or cut short"):
        celeba(tmp_path / "img_align_celeba.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "")
    with pytest.raises(FileNotFoundError, match=r"found a file, other.zip"):
        celeba(tmp_path / "other.zip")
    folder = save_celeba(tmp_path / "img_align_celeba")
    with pytest.raises(FileNotFoundError, match=r"list_attr.txt"):
        celeba(folder, tmp_path / "list_attr.txt")


def test_faces(tmp_path):
    save(tmp_path / "s1" / "1.pgm", constant(10))
    save(tmp_path / "s1" / "2.PNG", np.stack([constant(20), constant(40), constant(60)], axis=-1))
    save(tmp_path / "s2" / "1.bmp", constant(30))
    (tmp_path / "readme.txt").write_text("")
    data = faces(tmp_path, size=4)
    assert len(data) == 3 and data.names == ()
    levels = (data.images([0, 1, 2]) * 255).round()[:, :, 0, 0]
    assert levels.tolist() == [[10, 10, 10], [20, 40, 60], [30, 30, 30]]
    assert faces(tmp_path, size=4, channels=1).images([0]).shape == (1, 1, 4, 4)
    assert data.images([]).shape == (0, 3, 4, 4)


def test_faces_that_are_missing(tmp_path):
    (tmp_path / "readme.txt").write_text("")
    with pytest.raises(FileNotFoundError, match=r"expected pictures \(.png, .*found 1 entries .*: readme.txt"):
        faces(tmp_path)


def test_the_middle_square_is_cut_out_and_scaled(tmp_path):
    """8 wide, 4 high, left half black: the middle 4 x 4 has two black and two white columns."""
    array = np.zeros((4, 8), np.uint8)
    array[:, 4:] = 255
    save(tmp_path / "wide.png", array)
    expected = [[0.0, 0, 1, 1]] * 4
    assert faces(tmp_path, size=4, channels=1).images([0])[0, 0].tolist() == expected
    assert faces(tmp_path, size=2, channels=1, crop=2).images([0])[0, 0].tolist() == [[0, 1], [0, 1]]
    with pytest.raises(ValueError, match=r"wide.png: expected at least 5 x 5 pixels, got \(8, 4\)"):
        faces(tmp_path, crop=5).images([0])


@pytest.mark.parametrize("spoil", [lambda x: b"", lambda x: b"no picture", lambda x: x[:40], lambda x: x[:900]])
@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_picture_that_cannot_be_read(tmp_path, spoil, ending):
    save(tmp_path / f"a{ending}", RNG.integers(0, 256, (50, 50), dtype=np.uint8))
    path = tmp_path / f"a{ending}"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(OSError, match=rf"a{ending}: not a picture that can be read"):
        faces(tmp_path).images([0])


@pytest.mark.parametrize("wrong", [{"channels": 2}, {"size": 0}, {"crop": 0}])
def test_wrong_requests(tmp_path, wrong):
    save(tmp_path / "a.png", constant(0))
    with pytest.raises(ValueError, match="expected 1 or 3 channels, size and crop of 1 or more"):
        faces(tmp_path, **wrong)
    with pytest.raises(IndexError, match=r"expected indices in 0 .. 0, got 1"):
        faces(tmp_path).images([1])


def test_preloaded_is_the_same_set_and_reads_no_file(tmp_path):
    data = chairs(save_chairs(tmp_path), size=4)
    expected = data.images(range(12))
    kept = preloaded(data, batch_size=5)
    for path in tmp_path.rglob("*.png"):
        path.unlink()
    assert torch.equal(kept.images(range(12)), expected)
    assert kept.names == data.names and torch.equal(kept.factors(range(12)), data.factors(range(12)))
