"""What a study's table says: means beside their spreads, which metrics agree, what a choice of protocol moves, what it
cost. All take runs as `kept` has them, a dict a run."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from course_pkg.benchmark.contrasts import FAMILY, at_equal_information
from course_pkg.benchmark.kept import values
from course_pkg.benchmark.measure import CHANGES
from course_pkg.benchmark.statistics import Contrast, mean_interval, sample, spearman
from course_pkg.tables import Table

Runs = Sequence[Mapping[str, Any]]
RANKED = ("kim_mnih", "kim_mnih_exact", "higgins", "mig", "sap", "dci_d", "infom")


def rows_of(runs: Runs) -> list[str]:
    """The rows that have a run, in the order of the table."""
    return list(dict.fromkeys(run["row"] for run in runs if "error" not in run))


def overview(
    runs: Runs,
    columns: Sequence[str],
    rows: Sequence[str] | None = None,
    digits: Mapping[str, int] = MappingProxyType({}),
) -> Table:
    """Mean and standard deviation of each row in each column, and its n; a row of one run has no deviation.

    digits: after the point, of columns that do not have three.
    """

    def cell(row: str, column: str) -> str:
        found = values(runs, row, column)
        shown = f".{digits.get(column, 3)}f"
        if len(found) < 2:
            return f"{found[0]:{shown}}" if found else ""
        s = sample(found)
        return f"{s.mean:{shown}} ±\u00a0{s.sd:{shown}}"  # broken before the sign alone, where a column is narrow

    lines = []
    for row in rows or rows_of(runs):
        n = sum(run["row"] == row and "error" not in run for run in runs)
        lines.append((row, n, *(cell(row, column) for column in columns)))
    return Table(("row", "n", *columns), lines, "Mean and standard deviation over seeds")


def all_values(runs: Runs, row: str, column: str) -> str:
    """Every value of a row, the smallest first: what a mean and a deviation hide where there are two heaps."""
    return " ".join(f"{value:.2f}".removeprefix("0") for value in sorted(values(runs, row, column)))


def ranks(
    runs: Runs, rows: Sequence[str], metrics: Sequence[str] = RANKED
) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Spearman's correlation of each two metrics, with its interval, over the rows' means: who ranks systems alike.

    Rows count, not runs: seeds of one system are no further systems. ValueError for fewer than four rows.
    """
    means = {metric: [sample_mean(values(runs, row, metric)) for row in rows] for metric in metrics}
    pairs = [(a, b) for k, a in enumerate(metrics) for b in metrics[k + 1 :]]
    return {(a, b): spearman(means[a], means[b]) for a, b in pairs}


def sample_mean(found: Sequence[float]) -> float:
    """The mean of one value or more. ValueError for none."""
    if not found:
        raise ValueError("expected a value or more, got none: that row has no such number")
    return sum(found) / len(found)


def changed(runs: Runs, rows: Sequence[str], base: str = "kim_mnih") -> dict[str, Contrast]:
    """What each change of the protocol does to the score: the mean over all runs of the rows, run by run, and interval.

    Runs of one row are alike in more than chance, so that the interval is for these systems, not for others.
    """
    found = {}
    for change in CHANGES:
        moved = [
            run[change] - run[base]
            for run in runs
            if run["row"] in rows and None not in (run.get(change), run.get(base))
        ]
        found[change] = mean_interval(moved)
    return found


def equal_rate(runs: Runs, score: str = "kim_mnih") -> dict[str, tuple[Contrast | None, int, tuple[int, ...]]]:
    """Each row against the beta-VAEs at its own information: the contrast, its seeds, and those outside the family.

    None where fewer than two seeds lie inside. Only the rows that were written down before are tests; the others look.
    """
    found: dict[str, tuple[Contrast | None, int, tuple[int, ...]]] = {}
    for row in rows_of(runs):
        inside, outside = at_equal_information(runs, row, score)
        if row in FAMILY or not (inside or outside):
            continue
        contrast = mean_interval(list(inside.values())) if len(inside) > 1 else None
        found[row] = contrast, len(inside), outside
    return found


def cost(runs: Runs, rows: Sequence[str], score: str = "kim_mnih") -> Table:
    """Score beside processor seconds a run, training and scoring apart; nothing where no clock ran.

    Rows that nobody trains cost their scoring.
    """
    mean = lambda found: f"{sample_mean(found):.0f}" if found else ""
    lines = []
    for row in rows:
        trained, scored = (values(runs, row, column) for column in ("cpu_seconds", "seconds_scored"))
        lines.append((row, f"{sample_mean(values(runs, row, score)):.3f}", mean(trained), mean(scored)))
    return Table(("row", score, "seconds to train", "seconds to score"), lines, "What a score costs, on one thread")
