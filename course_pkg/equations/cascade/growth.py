"""How total correlation grows by latents, and what two say together: equations of the chapter `cascade`."""

import itertools

import numpy as np
import scipy.stats
import torch
from torch import Tensor

from course_pkg.cascade.tables import three_images
from course_pkg.derivation.chain import Derivation, Step, Worlds, Wrong
from course_pkg.equations.total_correlation.split import aggregate
from course_pkg.worlds import Symbols, TabularWorld, expect, kl
from course_pkg.worlds.tabular import product

THREE = Worlds("tables of three latents", lambda s: TabularWorld.random(s, (2, 2, 3)))


def said_by_earlier(log_q: Tensor) -> Tensor:
    """I of the last latent of a table (k_1, ..., k_i) and all before it: a divergence of two tables."""
    joint = log_q.reshape(-1, log_q.shape[-1])
    return kl(joint.reshape(-1), (joint.logsumexp(1, True) + joint.logsumexp(0, True)).reshape(-1))


def cube(w: TabularWorld) -> Tensor:
    return aggregate(w).reshape(w.latents)


def entropies_of_two(w: TabularWorld) -> Tensor:
    """The same by scipy: the entropies of two groups, less that of both."""
    q = (w.log_p_x.exp().numpy() @ w.log_q_z_given_x.exp().numpy()).reshape(-1, w.latents[-1])
    h = scipy.stats.entropy
    return torch.as_tensor(h(q.sum(1)) + h(q.sum(0)) - h(q.ravel()))


def repeated(log_q: Tensor) -> Tensor:
    """TC of a table (k_1, ..., k_i)."""
    axes = range(log_q.ndim)
    singles = [log_q.logsumexp([b for b in axes if b != a]) for a in axes]
    return kl(log_q.reshape(-1), product(singles))


def in_pairs(w: TabularWorld, pairs: list[tuple[int, int]]) -> Tensor:
    """The sum of I over pairs of latents."""
    table = cube(w)
    left_out = [[c for c in range(table.ndim) if c not in pair] for pair in pairs]
    return torch.stack([said_by_earlier(table.logsumexp(rest)) for rest in left_out]).sum()


ONE_MORE = Derivation(
    label="cascade-one-more",
    steps=(
        Step(
            r"I(z_{1:i-1}; z_i)",
            lambda w: said_by_earlier(cube(w)),
            "what the new latent repeats of all that are there, as one variable",
            also={"scipy's entropies": entropies_of_two},
        ),
        Step(
            r"\mathrm{TC}(z_{1:i}) - \mathrm{TC}(z_{1:i-1})",
            lambda w: repeated(cube(w)) - repeated(cube(w).logsumexp(-1)),
            "the entropies of the single latents cancel, but for that of the new one",
            wrong=(
                Wrong(
                    "it repeats what it repeats of each earlier one",
                    r"\sum_{j=1}^{i-1} I(z_j; z_i)",
                    lambda w: in_pairs(w, [(0, 2), (1, 2)]),
                ),
                Wrong(
                    "all that is repeated is repeated by the new one",
                    r"\mathrm{TC}(z_{1:i})",
                    lambda w: repeated(cube(w)),
                ),
            ),
        ),
    ),
    source="Jeong and Song (2019), proposition 1",
    worlds=(THREE,),
    follows=("notation-total-correlation", "notation-mutual-information"),
)


def tc_of_all(w: TabularWorld) -> Tensor:
    return w.total_correlation()


def tc_by_scipy(w: TabularWorld) -> Tensor:
    q = w.log_p_x.exp().numpy() @ w.log_q_z_given_x.exp().numpy()
    table = q.reshape(w.latents)
    axes = range(table.ndim)
    singles = [table.sum(tuple(b for b in axes if b != a)) for a in axes]
    return torch.as_tensor(sum(map(scipy.stats.entropy, singles)) - scipy.stats.entropy(q))


TELESCOPE = Derivation(
    label="cascade-telescope",
    steps=(
        Step(r"\mathrm{TC}(z)", tc_of_all, "definition", also={"scipy's entropies": tc_by_scipy}),
        Step(
            r"\sum_{i=2}^{d} I(z_{1:i-1}; z_i)",
            lambda w: said_by_earlier(cube(w)) + said_by_earlier(cube(w).logsumexp(-1)),
            "a sum of differences: all but the first and the last cancel, and one latent alone repeats nothing",
            wrong=(
                Wrong(
                    "what is repeated is repeated between two latents",
                    r"\sum_{i=2}^{d} \sum_{j=1}^{i-1} \mathrm{TC}(z_j, z_i)",
                    lambda w: in_pairs(w, list(itertools.combinations(range(3), 2))),
                ),
                Wrong(
                    "each repeats the one before",
                    r"\sum_{i=2}^{d} \mathrm{TC}(z_{i-1}, z_i)",
                    lambda w: in_pairs(w, [(0, 1), (1, 2)]),
                ),
            ),
        ),
    ),
    source="Jeong and Song (2019)",
    worlds=(THREE,),
    follows=("cascade-one-more", "notation-total-correlation"),
)

