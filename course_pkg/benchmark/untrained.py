"""Rows of the table that no loop trains: floors, ceilings, linear codes, and the channels that are told the factors.

Each is a function of the set and of a seed. It gives a model that encodes, or codes alone; what does not depend on the
seed is measured once.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_pkg.benchmark.measure import of_codes, of_model, rounded
from course_pkg.benchmark.protocols import Protocol
from course_pkg.bottleneck.factors import FACTORS, FactorChannels, features, path
from course_pkg.data.named import Images, factors_of, named
from course_pkg.data.small import EVERY
from course_pkg.metrics.landmarks import moments
from course_pkg.models.baselines import LinearCode, ica, pca
from course_pkg.models.posteriors import Codes
from course_pkg.models.weights import lesson
from course_pkg.runs.start import net

LATENTS = 10
CAPACITIES = torch.arange(1.0, 26.0)  # nats: where the channels of the true factors go, a nat at a time
STEPS = 200  # at each of them
EARLY = 10.0


def pixels(source: Images) -> Tensor:
    """Every image of the set as pixels, (N, C, H, W)."""
    return torch.cat([source.prepare(part) for part in source.images.split(8192)])


def plain(columns: Tensor) -> Codes:
    """Codes without a discrete column."""
    return Codes(columns, torch.zeros(columns.shape[1], dtype=torch.bool))


def untrained_net(source: Images, factors: Tensor, seed: int, layers: str) -> dict[str, Any]:
    """The net of the other rows at its first weights."""
    return of_model(net(source.shape, LATENTS, seed, layers), source, factors, seed)


def random_projections(source: Images, factors: Tensor, seed: int, layers: str) -> dict[str, Any]:
    """The pixels along ten random directions."""
    x = pixels(source).flatten(1)
    along = torch.randn(x.shape[1], LATENTS, generator=torch.Generator().manual_seed(seed))
    return of_codes(plain(x @ along), factors, seed)


def principal_components(source: Images, factors: Tensor, seed: int, layers: str) -> dict[str, Any]:
    """Probabilistic PCA, ten components. Like that of all linear codes its decoder gives means."""
    return of_model(pca(pixels(source), LATENTS), source, factors, seed, logits=False)


def independent_components(source: Images, factors: Tensor, seed: int, layers: str) -> dict[str, Any]:
    """FastICA in the plane of the ten components; the seed is that of its first directions."""
    return of_model(ica(pixels(source), LATENTS, seed), source, factors, seed, logits=False)


def six_moments(source: Images, factors: Tensor, seed: int, layers: str) -> dict[str, Any]:
    """Centroid, area, angle, compactness and elongation of an image: nobody trained them."""
    return of_codes(plain(moments(pixels(source)[:, 0])), factors, seed)


def labels(source: Images, factors: Tensor, seed: int, layers: str) -> dict[str, Any]:
    """The factors themselves: what a metric says of the truth."""
    return of_codes(plain(factors.double()), factors, seed)


def factor_channels(source: Images, factors: Tensor, seed: int, layers: str) -> dict[str, Any]:
    """The factors of small sprites, sent to a decoder through channels of a growing capacity. Burgess et al. (2018).

    The codes are the means of its channels, so that its scores are a ceiling too; `nats_...` says what each factor gets
    in the end, `early_...` at ten nats.
    """
    rows = torch.cat([features(factors * EVERY), pixels(source).flatten(1)], 1)
    model = FactorChannels(source.shape[-1], seed=seed)
    nats, _ = path(model, rows, CAPACITIES, STEPS, seed=1000 * seed)
    told = {"nats": nats[-1], "early": nats[int((CAPACITIES == EARLY).int().argmax())]}
    shared = {
        f"{when}_{factor}": rounded(n)
        for when, row in told.items()
        for factor, n in zip(FACTORS, row.tolist(), strict=True)
    }
    return of_channels(model, rows, factors, seed) | shared


def of_channels(model: FactorChannels, rows: Tensor, factors: Tensor, seed: int) -> dict[str, Any]:
    """The scores of the means of channels, and their rate, which is their capacity."""
    with torch.no_grad():
        codes = plain(model.encode(rows).mu.double())
    return of_codes(codes, factors, seed) | {"rate": model.capacity}


class Untrained(NamedTuple):
    """What measures the row, and whether it depends on the seed."""

    measure: Callable[[Images, Tensor, int, str], dict[str, Any]]
    varies: bool


UNTRAINED: Mapping[str, Untrained] = MappingProxyType(
    {
        "labels": Untrained(labels, False),
        "moments": Untrained(six_moments, False),
        "projections": Untrained(random_projections, True),
        "untrained": Untrained(untrained_net, True),
        "pca": Untrained(principal_components, False),
        "ica": Untrained(independent_components, True),
        "factor-channels": Untrained(factor_channels, True),
    }
)


def of_lesson(source: Images, factors: Tensor, seed: int, layers: str, name: str) -> dict[str, Any]:
    """A model that the chapters load, with its weights as the course ships them."""
    model, card = lesson(name)
    if isinstance(model, FactorChannels):  # encodes no image
        return of_channels(model, features(factors), factors, seed)
    if "data" in card:  # trained on another set
        source, factors = named(card["data"]), factors_of(card["data"])
    return of_model(model, source, factors, seed, logits=not isinstance(model, LinearCode))


def untrained(protocol: Protocol) -> Mapping[str, Untrained]:
    """The rows of a protocol that it does not train: of the small images those above, else the lessons if it has any.

    At 64 pixels the floors and ceilings are `metrics.landmarks`, once and for all.
    """
    if protocol.small:
        return UNTRAINED
    return {name: Untrained(partial(of_lesson, name=name), False) for name in protocol.lessons}
