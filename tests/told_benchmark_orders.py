"""What the questions of the chapter `benchmark` say of several systems, of ranks and of pictures."""

import math

from scipy import stats

from told_benchmark import cheapest, family, holm, row_first, second_below, spearman, votes
from wording import axes, every, fact, instead, right, slip, times

TOLD = {
    "corrected": {
        "argsort, multiply by k, k - 1, ..., 1, then cummax": right(holm(), holm(lambda k, n: k + 1)),
        "the second of them may not come out below the first": fact(
            lambda s: second_below(s, lambda f: f) and not second_below(s, None), lambda s: second_below(s, None)
        ),
        "a larger p comes out below a smaller one: it may not be called before that one": instead(
            holm(), holm(keep=False)
        ),
        "the smallest p has the largest factor": instead(holm(), holm(lambda k, n: k + 1)),
        "the j-th smallest of k p-values, j from 1, times k - j + 1, not below a smaller one's": right(
            holm(lambda k, n: n - (k + 1) + 1), holm(keep=False)
        ),
    },
    "above_the_family": {
        "outside of the family there is no comparison: np.interp goes on with its end": slip(
            family(ends=True), "above"
        ),
        "np.interp takes its places in rising order": instead(family(), family(sort=False), "above"),
        "you divided by all seeds: those outside are then counted as no difference": instead(
            family(), family("all"), "above"
        ),
    },
    "judges_agree": {
        "first and second are (systems, seeds)": every(
            axes("first", "systems", "seeds"), axes("second", "systems", "seeds")
        ),
        "the second judge gives several systems the same": fact(
            lambda s: len(s.trap["second"].mean(1).unique()) < len(s.trap["second"]) - 1,
            lambda s: len(s.trap["first"].mean(1).unique()) < len(s.trap["first"]),
        ),
        "that counts pairs in order: Kendall's tau, not Spearman's correlation": instead(
            spearman(),
            lambda first, second: float(stats.kendalltau(first.mean(1).numpy(), second.mean(1).numpy()).statistic),
        ),
        "one of your rankings begins with the best, the other with the worst": times(-1),
        "a system counts by its mean, not by its best run": instead(spearman(), spearman(lambda x: x.amax(1))),
        "each of which counts once, by its mean over seeds": right(spearman(), spearman(lambda x: x.flatten())),
    },
    "votes_of_a_run": {
        "write down the variance of their mean and what they cost, and multiply": cheapest,
        "in the product of variance and cost only the terms V and 1 / V change": fact(
            lambda right, run, vote, train, count: math.isclose(
                run * count * right, vote * train / right, rel_tol=1e-9
            ),
            lambda right, run, vote, train, count: math.isclose(
                run * train * right, vote * count / right, rel_tol=1e-9
            ),
        ),
        "the square of the votes stands there, so a root is to be taken": instead(votes(0.5), votes(1)),
        "run and vote are variances already: you took them for deviations and squared them": instead(
            votes(0.5), votes(0.5, 2)
        ),
        "you took one root more of the variances: deviations do not add": instead(votes(0.5), votes(0.5, 0.5)),
        "at which the mean over runs has the smallest variance that the seconds can buy": cheapest,
    },
    "centre_of_white": {
        "torch.stack([row, column], 1)": row_first,
        "how much white is in each row, how much in each column": row_first,
        "the row comes first, then the column: you have them exchanged": slip(lambda right: right.flip(1)),
        "rows and columns are counted from 0": slip(lambda right: right + 1),
        "codes (images, 2): the row and the column": row_first,
        "the mean row and the mean column of a picture's pixels": row_first,
    },
}
DECLARED = {}
