"""python -m course_pkg split and score: of a run, of a lesson's kind, of a file of codes; and what they refuse."""

import numpy as np
import pytest
import torch

from course_pkg.__main__ import main
from course_pkg.commands import sources
from course_pkg.data import dsprites
from course_pkg.metrics import kim_mnih_exact
from course_pkg.runs.represent import posteriors, represent
from course_pkg.total_correlation import exact_split

SMALL = "--data digits --latents 2 --steps 6 --batch-size 8 --device cpu".split()


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def trained(capsys):
    assert main(["train", "vae", *SMALL, "--folder", "run"]) == 0
    capsys.readouterr()
    return "run"


def test_split_prints_the_parts_of_the_whole_set(trained, capsys):
    assert main(["split", trained, "--codes", "50", "--seed", "3", "--device", "cpu"]) == 0
    q = posteriors(trained, device="cpu")
    expected = exact_split(q.mu, q.log_var, 50, torch.Generator().manual_seed(3))
    assert capsys.readouterr().out.strip() == str(expected)


@pytest.fixture
def grid(monkeypatch):
    """Stands for a set of 360 images with three factors."""
    factors = torch.cartesian_prod(torch.arange(3), torch.arange(4), torch.arange(5)).repeat(6, 1)
    monkeypatch.setattr(sources, "factors_of", lambda name, path, source: factors)
    return factors


def test_score_prints_every_metric_of_a_file_with_a_ceiling_and_a_floor(grid, capsys):
    noise = torch.randn(360, 2, generator=torch.Generator().manual_seed(1))
    codes = torch.cat([grid.double(), noise], 1)
    np.save("codes.npy", codes.numpy())
    assert main(["score", "codes.npy"]) == 0
    printed = capsys.readouterr().out
    assert "codes.npy: 360 images, 5 latents" in printed
    for name in ("Kim-Mnih", "Higgins", "MIG", "SAP", "DCI: D", "InfoM", "the factors", "noise"):
        assert name in printed
    first = next(line for line in printed.splitlines() if line.startswith("Kim-Mnih, L=infinite")).split()
    names = [line.split("  ")[0] for line in printed.splitlines()]
    assert len(set(names)) == len(names), "two metrics of one name are told apart"
    assert float(first[2]) == pytest.approx(kim_mnih_exact(codes, grid).value, abs=6e-4) and float(first[3]) == 1.0


def test_a_run_is_scored_by_the_codes_of_its_images(trained, monkeypatch):
    monkeypatch.setattr(sources, "factors_of", lambda name, path, source: torch.zeros(len(source.images), 2))
    codes, factors = sources.codes_of(trained, None, None, "cpu")
    assert torch.equal(codes.columns, represent(trained, device="cpu").columns) and len(factors) == 1797


@pytest.mark.parametrize("verb", ["split", "score"])
def test_help_explains(verb, capsys):
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0 and f"python -m course_pkg {verb} beta-4" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv, told",
    [
        (["split", "nothing"], "no lesson weights called 'nothing'; there are: annealed"),
        (["score", "nothing"], "no lesson weights called 'nothing'; there are: annealed"),
        (["score", "nothing.npy"], "there is no file or folder nothing.npy"),
        (["split", "runs/vae"], "there is no file or folder runs/vae"),
        (["split", "."], "is no folder of a run"),
        (["score", "text.npy"], "is no .npy file of numbers"),
        (["score", "flat.npy"], r"expected one table of numbers (N, d)"),
        (
            ["score", "short.npy"],
            "has 3 codes, dsprites has 737,280 images",
        ),
        (["score", "short.npy"], "one row an image, in the order of the set; --data names the set"),
        (["score", "short.npy", "--data", "digits"], "images of digits have one factor only"),
        (["score", "short.npy", "--data", "chairs"], "images of chairs come without factors"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(argv, told, tmp_path, capsys):
    (tmp_path / "text.npy").write_text("codes", "utf-8")
    np.save(tmp_path / "flat.npy", np.zeros(4))
    np.save(tmp_path / "short.npy", np.zeros((3, 2)))
    assert main(argv) != 0
    printed = capsys.readouterr()
    assert told in printed.err and len(printed.err.strip().splitlines()) == 1 and not printed.out


def test_dsprites_has_its_factors_without_its_images():
    found = sources.factors_of("dsprites", None)
    assert found.shape == (737_280, 5) and torch.equal(found[[0, -1]], dsprites.factors([0, 737_279]))
