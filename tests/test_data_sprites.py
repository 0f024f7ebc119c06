"""Other grids, sizes and colours: the released grid comes out as before, the rest follows the geometry."""

import numpy as np
import pytest
import torch

from course_pkg.data import dsprites
from course_pkg.data.polygons import HEART, SQUARE, draw
from course_pkg.data.sprites import sprites, tinted


def some(data, n=200):
    return data.sample(n, torch.Generator().manual_seed(0))


def test_without_arguments_it_is_the_release():
    data = sprites()
    indices = some(data)
    assert data.names == dsprites.NAMES and data.sizes == dsprites.SIZES
    np.testing.assert_array_equal(data.images(indices)[:, 0].numpy(), draw(dsprites.values(indices)))


def test_a_finer_grid_holds_the_coarse_one():
    """94 orientations and 63 positions: every second position and every released one in two is among them."""
    fine = sprites(orientation=np.linspace(0, 2 * np.pi, 79), posX=np.linspace(0, 1, 63))
    assert fine.sizes == (3, 6, 79, 63, 32)
    indices = some(fine)
    factors = fine.factors(indices)
    old = (factors[:, 2] % 2 == 0) & (factors[:, 3] % 2 == 0)
    assert old.sum() > 20
    factors = factors[old].clone()
    factors[:, 2:4] //= 2
    expected = draw(dsprites.values(dsprites.index(factors)))
    np.testing.assert_array_equal(fine.images(indices[old])[:, 0].numpy(), expected)


def test_one_sprite_in_one_place():
    data = sprites(shape=[HEART], scale=[0.8], orientation=[0.0], posX=[0.5], posY=[0.5])
    assert len(data) == 1
    np.testing.assert_array_equal(data.images([0])[0, 0].numpy(), draw([[HEART, 0.8, 0, 0.5, 0.5]])[0])


@pytest.mark.parametrize("size", [16, 28, 128])
def test_any_size(size):
    data = sprites(size=size)
    indices = some(data, 50)
    images = data.images(indices)
    assert images.shape == (50, 1, size, size) and images.dtype == torch.float32
    np.testing.assert_array_equal(images[:, 0].numpy(), draw(dsprites.values(indices), size))


def test_colour_is_the_first_factor():
    colors = [[1, 0, 0], [0.25, 0.5, 0.75]]
    data = sprites(shape=[SQUARE], color=colors)
    assert data.names == ("color", *dsprites.NAMES) and data.sizes == (2, 1, 6, 40, 32, 32)
    indices = some(data)
    images, factors = data.images(indices), data.factors(indices)
    assert images.shape == (200, 3, 64, 64)
    plain = sprites(shape=[SQUARE])
    mask = plain.images(plain.index(factors[:, 1:]))
    for image, m, f in zip(images, mask, factors, strict=True):
        assert torch.equal(image, m * torch.tensor(colors[f[0]], dtype=torch.float32)[:, None, None])


def test_tinted():
    images = torch.tensor([[[[0.0, 1.0]]]]).repeat(500, 1, 1, 1)
    tint = tinted(images, torch.Generator().manual_seed(0))
    assert tint.shape == (500, 3, 1, 2)
    assert not tint[..., 0].any()  # black stays black
    colors = tint[:, :, 0, 1]
    assert colors.min() >= 0.5 and colors.max() <= 1
    error = np.sqrt(1 / 12) * 0.5 / np.sqrt(colors.numel())
    assert abs(colors.mean() - 0.75) < 5 * error
    assert len(colors.unique(dim=0)) == 500
    assert torch.equal(tint, tinted(images, torch.Generator().manual_seed(0)))


def test_nothing_asked_nothing_given():
    assert sprites().images([]).shape == (0, 1, 64, 64)
    assert sprites(color=[[1, 1, 1]]).images([]).shape == (0, 3, 64, 64)
    assert tinted(torch.zeros(0, 1, 4, 4), torch.Generator()).shape == (0, 3, 4, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": [1, 4]}, "expected shape 1"),
        ({"scale": [1.0, 0.0]}, "expected a scale above 0"),
        ({"posX": [0.0, np.nan]}, "expected finite values"),
        ({"posY": []}, r"expected posY as one or more values \(S,\), got shape \(0,\)"),
        ({"orientation": 0.0}, r"expected orientation as one or more values"),
        ({"color": [1, 0, 0]}, r"expected color as one or more rows \(S, 3\)"),
        ({"color": [[1, 0, 2]]}, r"expected color in \[0, 1\], got 0 to 2"),
        ({"color": [[1, 0, np.nan]]}, r"expected color in \[0, 1\]"),
        ({"size": 0}, "expected a size of 1 pixel or more"),
    ],
)
def test_what_cannot_be_drawn_is_said_at_once(arguments, message):
    with pytest.raises(ValueError, match=message):
        sprites(**arguments)


@pytest.mark.parametrize("shape", [(4, 64, 64), (4, 3, 64, 64)])
def test_tinted_wants_one_channel(shape):
    with pytest.raises(ValueError, match=r"expected images of shape \(n, 1, H, W\)"):
        tinted(torch.zeros(shape), torch.Generator())
