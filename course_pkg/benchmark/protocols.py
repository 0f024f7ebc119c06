"""Which systems, at which prices, on which images, for how long: the three protocols of the benchmark.

A price is the published one. A pixel of the small images stands for the sixteen that it was drawn from, and a nat of it
weighs sixteenfold: then a nat of the rate costs, against the picture, what it costs in the papers. Schedules keep their
share of the run: what takes a third of the published 300,000 steps takes a third here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from course_pkg.models.weights import lesson_names
from course_pkg.runs.task import checked

PUBLISHED = 300_000  # steps


@dataclass(frozen=True)
class Protocol:
    """A common ground for all rows.

    images: the set that every run is scored on, and trained on where its row names no other; common: settings of every
    run; seeds: how many each row has; lessons: models that are scored as they are, and then nothing is trained.
    """

    images: str
    common: Mapping[str, Any]
    seeds: int = 10
    lessons: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        return int(self.common["steps"])

    @property
    def small(self) -> bool:
        """Whether its images are small enough that rows of all their pixels fit into memory."""
        return self.images.startswith("dsprites-16")

    def at(self, steps: int | None) -> "Protocol":
        """The protocol with that many steps; its own where None. Schedules keep their share of the run."""
        return self if steps is None else replace(self, common={**self.common, "steps": steps})


PROTOCOLS: Mapping[str, Protocol] = {
    "pocket": Protocol(
        "dsprites-16",
        {"net": "deep", "steps": 6_000, "batch_size": 128, "lr": 1e-3, "latents": 10, "pixel_weight": 16.0},
    ),
    "lesson": Protocol("dsprites", {"steps": 12_000}, seeds=1, lessons=tuple(lesson_names())),
    "full": Protocol("dsprites", {"steps": PUBLISHED, "batch_size": 64, "lr": 1e-4, "latents": 10}),
}


@dataclass(frozen=True)
class Row:
    """A row of the table: a system and what is set of it, beside what the protocol sets."""

    system: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def rows(protocol: Protocol) -> dict[str, Row]:
    """The trained rows by name, in the order of the table."""
    share = lambda steps: max(1, round(protocol.steps * steps / PUBLISHED))
    if protocol.lessons:
        return {}
    discriminator = {"hidden": 200, "layers": 4, "opponent_lr": 1e-3} if protocol.small else {}
    found = {
        "vae": Row("vae"),
        "vae-conv": Row("vae", {"net": "burgess"}),
        **{f"beta-vae-{beta:g}": Row("beta-vae", {"beta": float(beta)}) for beta in (0.5, 2, 4, 10, 16)},
        "beta-vae-4-sparse": Row("beta-vae", {"beta": 4.0, "data": f"{protocol.images}-sparse"}),
        "annealed": Row("annealed", {"over": share(100_000)}),
        "capacity": Row("capacity", {"over": share(100_000)}),
        "hinge": Row("hinge", {"over": share(100_000)}),
        "beta-tcvae": Row("beta-tcvae"),
        "factor-vae": Row("factor-vae", {"gamma": 35.0, **discriminator}),
        "cascade-vae-c": Row("cascade-vae-c", {"every": share(20_000)}),
        "cascade-vae": Row("cascade-vae", {"every": share(20_000), "latents": 6}),
        "joint-vae": Row("joint-vae", {"over": share(300_000), "latents": 6}),
        "mmd-vae": Row("mmd-vae"),
        "info-gan": Row("info-gan", {"pixel_weight": None, "lr": 1e-3}),
        "dc-ign": Row("dc-ign"),
    }
    if protocol.small:
        return found
    return {name: row for name, row in found.items() if name not in ("vae-conv", "beta-vae-4-sparse")}


def task_of(protocol: Protocol, row: Row, seed: int) -> dict[str, Any]:
    """The task of one run. ValueError as `runs.checked` says."""
    return checked({"system": row.system, "data": protocol.images, **protocol.common, **row.settings, "seed": seed})


def ordered(protocol: Protocol, names: list[str], seeds: list[int]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every run, seed by seed over all rows, so that a study that is cut has whole seeds: (row, seed, task)."""
    known = rows(protocol)
    for seed in seeds:
        for name in names:
            if name in known:
                yield name, seed, task_of(protocol, known[name], seed)
