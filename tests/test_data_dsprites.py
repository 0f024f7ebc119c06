"""The whole set: numbers measured on the release, order, speed, memory; and a sample of real images if given.

The environment variable DSPRITES_SAMPLE may name an .npz with real images: `images` (n, 64, 8), packed along
the last axis, and `factors` (n, 5), settings counted from 0.
"""

import gc
import hashlib
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from course_pkg.data import dsprites
from course_pkg.data.polygons import draw
from helpers import environment

SHA256 = "3a228f4037ef3d42a42588e0e01f1078aa2df13cfa17584e88c95ed9fb5672da"
WHITE = {  # pixels at orientation 0, position (0, 0), scales 0 .. 5
    0: [100, 144, 196, 256, 324, 400],
    1: [76, 104, 144, 184, 228, 288],
    2: [58, 84, 108, 140, 182, 222],
}
MEAN_WHITE = [  # over orientations and positions, to 0.01
    [92.20, 132.74, 180.63, 235.96, 298.65, 368.73],
    [72.34, 104.14, 141.79, 185.19, 234.34, 289.32],
    [56.13, 80.83, 110.01, 143.70, 181.84, 224.50],
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The whole set, and the folder of its own in which it is kept."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("DISENTANGLE_CACHE", str(folder))
        yield dsprites.packed(), folder


@pytest.fixture(scope="module")
def whole(built):
    return built[0]


@pytest.fixture(scope="module")
def white(whole):
    """White pixels of every image, in the shape of the grid."""
    return np.bitwise_count(whole.numpy()).sum(axis=(1, 2), dtype=np.int64).reshape(dsprites.SIZES)


def test_checksum_of_the_whole_set(whole):
    assert whole.shape == (737_280, 64, 8) and whole.dtype == torch.uint8
    assert hashlib.sha256(whole.numpy().data).hexdigest() == SHA256


def test_white_pixels(white):
    assert white.sum() == 128_328_864
    assert white.min() == 50 and white.max() == 400
    for shape, expected in WHITE.items():
        assert white[shape, :, 0, 0, 0].tolist() == expected
    np.testing.assert_allclose(white.mean(axis=(2, 3, 4)), MEAN_WHITE, atol=0.005001)


def test_mean_of_the_pixels_is_the_published_one_but_for_two_pixels(white):
    """nmichlo/disent, experiment/config/dataset/dsprites.yaml: a whole number of white pixels, two fewer than drawn."""
    assert abs(0.042494423521889584 * 737_280 * 4096 - (white.sum() - 2)) < 1e-6


def test_mean_deviation_within_an_image_is_the_published_one_but_for_a_few_pixels(white):
    """The same file: the mean over images of the standard deviation, which a pixel changes by 4e-10 to 1.5e-9."""
    within = np.sqrt(white * (4096 - white) / (4096 * 4095)).mean()
    assert 0 < 0.19516645880626055 - within < 1e-8


def test_margins(whole):
    rows = whole.numpy().any(axis=(0, 2))
    columns = np.unpackbits(np.bitwise_or.reduce(whole.numpy(), axis=(0, 1)))
    assert np.flatnonzero(rows)[[0, -1]].tolist() == np.flatnonzero(columns)[[0, -1]].tolist() == [2, 61]


def test_number_of_distinct_images(whole):
    """By a hash of 128 bits: that two of the 3e11 pairs agree by chance has a probability of 1e-27."""
    assert len({hashlib.blake2b(image, digest_size=16).digest() for image in whole.numpy()}) == 715_706


def test_last_orientation_is_the_first(whole):
    grid = whole.numpy().reshape(3, 6, 40, -1)
    np.testing.assert_array_equal(grid[:, :, 0], grid[:, :, 39])


def test_images_are_the_geometry(whole):
    indices = torch.randint(737_280, (500,), generator=torch.Generator().manual_seed(0))
    drawn = draw(dsprites.values(indices))
    images = dsprites.images(indices)
    assert images.dtype == torch.uint8 and images.shape == (500, 64, 64)
    np.testing.assert_array_equal(images.numpy(), drawn)


if "DSPRITES_SAMPLE" in os.environ:  # without real images at hand, the numbers above stand in for them

    def test_sample_of_real_images(whole):
        with np.load(os.environ["DSPRITES_SAMPLE"], allow_pickle=False) as real:
            images, factors = real["images"], real["factors"]
        mine = whole[dsprites.index(factors)].numpy()
        assert len(images) > 0 and (mine != images).any(axis=(1, 2)).sum() == 0


def test_order_of_the_factors():
    assert dsprites.factors([0, 1, 32, 1024, 40 * 1024, 6 * 40 * 1024]).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1],  # posY runs fastest
        [0, 0, 0, 1, 0],
        [0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0],
        [1, 0, 0, 0, 0],
    ]
    assert dsprites.factors([737_279]).tolist() == [[2, 5, 39, 31, 31]]


def test_index_inverts_factors():
    every = torch.arange(dsprites.TOTAL)
    factors = dsprites.factors(every)
    assert torch.equal(dsprites.index(factors), every)
    expected = np.stack(np.unravel_index(every.numpy(), dsprites.SIZES), axis=1)
    np.testing.assert_array_equal(factors.numpy(), expected)


