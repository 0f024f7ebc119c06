"""Where the Lagrangian is stationary, and how one gets there: equations of the chapter `bottleneck`."""

import math

import scipy.optimize
import scipy.stats
import torch
from torch import Tensor

from course_pkg.bottleneck import binary_crossover, binary_symmetric, blahut_arimoto, random_encoders, self_consistent
from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds
from course_pkg.equations.bottleneck.worlds import PAIRS, Pair, binary_pair
from course_pkg.worlds import Symbols


def entropies(w: Pair, q: Tensor) -> Tensor:
    """beta I(x; z) - I(z; y) of encoders (..., X, Z), from entropies: H(z) - H(z|x), and H(z) + H(y) - H(z, y)."""
    H = lambda t: -(t * t.log()).sum(-1)
    p_x, q_zy = w.joint.sum(1), (q.mT @ w.joint).flatten(-2)
    rate = H(p_x @ q) - H(q) @ p_x
    return w.beta * rate - (H(p_x @ q) + H(w.joint.sum(0)) - H(q_zy))


def exchanged(w: Pair, slope: Tensor) -> Tensor:
    """(X, Z, Z): what moving mass from the second z to the first does, for each unit of p(x)."""
    slope = slope / w.joint.sum(1, keepdim=True)
    return slope[:, :, None] - slope[:, None]


def by_autograd(w: Pair) -> Tensor:
    q = w.encoder.clone().requires_grad_()
    return exchanged(w, torch.autograd.grad(entropies(w, q), q)[0])


def by_complex_steps(w: Pair) -> Tensor:
    """From the imaginary part at a tiny imaginary step, where nothing cancels; both informations by their ratios."""
    joint, p_x, p_y = (t.to(torch.complex128) for t in (w.joint, w.joint.sum(1, keepdim=True), w.joint.sum(0)))

    def imaginary(x: int, up: int, down: int) -> Tensor:
        q = w.encoder.to(torch.complex128)
        q[x, up] += 1e-30j
        q[x, down] -= 1e-30j
        q_z, q_zy = (p_x * q).sum(0), q.mT @ joint
        rate = (p_x * q * (q / q_z).log()).sum()
        return (w.beta * rate - (q_zy * (q_zy / (q_z[:, None] * p_y)).log()).sum()).imag

    X, Z = w.encoder.shape
    rows = [[[imaginary(x, a, b) for b in range(Z)] for a in range(Z)] for x in range(X)]
    return torch.tensor(rows, dtype=w.joint.dtype) / 1e-30 / w.joint.sum(1)[:, None, None]


def from_divergences(w: Pair) -> Tensor:
    p_x = w.joint.sum(1)
    p_y_given_x, q_z = w.joint / p_x[:, None], p_x @ w.encoder
    q_y_given_z = w.encoder.mT @ w.joint / q_z[:, None]
    divergence = (p_y_given_x[:, None] * (p_y_given_x[:, None] / q_y_given_z).log()).sum(-1)
    log_ratio = (w.encoder / q_z).log()
    return w.beta * (log_ratio[:, :, None] - log_ratio[:, None]) + divergence[:, :, None] - divergence[:, None]


MISFIT = Definition(
    label="bottleneck-misfit",
    latex=r"d_z(x) := D_{\mathrm{KL}}\left(p(y \mid x) \,\|\, q_\phi(y \mid z)\right)",
    symbol="d_z(x)",
    meaning="how badly the code z predicts the answer of x, in nats",
    source="Tishby et al. (1999)",
)
SLOPE = Derivation(
    label="bottleneck-slope",
    steps=(
        Step(
            r"\frac{1}{p(x)} \left[\frac{\partial \mathcal{B}_\beta}{\partial q_\phi(z \mid x)}"
            r" - \frac{\partial \mathcal{B}_\beta}{\partial q_\phi(z' \mid x)}\right]",
            by_autograd,
            "move a little of the code of x from z' to z; by autograd",
            also={"complex steps": by_complex_steps},
        ),
        Step(
            r"\beta \left[\log \frac{q_\phi(z \mid x)}{q_\phi(z)} - \log \frac{q_\phi(z' \mid x)}{q_\phi(z')}\right]"
            r" + d_z(x) - d_{z'}(x)",
            from_divergences,
            "what each z costs, and how badly each predicts y",
        ),
    ),
    source="Tishby et al. (1999), theorem 4",
    worlds=(PAIRS,),
    follows=("bottleneck-lagrangian", "bottleneck-misfit", "notation-aggregate-posterior"),
)

