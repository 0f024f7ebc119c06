"""What the questions of the chapter `metrics` say of sums and means, factors and latents, of two, and in formulas."""

import math

import torch

from told_metrics import (
    best,
    by_second,
    columns,
    counted,
    cut,
    disentangled,
    in_bins,
    left_open,
    rows,
    sap,
    scored,
    turn,
)
from wording import axes, every, fact, instead, right, same, slip, two

score = right(scored(columns), scored(rows))
drawn = right(counted(), counted(by_factor=True))
missing = lambda guess: lambda factors, missing: (factors - missing) / factors + guess(factors, missing)
told_by = right(missing(lambda k, m: (m > 0) / k), missing(lambda k, m: 0.0), "higgins")
votes_to = right(missing(lambda k, m: 0.0), missing(lambda k, m: (m > 0) / k), "kim_mnih")
gap = lambda f: turn(lambda t: f(math.cos(t) ** 2, math.sin(t) ** 2))
predicts = right(gap(lambda a, b: abs(a - b)), gap(max), "sap")
latents_first = right(sap(by_second), sap(lambda r: by_second(r.T)))
by_latent = right(disentangled(math.log), disentangled(math.log, axis=1), "D")
complete = lambda weights: (
    1 + torch.special.xlogy(p := weights / weights.sum(1, keepdim=True), p).sum(1) / math.log(weights.shape[1])
).mean()  # fmt: skip
by_factor = right(complete, disentangled(math.log), "C")
binned = right(in_bins(cut), lambda settings, bins: 0.0)
constant = fact(
    lambda s: (s.trap["codes"].var(0) == 0).sum() == 1, lambda s: (s.trap["factors"].double().var(0) == 0).any()
)
apart = fact(
    lambda right, variances: torch.allclose(right, 2 / math.sqrt(math.pi) * variances.sqrt()),
    lambda right, variances: torch.allclose(right, (2 * variances / math.pi).sqrt()),
)
of_sine = lambda settings: (
    math.log(settings)
    - sum(
        n / settings * math.log(n)
        for n in [
            [round(math.sin(2 * math.pi * i / settings), 9) + 0.0 for i in range(settings)].count(v)
            for v in {round(math.sin(2 * math.pi * i / settings), 9) + 0.0 for i in range(settings)}
        ]
    )
)


def one_winner(codes, factors):
    """The score where each factor's votes go to the latent whose ratios, averaged over its settings, are least."""
    whole = codes.var(0, correction=0)
    table = torch.zeros(factors.shape[1], codes.shape[1]).double()
    for k, column in enumerate(factors.T):
        share = torch.stack([(column == v).double().mean() for v in column.unique()])
        moved = torch.stack([codes[column == v].var(0, correction=0) for v in column.unique()])
        table[k, torch.where(whole > 0, (share[:, None] * moved).sum(0) / whole, torch.inf).argmin()] = 1
    return columns(table)


def majorities(s):
    """Of each latent that has votes, the counts of factors, most first."""
    for case in s.cases:
        a = case.arguments
        whole = a["codes"].var(0, correction=0)
        won = torch.where(whole > 0, a["codes"][a["images"]].var(1, correction=0) / whole, torch.inf).argmin(1)
        for j in won.unique():
            yield a["fixed"][won == j].bincount().sort(descending=True).values.tolist()


ties = lambda s: any(len(n) > 1 and n[0] == n[1] for n in majorities(s))
no_ties = lambda s: all(len(n) < 2 or n[0] > n[1] for n in majorities(s))


def of_drawn(codes, fixed, images, test_fixed, test_images):
    """The score whose unit is the variance over the images that were drawn to name the latents."""
    unit = codes[images.flatten()].var(0, correction=0)
    return counted(lambda whole: unit)(codes, fixed, images, test_fixed, test_images)


