"""The two nets have the sizes of the papers, the shapes that they promise, and weights that only their seed decides."""

import re
from copy import deepcopy
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_pkg.models.networks import VAE, Up, burgess, mlp, silent_units


def count(module):
    return sum(p.numel() for p in module.parameters())


def layers(module):
    return [layer for layer in module if list(layer.parameters())]


# Sizes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape, pixels", [((1, 8, 8), 64), ((3, 4, 5), 60), ((7,), 7)])
@pytest.mark.parametrize("latents", [1, 10])
def test_the_lectures_net_is_d_300_2m_and_m_300_d(shape, pixels, latents):
    net = mlp(shape, latents)
    assert count(net.encoder) == (pixels * 300 + 300) + (300 * 2 * latents + 2 * latents)
    assert count(net.decoder) == (latents * 300 + 300) + (300 * pixels + pixels)


def test_the_net_of_burgess_has_the_parameters_of_the_paper():
    """conv 32-32-32-32 of 4 x 4, FC 256-256, FC 2 z; FC 256-256-512, transposed conv 32-32-32-1."""
    conv = lambda a, b: a * b * 4 * 4 + b
    dense = lambda a, b: a * b + b
    encoder = conv(1, 32) + 3 * conv(32, 32) + dense(512, 256) + dense(256, 256) + dense(256, 20)
    decoder = dense(10, 256) + dense(256, 256) + dense(256, 512) + 3 * conv(32, 32) + (32 * 1 * 4 * 4 + 1)
    assert (count(burgess().encoder), count(burgess().decoder)) == (encoder, decoder)
    assert encoder + decoder == 502_005  # as in a well-known implementation of it


def test_the_hidden_layer_may_have_another_width():
    assert [layer.out_features for layer in layers(mlp((1, 2, 2), 3, hidden=17).encoder)] == [17, 6]
    assert [layer.out_features for layer in layers(mlp((1, 2, 2), 3, hidden=17).decoder)] == [17, 4]


@pytest.mark.parametrize("net", [mlp((1, 6, 6), 2), burgess(latents=2)], ids=["mlp", "burgess"])
def test_between_two_layers_there_is_always_one_relu(net):
    for module in (net.encoder, net.decoder):
        kinds = [type(layer).__name__ for layer in module if type(layer).__name__ not in ("Flatten", "Unflatten")]
        assert kinds[0] != "ReLU" and kinds[-1] != "ReLU" and kinds[1::2] == ["ReLU"] * (len(kinds) // 2)


@pytest.mark.parametrize("net", [mlp((1, 8, 8), 4), burgess()], ids=["mlp", "burgess"])
def test_the_decoder_ends_without_a_squashing(net):
    """Logits, or means: what is added to the last bias is added to every pixel, however much it is."""
    before = net.decode(torch.ones(1, net.latents))
    with torch.no_grad():
        layers(net.decoder)[-1].bias.add_(100)
        torch.testing.assert_close(net.decode(torch.ones(1, net.latents)), before + 100)
        layers(net.decoder)[-1].bias.sub_(100)


# Shapes -------------------------------------------------------------------------------------------


@given(st.integers(1, 4), st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)), st.integers(1, 5))
def test_an_mlp_goes_from_images_to_codes_and_back(batch, shape, latents):
    net = mlp(shape, latents, hidden=5)
    mu, log_var = net.encode(torch.zeros(batch, *shape))
    assert tuple(mu.shape) == tuple(log_var.shape) == (batch, latents)
    assert tuple(net.decode(mu).shape) == (batch, *shape)


@pytest.mark.parametrize("channels, latents, batch", [(1, 10, 2), (3, 1, 1), (2, 4, 3)])
def test_a_burgess_net_goes_from_images_to_codes_and_back(channels, latents, batch):
    net = burgess(channels, latents)
    mu, log_var = net.encode(torch.zeros(batch, channels, 64, 64))
    assert tuple(mu.shape) == tuple(log_var.shape) == (batch, latents)
    assert tuple(net.decode(mu).shape) == (batch, channels, 64, 64)


