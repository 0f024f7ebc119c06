"""Representations that nobody trained: six moments of an image, labels as an image shows them, and the kept scores."""

import hashlib
import math

import pytest
import torch

from course_pkg.data import dsprites
from course_pkg.metrics import Score, kim_mnih, kim_mnih_exact, mig, repeated
from course_pkg.metrics.landmarks import as_shown, landmarks, moments, on_a_circle
from course_pkg.models.networks import burgess
from course_pkg.models.weights import FOLDER, lesson
from helpers import generator


def some(n, seed=0):
    return torch.randperm(dsprites.TOTAL, generator=generator(seed))[:n]


# --- six moments ------------------------------------------------------------------------------------------------------


def bar(top, left, height, width, side=32):
    image = torch.zeros(side, side)
    image[top : top + height, left : left + width] = 1
    return image


def test_moments_of_a_bar_by_hand():
    """A row of n pixels has the variance (n^2 - 1) / 12."""
    cx, cy, area, angle, compact, long = moments(bar(3, 5, 2, 10)[None])[0].tolist()
    wide, high = (10**2 - 1) / 12, (2**2 - 1) / 12
    assert (cx, cy, area) == pytest.approx((9.5, 3.5, 20)) and angle == pytest.approx(0)
    assert compact == pytest.approx((wide + high) / 20) and long == pytest.approx((wide - high) / (wide + high))


def test_moments_are_sums_over_pixels():
    x = torch.rand(4, 9, 11, generator=generator(), dtype=torch.float64)
    for image, found in zip(x, moments(x), strict=True):
        rows, columns = torch.meshgrid(torch.arange(9.0), torch.arange(11.0), indexing="ij")
        at, weight = torch.stack([columns.flatten(), rows.flatten()]).double(), image.flatten()
        covariance = torch.cov(at, aweights=weight, correction=0)
        low, high = torch.linalg.eigvalsh(covariance)
        axis = torch.linalg.eigh(covariance)[1][:, 1]
        assert found[:2].tolist() == pytest.approx((at @ weight / weight.sum()).tolist())
        assert found[4].item() == pytest.approx(((low + high) / weight.sum()).item())
        assert found[5].item() == pytest.approx(((high - low) / (low + high)).item())
        assert math.tan(found[3]) == pytest.approx((axis[1] / axis[0]).item())


def test_a_turned_bar_and_a_moved_one():
    lying, standing = bar(10, 8, 3, 12), bar(10, 8, 3, 12).T
    both = moments(torch.stack([lying, standing, bar(15, 2, 3, 12)]))
    assert both[1, 3].abs().item() == pytest.approx(math.pi / 2)
    assert torch.allclose(both[0, [2, 4, 5]], both[1, [2, 4, 5]]) and torch.allclose(both[0, 2:], both[2, 2:])


@pytest.mark.parametrize(
    ("images", "told"),
    [(torch.ones(3, 1, 4, 4), r"images \(n, H, W\), got \(3, 1, 4, 4\)"), (torch.eye(4)[None].repeat(2, 1, 1), None)],
)
def test_moments_refuse(images, told):
    if told is None:
        images[0] *= 0.1  # dark, and not black
        images[1], told = 0, "image 1 is black"
    with pytest.raises(ValueError, match=told):
        moments(images)


# --- labels as an image shows them ------------------------------------------------------------------------------------


def test_what_an_image_shows_of_its_orientation():
    """Of one place, scale and shape: 39 differ and the last is the first again; as share of what the shape can show."""
    for shape in range(3):
        f = torch.tensor([[shape, 5, k, 16, 16] for k in range(40)])
        pictures = dsprites.images(dsprites.index(f)).flatten(1)
        for share in (False, True):
            shown = as_shown(f, share)[:, 2]
            assert len(shown.round(decimals=6).unique()) == 39 and shown[0] == shown[39] == shown.min() == 0
            assert torch.equal(pictures[0], pictures[39])
        assert as_shown(f, False)[:, 2].max() < 2 * math.pi / (4, 2, 1)[shape]
        assert as_shown(f, True)[:, 2].max() < 1


def test_a_circle_closes():
    f = dsprites.factors(some(500))
    z = on_a_circle(f)
    assert z.shape == (500, 6) and torch.allclose(z[:, 2].square() + z[:, 3].square(), torch.ones(500).double())
    ends = on_a_circle(torch.tensor([[0, 0, 0, 0, 0], [0, 0, 39, 0, 0]]))
    assert torch.allclose(ends[0], ends[1], atol=1e-12)


