"""The numbers of course_pkg/show/quiz/density_ratio.md: each is computed, and then looked for in the text."""

import json
import math
from pathlib import Path

import pytest
import torch

from course_pkg import density_ratio
from course_pkg.density_ratio import ceiling, gaussian_log_ratio, read
from course_pkg.models.weights import lesson
from helpers import generator, said


def accuracy_of_gaussians(tc, points=4001):
    """(1 + TV) / 2 of two Gaussian latents, on a grid in the directions in which they are independent."""
    rho = math.sqrt(-math.expm1(-2 * tc))
    axis = torch.linspace(-8, 8, points, dtype=torch.float64)
    density = lambda var: torch.exp(-(axis**2) / (2 * var)) / math.sqrt(2 * math.pi * var)
    q = torch.outer(density(1 + rho), density(1 - rho))
    bar = torch.outer(density(1.0), density(1.0))
    return 0.5 + 0.25 * (q - bar).abs().sum().item() * (axis[1] - axis[0]).item() ** 2


def test_fifty_two_of_a_hundred():
    assert 8 * 0.02**2 == pytest.approx(0.0032) and 0.5 / math.sqrt(1e6) == pytest.approx(0.0005)
    low, high = 0.001, 0.1
    for _ in range(30):
        low, high = (
            ((low + high) / 2, high) if accuracy_of_gaussians((low + high) / 2, 801) < 0.52 else (low, (low + high) / 2)
        )
    assert low == pytest.approx(0.008, abs=0.0006)
    said(
        "density_ratio",
        "At least 0.0032 nats",
        "At most 0.0032 nats",
        "0.04 nats, twice",
        "chance is 50.0 with an error of 0.05",
        "about 0.008 nats",
        "ones in 52 of 100 cases",
        "Zero: 52 is chance",
        "classifier 52 means",
    )


def test_a_ceiling_at_a_batch_of_32():
    assert ceiling(2, 32) == pytest.approx(3.466, abs=0.001) and 4.1 > ceiling(2, 32) > 3.4
    said(
        "density_ratio",
        "batch of 32",
        "log 32 or 3.47 nats",
        "log 32, which is 3.47",
        "at most 31/32",
        "truth is 32/31",
        "reports 3.4 nats, later 4.1.",
        "tied at 3.4 nats",
        "3.4 is near the ceiling",
        "3.4 may be the ceiling; 4.1 is more than",
    )


def test_a_leak_of_a_quarter():
    T = torch.zeros(1, requires_grad=True)
    (slope,) = torch.autograd.grad(6.4 * T + 0.5 * torch.nn.functional.softplus(-T), T)
    assert slope.item() == pytest.approx(6.15) and 0.25 / 6.4 == pytest.approx(0.04, abs=0.001)
    said("density_ratio", "gamma 6.4", "gamma 6.15", "6.4 less 0.25", "gamma 6.9", "four per cent")
    assert 6.4 + 0.5 == pytest.approx(6.9)


def test_a_mass_below_one():
    """A logit too small by a constant: exact codes of total correlation 3, the logit lowered by 0.48."""
    rho, g = math.sqrt(-math.expm1(-6)), generator()
    u = torch.randn(2, 100_000, 2, generator=g, dtype=torch.float64)
    z = torch.stack([u[0, :, 0], rho * u[0, :, 0] + math.sqrt(1 - rho**2) * u[0, :, 1]], 1)
    plain = read(gaussian_log_ratio(z, rho), gaussian_log_ratio(u[1], rho))
    low = read(gaussian_log_ratio(z, rho) - 0.48, gaussian_log_ratio(u[1], rho) - 0.48)
    assert low.mass == pytest.approx(plain.mass * math.exp(-0.48)) and math.exp(-0.48) == pytest.approx(0.62, abs=0.005)
    assert low.donsker == pytest.approx(plain.donsker)
    assert 2.5 + 0.48 == pytest.approx(2.98) and 2.5 * 0.62 == pytest.approx(1.55)
    said(
        "density_ratio",
        "reads 2.5 nats",
        "codes is 0.62.",
        f"logarithm of 0.62 is {-math.log(0.62):.2f} nats",
        "At 0.62 this",
    )
    said(
        "density_ratio",
        "with it, 2.98 nats",
        "correlation is 2.5 nats",
        "2.5 times 0.62, or 1.55 nats",
        "logarithm of 0.62.",
    )


def kept():
    return json.loads(Path(density_ratio.__file__).with_name("resolution.json").read_text("utf-8"))


def test_ties_finer_than_the_classifier_sees():
    rows = {row["tau"]: row for row in kept()["rows"] if row["model"] == "factor" and row["latents"] == "in use"}
    shown = {tau: f"{rows[tau]['tc']:.2f}" for tau in (0, 0.02, 0.2)}
    said(
        "density_ratio",
        f"all images: {shown[0.02]} nats",
        f"of width 0.2 it is {shown[0.2]}.",
        f"any, it is {shown[0]} nats",
    )
    said(
        "density_ratio",
        "reads 0.00 nats",
        "noise of width 0.02 to each",
        "width of about 0.1: too fine",
        "noise of 0.2 wipes",
    )
    tc = [rows[tau]["tc"] for tau in sorted(rows)]
    assert tc == sorted(tc, reverse=True), "noise on each latent cannot raise it"


def test_what_is_kept_belongs_to_the_weights_of_today():
    card = kept()["card"]
    assert card["weights"] == {name: lesson(name)[1]["sha256"] for name in ("factor", "tc", "beta-4")}
    assert all(0 < row["error"] < 0.1 and -3 * row["error"] < row["tc"] < 2 for row in kept()["rows"])