TOLD = {
    "mean_distance": {
        "what is the distribution of z - z'": apart,
        "z - z' is Gaussian with mean 0": apart,
        "that is the mean of |z - mean|": slip(lambda variances: (2 * variances / math.pi).sqrt()),
        "Asked for is a mean distance of two": apart,
        "a table (factors, latents)": axes("variances", "factors", "latents"),
        "the mean of |z_j - z_j'| over independent pairs": apart,
    },
    "score_of_votes": {
        "one factor first: for each of its settings take the rows that have it": score,
        "factors[:, k] == v is a mask of images; take codes[mask], its variance along axis 0": fact(
            lambda codes, factors, latents: (
                codes[factors[:, 0] == factors[0, 0]].var(0).shape == (latents,) and len(factors) == len(codes)
            ),
            lambda codes, factors, latents: factors.shape[1] == len(codes),
        ),
        "the maximum is over factors, in each latent's column: a latent stands for one factor": instead(
            scored(columns), scored(rows)
        ),
        "with a factor fixed, the latent that holds it stands still: the least ratio wins, not the largest": instead(
            scored(columns), scored(columns, least=False)
        ),
        "Votes for another factor than the majority's are lost": every(slip(lambda: 1.0), score),
        "you averaged over the settings, and let one latent win the factor": slip(one_winner),
        "each factor gets as many votes as another": score,
        "stay the same where the codes are in other units": fact(
            lambda s: same(s.answers(codes=lambda v: 3 * v), s.answers()),
            lambda s: same(s.answers(codes=lambda v: 3 * v.round()), s.answers()),
        ),
        "a factor's settings count as often as they occur, and a constant latent wins nothing": score,
    },
    "mended_votes": {
        "print its table of votes for two latents of different scale": fact(
            lambda s: s.cases[1].arguments["codes"].std(0).max() > 2 * s.cases[1].arguments["codes"].std(0).min(),
            lambda s: s.cases[1].arguments["codes"].std(0).max() < 1.1 * s.cases[1].arguments["codes"].std(0).min(),
        ),
        "codes[images] has the shape (votes, images of a vote, latents): the variance is along axis 1": fact(
            lambda codes, images, votes, latents: codes[images].shape == (votes, images.shape[1], latents),
            lambda codes, images, votes, latents: codes[images].shape == (images.shape[1], votes, latents),
        ),
        "You let each factor name a latent": slip(counted(by_factor=True)),
        "the factor that is fixed is held by the latent that stands still: take the least": instead(
            counted(), counted(least=False)
        ),
        "You took it over the images that were drawn": slip(of_drawn),
        "where two factors have equal majorities the first counts": every(drawn, fact(ties, no_ties)),
        "was given, by the majority of the first votes, the factor that was fixed": drawn,
    },
    "score_of_luck": {
        "it is the factor that has to be named": slip(lambda latents: 1 / latents),
        "that is the share of one cell of the table. Each of ten latents adds its largest": slip(
            lambda latents, factors: 1 / (latents * factors)
        ),
        "only if each latent got the votes of one factor": slip(lambda: 1.0),
        "two standard errors is a bound for one count": slip(
            lambda votes, latents, factors: (
                1 / factors + 2 * math.sqrt((1 / factors) * (1 - 1 / factors) * latents / votes)
            )
        ),
    },
    "best_scores": {
        "list, for each fixed factor, which latents are still": every(told_by, votes_to),
        "if no latent is still, the fixed factor is one of the missing": instead(
            missing(lambda k, m: (m > 0) / k), missing(lambda k, m: 0.0), "higgins"
        ),
        "a vote always goes to a latent, and each latent stands for a factor that is there": instead(
            missing(lambda k, m: 0.0), missing(lambda k, m: (m > 0) / k), "kim_mnih"
        ),
        "the guess is among the missing factors only, for the others have a latent that is still": instead(
            missing(lambda k, m: (m > 0) / k), missing(lambda k, m: m / k**2), "higgins"
        ),
        "each of the others is alone in a latent": every(told_by, votes_to),
    },
    "scores_of_a_turn": {
        "By how much does each latent move, and which moves less": predicts,
        "that is how well the best latent predicts. The gap subtracts the second best": slip(gap(max), "sap"),
        "half is the score where both latents follow either factor alike": slip(lambda: 0.5, "kim_mnih"),
        "both scores of two independent factors": every(two(lambda s: len(s.answers()[0])), predicts),
    },
    "separated_predictability": {
        "gives each factor its two best latents": latents_first,
        "a constant latent has the norm zero": constant,
        "one of the latents is constant": constant,
        "that is how well the best latent predicts. A representation in which two latents do it alike": slip(
            sap(lambda r: best(r)[:, 0].mean())
        ),
        "the best latent is another one for each factor": slip(sap(lambda r: by_second(r.mean(0, keepdim=True)))),
        "where the latents are mirrored": fact(
            lambda s: same(s.answers(codes=lambda v: -v), s.answers()),
            lambda s: same(s.answers(codes=lambda v: v.abs()), s.answers()),
        ),
        "a constant latent correlates with nothing": constant,
    },
    "disentangled_and_complete": {
        "one latent has no weight at all": fact(
            lambda s: (s.trap["weights"].sum(0) == 0).sum() == 1, lambda s: (s.trap["weights"].sum(1) == 0).any()
        ),
        "D counts a latent by its share of all weights": by_latent,
        "D asks whether a latent serves one factor, so its entropy is over factors": instead(
            disentangled(math.log), complete, "D"
        ),
        "an entropy over factors is at most log K, one over latents at most log d": by_latent,
        "a latent's weights are made shares by its own sum": by_latent,
        "D: one less the entropy of a latent's weights over factors, in units of log K, latents counted by their "
        "weight. C: the same of a factor's weights over latents, in units of log d": every(by_latent, by_factor),
    },
    "mig_of_the_labels": {
        "the other latents are independent of the factor, so the second best says nothing": binned,
        "the gap is a ratio for each factor, averaged then. You divided one sum by another": slip(
            lambda settings, bins: (
                sum(in_bins(cut)([n], bins) * math.log(n) for n in settings) / sum(map(math.log, settings))
            )
        ),
        "of the representation whose latents are the factors themselves": binned,
        "one number, the average over factors": binned,
    },
    "said_by_a_cosine": {
        "two latents do not divide the information between them: each of them says more than half": every(
            slip(lambda settings: math.log(settings) / 2),
            fact(
                lambda settings: math.log(settings) - left_open(settings) > math.log(settings) / 2 or settings < 5,
                lambda settings: math.log(settings) - left_open(settings) < math.log(settings) / 2,
            ),
        ),
        "that is what the sine says. The two agree where a quarter of a turn": every(
            slip(of_sine),
            fact(
                lambda settings: (
                    math.isclose(of_sine(settings), math.log(settings) - left_open(settings)) == (settings % 4 == 0)
                ),
                lambda settings: (
                    math.isclose(of_sine(settings), math.log(settings) - left_open(settings)) == (settings % 4 != 0)
                ),
            ),
        ),
    },
}
DECLARED = {}
