"""The package's own loop, as a run of `course_pkg.runs` calls it: packed bits, unpacked on the device."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from watch import Watch

from course_pkg.data.named import unpacked
from course_pkg.models.networks import VAE, burgess
from course_pkg.runs.systems import arguments
from course_pkg.training import train

SYSTEMS = ("beta-vae", "beta-tcvae", "factor-vae")


class Loop:
    """`steps(n)` trains n steps and one before them that is not timed; gives what the watch says of the n."""

    def __init__(self, system: str, bits: Tensor, batch: int, latents: int, device: torch.device, **options: Any):
        self.bits, self.batch, self.device, self.options = bits, batch, device, options
        self.given = arguments(system, {}, {"images": 737_280, "latents": latents, "seed": 0})
        self.objective = self.given.pop("objective")
        self.model: VAE = burgess(1, latents)

    def train(self, steps: int, prepare: Callable[[Tensor], Tensor] = unpacked) -> None:
        train(
            self.model, self.objective, self.bits, steps=steps, batch_size=self.batch, lr=5e-4, prepare=prepare,
            device=self.device, progress=False, log_every=steps, **self.options, **self.given,
        )  # fmt: skip

    def steps(self, n: int) -> dict[str, float]:
        watch, seen = Watch(self.device), 0
        first = self.given.get("batches", 1)  # how many batches the untimed step draws

        def prepare(batch: Tensor) -> Tensor:
            nonlocal seen
            if seen == first:
                watch.start()
            seen += 1
            return unpacked(batch)

        self.train(n + 1, prepare)
        return watch.stop()

    def flop(self) -> int:
        """Floating-point operations of one step's convolutions and matrix products."""
        with FlopCounterMode(display=False) as counter:
            self.train(1)
        return counter.get_total_flops()
