"""Looking at a model: images in rows, traversals, tables, and the colour that each quantity has in every figure."""

import inspect
import textwrap
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import Markdown
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_pkg.data.factors import FactorData
from course_pkg.elbo import Model
from course_pkg.models.posteriors import discrete
from course_pkg.show.figures import COLOURS, draw_gaussian

__all__ = ["COLOURS", "draw_gaussian"]  # pages find them here, too


def source(function: Callable) -> Markdown:
    """The source of a function or class, as a notebook shows code."""
    return Markdown(f"```python\n{textwrap.dedent(inspect.getsource(function))}```")


def show_images(images: Tensor, columns: int, titles: Sequence[str] = (), axes: Axes | None = None) -> Axes:
    """Images (N, C, H, W), values in [0, 1], side by side with a gap of one pixel; a title stands left of each row."""
    n, c, h, w = images.shape
    rows = -(-n // columns)
    canvas = torch.ones(c, rows * (h + 1) - 1, columns * (w + 1) - 1)
    for k, image in enumerate(images.detach().cpu()):
        top, left = k // columns * (h + 1), k % columns * (w + 1)
        canvas[:, top : top + h, left : left + w] = image
    if axes is None:
        _, axes = plt.subplots(figsize=(min(8, 0.6 * columns), min(8, 0.6 * rows)))
    axes.imshow(canvas.permute(1, 2, 0).squeeze(-1).numpy(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([(h + 1) * i + h / 2 for i in range(len(titles))], titles)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


@torch.no_grad()
def traverse(model: Model, x: Tensor, images: Tensor, span: float = 3.0, steps: int = 9) -> tuple[Tensor, Tensor]:
    """Decode x (1, C, H, W) with one latent at a time moved over [-span, span], the others held at their mean.

    A discrete latent goes through its values, spread over the steps, or is held at its likeliest. Latents are ordered
    by their KL averaged over the images, high to low. Returns the decoder's outputs (latents * steps, C, H, W) and that
    KL (latents,), in nats, in the same order.
    """
    kl, order = model.encode(images).kl().mean(0).sort(descending=True)
    q = model.encode(x)
    codes = q.codes().repeat(len(order) * steps, 1)
    for row, latent in enumerate(order):
        size = q.values[latent]
        values = torch.linspace(0, size - 1, steps).round() if size else torch.linspace(-span, span, steps)
        codes[row * steps : (row + 1) * steps, latent] = values.to(codes)
    return model.decode(q.as_input(codes)), kl


@torch.no_grad()
def show_reconstructions(model: Model, x: Tensor, axes: Axes | None = None) -> Axes:
    """Images (N, C, H, W) above what the decoder makes of their mean codes, as probabilities of white."""
    q = model.encode(x)
    decoded = model.decode(q.as_input(q.codes())).sigmoid()
    return show_images(torch.cat([x, decoded]), len(x), ["image", "decoded"], axes)


def show_traversal(model: Model, x: Tensor, images: Tensor, latents: int = 5, steps: int = 9) -> Axes:
    """`traverse`, drawn: a row a latent, the dearest `latents` of them, each with its KL in nats."""
    outputs, kl = traverse(model, x, images, steps=steps)
    titles = [f"{value:.1f} nats" for value in kl[:latents].tolist()]
    return show_images(outputs[: latents * steps].sigmoid(), steps, titles)


def draw_kl(steps: Sequence[int], kl: Tensor, axes: Axes, named: float = 0.1) -> None:
    """The KL (n, d) of each latent against the step (n,): a line each, numbered where it ends above `named` nats."""
    for latent, line in enumerate(kl.T.tolist()):
        axes.plot(steps, line, color=COLOURS["rate"], alpha=0.9 if line[-1] > named else 0.3, linewidth=1.2)
        if line[-1] > named:
            axes.annotate(f" z{latent}", (steps[-1], line[-1]), va="center", fontsize=8)
    axes.set(xlabel="step", ylabel="KL of each latent, nats", ylim=(0, None))


@torch.no_grad()
def mean_codes(model: Model, data: FactorData, fixed: Sequence[dict[str, int]], per: int, seed: int = 0) -> Tensor:
    """The mean code of `per` random images for each of the settings in `fixed`. (len(fixed), latents).

    Of a discrete latent, the value that is met most often.
    """
    generator = torch.Generator().manual_seed(seed)
    indices = torch.cat([data.sample(per, generator, fixed=settings) for settings in fixed])
    posteriors = [model.encode(data.images(part)) for part in indices.split(512)]
    codes = torch.cat([q.codes() for q in posteriors]).unflatten(0, (len(fixed), per))
    return torch.where(discrete(posteriors[0]).to(codes.device), codes.mode(1).values, codes.mean(1))


def latent_maps(model: Model, data: FactorData, latents: Sequence[int], per: int = 8, seed: int = 0) -> Figure:
    """What moves each latent: its mean over all positions (a map), then against each other factor (a curve).

    Factors called posX and posY make the map; of a grid with other names, only the curves are drawn. A latent that
    has learnt one factor is flat in all others: a map in stripes, one curve that rises.
    """
    sizes = dict(zip(data.names, data.sizes, strict=True))
    on_map = ["posY", "posX"] if {"posX", "posY"} <= sizes.keys() else []
    curves = [name for name in sizes if name not in on_map and sizes[name] > 1]
    columns = len(curves) + bool(on_map)
    figure, grid = plt.subplots(
        len(latents), columns, figsize=(1.7 * columns, 1.4 * len(latents)), squeeze=False, layout="constrained"
    )
    if on_map:
        places = [{"posY": y, "posX": x} for y in range(sizes["posY"]) for x in range(sizes["posX"])]
        codes = mean_codes(model, data, places, per, seed).unflatten(0, (sizes["posY"], sizes["posX"]))
        for row, latent in enumerate(latents):
            grid[row, 0].imshow(codes[..., latent].numpy(), cmap="coolwarm", vmin=-2, vmax=2)
            grid[row, 0].set(xticks=[], yticks=[], ylabel=f"z{latent}")
        grid[0, 0].set_title("position", fontsize=9)
    for column, name in enumerate(curves, start=bool(on_map)):
        settings = [{name: value} for value in range(sizes[name])]
        codes = mean_codes(model, data, settings, max(per, 512 // len(settings)), seed)
        for row, latent in enumerate(latents):
            axes = grid[row, column]
            axes.plot(np.arange(sizes[name]), codes[:, latent].numpy(), "o-", color=COLOURS["posterior"], markersize=2)
            axes.set(ylim=(-2.5, 2.5), xticks=[], ylabel="" if column else f"z{latent}")
            axes.tick_params(labelsize=7, labelleft=column == bool(on_map))
        grid[0, column].set_title(name, fontsize=9)
    return figure