@pytest.mark.parametrize("net, shape", [(mlp((1, 8, 8), 3), (1, 8, 8)), (burgess(latents=3), (1, 64, 64))])
def test_each_image_is_encoded_and_decoded_by_itself(net, shape):
    x = torch.rand(4, *shape, generator=torch.Generator().manual_seed(0))
    for k in range(4):
        for whole, alone in zip(net.encode(x), net.encode(x[k : k + 1]), strict=True):
            torch.testing.assert_close(whole[k : k + 1], alone)
    z = net.encode(x).mu
    torch.testing.assert_close(net.decode(z)[2:3], net.decode(z[2:3]))


def test_means_come_before_log_variances():
    net = mlp((1, 2, 2), 3)
    with torch.no_grad():
        net.encoder[-1].weight.zero_()
        net.encoder[-1].bias.copy_(torch.arange(6.0))
    mu, log_var = net.encode(torch.zeros(1, 1, 2, 2))
    assert mu.tolist() == [[0, 1, 2]] and log_var.tolist() == [[3, 4, 5]]


# Channels last, biases afterwards: quicker, the same numbers ------------------------------------

WEIGHTS = (
    [f"encoder.{k}.{name}" for k in (0, 2, 4, 6, 9, 11, 13) for name in ("weight", "bias")]
    + [f"decoder.{k}.{name}" for k in (0, 2, 4, 7, 9, 11, 13) for name in ("weight", "bias")]
)  # fmt: skip


def usual(net):
    """A copy in torch's own layers and its default layout."""
    copy = deepcopy(net).to(memory_format=torch.contiguous_format)
    for k, layer in enumerate(copy.decoder):
        if isinstance(layer, Up):
            channels = layer.in_channels, layer.out_channels
            copy.decoder[k] = nn.ConvTranspose2d(*channels, 4, stride=2, padding=1, dtype=layer.weight.dtype)
            copy.decoder[k].load_state_dict(layer.state_dict())
    return copy


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_burgess_computes_what_torchs_layers_compute_in_the_default_layout(channels, dtype, tolerance):
    """Both ways and all gradients: to the rounding of float64, and of float32 (sums of up to 65,536 numbers)."""
    net = burgess(channels, 4).to(dtype)
    other, g = usual(net), torch.Generator().manual_seed(0)
    x = torch.rand(3, channels, 64, 64, generator=g, dtype=dtype)
    results = []
    for model in (net, other):
        mu, log_var = model.encode(x)
        decoded = model.decode(mu + log_var)
        decoded.square().sum().backward()
        gradients = [p.grad / p.grad.abs().max() for p in model.parameters()]
        results.append([mu, log_var, decoded, *gradients])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_inside_lies_with_its_channels_last(channels):
    net, seen = burgess(channels), []

    def look(layer, inputs, output):
        seen.append(output.is_contiguous(memory_format=torch.channels_last))

    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            layer.register_forward_hook(look)
    net.decode(net.encode(torch.rand(2, channels, 64, 64)).mu)
    assert seen == [True] * 8


def test_weights_have_the_names_and_the_layout_that_committed_ones_have():
    """Layers of torch, by their places: weights kept on disk go into this net, and into one of torch's own layers."""
    net = burgess(3)
    assert list(net.state_dict()) == WEIGHTS
    other = usual(burgess(3, seed=1))
    other.load_state_dict(net.state_dict())
    net.load_state_dict(other.state_dict())
    assert net.encoder[2].weight.is_contiguous(memory_format=torch.channels_last)


# Seeds --------------------------------------------------------------------------------------------

