"""The live figures as widgets of a running notebook: the same modules, with traits."""

from typing import Any

import anywidget
import torch
import traitlets
from torch import Tensor

from course_pkg.elbo import gaussian_kl
from course_pkg.show.live.decoder import latent_state
from course_pkg.show.live.page import module, style


class KLExplorer(anywidget.AnyWidget):
    """Two Gaussians to drag. `over` says over which of them ("q" or "p") the lower picture averages."""

    _esm, _css = module("kl"), style()
    mu_q = traitlets.Float(1.0).tag(sync=True)
    log_var_q = traitlets.Float(-1.0).tag(sync=True)
    mu_p = traitlets.Float(0.0).tag(sync=True)
    log_var_p = traitlets.Float(0.0).tag(sync=True)
    over = traitlets.Enum(("q", "p"), default_value="q").tag(sync=True)

    def kl(self) -> tuple[float, float]:
        """D_KL(q || p) and D_KL(p || q) in nats, by `course_pkg.elbo`."""
        mu = torch.tensor([self.mu_q - self.mu_p, self.mu_p - self.mu_q], dtype=torch.float64)
        log_var = torch.tensor([self.log_var_q, self.log_var_p], dtype=torch.float64)
        reference = log_var.flip(0)  # in units of the second Gaussian's width, the second is N(0, 1)
        forward, reverse = gaussian_kl(mu * (-0.5 * reference).exp(), log_var - reference).tolist()
        return forward, reverse


class BottleneckExplorer(anywidget.AnyWidget):
    """Values of x that share codes as the price falls. `p_y` is p(y = 1 | x) of each, `beta` the price."""

    _esm, _css = module("bottleneck"), style()
    p_y: traitlets.List = traitlets.List(
        traitlets.Float(min=0.01, max=0.99), [0.04, 0.12, 0.45, 0.55, 0.88, 0.96], minlen=2
    ).tag(sync=True)
    beta = traitlets.Float(0.1, min=1e-3, max=1.0).tag(sync=True)


class ScoresExplorer(anywidget.AnyWidget):
    """Codes of two factors and five scores. `turn` is in degrees, the other traits say what was done to the codes."""

    _esm, _css = module("scores"), style("scores")
    turn = traitlets.Float(0.0, min=0.0, max=90.0).tag(sync=True)
    packed = traitlets.Bool(False).tag(sync=True)
    twice = traitlets.Bool(False).tag(sync=True)
    scrambled = traitlets.Bool(False).tag(sync=True)
    dropped = traitlets.Bool(False).tag(sync=True)


class MMDExplorer(anywidget.AnyWidget):
    """Two clouds and a kernel's verdict. `x` and `y` hold their points, before the second is moved and spread."""

    _esm, _css = module("mmd"), style("mmd")
    x: traitlets.List = traitlets.List().tag(sync=True)
    y: traitlets.List = traitlets.List().tag(sync=True)
    right = traitlets.Float(1.0, min=-3.0, max=3.0).tag(sync=True)
    up = traitlets.Float(0.0, min=-3.0, max=3.0).tag(sync=True)
    spread = traitlets.Float(1.0, min=0.2, max=2.0).tag(sync=True)
    log_h = traitlets.Float(0.0, min=-1.4, max=1.0).tag(sync=True)


class TurnExplorer(anywidget.AnyWidget):
    """Latents of two factors to turn, in degrees. `ratio` is that of the variances, `rho` the factors' correlation."""

    _esm, _css = module("turn"), style("turn")
    turn = traitlets.Float(20.0, min=0.0, max=90.0).tag(sync=True)
    rho = traitlets.Float(0.0, min=0.0, max=0.9).tag(sync=True)
    ratio = traitlets.Float(2.0, min=1.0, max=4.0).tag(sync=True)
    beta = traitlets.Float(1.0, min=1.0, max=6.0).tag(sync=True)