NORMALISER = Definition(
    label="bottleneck-normaliser",
    latex=r"N_\beta(x) := \sum_z q_\phi(z)\,"
    r" e^{-d_z(x) / \beta}",
    symbol=r"N_\beta(x)",
    meaning="what makes a row of the self-consistent encoder sum to one",
    source="Tishby et al. (1999), eq. 17",
)


def global_minimum(w: Pair) -> Tensor:
    """The best encoder of two values into two: the best point of a grid over its logits, then Newton's method."""

    def encoder(a: Tensor) -> Tensor:
        q = a.sigmoid()
        return torch.stack([q, 1 - q], -1)

    axis = torch.linspace(-12, 12, 97, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    at = grid[entropies(w, encoder(grid)).argmin()]
    loss = lambda a: entropies(w, encoder(a))
    for _ in range(30):
        gradient = torch.autograd.functional.jacobian(loss, at)
        step = torch.linalg.solve(torch.autograd.functional.hessian(loss, at), gradient)
        at = at - step.clamp(-0.5, 0.5)
    q = encoder(at)
    return q[:, q[0].argsort(descending=True)]  # the codes in the order of the first row


def right_hand_side(w: Pair) -> Tensor:
    return self_consistent(w.joint, global_minimum(w), w.beta.item())


def iterated(w: Pair) -> Tensor:
    """The best of many starts of Blahut-Arimoto, the codes in the order of the first row."""
    starts = random_encoders(20, 2, 2, torch.Generator().manual_seed(0))
    found = blahut_arimoto(w.joint, w.beta.item(), starts, tolerance=1e-14)
    best = found.encoder[found.best]
    return best[:, best[0].argsort(descending=True)]


at_the_minimum = lambda w: w._replace(encoder=global_minimum(w)).symbols()  # where the line's q is the best one
SELF_CONSISTENT = Derivation(
    label="bottleneck-self-consistent",
    steps=(
        Step(
            r"\operatorname*{arg\,min}_{q_\phi(z \mid x)} \mathcal{B}_\beta",
            global_minimum,
            "two values of x and of z: a grid over all encoders finds the basin, Newton's method the bottom",
            also={"Blahut-Arimoto, best of 20 starts": iterated},
        ),
        Step(
            r"\frac{q_\phi(z)}{N_\beta(x)}\,"
            r" e^{-d_z(x) / \beta}",
            right_hand_side,
            "no slope is left: the logarithm's bracket and the divergences balance. Both sides hold the same q",
        ),
    ),
    source="Tishby et al. (1999), theorem 4",
    worlds=(Worlds("pairs of tables, searched by a grid", binary_pair, 8, 1e-8, at_the_minimum),),
    follows=(
        "bottleneck-slope",
        "bottleneck-normaliser",
        "bottleneck-lagrangian",
        "bottleneck-misfit",
        "notation-aggregate-posterior",
    ),
)

# The binary symmetric channel ----------------------------------------------------------------------

Coins = tuple[Tensor, Tensor, Tensor]


def random_coins(seed: int) -> Coins:
    """A channel that flips with probability 0.02 to 0.3, a code that does with 0.02 to 0.45, a price below critical."""
    flip, crossover, share = torch.rand(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    flip = 0.02 + 0.28 * flip
    return flip, 0.02 + 0.43 * crossover, (0.2 + 0.7 * share) * (1 - 2 * flip) ** 2


named = lambda w: Symbols(numbers=dict(zip((r"\kappa", r"\delta", r"\beta"), w, strict=True)))
COINS = Worlds("binary symmetric channels", random_coins, 10, symbols=named)
BINARY_ENTROPY = Definition(
    label="bottleneck-binary-entropy",
    latex=r"h(\delta) := -\delta \log \delta - (1 - \delta) \log (1 - \delta)",
    symbol=r"h(\delta)",
    meaning="entropy of a coin that falls on one side with probability delta",
    judge=lambda w: torch.distributions.Bernoulli(w[1]).entropy(),
    worlds=COINS,
)


def symmetric(flip: Tensor) -> Tensor:
    return torch.stack([torch.stack([1 - flip, flip]), torch.stack([flip, 1 - flip])])


def coin_lagrangian(w: Coins) -> Tensor:
    flip, crossover, beta = w
    q = symmetric(crossover)
    return entropies(Pair(symmetric(flip) / 2, q, q, q, beta), q)


def by_coins(w: Coins) -> Tensor:
    flip, crossover, beta = w
    h = lambda p: torch.as_tensor(scipy.stats.bernoulli.entropy(p.numpy()))
    both = flip * (1 - crossover) + crossover * (1 - flip)
    return beta * (math.log(2) - h(crossover)) - (math.log(2) - h(both))


BINARY = Derivation(
    label="bottleneck-binary",
    steps=(
        Step(
            r"\mathcal{B}_\beta",
            coin_lagrangian,
            "x a fair bit, y its copy flipped with probability kappa, z its copy flipped with probability delta",
        ),
        Step(
            r"\beta \left[\log 2 - h(\delta)\right]"
            r" - \left[\log 2 - h(\delta (1 - \kappa) + \kappa (1 - \delta))\right]",
            by_coins,
            "from z to y both channels flip: once is a flip, twice is none",
        ),
    ),
    source="Witsenhausen and Wyner (1975)",
    worlds=(COINS,),
    follows=("bottleneck-lagrangian", "bottleneck-binary-entropy"),
)


def searched_coin(w: Coins) -> Tensor:
    """The best delta below one half, by scipy's bounded search of the formula's slope."""
    flip, _, beta = (v.item() for v in w)
    slope = lambda d: (
        -beta * math.log((1 - d) / d)
        + (1 - 2 * flip) * math.log((1 - flip - d * (1 - 2 * flip)) / (flip + d * (1 - 2 * flip)))
    )
    return torch.tensor(scipy.optimize.brentq(slope, 1e-12, 0.5 - 1e-6, xtol=1e-16), dtype=torch.float64)


def iterated_coin(w: Coins) -> Tensor:
    starts = random_encoders(10, 2, 2, torch.Generator().manual_seed(0))
    found = blahut_arimoto(binary_symmetric(w[0].item()), w[2].item(), starts, tolerance=1e-14)
    return found.encoder[found.best].min()


at_the_root = lambda w: Symbols(numbers={r"\kappa": w[0], r"\beta": w[2], r"\delta^*": searched_coin(w)})
BINARY_OPTIMUM = Derivation(
    label="bottleneck-binary-optimum",
    steps=(
        Step(
            r"\beta\, \mathrm{artanh}(1 - 2 \delta^*)",
            lambda w: w[2] * torch.atanh(1 - 2 * iterated_coin(w)),
            "delta* is what Blahut-Arimoto comes to, from ten starts, with no symmetry imposed",
            also={"root of the slope": lambda w: w[2] * torch.atanh(1 - 2 * searched_coin(w))},
        ),
        Step(
            r"(1 - 2 \kappa)\, \mathrm{artanh}\left((1 - 2 \kappa)(1 - 2 \delta^*)\right)",
            lambda w: (
                (1 - 2 * w[0]) * torch.atanh((1 - 2 * w[0]) * (1 - 2 * binary_crossover(w[0].item(), w[2].item())))
            ),
            "the slope in delta vanishes; below one half, only if beta is less than (1 - 2 kappa)^2",
        ),
    ),
    source="Witsenhausen and Wyner (1975)",
    worlds=(Worlds("binary symmetric channels, iterated", random_coins, 6, 1e-9, symbols=at_the_root),),
    follows=("bottleneck-binary", "bottleneck-self-consistent"),
)