# --- the kept scores --------------------------------------------------------------------------------------------------

PROTOCOL = "10,000 + 5,000 votes, L 64"


def test_the_lessons_are_those_that_were_scored():
    for name, digest in landmarks()["card"]["lessons"].items():
        assert hashlib.sha256((FOLDER / f"{name}.safetensors").read_bytes()).hexdigest() == digest, name


def test_labels_score_what_their_closed_forms_say():
    kept = landmarks()["scores"]["labels"]
    assert kept["exact"]["value"] == kept["Higgins"]["value"] == kept["SAP"]["value"] == 1
    cells = [torch.bincount((torch.arange(n) * 20 // (n - 1)).clamp_max(19)) for n in dsprites.SIZES]
    shares = [(c[c > 0].double() / c.sum(), math.log(c.sum())) for c in cells]
    gaps = [-(p * p.log()).sum().item() / whole for p, whole in shares]
    assert kept["MIG"]["value"] == pytest.approx(sum(gaps) / 5, abs=6e-5)
    assert [kept["MIG"][f"factor {k}"] for k in range(5)] == pytest.approx(gaps, abs=6e-5)


def test_moments_score_on_a_sample_what_is_kept():
    which = some(8000)
    z = moments(dsprites.images(which))
    found = kim_mnih(z, dsprites.factors(which), generator(), 4000, 64, 4000)
    assert abs(found.value - landmarks()["scores"]["six moments"][PROTOCOL]["value"]) < 0.03
    assert abs(mig(z, dsprites.factors(which)).value - landmarks()["scores"]["six moments"]["MIG"]["value"]) < 0.03


@pytest.mark.parametrize("name", ["untrained net", "beta-4"])
def test_nets_score_on_a_sample_what_is_kept(name):
    which = some(3000, seed=1)
    model = burgess(seed=0).eval() if name == "untrained net" else lesson(name)[0]
    with torch.no_grad():
        z = torch.cat([model.encode(dsprites.images(part)[:, None].float()).mu for part in which.split(64)])
    found = kim_mnih(z, dsprites.factors(which), generator(), 4000, 64, 4000)
    assert abs(found.value - landmarks()["scores"][name][PROTOCOL]["value"]) < 0.05


def test_noise_gets_what_luck_gives_to_113_settings():
    """In the limit each setting has one winner, however narrowly it wins."""
    kept, g = landmarks()["scores"]["noise"], generator()
    luck = []
    for _ in range(1000):
        shares = [torch.bincount(torch.randint(10, (n,), generator=g), minlength=10) / n for n in dsprites.SIZES]
        luck.append(torch.stack(shares).amax(0).sum() / 5)
    luck = torch.stack(luck)
    assert abs(kept["exact"]["value"] - luck.mean()) < 3 * luck.std() and abs(luck.mean() - 0.46) < 0.01
    f = dsprites.factors(torch.arange(0, dsprites.TOTAL, 7))
    small = kim_mnih_exact(torch.randn(len(f), 10, generator=generator(3)), f).value
    assert abs(small - luck.mean()) < 3.5 * luck.std()


# --- repeated runs ----------------------------------------------------------------------------------------------------


def test_repeated_runs_are_averaged():
    said = iter([0.2, 0.4, 0.9])
    seeds = []

    def metric(generator):
        seeds.append(generator.initial_seed())
        v = next(said)
        return Score("any", v, None, {"by": "hand"}, torch.full((1, 2), v), "nothing", {"I": 2 * v})

    score = repeated(metric, 3, seed=7)
    assert seeds == [7, 8, 9] and score.value == pytest.approx(0.5) and score.further["I"] == pytest.approx(1.0)
    assert score.further["one run"] == pytest.approx(torch.tensor([0.2, 0.4, 0.9]).std().item())
    assert score.spread == pytest.approx(score.further["one run"] / math.sqrt(3))
    assert torch.allclose(score.table, torch.full((1, 2), 0.5)) and "by=hand, runs=3" in repr(score)
    with pytest.raises(ValueError, match="two draws or more, for one alone has no spread, got 1"):
        repeated(metric, 1)