def test_values_as_released():
    first, last = dsprites.values([0, 737_279])
    assert first.tolist() == [1, 0.5, 0, 0, 0]
    assert last.tolist() == [3, 1, 2 * np.pi, 1, 1]
    middle = dsprites.values(dsprites.index([[1, 2, 13, 8, 16]]))[0]
    expected = torch.tensor([2, 0.7, 2 * np.pi * 13 / 39, 8 / 31, 16 / 31], dtype=torch.float64)
    torch.testing.assert_close(middle, expected, rtol=1e-15, atol=0)


def test_unpack_is_numpys():
    bits = torch.randint(256, (5, 3, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    np.testing.assert_array_equal(dsprites.unpack(bits).numpy(), np.unpackbits(bits.numpy(), axis=-1))
    assert dsprites.unpack(torch.empty(2, 8, dtype=torch.uint8, device="meta")).shape == (2, 64)


def calls(work):
    """How many functions are called, Python's and C's: what is done once an image shows, however quick it is."""
    events = []
    gc.disable()  # what calls back when rubbish is collected is no work of these
    sys.setprofile(lambda frame, event, argument: events.append(event))
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return sum(event in ("call", "c_call") for event in events)


def test_images_are_read_and_drawn_by_the_batch(whole):
    """As many calls for 900 images as for 30: nothing is done for one image after the other."""
    few, many = (torch.randint(737_280, (n,), generator=torch.Generator().manual_seed(0)) for n in (30, 900))
    dsprites.images(few)  # what is done once a process is done
    assert 0 < calls(lambda: dsprites.images(few)) == calls(lambda: dsprites.images(many))
    assert 0 < calls(lambda: draw(dsprites.values(few))) == calls(lambda: draw(dsprites.values(many)))


def test_memory_with_the_whole_set_in_use(built):
    """A process that has touched every image has grown by less than 450 MB (377 of them are the file's)."""
    code = textwrap.dedent("""
        import re, torch
        from course_pkg.data import dsprites
        def megabytes():
            return int(re.search(r"VmRSS:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) / 1000
        before = megabytes()
        dsprites.packed().sum()
        for batch in torch.randint(737_280, (100, 64)):
            dsprites.images(batch)
        print(megabytes() - before)
    """)
    env = environment(DISENTANGLE_CACHE=str(built[1]))
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8", check=True)
    assert float(run.stdout) < 450


def test_factor_data(whole):
    data = dsprites.factor_data()
    assert len(data) == 737_280 and data.sizes == dsprites.SIZES and data.names == dsprites.NAMES
    indices = torch.tensor([0, 5, 737_279])
    images = data.images(indices)
    assert images.shape == (3, 1, 64, 64) and images.dtype == torch.float32
    assert torch.equal(images[:, 0], dsprites.images(indices).float())
    assert torch.equal(data.factors(indices), dsprites.factors(indices))
    assert torch.equal(data.index(data.factors(indices)), indices)


def test_nothing_asked_nothing_given(whole):
    assert dsprites.images([]).shape == (0, 64, 64)
    assert dsprites.factors([]).shape == (0, 5)
    assert dsprites.index(torch.empty(0, 5)).shape == (0,)


@pytest.mark.parametrize("call", [dsprites.images, dsprites.factors, dsprites.values])
@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        ([0, 737_280], IndexError, "expected indices in 0 .. 737279, got 737280 at place 1"),
        ([-1], IndexError, "got -1 at place 0"),
        ([0.0], TypeError, "expected indices as whole numbers, got torch.float32"),
        ([float("nan")], TypeError, "expected indices as whole numbers"),
        ([True], TypeError, "expected indices as whole numbers"),
        (3, ValueError, r"expected indices of shape \(n,\), got \(\)"),
        ([[1]], ValueError, r"expected indices of shape \(n,\)"),
    ],
)
def test_wrong_indices(whole, call, indices, error, message):
    with pytest.raises(error, match=message):
        call(indices)


@pytest.mark.parametrize(
    ("factors", "error", "message"),
    [
        ([[3, 0, 0, 0, 0]], IndexError, "expected shape in 0 .. 2, got 3"),
        ([[0, 0, 0, 0, 0], [0, 0, 40, 0, 0]], IndexError, "expected orientation in 0 .. 39, got 40"),
        ([[0, 0, 0, 0, -1]], IndexError, "expected posY in 0 .. 31, got -1"),
        ([[0, 0, 0, 0, 0.5]], TypeError, "expected factors as whole numbers"),
        ([[0, 0, 0, 0]], ValueError, "shape, scale, orientation, posX, posY"),
        ([0, 0, 0, 0, 0], ValueError, r"expected factors of shape \(n, 5\)"),
    ],
)
def test_wrong_factors(factors, error, message):
    with pytest.raises(error, match=message):
        dsprites.index(factors)


def test_drawing_the_cache_on_a_full_disk_says_so(tmp_path):
    """End to end: a limit of 1 MB on files, in a process of its own."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))\n"
        "from course_pkg.data import dsprites; dsprites.packed()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(DISENTANGLE_CACHE=str(tmp_path)),
        capture_output=True,
        encoding="utf-8",
    )
    assert run.returncode == 1
    assert "cannot keep 377 MB" in run.stderr.splitlines()[-1]
    assert not [p for p in tmp_path.iterdir() if p.suffix != ".lock"]
