"""Filled polygons: against exact rational arithmetic, areas, and symmetries of the three sprites."""

from fractions import Fraction

import numpy as np
import pytest

from course_pkg.data.polygons import ELLIPSE, HEART, SHAPES, SQUARE, R, draw, fill, outline, place


def inside(px, py, corners):
    """Even-odd rule in rational arithmetic, by a ray upwards (`fill` counts edges along the row)."""
    count = 0
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (x0 < px) != (x1 < px):
            count += y0 + (px - x0) * (y1 - y0) / (x1 - x0) < py
    return count % 2


def filled_exactly(corners, size):
    """The pixel centre moved right by a little and up by far less: then no edge and no corner is hit."""
    right, up = Fraction(1, 10**12), Fraction(1, 10**24)
    rational = [(Fraction(round(256 * x), 256), Fraction(round(256 * y), 256)) for x, y in corners]
    half = Fraction(1, 2)
    return [[inside(c + half + right, r + half - up, rational) for c in range(size)] for r in range(size)]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("grid", [2, 256, None])
def test_random_polygons_against_rational_arithmetic(seed, grid):
    """grid 2 puts corners on half pixels, so that centres lie on edges and corners all the time."""
    rng = np.random.default_rng(seed)
    size = 8
    corners = rng.uniform(-2, 10, (rng.integers(3, 9), 2))  # some stick out of the image, some cross themselves
    if grid:
        corners = np.round(corners * grid) / grid
    expected = filled_exactly(corners.tolist(), size)
    np.testing.assert_array_equal(fill(corners[None] / size, size)[0], expected)


def test_ties_left_and_bottom_in_right_and_top_out():
    """A square from centre (1, 1) to centre (3, 3) of a 5 x 5 image, all four sides on pixel centres."""
    corners = np.array([[[1.5, 1.5], [3.5, 1.5], [3.5, 3.5], [1.5, 3.5]]]) / 5
    expected = np.zeros((5, 5))
    expected[2:4, 1:3] = 1  # rows 2, 3: not the top row 1; columns 1, 2: not the right column 3
    np.testing.assert_array_equal(fill(corners, 5)[0], expected)
    np.testing.assert_array_equal(fill(corners[:, ::-1], 5)[0], expected)  # the other way round is the same


def test_corners_are_snapped_half_to_even():
    """At 5/512 px the corner lies between 2/256 and 3/256: it goes to the even one."""
    for offset, moved in [(1 / 512, 0.0), (3 / 512, 2 / 256), (-1 / 512, 0.0)]:
        square = np.array([[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]])
        np.testing.assert_array_equal(fill((square + 0.5 + offset) / 4, 4), fill((square + 0.5 + moved) / 4, 4))


def area(corners):
    x, y = corners.T
    return abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [32, 64, 100])
def test_mean_number_of_white_pixels_is_the_area(shape, size):
    """A centre falls in a polygon thrown at random as often as its area says: within 5 standard errors."""
    rng = np.random.default_rng(0)
    n = 4000
    values = np.column_stack(
        [np.full(n, shape), np.full(n, 0.7), rng.uniform(0, 2 * np.pi, n), rng.uniform(0, 1, (n, 2))]
    )
    white = draw(values, size).sum(axis=(1, 2), dtype=float)
    expected = area(outline(shape)) * (0.7 * size) ** 2
    assert abs(white.mean() - expected) < 5 * white.std() / np.sqrt(n)


def test_outlines():
    np.testing.assert_allclose(np.abs(outline(SQUARE)), R)
    x, y = outline(ELLIPSE).T
    np.testing.assert_allclose((x / (1.33 * R)) ** 2 + (y * 1.33 / R) ** 2, 1, rtol=1e-14)
    assert len(x) == 100
    heart = outline(HEART)
    assert len(heart) == 150
    mirrored = heart[-np.arange(150)] * [-1, 1]  # t to -t mirrors left and right
    np.testing.assert_allclose(heart, mirrored, atol=1e-15)
    assert heart[75, 1] == heart[:, 1].max()  # t = pi is the tip, below


def test_place_turns_counter_clockwise_as_seen():
    """A point to the right of the centre, turned by a quarter, is above it: y decreases."""
    quarter = place(np.array([[0.1, 0.0]]), *np.array([[1.0], [np.pi / 2], [0.5], [0.5]]))
    np.testing.assert_allclose(quarter[0, 0], [0.5, 0.4], atol=1e-15)


def test_place_moves_posX_right_and_posY_down():
    centre = place(np.zeros((1, 2)), np.ones(2), np.zeros(2), np.array([0.0, 1.0]), np.array([0.0, 0.5]))
    np.testing.assert_allclose(centre[:, 0], [[0.25, 0.25], [0.75, 0.5]], atol=1e-15)


def test_a_finer_image_shows_the_same_sprite():
    """Blocks of 8 x 8 fine pixels average to the coarse image away from the edge of the sprite."""
    values = [[shape, 0.9, 0.7, 0.4, 0.6] for shape in SHAPES]
    coarse, fine = draw(values, 64), draw(values, 512)
    share = fine.reshape(3, 64, 8, 64, 8).mean(axis=(2, 4))
    whole = (share == 0) | (share == 1)
    assert whole.mean() > 0.9
    np.testing.assert_array_equal(coarse[whole], share[whole])


def test_blocks_do_not_show():
    """More sprites than one block holds, shapes mixed: the same as one at a time."""
    rng = np.random.default_rng(1)
    n = 1300
    values = np.column_stack([rng.integers(1, 4, n), rng.uniform(0.5, 1, n), rng.uniform(0, 1, (n, 3))])
    together = draw(values, 16)
    for k in [0, 1023, 1024, 1299]:
        np.testing.assert_array_equal(together[k], draw(values[k : k + 1], 16)[0])


def test_what_leaves_the_image_is_cut_off():
    assert draw([[SQUARE, 20.0, 0.3, 0.5, 0.5]], 8).all()
    assert not draw([[SQUARE, 1.0, 0.3, 9.0, 0.5]], 8).any()
    assert not draw([[SQUARE, 1.0, 0.3, 0.5, -9.0]], 8).any()


def test_no_sprites_no_images():
    assert draw(np.zeros((0, 5)), 64).shape == (0, 64, 64)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([1, 1, np.nan, 0, 0], "finite values"),
        ([1, 1, 0, np.inf, 0], "finite values"),
        ([4, 1, 0, 0, 0], "shape 1"),
        ([0, 1, 0, 0, 0], "shape 1"),
        ([1.5, 1, 0, 0, 0], "shape 1"),
        ([1, 0, 0, 0, 0], "a scale above 0"),
        ([1, -1, 0, 0, 0], "a scale above 0"),
    ],
)
def test_what_cannot_be_drawn(row, message):
    with pytest.raises(ValueError, match=rf"expected {message}.* in row 1"):
        draw([[1, 1, 0, 0, 0], row])


@pytest.mark.parametrize("shape", [(5,), (2, 4), (2, 6), (1, 1, 5), (0,)])
def test_wrong_shape_of_values(shape):
    with pytest.raises(ValueError, match=r"expected \(n, 5\)"):
        draw(np.ones(shape))


@pytest.mark.parametrize("size", [0, -1])
def test_wrong_size(size):
    with pytest.raises(ValueError, match="expected a size of 1 pixel or more"):
        draw([[1, 1, 0, 0, 0]], size)


@pytest.mark.parametrize("shape", [0, 4])
def test_unknown_outline(shape):
    with pytest.raises(ValueError, match="expected shape 1"):
        outline(shape)