# What two latents say together ------------------------------------------------------------------------


def tied_given_x(w: TabularWorld) -> Tensor:
    """The divergence of q(z|x) from the product of its two marginals, averaged over x."""
    return expect(w.log_p_x, torch.stack([kl(row, product(w.log_marginals(row))) for row in w.log_q_z_given_x]))


def each_alone(w: TabularWorld) -> Tensor:
    """I(x; z_1) + I(x; z_2): each latent's own table of p(x), and a divergence for each x."""
    rows = [w.log_marginals(row) for row in w.log_q_z_given_x]
    tables = [torch.stack(column) for column in zip(*rows, strict=True)]
    return sum(expect(w.log_p_x, kl(t, (w.log_p_x[:, None] + t).logsumexp(0))) for t in tables)  # type: ignore[return-value]


def all_by_scipy(w: TabularWorld) -> Tensor:
    p_x, q = w.log_p_x.exp().numpy(), w.log_q_z_given_x.exp().numpy()
    return torch.as_tensor(scipy.stats.entropy(p_x @ q) - p_x @ scipy.stats.entropy(q, axis=1))


TOGETHER = Derivation(
    label="cascade-together",
    steps=(
        Step("I(x; z)", lambda w: w.mutual_information(), "of two latents", also={"scipy's entropies": all_by_scipy}),
        Step(
            r"I(x; z_1) + I(x; z_2) - \mathrm{TC}(z) + \mathrm{TC}(z \mid x)",
            lambda w: each_alone(w) - said_by_earlier(cube(w)) + tied_given_x(w),
            "entropies of the code and of its latents, with the image known and without",
            wrong=(
                Wrong(
                    "as the proposition is printed, which needs an encoder that factorises",
                    r"I(x; z_1) + I(x; z_2) - \mathrm{TC}(z)",
                    lambda w: each_alone(w) - said_by_earlier(cube(w)),
                ),
                Wrong(
                    "what two latents say is the sum of what each says",
                    r"I(x; z_1) + I(x; z_2)",
                    each_alone,
                ),
                Wrong(
                    "the tie that the image explains comes off, too",
                    r"I(x; z_1) + I(x; z_2) - \mathrm{TC}(z) - \mathrm{TC}(z \mid x)",
                    lambda w: each_alone(w) - said_by_earlier(cube(w)) - tied_given_x(w),
                ),
            ),
        ),
    ),
    source="Jeong and Song (2019), proposition 2",
    worlds=(Worlds("tables", TabularWorld.random),),
    follows=(
        "notation-mutual-information",
        "notation-total-correlation",
        "total_correlation-given-x",
        "total_correlation-repeated",
    ),
)

# Three images, two bits ---------------------------------------------------------------------------------


def coin(seed: int) -> Tensor:
    """How often the coin shows one: anything from 0 to 1."""
    return torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def h(p: Tensor) -> Tensor:
    return -torch.special.xlogy(p, p) - torch.special.xlogy(1 - p, 1 - p)


def tie_of_bits(delta: Tensor) -> Tensor:
    log_p = three_images(delta.item()).sum(0).log()
    return kl(log_p.reshape(-1), (log_p.logsumexp(1, True) + log_p.logsumexp(0, True)).reshape(-1))


def tie_by_scipy(delta: Tensor) -> Tensor:
    d = delta.item()
    p = np.array([[1 / 3, 1 / 3], [(1 - d) / 3, d / 3]])
    return torch.as_tensor(scipy.stats.entropy(p.ravel(), np.outer(p.sum(1), p.sum(0)).ravel()))


COIN = Derivation(
    label="cascade-coin",
    steps=(
        Step(
            r"I(z_1; z_2)",
            tie_of_bits,
            "two bits of three images, the second a coin where it decides nothing",
            also={"scipy's relative entropy": tie_by_scipy},
        ),
        Step(
            r"h\left(\frac{1 + \delta}{3}\right) - \frac{1}{3} h(\delta) - \frac{2}{3} \log 2",
            lambda delta: h((1 + delta) / 3) - h(delta) / 3 - torch.tensor(2.0).double().log() * 2 / 3,
            "the entropy of the second bit, less what is left of it when the first is known",
            wrong=(
                Wrong(
                    "both bits are needed, so they repeat nothing",
                    "0",
                    lambda delta: torch.zeros_like(delta),
                ),
                Wrong(
                    "the coin is known once the image is",
                    r"h\left(\frac{1 + \delta}{3}\right) - \frac{2}{3} \log 2",
                    lambda delta: h((1 + delta) / 3) - torch.tensor(2.0).double().log() * 2 / 3,
                ),
            ),
        ),
    ),
    worlds=(Worlds("coins", coin, symbols=lambda delta: Symbols(numbers={r"\delta": delta})),),
    follows=("bottleneck-binary-entropy", "notation-total-correlation"),
)
