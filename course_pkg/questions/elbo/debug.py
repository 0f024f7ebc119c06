"""A net with eight faults to mend: a question of the chapter `elbo`."""

from typing import Any

import torch
from torch import Tensor, nn

from course_pkg.grading import Case, Condition, Question, Wrong
from course_pkg.questions.shared import normals, numbers
from course_pkg.worlds import LOG_2PI

GIVEN = ("x_hat", "z", "mu", "log_std")


def log_normal(value: Tensor, mean: Tensor | float, log_std: Tensor | float) -> Tensor:
    """log N(value; mean, exp(log_std)^2) of each entry."""
    log_std = torch.as_tensor(log_std, dtype=value.dtype)
    return -0.5 * (LOG_2PI + 2 * log_std + (value - mean) ** 2 / (2 * log_std).exp())


class Mended(nn.Module):
    """The reference; the wrong answers change one method each."""

    def __init__(self, pixels: int, latents: int, hidden: int = 32):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latents))
        self.decoder = nn.Sequential(nn.Linear(latents, hidden), nn.ReLU(), nn.Linear(hidden, pixels))

    def sigma(self, log_std: Tensor) -> Tensor:
        return log_std.exp()

    def forward(self, x: Tensor, eps: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mu, log_std = self.encoder(x).chunk(2, dim=1)
        z = mu + self.sigma(log_std) * eps
        return self.decoder(z), z, mu, log_std

    def reconstruction(self, x: Tensor, x_hat: Tensor) -> Tensor:
        return log_normal(x, x_hat, 0.0).sum(1)

    def rate(self, z: Tensor, mu: Tensor, log_std: Tensor) -> Tensor:
        return (log_normal(z, mu, log_std) - log_normal(z, 0.0, 0.0)).sum(1)

    def loss(self, x: Tensor, x_hat: Tensor, z: Tensor, mu: Tensor, log_std: Tensor) -> Tensor:
        return -(self.reconstruction(x, x_hat) - self.rate(z, mu, log_std))


def but(**methods: Any) -> type[Mended]:
    """The mended net with these methods instead."""
    return type("Wrong", (Mended,), methods)


def decodes_mean(self: Mended, x: Tensor, eps: Tensor) -> tuple[Tensor, ...]:
    mu, log_std = self.encoder(x).chunk(2, dim=1)
    return self.decoder(mu), mu + log_std.exp() * eps, mu, log_std


def halves_exchanged(self: Mended, x: Tensor, eps: Tensor) -> tuple[Tensor, ...]:
    log_std, mu = self.encoder(x).chunk(2, dim=1)
    z = mu + log_std.exp() * eps
    return self.decoder(z), z, mu, log_std


def interleaved(self: Mended, x: Tensor, eps: Tensor) -> tuple[Tensor, ...]:
    mu, log_std = self.encoder(x).view(len(x), -1, 2).unbind(2)
    z = mu + log_std.exp() * eps
    return self.decoder(z), z, mu, log_std


def vae_cases(seed: int) -> tuple[Case, ...]:
    def case(rung: str, s: int, images: int, pixels: int, latents: int, hidden: int, width: float = 1.0) -> Case:
        x, x_hat = normals(s, 2, images, pixels)
        eps, z, mu, log_std = normals(s + 50, 4, images, latents)
        given = dict(zip(GIVEN, (x_hat, width * z, mu, log_std + torch.tensor(width).log()), strict=True))
        sizes = {"images": images, "pixels": pixels, "latents": latents}
        return Case(rung, {"x": x, "eps": eps, "seed": s, "hidden": hidden, **given}, sizes)

    one = {name: numbers([[v]]) for name, v in (("eps", 0.0), ("z", 1.0), ("mu", 0.0), ("log_std", 0.0))}
    two = {"x": numbers([[1.0, 0.0]]), "x_hat": numbers([[0.0, 0.0]])}
    told = "pixels {x}, given back as {x_hat}; z is {z} where q has mean {mu} and log_std {log_std}"
    sizes = {"images": 1, "pixels": 2, "latents": 1}
    return (
        Case("hand", {**one, **two, "seed": seed, "hidden": 2}, sizes, told),
        case("random", seed + 1, 3, 12, 4, 6),
        case("oracle", seed + 2, 2, 9, 3, 5),
        case("trap", seed + 3, 5, 5, 5, 5, width=3.0),
    )


def vae_by_torch(x: Tensor, eps: Tensor, seed: int, hidden: int, **given: Tensor) -> dict[str, Tensor]:
    """The same numbers from torch.distributions and from matrix products."""
    pixels, latents = x.shape[1], eps.shape[1]
    g = torch.Generator().manual_seed(seed)
    shapes = [(hidden, pixels), (hidden,), (2 * latents, hidden), (2 * latents,),
              (hidden, latents), (hidden,), (pixels, hidden), (pixels,)]  # fmt: skip
    W = [0.5 * torch.randn(shape, generator=g, dtype=torch.float64) for shape in shapes]
    h = (x @ W[0].T + W[1]).clamp_min(0) @ W[2].T + W[3]
    z = h[:, :latents] + h[:, latents:].exp() * eps
    x_hat = (z @ W[4].T + W[5]).clamp_min(0) @ W[6].T + W[7]
    N = torch.distributions.Normal
    fit = N(given["x_hat"], 1.0).log_prob(x).sum(1)
    q = N(given["mu"], given["log_std"].exp())
    rate = q.log_prob(given["z"]).sum(1) - N(0.0, 1.0).log_prob(given["z"]).sum(1)
    found = {"mu": h[:, :latents], "log_std": h[:, latents:], "z": z, "x_hat": x_hat}
    return {**found, "reconstruction": fit, "rate": rate, "loss": rate - fit}


def follows(entry: str, text: str, right) -> Condition:
    """An entry that is made of others of the answer's own."""
    return Condition(text, lambda given, found: found[entry] - right(given, found))


MENDED_VAE = Question(
    name="MendedVAE",
    kind="debug",
    title="Eight faults in thirty lines",
    points=4,
    difficulty=3,
    importance=5,
    minutes=40,
    returns="x_hat, z, mu, log_std from forward; from each term one number an image, shape (images,)",
    relation="loss = -(reconstruction - rate), where reconstruction is log N(x; x_hat, I) and rate is "
    "log q(z|x) - log N(z; 0, I), each summed over its dimensions",
    cases=vae_cases,
    call="vae",
    reference=Mended,
    oracle=vae_by_torch,
    wrong=(
        Wrong(
            "log_std used as a log variance",
            but(sigma=lambda self, log_std: (0.5 * log_std).exp()),
            "the head of this net means log sigma, so sigma is exp(log_std), without a half.",
        ),
        Wrong(
            "log_std not exponentiated",
            but(sigma=lambda self, log_std: log_std),
            "the head gives the logarithm of sigma; noise of width log_std may even be negative.",
        ),
        Wrong(
            "the decoder sees the mean",
            but(forward=decodes_mean),
            "the decoder must be given the sample z. With the mean it would never see the noise.",
        ),
        Wrong(
            "mu and log_std exchanged: halves",
            but(forward=halves_exchanged),
            "the first half of the encoder's output is mu, the second log_std.",
        ),
        Wrong(
            "every other number: mu and log_std interleaved",
            but(forward=interleaved),
            "the first half of the encoder's output is mu, the second log_std; you took every other number.",
        ),
        Wrong(
            "a squared error, which falls, inside the bound",
            but(reconstruction=lambda self, x, x_hat: (x - x_hat).square().sum(1)),
            "a squared error falls as the net gets better. Inside -(reconstruction - rate) it would be maximised.",
        ),
        Wrong(
            "a mean error: two faults, the sign and a sum over pixels",
            but(reconstruction=lambda self, x, x_hat: (x - x_hat).square().mean(1)),
            "two faults in one: an error has the wrong sign here, and it must be summed over pixels.",
        ),
        Wrong(
            "the half of the squared error",
            but(reconstruction=lambda self, x, x_hat: -(x - x_hat).square().sum(1)),
            "log N(x; x_hat, I) holds minus half the squared error, and a normaliser for each pixel.",
        ),
        Wrong(
            "the normaliser once, not for each pixel",
            but(reconstruction=lambda self, x, x_hat: -0.5 * (LOG_2PI + (x - x_hat).square().sum(1))),
            "the normaliser log(2 pi) / 2 is there for each pixel.",
        ),
        Wrong(
            "log N(x; x_hat, I) without the normaliser",
            but(reconstruction=lambda self, x, x_hat: -0.5 * (x - x_hat).square().sum(1)),
            "log N(x; x_hat, I) has the normaliser log(2 pi) / 2 for each pixel.",
        ),
        Wrong(
            "a log standard deviation of one: the prior has width e",
            but(rate=lambda self, z, mu, s: (log_normal(z, mu, s) - log_normal(z, 0.0, 1.0)).sum(1)),
            "the last argument of log_normal is a log standard deviation. Width one is 0.",
        ),
        Wrong(
            "a rate for each latent, not added",
            but(rate=lambda self, z, mu, s: log_normal(z, mu, s) - log_normal(z, 0.0, 0.0)),
            "there is one number for each latent; independent latents add.",
        ),
        Wrong(
            "the sum over latents is missing, and the prior's width is e",
            but(rate=lambda self, z, mu, s: log_normal(z, mu, s) - log_normal(z, 0.0, 1.0)),
            "sum over latents; and the last argument of log_normal is a logarithm, so width one is 0.",
        ),
        Wrong(
            "averaging nats over latents",
            but(rate=lambda self, z, mu, s: (log_normal(z, mu, s) - log_normal(z, 0.0, 0.0)).mean(1)),
            "independent latents add their nats; averaging them changes beta.",
        ),
        Wrong(
            "the closed form for the rate at the sample z",
            but(rate=lambda self, z, mu, s: 0.5 * (mu**2 + (2 * s).exp() - 1 - 2 * s).sum(1)),
            "right on average, and a good idea. Here the rate is asked for at the sample z.",
        ),
        Wrong(
            "the sign of the loss",
            but(loss=lambda self, x, x_hat, *q: self.reconstruction(x, x_hat) - self.rate(*q)),
            "that is the bound itself. Optimisers minimise, so the loss is minus the bound.",
        ),
        Wrong(
            "codes are rewarded for moving away from the prior",
            but(loss=lambda self, x, x_hat, *q: -self.reconstruction(x, x_hat) - self.rate(*q)),
            "with this sign the loss falls as codes move away from the prior.",
        ),
        Wrong(
            "images averaged",
            but(loss=lambda self, *a: Mended.loss(self, *a).mean()),
            "return one number an image; the training loop averages over images.",
        ),
    ),
    conditions=(
        follows(
            "z",
            "z is mu + exp(log_std) eps, with your own mu and log_std",
            lambda given, found: found["mu"] + found["log_std"].exp() * given["eps"],
        ),
        follows(
            "loss",
            "the loss is your own rate minus your own reconstruction",
            lambda given, found: found["rate"] - found["reconstruction"],
        ),
    ),
    independent=True,
    derived={"z": ("mu", "log_std"), "x_hat": ("z",), "loss": ("reconstruction", "rate")},
    trains={"loss": ("encoder", "decoder")},
    hints={
        "slope": "no detach, no no_grad, no numbers in place of tensors between the weights and the loss.",
        "exception": "read the name in the error: is it defined where the line stands, and does torch have it? "
        "Then the shapes: who is fed what?",
        "shape": "each term is one number an image: sum over pixels, or over latents.",
        "not started": "copy the handed-out methods into your class and mend them one by one.",
        "random": "the noise comes in as eps: draw none of your own.",
        "different": "the entry named first is the first that is off: mu and log_std, z, x_hat, then the terms.",
    },
)
