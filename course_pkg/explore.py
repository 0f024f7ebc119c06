"""Looking at a model: images in rows, traversals, tables, and the colour that each quantity has in every figure."""

import inspect
import textwrap
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse
from torch import Tensor

from course_pkg.elbo import gaussian_kl
from course_pkg.networks import VAE

# The same seven colours as the book's style sheet (Okabe and Ito: told apart by colour-blind readers).
COLOURS = {
    "reconstruction": "#0072b2",
    "rate": "#d55e00",
    "information": "#009e73",
    "tc": "#e69f00",
    "dimwise": "#cc79a7",
    "prior": "#666666",
    "posterior": "#56b4e9",
}


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
def traverse(model: VAE, x: Tensor, images: Tensor, span: float = 3.0, steps: int = 9) -> tuple[Tensor, Tensor]:
    """Decode x (1, C, H, W) with one latent at a time moved over [-span, span], the others held at their mean.

    Latents are ordered by their KL averaged over the images, high to low. Returns the decoder's outputs
    (latents * steps, C, H, W) and that KL (latents,), in nats, in the same order.
    """
    kl, order = gaussian_kl(*model.encode(images)).mean(0).sort(descending=True)
    z = model.encode(x)[0].repeat(len(order) * steps, 1)
    values = torch.linspace(-span, span, steps, device=x.device)
    for row, latent in enumerate(order):
        z[row * steps : (row + 1) * steps, latent] = values
    return model.decode(z), kl


def draw_gaussian(axes: Axes, mu: Tensor, log_var: Tensor, colour: str, deviations: float = 2.0) -> None:
    """The ellipse of a diagonal Gaussian over two latents, at that many standard deviations."""
    width, height = (2 * deviations * (0.5 * log_var).exp()).tolist()
    axes.add_patch(Ellipse(tuple(mu.tolist()), width, height, fill=False, color=colour, linewidth=2))
