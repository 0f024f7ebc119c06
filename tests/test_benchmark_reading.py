"""What a study's table says, on runs that were written down by hand."""

import pytest

from course_pkg.benchmark import reading
from course_pkg.benchmark.contrasts import FAMILY
from course_pkg.benchmark.measure import CHANGES


def run(row, seed, **numbers):
    return {"row": row, "seed": seed, **numbers}


RUNS = [
    run("labels", 0, kim_mnih=1.0, mig=1.0, seconds_scored=5.0),
    run("vae", 0, kim_mnih=0.5, mig=0.1, cpu_seconds=40.0, seconds_scored=6.0),
    run("vae", 1, kim_mnih=0.7, mig=0.2, cpu_seconds=44.0, seconds_scored=6.0),
    run("beta-tcvae", 0, kim_mnih=0.8, mig=0.4, cpu_seconds=50.0, seconds_scored=6.0),
    run("beta-tcvae", 1, error="ValueError: no"),
]


def test_the_overview_has_means_spreads_and_how_many():
    found = reading.overview(RUNS, ["kim_mnih", "cpu_seconds"])
    assert found.rows == [
        ("labels", 1, "1.000", ""),
        ("vae", 2, "0.600 ±\u00a00.141", "42.000 ±\u00a02.828"),
        ("beta-tcvae", 1, "0.800", "50.000"),
    ]
    assert reading.all_values(RUNS, "vae", "kim_mnih") == ".50 .70" and reading.rows_of(RUNS)[0] == "labels"


def test_ranks_are_of_rows_not_of_runs():
    rows = ["a", "b", "c", "d", "e"]
    runs = [run(row, seed, up=k + 0.1 * seed, down=-(k**3)) for k, row in enumerate(rows) for seed in (0, 1)]
    found = reading.ranks(runs, rows, ["up", "down"])
    assert found["up", "down"][0] == pytest.approx(-1)
    with pytest.raises(ValueError, match="four pairs or more"):
        reading.ranks(runs, rows[:3], ["up", "down"])
    with pytest.raises(ValueError, match="has no such number"):
        reading.ranks(runs, rows, ["up", "sideways"])


def test_a_change_is_counted_run_by_run():
    runs = [run("vae", s, kim_mnih=0.5 + s, **{c: 0.6 + s + 0.01 * s for c in CHANGES}) for s in range(3)]
    found = reading.changed(runs, ["vae"])
    assert set(found) == set(CHANGES) and all(v.difference == pytest.approx(0.11) for v in found.values())


def test_equal_rate_leaves_the_family_out_and_says_who_is_outside():
    rates = dict(zip(FAMILY, (11.0, 10.0, 9.0, 8.0, 6.0, 5.0), strict=True))
    runs = [run(row, s, information=r, kim_mnih=1 - r / 20) for row, r in rates.items() for s in (0, 1)]
    runs += [run("hinge", s, information=9.5, kim_mnih=0.6 + 0.1 * s) for s in (0, 1)]
    runs += [run("mmd-vae", s, information=12.0, kim_mnih=0.5) for s in (0, 1)]
    found = reading.equal_rate(runs)
    assert set(found) == {"hinge", "mmd-vae"} and found["mmd-vae"] == (None, 0, (0, 1))
    contrast, n, outside = found["hinge"]
    assert contrast.difference == pytest.approx(0.65 - (1 - 9.5 / 20)) and (n, outside) == (2, ())


def test_what_nobody_trains_costs_its_scoring():
    found = reading.cost(RUNS, ["labels", "vae"])
    assert found.rows == [("labels", "1.000", "", "5"), ("vae", "0.600", "42", "6")]


def test_what_no_clock_saw_has_no_seconds():
    runs = [run("moments", 0, kim_mnih=0.9), run("vae", 0, kim_mnih=0.5, seconds_scored=6.0)]
    assert reading.cost(runs, ["moments", "vae"]).rows == [("moments", "0.900", "", ""), ("vae", "0.500", "", "6")]
