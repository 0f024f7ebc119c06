"""Bugs of a price on the total correlation: its sign, the size of the set, and what is called by its name."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from course_pkg.bugs.record import Bug, Part, Run, Seen
from course_pkg.bugs.trained import images, net, outcome, trained
from course_pkg.elbo import bernoulli_log_likelihood, reparameterise
from course_pkg.models.networks import VAE
from course_pkg.total_correlation import exact_split, log_weights, split_by, split_kl

N = 1500  # images in the set


def tcvae(regulariser: Part) -> tuple[VAE, Run]:
    """A VAE that pays `regulariser(z, mu, log_var)`, nats an image, beside its reconstruction."""
    model = net()

    def objective(model: VAE, x: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        mu, log_var = model.encode(x)
        z = reparameterise(mu, log_var, generator)
        pixels = -bernoulli_log_likelihood(x, model.decode(z))
        return {"reconstruction": pixels, "regulariser": regulariser(z, mu, log_var)}

    return model, outcome(model, trained(model, objective, images()[0]))


def priced(parts: Mapping[str, Tensor], beta: float = 4.0) -> Tensor:
    kl = parts["information"] + parts["tc"] + parts["dimwise"].sum(1)
    return kl + (beta - 1) * parts["tc"]


def priced_as_small(parts: Mapping[str, Tensor], beta: float = 0.003) -> Tensor:
    kl = parts["information"] + parts["tc"] + parts["dimwise"].sum(1)
    return beta * kl + (beta - 1) * parts["tc"]


def a_nat(price: Part) -> Seen:
    """What a nat of total correlation costs: the parts of codes where it is all there is, exactly split."""
    mu = torch.tensor([[-3.0, -3.0], [3.0, 3.0]]).repeat(2, 1)  # z_1 and z_2 tell the same
    log_var = torch.zeros(4, 2)
    parts = exact_split(mu, log_var, 200, torch.Generator().manual_seed(0))
    none = {"information": torch.zeros(1), "tc": torch.zeros(1), "dimwise": torch.zeros(1, 2)}
    cost = (price({**none, "tc": parts.tc[None]}) / parts.tc).item()
    return Seen(cost > 1, f"a nat of total correlation costs {cost:+.3f} nats; expected more than +1")


TC_REWARDED = Bug(
    "TC_REWARDED",
    what="A default beta of .003, made for another loss, in a formula that takes one off: ties are paid for.",
    source="nmichlo/disent, issue 3; its betatcvae at the default",
    symptom="loose",
    right=priced,
    wrong=priced_as_small,
    train=lambda part: tcvae(lambda z, mu, log_var: part(split_kl(z, mu, log_var, N))),
    number="tc",
    check=a_nat,
    by=exact_split,
)


def weights_of_the_set(batch: int) -> Tensor:
    return log_weights(batch, 1500)


def weights_of_a_guess(batch: int) -> Tensor:
    return log_weights(batch, int(batch / 0.00025))


def with_weights(part: Part, beta: float = 6.0) -> Part:
    return lambda z, mu, log_var: priced(split_by(z, mu, log_var, part(len(z))), beta)


def at_most_log_n(weights: Part) -> Seen:
    """No single code can be said to tell more than which of N images it is."""
    g = torch.Generator().manual_seed(0)
    mu, log_var = 100 * torch.randn(64, 6, generator=g), torch.full((64, 6), -4.0)
    most = split_by(reparameterise(mu, log_var, g), mu, log_var, weights(64))["information"].max().item()
    told = f"a code is said to tell {most:.2f} nats; log N is {math.log(N):.2f}"
    return Seen(most <= math.log(N) + 1e-4, told)


SIZE_GUESSED = Bug(
    "SIZE_GUESSED",
    what="The size of the set is worked out from a weight that someone wrote down for another set: 256,000 for 1,500.",
    source="AntixK/PyTorch-VAE, betatc_vae.py, as reported",
    symptom="too good",
    right=weights_of_the_set,
    wrong=weights_of_a_guess,
    train=lambda part: tcvae(with_weights(part)),
    number="held-out",
    check=at_most_log_n,
    by=split_by,
)


def tc_of_the_codes(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    return split_kl(z, mu, log_var, N)["tc"]


def tc_of_the_width(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    return (log_var.exp() - 1 - log_var).mean(1)


def on_tc(tc: Part, beta: float = 6.0) -> Part:
    def regulariser(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
        parts = split_kl(z, mu, log_var, N)
        return parts["information"] + parts["dimwise"].sum(1) + beta * tc(z, mu, log_var)

    return regulariser


def hears_a_tie(tc: Part) -> Seen:
    """Two latents that repeat each other have more of it than the same two, one of them shuffled over the images."""
    g = torch.Generator().manual_seed(0)
    one = torch.randn(64, 1, generator=g)
    tied, apart = torch.cat([one, one], 1), torch.cat([one, one[torch.randperm(64, generator=g)]], 1)
    log_var = torch.full((64, 2), -4.0)
    more = [tc(reparameterise(mu, log_var, g), mu, log_var).mean().item() for mu in (tied, apart)]
    exact = [exact_split(mu, log_var, 500, torch.Generator().manual_seed(0)).tc.item() for mu in (tied, apart)]
    read, expected = more[0] - more[1], exact[0] - exact[1]
    return Seen(read > 0.5, f"tied latents have {read:+.2f} nats more than shuffled ones; exactly {expected:+.2f}")


TC_OF_THE_WIDTH = Bug(
    "TC_OF_THE_WIDTH",
    what="What is called total correlation is a function of each image's variances alone.",
    source="DaoyuanLi2816/Molecule-Generator, pull request 61",
    symptom="idle",
    right=tc_of_the_codes,
    wrong=tc_of_the_width,
    train=lambda part: tcvae(on_tc(part)),
    number="tc",
    check=hears_a_tie,
    by=exact_split,
)
