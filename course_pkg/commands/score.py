"""The command line's `score`: every metric of a run, a lesson or a file of codes, floors and ceilings beside it."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_pkg.commands.options import ended, parser_of, say, whole
from course_pkg.commands.sources import codes_of
from course_pkg.metrics import Score, dci, higgins, infomec, kim_mnih, kim_mnih_exact, mig, sap
from course_pkg.tables import Table

ABOUT = """Score a representation: the metrics of the course on every image of the set, in one table. Beside it the same
metrics of the factors themselves (a ceiling: it is not 1 for each) and of noise (a floor: it is not 0)."""


def scores(codes: Tensor, factors: Tensor, discrete: Tensor, seed: int) -> list[Score]:
    """Every metric at its published settings; those that draw begin from the same seed."""
    drawn = lambda: torch.Generator().manual_seed(seed)
    ask: list[Callable[[], Score]] = [
        lambda: kim_mnih_exact(codes, factors, discrete=discrete),
        lambda: kim_mnih(codes, factors, drawn(), 10_000, 64, 5_000, discrete=discrete),
        lambda: higgins(codes, factors, drawn(), discrete=discrete),
        lambda: mig(codes, factors, discrete=discrete),
        lambda: sap(codes, factors, discrete=discrete),
        lambda: sap(codes, factors, "accuracy", drawn(), discrete=discrete),
        lambda: dci(codes, factors, generator=drawn(), discrete=discrete),
        lambda: infomec(codes, factors, generator=drawn(), discrete=discrete),
    ]
    return [metric() for metric in ask]


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`."""
    top = parser_of("score", ABOUT, "beta-4")
    top.add_argument("source", help="the folder of a run, the name of a lesson, or a .npy file of codes (N, d)")
    top.add_argument("--data", help="another set than it was trained on; whose a file of codes is (default: dsprites)")
    top.add_argument("--path", help="where your copy of that set is")
    top.add_argument("--seed", type=whole(0), default=0, metavar="INT", help="of what a metric draws (default: 0)")
    top.add_argument("--device", help="cuda, mps or cpu (default: a GPU where there is one)")
    options = top.parse_args(argv)

    def work() -> None:
        codes, factors = codes_of(options.source, options.data, options.path, options.device)
        noise = torch.randn(codes.columns.shape, generator=torch.Generator().manual_seed(options.seed))
        none, no_noise = (torch.zeros(n, dtype=torch.bool) for n in (factors.shape[1], noise.shape[1]))
        columns = [
            scores(codes.columns, factors, codes.discrete, options.seed),
            scores(factors.double(), factors, none, options.seed),
            scores(noise, factors, no_noise, options.seed),
        ]
        rows = []
        for score, ceiling, floor in zip(*columns, strict=True):
            spread = f" ± {score.spread:.3f}" if score.spread else " ± ?" if score.spread is None else ""
            further = ", ".join(f"{name} {v:.3f}" for name, v in score.further.items() if name[0].isupper())
            chosen = ", ".join(f"{name}={value}" for name, value in score.settings.items())
            value = f"{score.value:.3f}{spread}"
            rows.append((score.name, value, further, f"{ceiling.value:.3f}", f"{floor.value:.3f}", chosen))
        head = ("metric", "score", "and", "the factors", "noise", "settings")
        say(Table(head, rows, f"{options.source}: {len(factors):,} images, {codes.columns.shape[1]} latents"))

    return ended("score", argv, work)
