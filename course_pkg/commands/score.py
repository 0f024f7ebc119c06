"""The command line's `score`: every metric of a run, a lesson or a file of codes, floors and ceilings beside it."""

from collections import Counter

import torch

from course_pkg.commands.options import ended, parser_of, say, whole
from course_pkg.commands.sources import codes_of
from course_pkg.metrics.every import every_metric
from course_pkg.tables import Table

ABOUT = """Score a representation: the metrics of the course on every image of the set, in one table. Beside it the same
metrics of the factors themselves (a ceiling: it is not 1 for each) and of noise (a floor: it is not 0). After ± stands
the standard error of what a metric draws, a ? where it draws and one run does not tell it.

A file of codes has a row an image, in the order of course_pkg.data.named.named(DATA).images. For images and factors of
your own: course_pkg.metrics, from Python."""


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
            every_metric(codes.columns, factors, codes.discrete, options.seed),
            every_metric(factors.double(), factors, none, options.seed),
            every_metric(noise, factors, no_noise, options.seed),
        ]
        rows = []
        count = Counter(score.name for score in columns[0].values())
        for score, ceiling, floor in zip(*(column.values() for column in columns), strict=True):
            spread = f" ± {score.spread:.3f}" if score.spread else " ± ?" if score.spread is None else ""
            further = ", ".join(f"{name} {v:.3f}" for name, v in score.further.items() if name[0].isupper())
            chosen = [f"{name}={value}" for name, value in score.settings.items()]
            name = f"{score.name}, {chosen.pop(0)}" if count[score.name] > 1 else score.name  # what tells two of a name
            value = f"{score.value:.3f}{spread}"
            rows.append((name, value, further, f"{ceiling.value:.3f}", f"{floor.value:.3f}", ", ".join(chosen)))
        head = ("metric", "score", "and", "the factors", "noise", "settings")
        say(Table(head, rows, f"{options.source}: {len(factors):,} images, {codes.columns.shape[1]} latents"))

    return ended("score", argv, work)
