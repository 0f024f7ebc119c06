"""The command line's `split`: what a model's rate is made of, summed over every image of its set."""

import torch

from course_pkg.commands.options import ended, parser_of, say, whole
from course_pkg.commands.sources import model_of
from course_pkg.runs.represent import posteriors
from course_pkg.total_correlation import exact_split

ABOUT = """Split the rate into information, total correlation and the KL of each latent. The aggregate posterior is
summed over every image of the set, without a batch; only the average over codes is drawn, and its error is printed."""


def main(argv: list[str]) -> int:
    """Run the verb. Returns an exit code of `options`."""
    top = parser_of("split", ABOUT, "beta-4 --codes 500")
    top.add_argument("source", help="the folder of a run, or the name of a lesson")
    top.add_argument("--data", help="another set than it was trained on")
    top.add_argument("--path", help="where your copy of that set is")
    top.add_argument("--codes", type=whole(2), default=500, metavar="INT", help="how many codes (default: 500)")
    top.add_argument("--seed", type=whole(0), default=0, metavar="INT", help="of the codes (default: 0)")
    top.add_argument("--device", help="cuda, mps or cpu (default: a GPU where there is one)")
    options = top.parse_args(argv)

    def work() -> None:
        model, data = model_of(options.source, options.data, options.path)
        q = posteriors(model, data, options.device)
        if not (hasattr(q, "mu") and hasattr(q, "log_var")):
            raise ValueError(f"expected a model with Gaussian posteriors, {options.source} has {type(q).__name__} ones")
        say(exact_split(q.mu, q.log_var, options.codes, torch.Generator().manual_seed(options.seed)))

    return ended("split", argv, work)