NETS = {"mlp": lambda seed: mlp((1, 4, 4), 2, seed=seed), "burgess": lambda seed: burgess(latents=2, seed=seed)}


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_a_seed_gives_the_same_weights_and_another_seed_others(net):
    first, again, other = (net(seed).state_dict().values() for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_making_a_net_leaves_the_global_generator_alone(net):
    before = torch.get_rng_state()
    net(0)
    assert torch.equal(before, torch.get_rng_state())


def test_the_global_generator_does_not_decide_the_weights():
    torch.manual_seed(1)
    first = mlp((1, 4, 4), 2)
    torch.manual_seed(2)
    assert torch.equal(first.encoder[1].weight, mlp((1, 4, 4), 2).encoder[1].weight)


def test_the_usual_seed_is_zero():
    assert torch.equal(mlp((1, 4, 4), 2).encoder[1].weight, mlp((1, 4, 4), 2, seed=0).encoder[1].weight)
    assert torch.equal(burgess().encoder[0].weight, burgess(1, 10, 0).encoder[0].weight)


# Codes, as a metric sees them ---------------------------------------------------------------------


def test_an_image_is_represented_by_the_mean_of_its_codes():
    net, x = mlp((1, 4, 4), 2), torch.rand(5, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    codes, discrete = net.represent(x)
    assert discrete.tolist() == [False, False]
    assert torch.equal(codes, net.encode(x).mu) and not codes.requires_grad


def test_a_sample_of_the_codes_has_their_mean_and_width():
    """20,000 samples of one image, five standard errors."""
    net, x = mlp((1, 4, 4), 2), torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    draw = lambda seed: net.represent(x.expand(20_000, 1, 4, 4), True, torch.Generator().manual_seed(seed)).columns
    mu, log_var = (t.detach() for t in net.encode(x))
    z = (draw(0) - mu) / (log_var / 2).exp()
    assert (z.mean(0).abs() < 5 / 20_000**0.5).all() and (
        (z.square().mean(0) - 1).abs() < 5 * (2 / 20_000) ** 0.5
    ).all()
    assert torch.equal(draw(0), draw(0)) and not torch.equal(draw(0), draw(1)) and not draw(0).requires_grad


# Bad input ----------------------------------------------------------------------------------------

IMAGES = [((2, 1, 8, 9), "(2, 1, 8, 9)"), ((2, 3, 8, 8), "(2, 3, 8, 8)"), ((1, 8, 8), "(1, 8, 8)"),
          ((2, 64), "(2, 64)"), ((0, 1, 8, 8), "(0, 1, 8, 8)"), ((8,), "(8,)")]  # fmt: skip
CODES = [((2, 4), "(2, 4)"), ((3,), "(3,)"), ((1, 2, 3), "(1, 2, 3)"), ((0, 3), "(0, 3)")]


@pytest.mark.parametrize("shape, shown", IMAGES)
def test_images_of_another_shape_and_empty_batches_are_refused(shape, shown):
    message = f"expected images (B, 1, 8, 8) with B > 0, got {shown}"
    for method in (mlp((1, 8, 8), 3).encode, mlp((1, 8, 8), 3).represent):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            method(torch.zeros(shape))


@pytest.mark.parametrize("shape, shown", CODES)
def test_latents_of_another_size_and_empty_batches_are_refused(shape, shown):
    message = f"expected latents (B, 3) with B > 0, got {shown}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        mlp((1, 8, 8), 3).decode(torch.zeros(shape))


def test_a_burgess_net_takes_images_of_64_by_64_only():
    with pytest.raises(ValueError, match=r"^expected images \(B, 3, 64, 64\) with B > 0, got \(1, 3, 32, 32\)$"):
        burgess(channels=3).encode(torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize("latents", [0, -1])
@pytest.mark.parametrize(
    "make", [partial(VAE, (1, 8, 8), encoder=None, decoder=None), partial(mlp, (1, 8, 8)), burgess]
)
@pytest.mark.filterwarnings("error")
def test_a_net_without_latents_is_refused(make, latents):
    with pytest.raises(ValueError, match=f"^expected at least one latent, got {latents}$"):
        make(latents=latents)


# Silent units -------------------------------------------------------------------------------------


def test_silent_units_of_a_net_made_by_hand():
    """A unit is silent where no image and no pixel makes it speak; two layers, one of channels and one of numbers."""
    net = nn.Sequential(nn.Conv2d(1, 3, 1), nn.ReLU(), nn.Flatten(), nn.Linear(6, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([1.0, -1.0, 0.0]).reshape(3, 1, 1, 1))
        net[0].bias.copy_(torch.tensor([0.0, 0.0, 0.0]))
        net[3].weight.copy_(torch.tensor([[1.0] * 6, [-1.0] * 6]))
        net[3].bias.copy_(torch.tensor([0.0, 3.0]))
    x = torch.tensor([[[[0.0, 2.0]]], [[[0.0, 4.0]]]])
    assert silent_units(net, x) == [(2, 3), (0, 2)]  # 2 < 3 < 4: the second number speaks for the first image alone
    assert silent_units(net, x[1:]) == [(2, 3), (1, 2)]
    assert silent_units(net, -x) == [(2, 3), (0, 2)] and silent_units(nn.Sequential(nn.Flatten()), x) == []