class BatchExplorer(anywidget.AnyWidget):
    """What a batch reads, beside the truth. `seed` says which images and codes are drawn."""

    _esm, _css = module("batch"), style("batch")
    latents = traitlets.Int(4, min=2, max=10).tag(sync=True)
    nats = traitlets.Float(2.2, min=0.2, max=4.0).tag(sync=True)
    rho = traitlets.Float(0.27, min=0.0, max=0.99).tag(sync=True)
    log2_batch = traitlets.Int(6, min=2, max=12).tag(sync=True)
    log10_own = traitlets.Float(-5.8676, min=-5.87, max=0.0).tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)


class ShuffleExplorer(anywidget.AnyWidget):
    """Codes of two latents and their shuffle. `seed` says which batch is drawn, (`z1`, `z2`) is the place."""

    _esm, _css = module("shuffle"), style("shuffle")
    tc = traitlets.Float(3.0, min=0.0, max=8.0).tag(sync=True)
    log2_batch = traitlets.Int(6, min=1, max=10).tag(sync=True)
    z1 = traitlets.Float(1.5, min=-3.0, max=3.0).tag(sync=True)
    z2 = traitlets.Float(1.5, min=-3.0, max=3.0).tag(sync=True)
    seed = traitlets.Int(9).tag(sync=True)


class CascadeExplorer(anywidget.AnyWidget):
    """Three latents at prices `b1`, `b2`, `b3`, trained from one of twelve starts. `step` is where in training."""

    _esm, _css = module("cascade"), style("cascade")
    b1 = traitlets.Float(1.0, min=1.0, max=3.0).tag(sync=True)
    b2 = traitlets.Float(1.3, min=1.0, max=3.0).tag(sync=True)
    b3 = traitlets.Float(1.6, min=1.0, max=3.0).tag(sync=True)
    start = traitlets.Int(3, min=1, max=12).tag(sync=True)
    step = traitlets.Int(3000, min=0, max=3000).tag(sync=True)
    in_turn = traitlets.Bool(False).tag(sync=True)
    starts: traitlets.List = traitlets.List().tag(sync=True)
    nudges: traitlets.List = traitlets.List().tag(sync=True)
    eigenvalues: traitlets.List = traitlets.List().tag(sync=True)
    variance = traitlets.Float(0.3).tag(sync=True)


class LatentExplorer(anywidget.AnyWidget):
    """A slider for each latent of a model, decoded in the browser. `z` is where they stand; a value is its last."""

    _esm, _css = module("latents"), style()
    z: traitlets.List = traitlets.List(traitlets.Float()).tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    layers: traitlets.List = traitlets.List().tag(sync=True)
    shape: traitlets.List = traitlets.List().tag(sync=True)
    values = traitlets.Int(0).tag(sync=True)
    uniform = traitlets.Bool(False).tag(sync=True)
    order: traitlets.List = traitlets.List().tag(sync=True)
    kl: traitlets.List = traitlets.List().tag(sync=True)
    starts: traitlets.Dict = traitlets.Dict().tag(sync=True)
    names: traitlets.List = traitlets.List().tag(sync=True)

    @classmethod
    @torch.no_grad()
    def of(cls, model: Any, image: Tensor | None, images: Tensor | None, logits: bool) -> "LatentExplorer":
        kl = [] if images is None else model.encode(images).kl().mean(0).tolist()
        starts = {} if image is None else {"the image": model.encode(image).codes()[0].tolist()}
        weights, state = latent_state(model, kl=kl, starts=starts, logits=logits)
        return cls(weights=weights, **state)


class RateExplorer(anywidget.AnyWidget):
    """Rate against distortion of a linear VAE. `beta` is where the slider stands."""

    _esm, _css = module("rate"), style()
    beta = traitlets.Float(1.0).tag(sync=True)
    variance = traitlets.Float(1.0).tag(sync=True)
    eigenvalues: traitlets.List = traitlets.List(traitlets.Float()).tag(sync=True)
    sweep: traitlets.List = traitlets.List().tag(sync=True)
