"""What reaches the encoder where both players share a graph: an equation of the chapter `density_ratio`."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.equations.density_ratio.players import price

# The leak -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Logit:
    """A discriminator T(z) = z' A z / 2 + v' tanh(W z + b), at codes z (n, 2), and the price of a nat."""

    z: Tensor
    A: Tensor
    W: Tensor
    b: Tensor
    v: Tensor
    gamma: Tensor

    @classmethod
    def random(cls, seed: int, curved: bool) -> "Logit":
        g = torch.Generator().manual_seed(seed)
        normal = lambda *shape: torch.randn(shape, generator=g, dtype=torch.float64)
        A, W, b, v = normal(2, 2), normal(5, 2), normal(5), normal(5)
        nothing = torch.zeros(())
        return cls(normal(8, 2), A + A.mT if curved else 0 * A, W, b, v * nothing if curved else v, price(seed))

    def at(self, z: Tensor) -> Tensor:
        return ((z @ self.A) * z).sum(1) / 2 + (z @ self.W.mT + self.b).tanh() @ self.v

    def slope(self) -> Tensor:
        """dT / dz by hand."""
        return self.z @ self.A + (self.v * (1 - (self.z @ self.W.mT + self.b).tanh() ** 2)) @ self.W


def both_losses(world: Logit) -> Tensor:
    """What arrives at z where the model's loss and the discriminator's are added on one graph."""
    z = world.z.clone().requires_grad_()
    T = world.at(z)
    (found,) = torch.autograd.grad((world.gamma * T + 0.5 * F.softplus(-T)).sum(), z)
    return found


def scaled(world: Logit, share: float = 0.5) -> Tensor:
    D = world.at(world.z).sigmoid()[:, None]
    return (world.gamma - share * (1 - D)) * world.slope()


LEAK = Derivation(
    label="density_ratio-leak",
    steps=(
        Step(
            r"\frac{\partial}{\partial z} \left[\gamma\, T(z) + \frac{1}{2} \log (1 + e^{-T(z)})\right]",
            both_losses,
            "z not detached: both players' losses are differentiated through the code",
        ),
        Step(
            r"\left(\gamma - \frac{1 - D(z)}{2}\right) \frac{\partial T(z)}{\partial z}",
            scaled,
            "the chain rule: the discriminator wants the code to stay recognisable",
            wrong=(
                Wrong(
                    "what the discriminator pays has no slope in z",
                    r"\gamma\, \frac{\partial T(z)}{\partial z}",
                    lambda world: scaled(world, 0.0),
                ),
                Wrong(
                    "its loss is not halved",
                    r"\left(\gamma - (1 - D(z))\right) \frac{\partial T(z)}{\partial z}",
                    lambda world: scaled(world, 1.0),
                ),
            ),
        ),
    ),
    worlds=(
        Worlds("quadratic logits", lambda s: Logit.random(s, True)),
        Worlds("nets of one layer", lambda s: Logit.random(s, False)),
    ),
    follows=("density_ratio-discriminator",),
)
