"""Bugs of the batches: what stands beside what."""

import torch
from torch import Tensor

from course_pkg.bugs.record import Bug, Part, Run, Seen
from course_pkg.bugs.trained import images, vae
from course_pkg.data.digits import digits
from course_pkg.models.networks import VAE
from course_pkg.training.batches import Epochs

Order = torch.Tensor


def shuffled(n: int, generator: torch.Generator) -> Order:
    return torch.randperm(n, generator=generator)


def as_they_lie(n: int, generator: torch.Generator) -> Order:
    return torch.arange(n)


def sorted_digits() -> Tensor:
    """The training digits, all noughts first, then all ones: as a folder a class would have them."""
    return images()[0][digits().labels[:1500].argsort(stable=True)]


class Batches:
    """Batches of the sorted digits, an epoch in the order that `order(n, generator)` gives."""

    def __init__(self, order: Part):
        self.order, self.pictures, self.left = order, sorted_digits(), torch.empty(0, dtype=torch.long)

    def __call__(self, n: int, generator: torch.Generator) -> Tensor:
        if len(self.left) < n:
            self.left = self.order(len(self.pictures), generator)
        here, self.left = self.left[:n], self.left[n:]
        return self.pictures[here]


def in_order(order: Part) -> tuple[VAE, Run]:
    return vae(data=Batches(order))


def like_the_set(order: Part) -> Seen:
    """A batch is a sample of the set: its mean image varies about that of the set no more than chance allows."""
    pictures, g = sorted_digits(), torch.Generator().manual_seed(0)
    variance = pictures.var(0).sum().item()

    def away(draw: Part) -> float:
        means = torch.stack([draw(50, g).mean(0) for _ in range(len(pictures) // 50)])
        return (means - pictures.mean(0)).square().flatten(1).sum(1).mean().item() * 50 / variance

    told, expected = away(Batches(order)), away(Epochs(pictures, torch.device("cpu")))
    words = f"the squared way from a batch's mean to the set's is {told:.1f} times what chance makes it"
    return Seen(told < 1.5, f"{words}; expected {expected:.1f}")


def whole_epoch(order: Part) -> Seen:
    """Over an epoch every image is seen once: the mean of what is paid is that of the set."""
    seen = order(1500, torch.Generator().manual_seed(0)).sort().values
    whole = torch.equal(seen, torch.arange(1500))
    return Seen(whole, "an epoch holds every image once" if whole else "an epoch lacks images")


NEVER_SHUFFLED = Bug(
    "NEVER_SHUFFLED",
    what="Images are taken in the order of the files, class after class.",
    source="Deci-AI/super-gradients, issue 416, by default; joaoamcarvalho/mpd-public, issue 6",
    symptom="nothing",
    right=shuffled,
    wrong=as_they_lie,
    train=in_order,
    number="held-out",
    check=like_the_set,
    by=Epochs,
    blind=whole_epoch,
)
