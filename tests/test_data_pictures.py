"""MNIST, 3D Chairs, CelebA and faces: tiny copies in the format of the originals, whole and broken."""

import gzip
import struct
import zipfile
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from course_pkg.data.mnist import mnist
from course_pkg.data.pictures import celeba, chairs, faces, preloaded
from course_pkg.data.release import ReleaseError, factor_data

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


@pytest.mark.parametrize("spoil", [lambda x: x[:-9], lambda x: x[:2], lambda x: x[:20] + b"\xff" * 99])
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
    (folder.parent / "list_attr_celeba.txt").write_text(ATTRIBUTES, "utf-8")
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
    (tmp_path / "list_attr_celeba.txt").write_text(text, "utf-8")
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
    (tmp_path / "readme.txt").write_text("", "utf-8")
    data = faces(tmp_path, size=4)
    assert len(data) == 3 and data.names == ()
    levels = (data.images([0, 1, 2]) * 255).round()[:, :, 0, 0]
    assert levels.tolist() == [[10, 10, 10], [20, 40, 60], [30, 30, 30]]
    assert faces(tmp_path, size=4, channels=1).images([0]).shape == (1, 1, 4, 4)
    assert data.images([]).shape == (0, 3, 4, 4)


def test_faces_that_are_missing(tmp_path):
    (tmp_path / "readme.txt").write_text("", "utf-8")
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


# Files as the world has them ------------------------------------------------------------------------------


def test_a_gzip_that_is_none(tmp_path):
    """A browser that unpacks what it fetches leaves the ending; another server packs without one."""
    path = save_mnist(tmp_path) / "train-images-idx3-ubyte.gz"
    path.write_bytes(IMAGES_FILE)
    (tmp_path / "train-labels-idx1-ubyte.gz").rename(tmp_path / "train-labels-idx1-ubyte")
    assert len(mnist(tmp_path)) == 7
    path.write_bytes(b"<html>404")
    with pytest.raises(ValueError, match=r"ubyte.gz: expected an idx file that starts .*, gzipped or not, got b'<htm'"):
        mnist(tmp_path)


def dotted(folder):
    """As unpackers for Windows and a much copied mirror name them."""
    save_mnist(folder, packed=False)
    for part in ("images-idx3", "labels-idx1"):
        (folder / f"train-{part}-ubyte").rename(folder / f"train-{part.replace('-', '.')}-ubyte")


def nested(folder):
    """As Kaggle hands them out: each file in a folder of its own name, beside dotted copies."""
    for part, data in (("images-idx3", IMAGES_FILE), ("labels-idx1", LABELS_FILE)):
        (folder / f"train-{part}-ubyte").mkdir()
        (folder / f"train-{part}-ubyte" / f"train-{part}-ubyte").write_bytes(data)
        (folder / f"train-{part.replace('-', '.')}-ubyte").write_bytes(data)


def raw(folder):
    """As torchvision unpacks them: both forms, two folders down."""
    (folder / "MNIST" / "raw").mkdir(parents=True)
    save_mnist(save_mnist(folder / "MNIST" / "raw"), packed=False)


def from_a_mac(folder):
    save_mnist(folder)
    (folder / "__MACOSX").mkdir()
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
        (folder / f"._{name}").write_bytes(b"\0\5\x16\7 not what its name says")
        (folder / "__MACOSX" / name).write_bytes(b"neither")


@pytest.mark.parametrize("form", [dotted, nested, raw, from_a_mac])
def test_mnist_as_the_world_has_it(tmp_path, form):
    form(tmp_path)
    data = mnist(tmp_path)
    np.testing.assert_array_equal(data.images(range(7))[:, 0].numpy(), DIGITS.astype(np.float32) / 255)
    assert data.factors(range(7))[:, 0].tolist() == LABELS.tolist()


def test_two_sets_of_the_same_names(tmp_path):
    """MNIST and its namesake in one folder: which one is meant nobody knows."""
    for name, images in (("MNIST", IMAGES_FILE), ("FashionMNIST", idx(255 - DIGITS))):
        (tmp_path / name).mkdir()
        save_mnist(tmp_path / name, images=images)
    with pytest.raises(ValueError, match=r"expected one train-images-idx3-ubyte, got two that differ, .*Fashion.*name"):
        mnist(tmp_path)
    assert len(mnist(tmp_path / "MNIST")) == 7


def test_an_mnist_without_images(tmp_path):
    with pytest.raises(ValueError, match="expected one image or more, got none"):
        mnist(save_mnist(tmp_path, images=idx(DIGITS[:0]), labels=idx(LABELS[:0])))


