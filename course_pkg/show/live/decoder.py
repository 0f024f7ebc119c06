"""A decoder as data that `latents.js` can run: a list of layers, and all weights as float16 in one piece."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from course_pkg.models.adversarial import Paired


def described(decoder: nn.Module, logits: bool = True) -> tuple[list[dict[str, Any]], list[Tensor]]:
    """The layers as JSON, and their weights in the order in which the JavaScript takes them.

    Raises ValueError for a layer that it does not know; it knows those of `course_pkg.models.networks`.
    """
    layers: list[dict[str, Any]] = []
    weights: list[Tensor] = []
    size: dict[str, int] = {}  # channels, height and width, between an Unflatten and a Flatten
    for layer in decoder if isinstance(decoder, nn.Sequential) else [decoder]:
        if isinstance(layer, nn.Linear) and layer.bias is not None:
            layers.append({"kind": "linear", "inputs": layer.in_features, "outputs": layer.out_features})
            weights += [layer.weight.T, layer.bias]
        elif isinstance(layer, nn.ReLU):
            layers.append({"kind": "relu"})
        elif isinstance(layer, nn.Unflatten):
            size = dict(zip(("channels", "height", "width"), layer.unflattened_size, strict=True))
            layers.append({"kind": "unflatten", **size})
        elif isinstance(layer, nn.Flatten):
            layers.append({"kind": "flatten", **size})
        elif isinstance(layer, nn.ConvTranspose2d) and doubles(layer) and layer.bias is not None:
            plan = {"kind": "up", "inputs": layer.in_channels, "outputs": layer.out_channels}
            layers.append({**plan, "height": size["height"], "width": size["width"]})
            weights += [layer.weight.permute(2, 3, 0, 1), layer.bias]
            size = {"channels": layer.out_channels, "height": 2 * size["height"], "width": 2 * size["width"]}
        else:
            raise ValueError(
                "expected a decoder made of Linear, ReLU, Unflatten, Flatten and ConvTranspose2d(4, stride 2, "
                f"padding 1), with biases, got {layer}"
            )
    return layers + ([{"kind": "sigmoid"}] if logits else []), weights


def doubles(layer: nn.ConvTranspose2d) -> bool:
    """The one transposed convolution that the JavaScript knows: 4 x 4, stride 2, padding 1."""
    plain = layer.output_padding == (0, 0) and layer.dilation == (1, 1) and layer.groups == 1
    return plain and (layer.kernel_size, layer.stride, layer.padding) == ((4, 4), (2, 2), (1, 1))


@torch.no_grad()
def latent_state(
    model: Any,
    z: Sequence[float] | None = None,
    kl: Sequence[float] = (),
    starts: Mapping[str, Sequence[float]] | None = None,
    logits: bool = True,
    names: Sequence[str] = (),
) -> tuple[bytes, dict[str, Any]]:
    """The weights in float16, and all else that the figure starts from. Latents are ordered by their KL, if given.

    model: a VAE, a net of `mixed`, or the pair of `adversarial`, whose numbers are uniform. A discrete latent is the
    last number of z; `values` says how many values it has, 0 where there is none. names: what to call the parts of z;
    one without a name gets a number. Raises ValueError for weights that are not finite in float16.
    """
    layers, weights = described(model.decoder, logits)
    half = torch.cat([w.detach().cpu().reshape(-1) for w in weights]).to(torch.float16)
    if not torch.isfinite(half).all():
        raise ValueError("expected weights that float16 can hold, got some that are infinite or NaN there")
    starts, values = {name: list(code) for name, code in (starts or {}).items()}, getattr(model, "values", 0)
    parts = model.latents + (values > 0)
    if z is None:
        z = next(iter(starts.values()), [0.0] * parts)
    order = sorted(range(parts), key=lambda k: -kl[k]) if kl else list(range(parts))
    state = {
        "layers": layers,
        "shape": list(model.shape),
        "values": values,
        "uniform": isinstance(model, Paired),
        "order": order,
        "kl": list(kl),
        "starts": starts,
        "names": list(names),
        "z": list(z),
    }
    return half.numpy().astype("<f2").tobytes(), state
