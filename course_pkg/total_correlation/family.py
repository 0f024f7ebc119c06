"""One family of estimates, by one number: how much the image that a code was drawn from counts among its batch.

    q_w(z_i) = w q(z_i | x_i) + (1 - w) / (B - 1) sum_k q(z_i | x_k)

w = 1/B makes the batch a data set of its own; w = 1/N is unbiased for q(z_i) and each q(z_ij), Chen et al.'s
stratified sampling; w = 0 leaves the own image out. On tables the average over batches is a finite sum: no sampling.
"""

from itertools import combinations

import torch
from torch import Tensor

from course_pkg.worlds import TabularWorld, expect
from course_pkg.worlds.tabular import product


def check_equally_likely(world: TabularWorld) -> None:
    """Raises ValueError unless every image is as likely as any other, as those of a data set are."""
    if not torch.allclose(world.log_p_x.exp(), torch.full_like(world.log_p_x, 1 / len(world.log_p_x)), atol=1e-9):
        raise ValueError("expected images that are equally likely: batches are drawn without regard to log_p_x")


def expected_split(world: TabularWorld, batch: int, own: float) -> dict[str, Tensor]:
    """What the estimates average to, over codes and over all batches that hold their image: no sampling.

    information (), tc (), dimwise (d,), of images that are equally likely. batch: B, from 2 to N; own: w, from 0 to 1.
    Raises ValueError for other sizes and weights, and where the images are not equally likely.
    """
    check_equally_likely(world)
    n = len(world.log_p_x)
    if not (2 <= batch <= n and 0 <= own <= 1):
        raise ValueError(f"expected a batch of 2 to {n} and an own weight from 0 to 1, got {batch} and {own:g}")
    q = world.log_q_z_given_x.exp()
    found = []
    for i in range(n):
        others = torch.tensor(list(combinations([k for k in range(n) if k != i], batch - 1)))
        mixtures = own * q[i] + (1 - own) * q[others].mean(1)  # (batches, K)
        found.append(prices(world, world.log_q_z_given_x[i], mixtures))
    return {name: torch.stack([part[name] for part in found]).mean(0) for name in found[0]}


def prices(world: TabularWorld, log_q: Tensor, mixtures: Tensor) -> dict[str, Tensor]:
    """The three prices of one image's codes, log_q (K,), averaged over mixtures (M, K) that stand for q(z)."""
    singles = marginals(mixtures, world.latents)
    priors, own = world.log_marginals(world.log_p_z), world.log_marginals(log_q)
    independent = torch.stack([product(row) for row in zip(*(table.log() for table in singles), strict=True)])
    information = expect(log_q.expand_as(mixtures), log_q - mixtures.log())
    tc = expect(log_q.expand_as(mixtures), mixtures.log() - independent)
    dimwise = [expect(a.expand_as(b), b.log() - c).mean() for a, b, c in zip(own, singles, priors, strict=True)]
    return {"information": information.mean(), "tc": tc.mean(), "dimwise": torch.stack(dimwise)}


def marginals(tables: Tensor, latents: tuple[int, ...]) -> list[Tensor]:
    """Of many tables (M, K) of probabilities: d tables (M, k_j)."""
    joint, d = tables.unflatten(1, latents), len(latents)
    return [joint.sum([1 + i for i in range(d) if i != j]) if d > 1 else joint for j in range(d)]


def information_about_batch(world: TabularWorld, batch: int) -> dict[str, Tensor]:
    """What a code says about which batch it came from: of the whole code, joint (), and of each latent, single (d,).

    All batches of `batch` images are equally likely, then an image of the batch. Raises what `expected_split` raises.
    """
    check_equally_likely(world)
    q, log_q = world.log_q_z_given_x.exp(), world.log_aggregate_posterior()
    whole = world.log_marginals(log_q)
    chosen = torch.tensor(list(combinations(range(len(q)), batch)))
    here = q[chosen].mean(1)  # each batch's own mixture (batches, K)
    single = [
        expect(table.log(), table.log() - log).mean()
        for table, log in zip(marginals(here, world.latents), whole, strict=True)
    ]
    return {"joint": expect(here.log(), here.log() - log_q).mean(), "single": torch.stack(single)}