def test_an_idx_whose_shape_overflows(tmp_path):
    head = struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**31, 4)
    with pytest.raises(ValueError, match=r"expected 18446744073709551616 values of shape .*, 4\]"):
        mnist(save_mnist(tmp_path, images=head))


def read(folder, **options):
    return faces(folder, size=2, **options).images([0])[0]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("ending", ["png", "pgm"])
def test_16_bits_are_scaled_by_their_maximum(tmp_path, ending, channels):
    """Clipped at 255, as Pillow converts them, half of white would be white."""
    Image.fromarray(np.array([[0, 32768], [65535, 100]], np.uint16)).save(tmp_path / f"a.{ending}")
    expected = torch.tensor([[0, 32768], [65535, 100]]) / 65535
    torch.testing.assert_close(read(tmp_path, channels=channels), expected.expand(channels, 2, 2), rtol=0, atol=1e-7)


def test_a_pgm_of_another_maximum(tmp_path):
    (tmp_path / "a.pgm").write_bytes(b"P2 2 2 1000\n0 500 1000 1\n")
    expected = torch.tensor([[0, 0.5], [1, 0.001]])
    torch.testing.assert_close(read(tmp_path, channels=1)[0], expected, rtol=0, atol=1 / 65535)


def test_16_bits_a_colour_keep_the_upper_8(tmp_path):
    (tmp_path / "a.ppm").write_bytes(b"P6 2 2 65535\n" + np.array([32768, 65535, 0] * 4, ">u2").tobytes())
    torch.testing.assert_close(read(tmp_path)[:, 0, 0], torch.tensor([0.5, 1, 0]), rtol=0, atol=1 / 255)


