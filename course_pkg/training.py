"""One training loop. An objective returns named terms in nats per image; the loop weighs, sums, steps and logs them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from tqdm import tqdm

# An objective maps (model, images, generator) to named terms, each (B,) or (B, d): a number an image, or a latent.
Objective = Callable[[nn.Module, Tensor, torch.Generator], Mapping[str, Tensor]]


def default_device() -> torch.device:
    """The GPU when there is one: CUDA, then Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@dataclass
class History:
    """What training logged: steps (n,), and for each term its value (n,) or (n, d), in nats per image."""

    steps: list[int] = field(default_factory=list)
    terms: dict[str, list[Tensor]] = field(default_factory=dict)

    def log(self, step: int, terms: Mapping[str, Tensor]) -> None:
        self.steps.append(step)
        for name, value in terms.items():
            self.terms.setdefault(name, []).append(value.detach().mean(0))

    def __getitem__(self, name: str) -> Tensor:
        return torch.stack(self.terms[name]).cpu()


def minibatches(n: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless batches of indices (size,): all n in a fresh random order each epoch, the rest of an epoch left out."""
    while True:
        order = torch.randperm(n, generator=generator, device=generator.device)
        yield from order[: n - n % size].split(size)


def per_image(term: Tensor) -> Tensor:
    """A term's number for each image: (B,) as it is, (B, d) summed over latents. Never a mean over anything."""
    return term if term.ndim == 1 else term.sum(1)


def check_images(images: Tensor, batch_size: int) -> None:
    """Raise ValueError unless the images are enough for a batch and finite: the one place where data enter."""
    if images.ndim < 2 or len(images) < batch_size or batch_size < 1:
        raise ValueError(f"expected at least {max(batch_size, 1)} images (one batch), got shape {tuple(images.shape)}")
    bad = (~torch.isfinite(images)).flatten(1).any(1).nonzero().flatten().tolist()
    if bad:
        raise ValueError(
            f"expected finite pixels, got NaN or infinity in {len(bad)} images, the first at index {bad[0]}"
        )


def check_terms(terms: Mapping[str, Tensor], weights: Mapping[str, float], batch_size: int) -> None:
    """Raise ValueError unless each term is one number an image (or a latent), and each weight names a term."""
    for name, term in terms.items():
        if term.ndim not in (1, 2) or len(term) != batch_size:
            raise ValueError(
                f"term {name}: expected ({batch_size},) or ({batch_size}, d), one number an image or a latent in nats, "
                f"got {tuple(term.shape)}; do not average over the batch, the loop does"
            )
    unknown = sorted(set(weights) - set(terms))
    if unknown:
        raise ValueError(f"weights for unknown terms {unknown}; the objective's terms are {sorted(terms)}")


def train(
    model: nn.Module,
    objective: Objective,
    images: Tensor,
    *,
    steps: int,
    weights: Mapping[str, float] | None = None,
    batch_size: int = 64,
    lr: float = 1e-3,
    seed: int = 0,
    device: str | torch.device | None = None,
    log_every: int = 50,
    progress: bool = True,
) -> History:
    """Train the model in place with Adam; it ends on the device. The same seed on a CPU gives the same bits.

    images (N, C, H, W), finite; weights: what multiplies each term in the loss (1 where not named).
    Raises ValueError for images that are empty, too few for a batch or not finite, for a term that is not one number
    an image or a latent, and for a weight that names no term; FloatingPointError for a loss that is not finite.
    """
    check_images(images, batch_size)
    device = torch.device(device) if device is not None else default_device()
    images, model = images.to(device), model.to(device).train()
    generator = torch.Generator(device).manual_seed(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history, weights = History(), dict(weights or {})
    batches = minibatches(len(images), batch_size, generator)
    bar = {} if progress else {"disable": True}  # not disable=False: that would overrule TQDM_DISABLE
    for step in tqdm(range(1, steps + 1), desc="training", unit="step", **bar):
        terms = objective(model, images[next(batches)], generator)
        if step == 1:
            check_terms(terms, weights, batch_size)
        loss = torch.stack([weights.get(name, 1.0) * per_image(term).mean() for name, term in terms.items()]).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        if step % log_every == 0 or step == steps:
            history.log(step, terms)
            if not torch.isfinite(loss):
                values = ", ".join(f"{name} {term.detach().mean().item():.4g}" for name, term in terms.items())
                raise FloatingPointError(f"the loss stopped being finite by step {step}: {values}; try a smaller lr")
    return history
