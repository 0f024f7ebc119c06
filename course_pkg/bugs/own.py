"""The checks of the gallery, asked of a reader's own functions: which relation breaks, and which slip it is like."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.bugs.gallery import every
from course_pkg.bugs.record import Part, Seen
from course_pkg.elbo import bernoulli_log_likelihood, gaussian_kl
from course_pkg.tables import Cell, Table, code


@dataclass(frozen=True)
class Row:
    """A role, what was asked of the function in it, the verdict, and the known slips that behave like it."""

    role: str
    asked: str
    seen: Seen
    like: tuple[str, ...]


def like(row: Row) -> Cell:
    """The names of the slips, those of the gallery as code."""
    shown = [code(name) if name.isupper() else Cell(name, name) for name in row.like]
    return Cell(", ".join(cell.text for cell in shown), ", ".join(cell.html for cell in shown))


@dataclass(frozen=True)
class Checklist:
    """What `checklist` found. `holds`: whether every relation that was asked does."""

    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        return all(row.seen.holds for row in self.rows)

    @property
    def table(self) -> Table:
        rows = [
            (code(row.role), f"{row.asked}: {'holds' if row.seen.holds else 'broken'}", row.seen.told, like(row))
            for row in self.rows
        ]
        return Table(("function", "relation", "what came", "it is like"), rows, css="derivation gallery")

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def some(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


def pictures() -> tuple[Tensor, Tensor]:
    """Black-and-white colour pictures (5, 3, 4, 4) and logits."""
    logits = some(5, 3, 4, 4)
    return (some(5, 3, 4, 4) + logits > 0).float(), logits


def posteriors() -> tuple[Tensor, Tensor]:
    return some(5, 3), some(5, 3).roll(1, 0)


def summed(kl: Part) -> Part:
    """A KL of each latent, (B, d), as one of each image, (B,)."""

    def of_images(mu: Tensor, log_var: Tensor) -> Tensor:
        value = kl(mu, log_var)
        return value.sum(1) if value.ndim > 1 else value

    return of_images


def closed_form(kl: Part) -> Seen:
    worst = (summed(kl)(*posteriors()) - gaussian_kl(*posteriors()).sum(1)).abs().max().item()
    return Seen(worst < 1e-4, f"off by {worst:.3f} nats an image at most")


def whole_images(log_likelihood: Part) -> Seen:
    worst = (log_likelihood(*pictures()) - bernoulli_log_likelihood(*pictures())).abs().max().item()
    return Seen(worst < 1e-4, f"off by {worst:.3f} nats an image at most")


def moments(sample: Part) -> Tensor:
    """Mean and spread of the codes of two posteriors, and their slope in the mean."""
    found = []
    for log_var in (-2.0, 1.0):
        mu = torch.ones(40_000, 1, requires_grad=True)
        z = sample(mu, torch.full_like(mu, log_var), torch.Generator().manual_seed(0))
        slope = torch.autograd.grad(z.sum(), mu)[0].mean().item() if z.requires_grad else 0.0
        found += [z.mean().item(), z.std().item(), slope]
    return torch.tensor(found)


# By role: what it is like to call the function (what makes two of them the same), further relations than those of the
# gallery, and slips that stand on other pages.
CALLED: dict[str, Callable[[Part], Tensor]] = {
    "likelihood": lambda f: f(*pictures()),
    "kl": lambda f: summed(f)(*posteriors()),
    "sample": moments,
    "kernel": lambda f: f(some(4, 6), some(3, 6)),
    "cross_entropy": lambda f: f(some(7), some(7).roll(1)),
    "bound": lambda f: f(some(9, 4)),
}
FURTHER: dict[str, list[tuple[str, Callable[[Part], Seen]]]] = {
    "likelihood": [("a picture of 3 x 4 x 4 pixels against the sum over all of them", whole_images)],
    "kl": [("the closed form of the KL from N(0, 1), summed over latents", closed_form)],
}
ELSEWHERE: dict[str, dict[str, Part]] = {
    "likelihood": {
        "a mean over pixels": lambda x, logits: -F.binary_cross_entropy_with_logits(
            logits, x, reduction="none"
        ).flatten(1).mean(1),
        "channels not counted": lambda x, logits: bernoulli_log_likelihood(x, logits) / x.shape[1],
        "its sign lost": lambda x, logits: -bernoulli_log_likelihood(x, logits),
        "squared error of logits": lambda x, logits: -(x - logits).square().flatten(1).sum(1),
        "squared error": lambda x, logits: -(x - logits.sigmoid()).square().flatten(1).sum(1),
    },
    "kl": {
        "log_var read as a log deviation": lambda mu, t: 0.5 * (mu**2 + (2 * t).exp() - 1 - 2 * t),
        "exp(logstd) for the variance": lambda mu, t: 0.5 * (mu**2 + (0.5 * t).exp() - 1 - t),
        "half of the log_var": lambda mu, t: 0.5 * (mu**2 + t.exp() - 1 - 0.5 * t),
        "a mean over latents": lambda mu, t: gaussian_kl(mu, t).mean(1),
        "its sign lost": lambda mu, t: -gaussian_kl(mu, t),
        "the half lost": lambda mu, t: 2 * gaussian_kl(mu, t),
    },
}  # fmt: skip


def checklist(**functions: Part) -> Checklist:
    """Ask a program's own functions what the gallery asks.

    By name, each optional: likelihood(x, logits) -> (B,) nats of (B, C, H, W) pixels; kl(mu, log_var) -> (B, d) or
    (B,); sample(mu, log_var, generator) -> (B, d); kernel(x, y) -> (n, m), meant as exp(-|x - y|^2 / 2 d);
    cross_entropy(logit, shuffled) -> (B,); bound(log_w (K, B)) -> (B,). It knows what it asks and no more: a function
    that keeps every relation can still be wrong, and one that breaks some may be like no known slip. Raises ValueError
    for another name, for none, and for an answer of another shape.
    """
    if not functions or set(functions) - set(CALLED):
        raise ValueError(f"expected functions by name, of {', '.join(CALLED)}; got {', '.join(functions) or 'none'}")
    rows = []
    for role, function in functions.items():
        bugs = [bug for bug in every().values() if bug.role == role]
        known = {**{bug.name: bug.wrong for bug in bugs}, **ELSEWHERE.get(role, {})}
        right, got = CALLED[role](bugs[0].right), CALLED[role](function)
        if got.shape != right.shape:
            raise ValueError(f"{role}: expected an answer of shape {tuple(right.shape)}, got {tuple(got.shape)}")
        same = lambda a, b: torch.allclose(a, b, rtol=0.02, atol=0.02)  # noise of 40,000 draws: 0.007
        like = () if same(got, right) else tuple(name for name, f in known.items() if same(got, CALLED[role](f)))
        checks = {(bug.check.__doc__ or "").split(":")[0].strip().rstrip("."): bug.check for bug in bugs}
        for asked, check in [*checks.items(), *FURTHER.get(role, [])]:
            seen = check(function)
            rows.append(Row(role, asked, seen, () if seen.holds else like))
    return Checklist(tuple(rows))
