"""The live figures as widgets of a running notebook: the same modules, with traits."""

import anywidget
import torch
import traitlets
from torch import Tensor

from course_pkg.elbo import gaussian_kl
from course_pkg.models.networks import VAE
from course_pkg.show.live import module, style
from course_pkg.show.live.decoder import latent_state


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


class LatentExplorer(anywidget.AnyWidget):
    """A slider for each latent of a model, decoded in the browser. `z` is where they stand."""

    _esm, _css = module("latents"), style()
    z: traitlets.List = traitlets.List(traitlets.Float()).tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    layers: traitlets.List = traitlets.List().tag(sync=True)
    shape: traitlets.List = traitlets.List().tag(sync=True)
    order: traitlets.List = traitlets.List().tag(sync=True)
    kl: traitlets.List = traitlets.List().tag(sync=True)
    starts: traitlets.Dict = traitlets.Dict().tag(sync=True)

    @classmethod
    @torch.no_grad()
    def of(cls, model: VAE, image: Tensor | None, images: Tensor | None, logits: bool) -> "LatentExplorer":
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
