"""Which value each image of a batch takes: the assignment of least total cost, with a price on crowds.

    min over a of  sum_i u[i, a_i] + lam * sum_k c_k (c_k - 1) / 2,   c_k = how many images take value k

Jeong and Song (2019) solve it as a flow of least cost. A linear assignment solves it too: value k has one place for
each image, the first for nothing, the next for lam, the next for 2 lam, and so on. Costs are in nats.
"""

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def check_costs(costs: Tensor, lam: float) -> None:
    """Raise ValueError unless costs are (B, K) and the price on crowds is 0 or more."""
    if costs.ndim != 2 or 0 in costs.shape:
        raise ValueError(f"expected costs (B, K) of at least one image and one value, got {tuple(costs.shape)}")
    if not 0 <= lam < float("inf"):
        raise ValueError(f"expected a price on crowds of 0 or more, got {lam}")


def assign(costs: Tensor, lam: float = 0.0) -> Tensor:
    """The value of each image at the least total cost. costs (B, K) in nats -> (B,), long, on their device.

    To solve it the costs go to the host: on an accelerator each call waits for the device. ValueError for costs that
    are not (B, K) or not finite.
    """
    check_costs(costs, lam)
    table = costs.detach().cpu().double().numpy()
    if not np.isfinite(table).all():
        raise ValueError("expected finite costs: an image has a cost of nan or infinity at some value")
    images = len(table)
    places = table[:, :, None] + lam * np.arange(images)  # (B, K, B): what the image pays at each place of the value
    chosen = linear_sum_assignment(places.reshape(images, -1))[1] // images
    return torch.from_numpy(chosen).to(costs.device)


def total_cost(costs: Tensor, chosen: Tensor, lam: float = 0.0) -> Tensor:
    """What an assignment costs: its images' costs, and lam for each pair of images at one value. () in nats."""
    check_costs(costs, lam)
    if chosen.shape != costs.shape[:1] or chosen.dtype != torch.long:
        raise ValueError(
            f"expected the number of a value for each of {len(costs)} images, got {chosen.dtype} {tuple(chosen.shape)}"
        )
    crowd = torch.nn.functional.one_hot(chosen, costs.shape[1]).sum(0).to(costs.dtype)
    return costs.gather(1, chosen[:, None]).sum() + lam * (crowd * (crowd - 1)).sum() / 2
