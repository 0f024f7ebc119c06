"""Do two samples come from one law? A test whose level is exact, because the labels are all that is permuted.

Gretton et al. (2012), section 4. Under the null hypothesis the labels say nothing, so that the observed MMD^2 has every
rank among those of permuted labels equally often.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from course_pkg.mmd.kernels import Kernel


@dataclass(frozen=True)
class Verdict:
    """mmd2: the unbiased estimate; null (M,): those of permuted labels; p_value: (b + 1) / (M + 1)."""

    mmd2: float
    null: Tensor
    p_value: float


def permutation_test(
    kernel: Kernel, x: Tensor, y: Tensor, permutations: int = 99, generator: torch.Generator | None = None
) -> Verdict:
    """Compare the unbiased MMD^2 of x (n, d) and y (m, d) with those of `permutations` random divisions of both.

    b of M are at least as large: p = (b + 1) / (M + 1) counts the observed one among them, so that the level is never
    above what is asked (b / M can be 0, and rejects too often). The kernel must not be chosen after looking at the
    permuted values. Holds an (n + m, n + m) table. ValueError for fewer than two points in a sample, no permutations.
    """
    if min(len(x), len(y)) < 2 or permutations < 1:
        raise ValueError(f"expected two points or more and a permutation, got {len(x)}, {len(y)} and {permutations}")
    joint = torch.cat([x, y])
    table = kernel(joint, joint)
    table = table - torch.diag(table.diagonal())  # the unbiased estimate leaves each point's own out
    n, m = len(x), len(y)
    signs = torch.ones(permutations + 1, n + m, dtype=table.dtype, device=table.device)  # 1: in x; 0: in y
    signs[0, n:] = 0
    for row in signs[1:]:
        row[torch.randperm(n + m, generator=generator, device=row.device)[n:]] = 0
    in_x, in_y = signs @ table, (1 - signs) @ table
    within = (in_x * signs).sum(1) / (n * (n - 1)) + (in_y * (1 - signs)).sum(1) / (m * (m - 1))
    values = within - 2 * (in_x * (1 - signs)).sum(1) / (n * m)
    b = int((values[1:] >= values[0] - 1e-12).sum())
    return Verdict(values[0].item(), values[1:], (b + 1) / (permutations + 1))
