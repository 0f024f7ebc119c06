"""Images stand where they should, a traversal moves one latent, and colours are those of the style sheet."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_pkg.data import dsprites
from course_pkg.data.factors import FactorData
from course_pkg.elbo import gaussian_kl
from course_pkg.models.networks import mlp
from course_pkg.models.posteriors import Gaussian
from course_pkg.show import explore
from helpers import ROOT


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


def test_colours_are_those_of_the_style_sheet():
    style = (ROOT / "book" / "_static" / "custom.css").read_text("utf-8")
    light = re.search(r'html\[data-theme="light"\] \{(.*?)\}', style, re.S)[1]
    named = dict(re.findall(r"--q-([a-z]+): (#[0-9a-f]{6});", light))
    assert named == explore.COLOURS


# Images in rows -----------------------------------------------------------------------------------


def shown(axes):
    return torch.as_tensor(axes.get_images()[0].get_array().data)


@given(st.integers(1, 7), st.integers(1, 4), st.sampled_from([1, 3]), st.integers(1, 4), st.integers(1, 4))
def test_image_k_stands_in_row_k_over_columns_with_a_white_gap(n, columns, channels, h, w):
    images = torch.rand(n, channels, h, w, generator=torch.Generator().manual_seed(n)) / 2
    canvas = shown(explore.show_images(images, columns))
    plt.close("all")
    canvas = canvas[..., None] if channels == 1 else canvas
    rows = -(-n // columns)
    assert tuple(canvas.shape) == (rows * (h + 1) - 1, columns * (w + 1) - 1, channels)
    left_over = canvas.clone()
    for k in range(n):
        place = (slice(k // columns * (h + 1), k // columns * (h + 1) + h),
                 slice(k % columns * (w + 1), k % columns * (w + 1) + w))  # fmt: skip
        assert torch.equal(canvas[place], images[k].permute(1, 2, 0))
        left_over[place] = 1
    assert (left_over == 1).all(), "what holds no image is white"


def test_black_is_zero_and_white_is_one_whatever_the_images_hold():
    axes = explore.show_images(torch.full((2, 1, 3, 3), 0.4), 2)
    picture = axes.get_images()[0]
    assert picture.get_clim() == (0, 1) and picture.get_cmap().name == "gray"
    assert picture.get_interpolation() == "nearest"


def test_titles_stand_beside_their_rows():
    axes = explore.show_images(torch.zeros(6, 1, 4, 5), 2, titles=["one", "two", "three"])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two", "three"]
    for row, place in enumerate(axes.get_yticks()):
        assert row * 5 < place < row * 5 + 4, "not within the row's pixels"
    assert len(axes.get_xticks()) == 0 and not any(side.get_visible() for side in axes.spines.values())


def test_images_are_drawn_where_one_asks():
    _, (first, second) = plt.subplots(1, 2)
    assert explore.show_images(torch.zeros(1, 1, 2, 2), 1, axes=second) is second
    assert len(second.get_images()) == 1 and len(first.get_images()) == 0


def test_trained_outputs_can_be_shown():
    images = torch.zeros(2, 1, 2, 2, requires_grad=True)
    assert tuple(shown(explore.show_images(images, 2)).shape) == (2, 5)


# Traversals ---------------------------------------------------------------------------------------


class Recorder:
    """A model that decodes to its latents themselves, and whose latents differ in their KL."""

    def encode(self, x):
        mu = x.flatten(1)[:, :3] * torch.tensor([0.1, 2.0, 1.0])
        return Gaussian(mu, torch.zeros_like(mu))

    def decode(self, z):
        return z


def test_a_traversal_moves_one_latent_and_holds_the_others():
    x = torch.tensor([[[[1.0, 1.0, 1.0]]]])
    codes, kl = explore.traverse(Recorder(), x, x.expand(4, 1, 1, 3), span=2.0, steps=5)
    assert tuple(codes.shape) == (15, 3) and kl.tolist() == pytest.approx([2.0, 0.5, 0.005])
    for row, latent in enumerate([1, 2, 0]):  # from the highest KL to the lowest
        block = codes[5 * row : 5 * row + 5]
        assert block[:, latent].tolist() == pytest.approx([-2, -1, 0, 1, 2])
        for other in {0, 1, 2} - {latent}:
            assert block[:, other].tolist() == pytest.approx([(0.1, 2.0, 1.0)[other]] * 5)


def test_latents_are_ordered_by_their_kl_over_all_images():
    """The image that is moved is not the only one that counts."""
    images = torch.tensor([[0.0, 0.0, 9.0], [0.0, 1.0, 0.0]]).reshape(2, 1, 1, 3)
    kl = explore.traverse(Recorder(), images[1:], images)[1]
    assert kl.tolist() == pytest.approx([81 / 4, 1.0, 0.0])


def test_a_traversal_decodes_images_over_three_deviations_in_nine_steps():
    model, x = mlp((1, 4, 4), 2), torch.rand(6, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    decoded, kl = explore.traverse(model, x[:1], x)
    assert tuple(decoded.shape) == (18, 1, 4, 4) and not decoded.requires_grad
    torch.testing.assert_close(kl, gaussian_kl(*model.encode(x)).mean(0).sort(descending=True).values)
    ends = explore.traverse(model, x[:1], x, span=3.0, steps=2)[0]
    torch.testing.assert_close(decoded[[0, 8, 9, 17]], ends)


# Ellipses and source ------------------------------------------------------------------------------


def test_an_ellipse_lies_at_the_mean_and_is_as_wide_as_its_deviations():
    _, axes = plt.subplots()
    explore.draw_gaussian(axes, torch.tensor([1.0, -2.0]), torch.tensor([2.0, 4.0]).log(), "#123456", deviations=3.0)
    (ellipse,) = axes.patches
    assert ellipse.get_center() == (1.0, -2.0) and not ellipse.get_fill()
    assert (ellipse.width, ellipse.height) == pytest.approx((2 * 3 * 2**0.5, 2 * 3 * 2.0), rel=1e-6)
    explore.draw_gaussian(axes, torch.zeros(2), torch.zeros(2), "red")
    assert (axes.patches[1].width, axes.patches[1].height) == pytest.approx((4.0, 4.0))


def test_source_is_shown_as_code():
    markdown = explore.source(test_source_is_shown_as_code).data
    assert markdown.startswith("```python\ndef test_source_is_shown_as_code():\n") and markdown.endswith("\n```")
    assert explore.source(Recorder.decode).data == "```python\ndef decode(self, z):\n    return z\n```"


# What moves a latent ------------------------------------------------------------------------------


class Reads(torch.nn.Module):
    """A model of dSprites that sees exactly: latent 0 is the mean column of the white pixels, latent 1 their share."""

    latents, shape = 2, (1, 64, 64)

    def encode(self, x):
        mass = x.sum((1, 2, 3))
        column = (x.sum((1, 2)) * torch.arange(64.0)).sum(1) / mass
        mu = torch.stack([(column - 31.5) / 10, mass / 400 - 1], 1)
        return Gaussian(mu, torch.zeros_like(mu))

    def decode(self, z):
        return z[:, :1, None, None].expand(-1, 1, 64, 64)


def test_mean_codes_are_averages_over_all_else():
    codes = explore.mean_codes(Reads(), dsprites.factor_data(), [{"posX": x} for x in (0, 16, 31)], per=200)
    assert tuple(codes.shape) == (3, 2)
    assert codes[0, 0] < codes[1, 0] < codes[2, 0] and (codes[:, 1] - codes[0, 1]).abs().max() < 0.15
    by_hand = dsprites.factor_data()
    indices = by_hand.sample(200, torch.Generator().manual_seed(0), fixed={"posX": 0})
    torch.testing.assert_close(codes[0], Reads().encode(by_hand.images(indices)).mu.mean(0))


def test_a_latent_that_reads_the_column_makes_stripes_and_flat_curves():
    figure = explore.latent_maps(Reads(), dsprites.factor_data(), [0, 1], per=2)
    titles = [axes.get_title() for axes in figure.axes[:4]]
    assert titles == ["position", "shape", "scale", "orientation"]
    stripes = torch.as_tensor(np.asarray(figure.axes[0].get_images()[0].get_array()))
    assert tuple(stripes.shape) == (32, 32)
    assert stripes.mean(0).diff().gt(0).all() and stripes.std(0).max() < 0.2, "rows are posY, columns posX"
    curve = lambda k: np.asarray(figure.axes[k].get_lines()[0].get_ydata())
    assert np.abs(curve(2)).max() < 0.4, "the column does not tell the scale"
    assert (np.diff(curve(6)) > 0).all(), "the share of white does"


def test_a_set_without_positions_has_curves_only():
    data = FactorData(("digit",), (np.arange(3.0),), lambda indices: torch.zeros(len(indices), 1, 64, 64) + 1)
    figure = explore.latent_maps(Reads(), data, [1], per=2)
    assert [axes.get_title() for axes in figure.axes] == ["digit"]


def test_each_latent_has_a_line_and_the_dear_ones_a_name():
    _, axes = plt.subplots()
    explore.draw_kl([1, 2, 3], torch.tensor([[0.0, 0.0], [1.0, 0.05], [2.0, 0.01]]), axes)
    assert [line.get_ydata()[-1] for line in axes.get_lines()] == [2.0, pytest.approx(0.01)]
    assert [text.get_text() for text in axes.texts] == [" z0"]


def test_reconstructions_stand_below_their_images():
    x = torch.rand(3, 1, 64, 64)
    canvas = shown(explore.show_reconstructions(Reads(), x))
    assert torch.equal(canvas[:64, :64], x[0, 0])
    expected = Reads().encode(x).mu[1, 0].sigmoid()
    torch.testing.assert_close(canvas[65:, 65:129], expected.expand(64, 64))


def test_a_traversal_shows_the_dearest_latents_with_their_price():
    model, x = mlp((1, 4, 4), 3, hidden=5), torch.rand(6, 1, 4, 4)
    axes = explore.show_traversal(model, x[:1], x, latents=2, steps=5)
    _, kl = explore.traverse(model, x[:1], x, steps=5)
    assert [label.get_text() for label in axes.get_yticklabels()] == [f"{v:.1f} nats" for v in kl[:2].tolist()]
    assert tuple(shown(axes).shape) == (2 * 5 - 1, 5 * 5 - 1)
