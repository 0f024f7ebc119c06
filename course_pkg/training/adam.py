"""Adam as `torch.optim.Adam(..., fused=True)` computes it, to the last bit, without the way there.

PyTorch's optimisers import its compiler with the first one that is made, which takes a process longer than to import
the rest of PyTorch, and ask it twice at every step. A loop that compiles no step needs neither.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

EPS = 1e-8
MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class Adam:
    """Kingma & Ba (2015), algorithm 1, of weights with the learning rate lr, in one pass over memory.

    moments: by the place of a weight among them, step (), exp_avg and exp_avg_sq, both of its shape, and lying in
    memory as it does. Nothing is known of a weight that had no gradient yet.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float, betas: tuple[float, float]):
        self.weights, self.lr, self.betas = list(weights), lr, betas
        self.moments: dict[int, dict[str, Tensor]] = {}

    def forget_gradients(self) -> None:
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move each weight that has a gradient."""
        of_type: dict[torch.dtype, dict[int, Tensor]] = {}
        for k, weight in enumerate(self.weights):
            if weight.grad is None:
                continue
            of_type.setdefault(weight.dtype, {})[k] = weight.grad
            if k not in self.moments:
                self.moments[k] = {
                    "step": torch.zeros((), dtype=torch.float32, device=weight.device),
                    "exp_avg": torch.zeros_like(weight),
                    "exp_avg_sq": torch.zeros_like(weight),
                }
        for moving in of_type.values():  # what is moved in one pass has one type
            steps, means, squares = ([self.moments[k][name] for k in moving] for name in MOMENTS)
            torch._foreach_add_(steps, 1)
            torch._fused_adam_(
                [self.weights[k] for k in moving], list(moving.values()), means, squares, [], steps,
                lr=self.lr, beta1=self.betas[0], beta2=self.betas[1], weight_decay=0.0, eps=EPS, amsgrad=False,
                maximize=False,
            )  # fmt: skip

    def restore(self, moments: Mapping[int, Mapping[str, Tensor]]) -> None:
        """Be where these moments were left. They walk through memory together, so each lies as its weight does."""
        self.moments = {
            k: {
                name: torch.empty_like(self.weights[k]).copy_(value) if value.ndim else value.to(self.weights[k].device)
                for name, value in kept.items()
            }
            for k, kept in moments.items()
        }
