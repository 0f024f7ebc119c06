"""What a step sees: images in a fresh random order each epoch, kept packed on the device, unpacked there."""

from collections.abc import Callable

import torch
from torch import Tensor

# Instead of images, training takes a function (n, generator) -> batch: images made on the way, or drawn by factor.
Draw = Callable[[int, torch.Generator], object]


def check_images(images: object, batch_size: int) -> None:
    """Raise ValueError unless the images are a tensor, enough for a batch, and finite: the one place where data enter.

    Their range is for the likelihood to judge, their type for the net: `prepare` may turn bytes into pixels first.
    """
    if not isinstance(images, Tensor):
        remedy = {
            "ndarray": "torch.from_numpy(images)",
            "list": "torch.stack(images)",
            "DataLoader": "a tensor of all images, or a function draw(n, generator) that gives n of them",
        }.get(type(images).__name__, "a tensor, or a function draw(n, generator)")
        raise ValueError(f"expected images (N, ...) as a tensor, got {type(images).__name__}: give {remedy}")
    if images.ndim < 2 or len(images) < batch_size or batch_size < 1:
        raise ValueError(f"expected at least {max(batch_size, 1)} images (one batch), got shape {tuple(images.shape)}")
    if not images.is_floating_point():
        return  # bytes are finite; to look at all of them would read a mapped file from end to end
    bad = (~torch.isfinite(images)).flatten(1).any(1).nonzero().flatten().tolist()
    if bad:
        raise ValueError(
            f"expected finite pixels, got NaN or infinity in {len(bad)} images, the first at index {bad[0]}"
        )


class Epochs:
    """Endless batches of the images (N, ...), all N in a new order each epoch, the rest of an epoch left out.

    The order is drawn from the run's generator. To go on after a stop it is drawn again, from the state that the
    generator had before: `state()` is that state and how much of the epoch is used, not N numbers.
    """

    def __init__(self, images: Tensor, device: torch.device):
        self.images, self.device = images.to(device), device
        self.order = torch.empty(0, dtype=torch.long, device=device)
        self.before, self.used = torch.empty(0, dtype=torch.uint8), 0

    def __call__(self, n: int, generator: torch.Generator) -> Tensor:
        if self.used + n > len(self.order):
            self.before, self.used = generator.get_state(), 0
            self.shuffle(generator)
        self.used += n
        return self.images[self.order[self.used - n : self.used]]

    def shuffle(self, generator: torch.Generator) -> None:
        self.order = torch.randperm(len(self.images), generator=generator, device=self.device)

    def state(self) -> dict[str, Tensor]:
        return {"before": self.before, "used": torch.tensor(self.used)}

    def restore(self, state: dict[str, Tensor], generator: torch.Generator) -> None:
        """Draw the order again. The generator is left where the epoch began: set its own state afterwards."""
        self.before, self.used = state["before"], int(state["used"])
        if len(self.before):
            generator.set_state(self.before)
            self.shuffle(generator)
