"""The RBF kernel by its frequencies: an equation of the chapter `mmd`."""

import torch
from torch import Tensor

from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.equations.mmd.means import Laws, quadratic_form, two_laws
from course_pkg.mmd import rbf

CHARACTERISTIC = Definition(
    label="mmd-characteristic-function",
    latex=r"\psi_P(\omega) := \mathbb{E}_{x \sim P}\left[\cos \omega x + i \sin \omega x\right]",
    symbol=r"\psi_P(\omega)",
    meaning="characteristic function of a law P on a line, at frequency omega",
)
Spectral = tuple[Laws, Tensor, int]


def laws_on_a_line(seed: int) -> Spectral:
    """Two laws on a line, the width of the kernel, and a seed for frequencies."""
    g = torch.Generator().manual_seed(seed + 1000)
    return two_laws(seed, 1), 0.7 + torch.rand((), generator=g).double(), seed


def gap_at(w: Spectral, omega: Tensor) -> Tensor:
    """|psi_P - psi_Q|^2 at frequencies (F,)."""
    x, p, y, q = w[0]
    psi = lambda points, weights: torch.exp(1j * omega[:, None] * points[:, 0]) @ weights.to(torch.complex128)
    return (psi(x, p) - psi(y, q)).abs().square()


def over_the_spectrum(w: Spectral, width: float = 1.0, power: int = 2) -> Tensor:
    """The average over frequencies of deviation width / h: a fine sum over 12 deviations."""
    t = torch.linspace(-12, 12, 4001, dtype=torch.float64)
    bell = (-0.5 * t.square()).exp()
    return (bell * gap_at(w, width * t / w[1]) ** (power / 2)).sum() / bell.sum()


def by_drawn_frequencies(w: Spectral) -> Estimate:
    """Features in the place of characteristic functions: mean cosines and sines."""
    (x, p, y, q), h, seed = w
    g = torch.Generator().manual_seed(seed)
    omega = torch.randn(20_000, 1, generator=g, dtype=torch.float64) / h
    apart = lambda f: f(omega * x[:, 0]) @ p - f(omega * y[:, 0]) @ q
    return Estimate.of(apart(torch.cos).square() + apart(torch.sin).square())


def by_the_kernel(w: Spectral) -> Tensor:
    return quadratic_form(w[0], rbf(w[1].item()))


MEAN_GAP = r"\mathbb{E}_{\omega \sim \mathcal{N}(0, 1 / h^2)}\left[|\psi_P(\omega) - \psi_Q(\omega)|^2\right]"
SPECTRUM = Derivation(
    label="mmd-spectrum",
    steps=(
        Step(r"\mathrm{MMD}^2(P, Q)", by_the_kernel, "of the RBF kernel of width h, on a line"),
        Step(
            MEAN_GAP,
            over_the_spectrum,
            "the kernel is the mean of cos(omega (x - y)) over these frequencies: cosine and sine are its features",
            also={"drawn frequencies": by_drawn_frequencies},
            wrong=(
                Wrong(
                    "a wide kernel looks at high frequencies",
                    r"\mathbb{E}_{\omega \sim \mathcal{N}(0, h^2)}\left[|\psi_P(\omega) - \psi_Q(\omega)|^2\right]",
                    lambda w: over_the_spectrum(w, w[1].item() ** 2),
                ),
                Wrong(
                    "the distance itself is averaged",
                    r"\mathbb{E}_{\omega \sim \mathcal{N}(0, 1 / h^2)}\left[|\psi_P(\omega) - \psi_Q(\omega)|\right]",
                    lambda w: over_the_spectrum(w, power=1),
                ),
            ),
        ),
    ),
    source="Rahimi and Recht (2007); Sriperumbudur et al. (2010)",
    worlds=(Worlds("pairs of laws on a line", laws_on_a_line),),
    follows=("mmd-mmd", "mmd-characteristic-function"),
)