def test_16_bits_scaled_down(tmp_path):
    """A smooth ramp halved: inside, the mean of each four pixels (the filter is symmetric), everywhere in [0, 1]."""
    ramp = (np.arange(4096).reshape(64, 64) * 16).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    small = faces(tmp_path, size=32, channels=1).images([0])[0, 0]
    means = torch.from_numpy(ramp.astype(np.float32)).reshape(32, 2, 32, 2).mean((1, 3)) / 65535
    assert 0 <= small.min() and small.max() <= 1
    torch.testing.assert_close(small[1:-1, 1:-1], means[1:-1, 1:-1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("value", [1e6, -5.0])
def test_numbers_without_a_known_white_are_refused(tmp_path, value):
    Image.fromarray(np.full((2, 2), value, np.int32)).save(tmp_path / "a.png", "TIFF")  # its content decides
    with pytest.raises(OSError, match=r"a.png: not a picture that can be read \(expected 8 or 16 bits a value, got"):
        read(tmp_path)
    Image.fromarray(np.full((2, 2), value, np.float32)).save(tmp_path / "a.png", "TIFF")
    with pytest.raises(OSError, match=r"expected 8 or 16 bits a value, got floating-point"):
        read(tmp_path)


TURNED = {  # EXIF's orientation: what is then seen of a row that is black at the left and white at the right
    1: [[0, 1]], 2: [[1, 0]], 3: [[1, 0]], 4: [[0, 1]], 5: [[0], [1]], 6: [[0], [1]], 7: [[1], [0]], 8: [[1], [0]],
}  # fmt: skip


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_picture_is_turned_as_its_camera_says(tmp_path, orientation, ending):
    exif = Image.Exif()
    exif[274] = orientation
    picture = np.zeros((32, 32), np.uint8)
    picture[:, 16:] = 255  # JPEG keeps blocks of 8 x 8
    Image.fromarray(picture).save(tmp_path / f"a.{ending}", exif=exif, quality=100)
    seen = faces(tmp_path, size=32, channels=1).images([0])[0, 0]
    corners = seen[[4, 4, 28, 28], [4, 28, 4, 28]].reshape(2, 2)
    expected = torch.tensor(TURNED[orientation], dtype=torch.float32).expand(2, 2)
    torch.testing.assert_close(corners, expected, rtol=0, atol=0.02)


def test_what_is_transparent_lies_on_white(tmp_path):
    """Under alpha 0 any colour may be hidden: here red."""
    rgba = np.full((2, 2, 4), 255, np.uint8)
    rgba[:, 0] = [255, 0, 0, 0]  # transparent
    rgba[:, 1] = [0, 0, 0, 128]  # half black
    Image.fromarray(rgba).save(tmp_path / "a.png")
    torch.testing.assert_close(read(tmp_path)[:, 0], torch.tensor([[1, 127 / 255]] * 3), rtol=0, atol=1 / 255)
    Image.fromarray(rgba).convert("LA").save(tmp_path / "a.png")
    torch.testing.assert_close(read(tmp_path, channels=1)[0, 0], torch.tensor([1, 127 / 255]), rtol=0, atol=1 / 255)


@pytest.mark.parametrize(("transparent", "expected"), [(None, [0.2, 0.4, 0.6]), (7, [1.0, 1.0, 1.0])])
def test_a_palette_means_its_colours(tmp_path, transparent, expected):
    image = Image.fromarray(np.full((2, 2), 7, np.uint8))
    image.putpalette([0, 0, 0] * 7 + [51, 102, 153])
    image.save(tmp_path / "a.png", **({} if transparent is None else {"transparency": transparent}))
    torch.testing.assert_close(read(tmp_path)[:, 0, 0], torch.tensor(expected))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_grey_that_is_called_transparent(tmp_path, kind):
    Image.fromarray(np.array([[5, 0], [0, 0]], kind)).save(tmp_path / "a.png", transparency=5)
    assert read(tmp_path, channels=1)[0].tolist() == [[1, 0], [0, 0]]


def test_black_and_white_of_one_bit(tmp_path):
    Image.fromarray(np.eye(2, dtype=bool)).save(tmp_path / "a.png")
    assert read(tmp_path, channels=1)[0].tolist() == [[1, 0], [0, 1]]


def enormous(width, height):
    """A PNG that claims so many pixels, and holds none."""
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [10_000, 60_000])  # Pillow warns of the first and refuses the second
def test_a_picture_that_claims_to_be_enormous(tmp_path, side):
    (tmp_path / "a.png").write_bytes(enormous(side, side))
    with pytest.raises(ValueError, match=r"a.png: expected at most 89,478,485 pixels, got .*take it out"):
        read(tmp_path)


def test_hidden_files_are_passed_over(tmp_path):
    save(tmp_path / "1.png", constant(10))
    for name in ("._1.png", ".thumbnails/1.png", "__MACOSX/._1.png", "__MACOSX/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"no picture")
    (tmp_path / "folder.png").mkdir()
    assert len(faces(tmp_path)) == 1
    save(tmp_path / ".hidden" / "2.png", constant(10))
    assert len(faces(tmp_path / ".hidden")) == 1, "the folder itself may be hidden: it was asked for"


@pytest.mark.parametrize("form", [lambda folder: folder, zipped])
def test_celeba_from_a_mac(tmp_path, form):
    folder = save_celeba(tmp_path / "img_align_celeba")
    (folder / "._000001.jpg").write_bytes(b"no picture")
    (folder / "000003.jpg").rename(folder / "000003.JPG")
    assert len(celeba(form(folder))) == 3


def test_chairs_from_a_mac(tmp_path):
    save_chairs(tmp_path)
    path = tmp_path / "b663f1" / "renders" / "image_000_p020_t011_r096.png"
    for copy in (path.with_name("._" + path.name), tmp_path / "__MACOSX" / "renders" / path.name):
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(b"no picture")
    assert len(chairs(tmp_path)) == 12 and chairs(tmp_path).sizes == (2, 2, 3)


def encrypted(path):
    """zipfile cannot write one: the flag is set by hand, in both places where a zip file has it."""
    data = bytearray(path.read_bytes())
    for start, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = -1
        while (place := data.find(start, place + 1)) >= 0:
            data[place + offset] |= 1
    path.write_bytes(data)
    return path


def test_an_encrypted_zip(tmp_path):
    path = encrypted(zipped(save_celeba(tmp_path / "img_align_celeba")))
    with pytest.raises(ValueError, match=r"img_align_celeba.zip: the zip file is encrypted: unpack it"):
        celeba(path)


def test_an_encrypted_release(tmp_path):
    np.savez(tmp_path / "d.npz", imgs=[0], latents_classes=[0], latents_values=[0.0])
    with pytest.raises(ReleaseError, match=r"d.npz: the .npz is encrypted or packed in another way"):
        factor_data(encrypted(tmp_path / "d.npz"))


def test_a_damaged_picture_in_a_zip(tmp_path):
    path = zipped(save_celeba(tmp_path / "img_align_celeba"))
    data = bytearray(path.read_bytes())
    place = data.find(b"000002.jpg") + 200
    data[place : place + 50] = bytes(50)
    path.write_bytes(data)
    with pytest.raises(OSError, match=r"celeba.zip/img_align_celeba/000002.jpg: not a picture that can be read"):
        celeba(path).images([1])
