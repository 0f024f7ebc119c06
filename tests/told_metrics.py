"""What the questions of the chapter `metrics` say."""

import math
from collections import Counter

import torch

from claims import expected_largest
from wording import as_if, axes, every, fact, instead, on_side, right, slip, times

entropy = lambda p: -torch.special.xlogy(p, p).sum(0)
turn = lambda f: lambda degrees: f(math.radians(degrees))


def ballots(codes, factors, unit, least=True):
    """The share of factor k's votes that go to latent j, a vote for each image: (K, d)."""
    whole = codes.var(0, correction=0)
    table = torch.zeros(factors.shape[1], codes.shape[1]).double()
    for k, column in enumerate(factors.T):
        for setting in column.unique():
            moved = codes[column == setting].var(0, correction=0) / torch.where(whole > 0, unit(whole), 1.0)
            winner = torch.where(whole > 0, moved if least else -moved, torch.inf).argmin()
            table[k, winner] += (column == setting).double().mean()
    return table


def scored(reduce, unit=lambda whole: whole, least=True):
    return lambda codes, factors: reduce(ballots(codes, factors, unit, least))


columns = lambda table: table.amax(0).sum() / len(table)
rows = lambda table: table.amax(1).mean()


def counted(unit=lambda whole: whole, by_factor=False, first=False, least=True):
    """The score of drawn votes: the unit of a variance, which side names which, and how a latent is named."""

    def answer(codes, fixed, images, test_fixed, test_images):
        whole = codes.var(0, correction=0)
        ratio = lambda at: torch.where(
            whole > 0,
            (1 if least else -1) * codes[at].var(1, correction=0) / torch.where(whole > 0, unit(whole), 1.0),
            torch.inf,
        )  # fmt: skip
        own = list(zip(ratio(images).argmin(1).tolist(), fixed.tolist(), strict=True))
        votes = Counter(own)
        k, d = int(max(fixed.max(), test_fixed.max())) + 1, codes.shape[1]
        tests = zip(ratio(test_images).argmin(1).tolist(), test_fixed.tolist(), strict=True)
        if by_factor:
            named = {f: max(range(d), key=lambda j: votes[j, f]) for f in range(k)}
            hits = [named[f] == j for j, f in tests]
        else:
            most = lambda j: next((f for f in range(k) if votes[j, f]), 0) if first else max(
                range(k), key=lambda f: votes[j, f]
            )  # fmt: skip
            hits = [most(j) == f for j, f in tests]
        return sum(hits) / len(hits)

    return answer


def sap(gap, power=2):
    def answer(codes, factors):
        f, z = (part.double() - part.double().mean(0) for part in (factors, codes))
        scale = f.norm(dim=0)[:, None] * z.norm(dim=0)
        r = torch.where(scale > 1e-9, f.T @ z / scale.clamp_min(1e-300), 0.0)
        return gap(r.square() if power == 2 else r)

    return answer


def raw_product(codes, factors):
    """The same with no mean subtracted."""
    f, z = factors.double(), codes
    r = f.T @ z / (f.norm(dim=0)[:, None] * z.norm(dim=0)).clamp_min(1e-300)
    return by_second(r.square())


best = lambda table: table.sort(1, descending=True).values
by_second = lambda table: (best(table)[:, 0] - best(table)[:, 1]).mean()


def disentangled(unit, axis=0):
    def answer(weights):
        w = weights if axis == 0 else weights.T
        of = w.sum(0)
        each = 1 - entropy(w / of.clamp_min(1e-300)) / unit(len(w))
        return (each * of / of.sum()).sum()

    return answer


def in_bins(place):
    """The entropy of the bins over that of the settings, averaged over factors; place(i, n, bins) is a bin."""

    def of(n, bins):
        shares = torch.tensor([c / n for c in Counter(place(i, n, bins) for i in range(n)).values()])
        return float(entropy(shares.double())) / math.log(n)

    return lambda settings, bins: sum(of(n, bins) for n in settings) / len(settings)


