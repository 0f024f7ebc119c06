"""What two samples say: the squared distance of their mean features, biased or not, in memory that does not grow.

MMD^2(P, Q) = E k(x, x') - 2 E k(x, y) + E k(y, y'). Gretton et al. (2012), "A Kernel Two-Sample Test", lemma 6.
"""

import torch
from torch import Tensor

from course_pkg.mmd.kernels import Kernel

BLOCK = 512  # points compared at a time: a block of the table of all pairs, 2 MB, stays in a processor's cache


def kernel_mean(kernel: Kernel, x: Tensor, y: Tensor | None = None, diagonal: bool = True) -> Tensor:
    """The mean of k(x_i, y_j), (); without y, of k(x_i, x_j), over i and j unlike where diagonal is False.

    What is held is one block at a time, unless gradients are asked for, which need them all.
    """
    same = y is None
    rows = x.split(BLOCK)
    columns = rows if y is None else y.split(BLOCK)
    total, own = x.new_zeros(()), x.new_zeros(())
    for i, part in enumerate(rows):
        for j, block in enumerate(columns[i:] if same else columns):  # symmetric: half of the table will do
            table = kernel(part, block)
            total = total + (2 if same and j else 1) * table.sum()
            if same and not j:
                own = own + table.diagonal().sum()
    if not same or diagonal:
        return total / (len(x) * sum(map(len, columns)))
    return (total - own) / (len(x) * (len(x) - 1))


def mmd2(kernel: Kernel, x: Tensor, y: Tensor, biased: bool = False) -> Tensor:
    """MMD^2 of samples x (n, d) and y (m, d), (). Differentiable.

    biased=False: the U-statistic. Its mean is the true value, so that at 0 it is negative about as often as not.
    biased=True: the V-statistic, the squared distance of the two mean features, never negative; each sample's own
    points (k = 1) add (1 - E k) / n, which a code can lower by drawing together. ValueError for a single point.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"expected two points or more in each sample, got {len(x)} and {len(y)}")
    within = kernel_mean(kernel, x, diagonal=biased) + kernel_mean(kernel, y, diagonal=biased)
    return within - 2 * kernel_mean(kernel, x, y)


def witness(kernel: Kernel, x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    """Where the two samples differ: mean k(x_i, .) - mean k(y_j, .) at points (a, d), shape (a,).

    Positive where x is the denser. Its mean over x less its mean over y is the biased MMD^2.
    """
    mean = lambda sample: torch.stack([kernel(at, part).sum(-1) for part in sample.split(BLOCK)]).sum(0) / len(sample)
    return mean(x) - mean(y)


def hsic(kernels: tuple[Kernel, Kernel], x: Tensor, y: Tensor) -> Tensor:
    """The biased HSIC of paired samples x (n, a) and y (n, b), (): MMD^2 between the pairs and the pairs broken up.

    Gretton et al. (2005), "Measuring Statistical Dependence with Hilbert-Schmidt Norms": tr(K H L H) / n^2. It holds
    (n, n) tables. ValueError for samples that are not paired.
    """
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(f"expected pairs, two or more, got samples of {len(x)} and {len(y)}")
    k, l = kernels[0](x, x), kernels[1](y, y)
    return (k * l).mean() + k.mean() * l.mean() - 2 * (k.mean(1) * l.mean(1)).mean()