cut = lambda i, n, bins: min(bins - 1, i * bins // (n - 1))


def left_open(settings):
    """H(f | cosine): log 2 for each setting that shares its height."""
    heights = Counter(round(math.cos(2 * math.pi * i / settings), 9) + 0.0 for i in range(settings))
    return sum(n / settings * math.log(n) for n in heights.values())


says = right(lambda settings: math.log(settings) - left_open(settings), lambda settings: left_open(settings))
size = lambda power: lambda variances: math.sqrt(4 / math.pi) * variances**power

TOLD = {
    "mean_distance": {
        "A pair has two independent codes: the variance of their difference is twice as large": instead(
            lambda variances: (2 * (2 * variances) / math.pi).sqrt(), lambda variances: (2 * variances / math.pi).sqrt()
        ),
        "that is the root of the mean of (z - z')^2. The mean of a size is less: by the root of 2 over pi": every(
            slip(lambda variances: (2 * variances).sqrt()), times(1 / math.sqrt(2 / math.pi))
        ),
        "average distances, not squares": slip(lambda variances: 2 * variances),
        "that is the deviation of one code": slip(lambda variances: variances.sqrt()),
        "a distance grows with their root": instead(size(0.5), size(1.0)),
    },
    "score_of_votes": {
        "majorities of the columns, added, over the number of factors": right(scored(columns), scored(rows)),
        "Put infinity in its place before the argmin": fact(
            lambda s: (s.trap["codes"].var(0) == 0).any(), lambda s: (s.hand["codes"].var(0) == 0).any()
        ),
        "without that the latent of the smallest scale wins": slip(scored(columns, torch.ones_like)),
        "the maximum is over factors, in each latent's column": instead(scored(columns), scored(rows)),
        "A latent without votes then costs nothing": slip(scored(lambda table: table.amax(0).mean())),
        "a variance divided by a deviation still has a unit": slip(scored(columns, torch.sqrt)),
    },
    "mended_votes": {
        "or the latent of the smallest scale wins": slip(counted(torch.ones_like)),
        "a variance over a deviation still has a unit": slip(counted(torch.sqrt)),
        "the majority is taken in each latent's column: a latent names a factor": instead(
            counted(), counted(by_factor=True)
        ),
        "a latent stands for the factor with the most votes, not for the first that has any": instead(
            counted(), counted(first=True)
        ),
        "a latent without votes names factor 0": right(counted(), counted(by_factor=True)),
    },
    "score_of_luck": {
        "the largest of five normal numbers is 1.16 standard deviations above their mean": fact(
            lambda s: abs(expected_largest(5) - 1.16) < 0.005, lambda s: abs(expected_largest(5) ** 2 - 1.16) < 0.005
        ),
        "luck is counted twice": on_side(-1),
        "who guesses is right once for each of the factors: no score of luck is lower": fact(
            lambda right, factors: right > 1 / factors, lambda right, factors: right < 1 / factors
        ),
    },
    "scores_of_a_turn": {
        "a gap is the best less the second best, so it is never negative": slip(turn(lambda t: math.cos(2 * t)), "sap"),
        "a vote asks which latent moves least, not by how much": slip(turn(lambda t: abs(math.cos(2 * t))), "kim_mnih"),
        "The gap subtracts the second best": instead(
            turn(lambda t: abs(math.cos(t) ** 2 - math.sin(t) ** 2)),
            turn(lambda t: max(math.cos(t) ** 2, math.sin(t) ** 2)),
            "sap",
        ),
    },
    "separated_predictability": {
        "subtract means from both tables; their product over the two norms is the table of correlations": right(
            sap(by_second), raw_product
        ),
        "factors.double() before you subtract a mean": fact(
            lambda factors: not factors.is_floating_point(), lambda codes: not codes.is_floating_point()
        ),
        "a latent that falls with a factor tells it as well as one that rises: square before you sort": instead(
            sap(by_second), sap(by_second, power=1)
        ),
        "the second best latent is what the best one is compared with, not the worst": instead(
            sap(by_second), sap(lambda r: (r.amax(1) - r.amin(1)).mean())
        ),
        "that is the gap of each latent between its factors, which is modularity. SAP compares latents": instead(
            sap(by_second), sap(lambda r: by_second(r.T))
        ),
        "the best latent is compared with the second best, not with the average latent": instead(
            sap(by_second), sap(lambda r: (r.amax(1) - r.mean(1)).mean())
        ),
        "the best is compared with the second best alone, not with the mean of all others": instead(
            sap(by_second), sap(lambda r: (best(r)[:, 0] - best(r)[:, 1:].mean(1)).mean())
        ),
        "of a factor with its best latent less that with the second best": right(
            sap(by_second), sap(lambda r: by_second(r.T))
        ),
    },
    "disentangled_and_complete": {
        "divide each column by its sum, and take the entropy of each column; then the same with rows": right(
            disentangled(math.log), disentangled(math.log, axis=1), "D"
        ),
        "weights has a row a factor and a column a latent": axes("weights", "factors", "latents"),
        "A latent without any weight counts nothing": fact(
            lambda s: (s.trap["weights"].sum(0) == 0).any(), lambda s: (s.trap["weights"].sum(1) == 0).any()
        ),
        "entropies in bits are in units of log 2": slip(disentangled(lambda k: math.log(2)), "D"),
        "weights are sizes of coefficients, not squares": as_if("D", weights=torch.square),
        "your entropy is in bits and the log K below it natural": slip(
            disentangled(lambda k: math.log(k) * math.log(2)), "D"
        ),
    },
    "mig_of_the_labels": {
        "some factors have fewer settings than there are bins": fact(
            lambda s: min(s.trap["settings"]) < s.trap["bins"], lambda s: min(s.trap["settings"]) > s.trap["bins"]
        ),
        "so the second best says nothing": right(in_bins(cut), lambda settings, bins: 0.0),
        "with fewer bins than settings a latent cannot say which": on_side(1),
        "rounded to the nearest, the two outer bins are half as wide": instead(
            in_bins(cut), in_bins(lambda i, n, bins: round(i / (n - 1) * (bins - 1)))
        ),
    },
    "said_by_a_cosine": {
        "What is left open where two have it, and where one has": says,
        "the number of settings may be odd": fact(
            lambda s: s.trap["settings"] % 2 == 1, lambda s: s.trap["settings"] % 2 == 0
        ),
        "I is H(f) less the average of what is open: log 2 for a shared height, 0 for one that is not": says,
        "the top of the circle, and for an even number the bottom, have their height for themselves": slip(
            lambda settings: math.log(settings / 2)
        ),
        "that is what the cosine leaves open": slip(left_open),
        "They are not equally likely: most are met twice": slip(lambda settings: math.log(settings // 2 + 1)),
        "what the cosine leaves open is taken off log n: you added it": slip(
            lambda settings: math.log(settings) + left_open(settings)
        ),
    },
}
DECLARED = {}
