"""What the texts of the questions say in numbers, and how each of these numbers is computed.

A claim is a phrase of a hint, of a slip's message or of what is asked, with all its numerals, and beside it what they
must be, from the question itself: its case by hand, its traps, its right answers.
"""

import inspect
import math
import re
from types import SimpleNamespace

import torch
from scipy.stats import norm
from scipy.stats import t as student

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import by_reference, parts_of
from course_pkg.grading.question import words
from course_pkg.questions.identifiability.labels import risk
from helpers import ROOT

NAMED = {name: n for n, name in enumerate("three four five six seven eight nine ten eleven twelve".split(), 3)}
NAMED |= {"hundred": 100, "thousand": 1000}
ORDINAL = {"third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10, "hundredth": 100,
           "thousandth": 1000, "ten-thousandth": 10_000, "millionth": 1_000_000, "quarter": 4}  # fmt: skip
NUMERAL = re.compile(
    r"(?<![\w.])\d+/\d+(?!\w)|(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|\.\d+)(?!\w|\.\d)"
    rf"|\b(?:{'|'.join(sorted([*NAMED, *ORDINAL], key=len, reverse=True))})s?\b"
)
EXAMPLE = re.compile(r"such as [\d.]+\d")  # of a format: any number would do
SMALL = ("0", "1", "2", "1/2")  # they stand in every formula


def numerals(text):
    """The numerals of a text that must be claimed."""
    found = [match[0] for match in NUMERAL.finditer(EXAMPLE.sub(" ", text))]
    return [numeral for numeral in found if numeral not in (*SMALL, "hundreds", "thousands")]


def besides(text, phrases):
    """What a text says besides these phrases, of which one may be a part of another."""
    for phrase in sorted(phrases, key=len, reverse=True):
        text = text.replace(phrase, " ")
    return text


def fits(numeral, value):
    """Whether a numeral is this number; a share may be named by its ordinal, a third by 1/3 or as the third one."""
    name = numeral.removesuffix("s")
    if name in ORDINAL:
        return any(math.isclose(value, n, rel_tol=1e-6) for n in (ORDINAL[name], 1 / ORDINAL[name]))
    if name in NAMED:
        return math.isclose(value, NAMED[name], rel_tol=1e-6)
    above, _, below = numeral.replace(",", "").partition("/")
    said = float(above) / float(below or 1)
    return abs(value - said) <= (1e-6 if below or "." not in above else 0.5 * 10.0 ** -len(above.partition(".")[2]))


class Subject:
    """A question as claims ask it: `hand` and `trap`, its first and last case, by the names of arguments and sizes."""

    def __init__(self, question):
        self.question, self.cases = question, question.cases(0)
        self.hand, self.trap = named(self.cases[0]), named(self.cases[-1])
        self.arguments = len(self.cases[0].arguments)
        self.entries = len(by_reference(question, self.cases[0]))

    def right(self, **arguments):
        """The right answer, where the case by hand has other arguments: a number, or {entry: number}."""
        case = type(self.cases[0])("random", {**self.cases[0].arguments, **arguments}, self.cases[0].sizes)
        found = parts_of(call_answer(self.question.reference, [case], self.question.call, seconds=None)[0])
        return found[""].squeeze().tolist() if "" in found else {name: v.tolist() for name, v in found.items()}

    def times(self, said, *names):
        """By what the symmetry that says this multiplies arguments of the case by hand."""
        given = self.cases[0].arguments
        changed = next(s for s in self.question.symmetries if said in s.text).change(given)
        return tuple(float(torch.as_tensor(changed[n] / given[n]).flatten()[0]) for n in names)

    def then(self, said, value):
        """What the symmetry that says this makes of a value."""
        symmetry = next(s for s in self.question.symmetries if said in s.text)
        return float(symmetry.then(self.cases[0].arguments, torch.tensor(value)))

    @property
    def source(self):
        return inspect.getsource(inspect.getmodule(self.question.reference))


def named(case):
    return SimpleNamespace(**{n.replace(" ", "_"): v for n, v in case.sizes.items()}, **{
        n: v for n, v in case.arguments.items() if n not in case.sizes})  # fmt: skip


def texts(question):
    """Every text of a question that a student may read, on one line."""
    hints, messages = question.hints.values(), (w.message for w in question.wrong)
    found = (*hints, *messages, *(c.text for c in question.conditions), *(s.text for s in question.symmetries))
    return [words(text) for text in (*found, question.returns, question.relation)]


def counted_above(sheet):
    """The nats from which on a sheet counts a latent as used."""
    text = words((ROOT / "exercises" / f"{sheet}.md").read_text("utf-8"))
    return float(re.search(r"more than (\.\d+) nats", text)[1])


def points_of(page):
    """The number of points for which a page compares MMD^2 with its deviation."""
    return int(re.search(r"def shift_seen\(d, n=(\d+)\)", (ROOT / "book" / f"{page}.md").read_text("utf-8"))[1])


def expected_largest(n):
    """The mean of the largest of n standard normal numbers."""
    x = torch.linspace(-9, 9, 20_001, dtype=torch.float64)
    normal = torch.distributions.Normal(0.0, 1.0)
    return float(torch.trapezoid(x * n * normal.log_prob(x).exp() * normal.cdf(x) ** (n - 1), x))


def inside(ends, hand):
    """How much of Student's t lies within an interval of two rows of the same deviation and n."""
    return 1 - 2 * student.sf(
        (ends[1] - ends[0]) / 2 / float(hand.sd[0] * (2 / hand.n[0]) ** 0.5), 2 * int(hand.n[0]) - 2
    )


def quoted(s):
    return len(re.findall(r'"\w+"', s.question.returns))


fours = {"variances times 4, sigma times 2": lambda s: s.times("times 4, sigma times 2", "variances")}
luck = lambda s: SimpleNamespace(**vars(s.hand), each=s.hand.votes / s.hand.latents, share=1 / s.hand.factors)
small_own = lambda s: (s.hand.own, 1 - s.hand.own, float(s.hand.log_q[0, 1].sum().exp()))

CLAIMS = {
    "same_optimum": {
        "which of the four": quoted,
        "three numbers come in": lambda s: s.arguments,
        "a dict of four numbers": quoted,
        "all five objectives": lambda s: quoted(s) + 1,
    },
    "mended_capacity": {"all three are": lambda s: s.entries, "a dict of three numbers": quoted},
    "best_channel": {"at 400 nats": lambda s: s.trap.capacity.max()},
    "silent_rate": {
        "from -3 to 1": lambda s: 3 if s.right(capacity=torch.tensor([0.5676676416183064]).double()) > -3 else math.nan,
        "and 500 nats lie": lambda s: s.trap.capacity.max(),
        "one capacity is 500 nats, one a ten-thousandth": lambda s: (s.trap.capacity.max(), s.trap.capacity.min()),
        "log_var squared over four": lambda s: 1 / torch.func.grad(torch.func.grad(half_kl))(torch.tensor(0.0)) * 2,
    },
    "first_split": {"two looks there are three things": lambda s: s.hand.looks + 1},
    "held_by_gamma": fours,
    "latents_in_use": {
        **fours,
        "from [0, 1] to [0, 255]": lambda s: 2**8 - 1,
        "of .03 nats": lambda s: counted_above("elbo"),
    },
    "beta_for_rate": fours,
    "price_under_free_bits": fours,
    "latents_that_survive": {
        "variances and weight times 4": lambda s: s.times("weight times 4", "weight"),
        "from [0, 1] to [0, 255]": lambda s: 2**8 - 1,
        "of .03 nats": lambda s: counted_above("kkt"),
    },
    "encoder_step": {"one over alpha beta is 2000": lambda s: 1 / (s.trap.alpha * s.trap.beta)},
    "missing_term": {
        "write all four informations": lambda s: 1 + s.hand.p.ndim,
        "five images": lambda s: s.trap.images,
        "in both pairs and in all three": lambda s: s.hand.p.ndim,
    },
    "lost_by_greed": {
        "tensor of four probabilities, the first of them 1/2": lambda s: s.hand.images,
        "of three pairs": lambda s: math.comb(s.hand.images - 1, 2),
        "after the first bit three images share a cell": lambda s: s.hand.images - 1,
        "a third of log 2 is right for three equal images. These three": lambda s: (
            s.right() / math.log(2), s.hand.images - 1, s.hand.images - 1,
        ),
        "all four images apart": lambda s: s.hand.images,
        "tells one of the three apart: two of them stay in one cell, not all three": lambda s: (s.hand.images - 1,) * 2,
        "the three images are alike, a sixth each": lambda s: (s.hand.images - 1, s.hand.p_x[1]),
        "two bits say of four images at most": lambda s: s.hand.images,
    },
    "least_cost": {
        "the pairs of three images at one value: three": lambda s: (s.hand.images, math.comb(s.hand.images, 2)),
    },
    "shuffle_by": {"the case of three codes by hand": lambda s: s.hand.codes},
    "reading_of_copies": {
        "four latents and a batch of two: a shuffled row is whole in one case of eight": lambda s: (
            s.trap.latents, s.trap.batch ** (s.trap.latents - 1),
        ),
    },
    "without_batch": {"in a batch of 4": lambda s: s.hand.batch},
    "read_off": {
        "plain average is 3/2, and the mean of 1 and 3 is 2": lambda s: (
            s.hand.real.mean(), s.hand.shuffled.exp().max(),
        ),
    },
    "missing_from_bound": {
        "write all three averages": lambda s: s.arguments,
        "all three are (rows, codes)": lambda s: s.arguments,
    },
    "codes_needed": {
        "half the error takes four times the codes": lambda s: s.right(error=1e-3) / s.right(error=2e-3),
    },
    "kl_between_gaussians": {"all four arguments": lambda s: s.arguments},
    "kl_full_covariance": {
        "factor has three axes": lambda s: s.hand.factor.ndim,
        "60 variances of a millionth multiply to zero": lambda s: (
            s.trap.latents, 1e-3**2 if s.trap.factor[0].diagonal().square().prod() == 0 else math.nan,
        ),
    },
    "continuous_bernoulli": {"2 (1 + l^2 / 12)": lambda s: 1e-6 / (5e-4 / math.tanh(5e-4) - 1)},
    "kl_to_laplace": {"check the three parts one by one": lambda s: 3 if "entropy, log 2, mean of |z|" in
                      words(s.question.hints["different"]) else math.nan},
    "mixed_uniform": {"u = Phi(1), Phi(0) and a quarter turn": lambda s: s.hand.angle / (2 * math.pi)},
    "bits_said": {"the four cells of (z2, f1)": lambda s: 2 ** len(("z2", "f1"))},
    "price_of_a_turn": {
        "at 45 degrees it must be beta times the log of the arithmetic over the geometric mean": lambda s: turned(s),
        "arithmetic over geometric mean is the price at 45 degrees": lambda s: turned(s),
    },
    "degrees_off": {
        "at v = 1 the answer is 45": lambda s: s.right(v=1.0, rho=0.7),
        "45 degrees at equal variances": lambda s: s.right(v=1.0, rho=0.2),
        "turns by 45 degrees": lambda s: s.right(v=1.0, rho=0.01),
        "become 90 less itself": lambda s: s.then("less itself", 0.0),
        "degrees, from 0 to 90": lambda s: round(s.right(v=1e-9, rho=0.5)),
    },
    "labels_enough": {
        "try n = d + 3, d + 4": lambda s: (first_finite(), first_finite() + 1),
        "at d + 3 the mean error is finite": lambda s: first_finite(),
        "exists from d + 3 labels on": lambda s: first_finite(),
    },
    "effective_beta": {
        "256 images of 4096 numbers": lambda s: (s.hand.images, s.hand.pixels),
        "one of the three words": lambda s: len({case.arguments["kl"] for case in s.cases}),
        "has three numbers a pixel": lambda s: max(case.sizes["channels"] for case in s.cases),
    },
    "best_weighted_bound": {
        "try three q of your own": lambda s: 3,  # advice
        "beta is a hundredth": lambda s: s.trap.beta,
    },
    "counted_loss": {
        "all three entries": lambda s: s.entries,
        "three channels": lambda s: s.trap.channels,
    },
    "mended_ascent": {
        "what stops the fifth": lambda s: s.hand.steps,
        "three things can go wrong": lambda s: s.question.hints["different"].count(",") + 1,
    },
    "kkt_values": {
        "with multiplier 0 all four hold": lambda s: conditions(s),
        "pass the four conditions": lambda s: conditions(s),
        "satisfy all four conditions": lambda s: conditions(s),
    },
    "mean_distance": {
        "variances are four times as large": lambda s: s.times("four times", "variances"),
    },
    "variance_of_the_rest": {
        "no ten runs": lambda s: s.trap.n,
        "three runs 0, 2 and 4": lambda s: (s.hand.n, s.hand.best),
    },
    "best_of_evaluations": {
        "800 votes: sum": lambda s: s.trap.votes,
        "three of four times": lambda s: s.right().as_integer_ratio(),
    },
    "mended_report": {"four questions": lambda s: s.question.hints["different"].count(",") + 1},
    "difference_between": {"the 95 percent interval": lambda s: 100 * inside(s.right(), s.hand)},
    "smallest_visible": {"the level of .05": lambda s: 2 * norm.sf(s.right() / s.hand.sd)},
    "corrected": {
        "three of these are nearly equal": lambda s: int((s.trap.p - s.trap.p.median()).abs().lt(1e-3).sum()),
        "with .04, .01 and .03 the smallest comes to .03 and both others to .06": lambda s: (
            *s.hand.p, min(s.right()), max(s.right()),
        ),
    },
    "mended_votes": {"four questions": lambda s: s.question.hints["different"].count(",") + 1},
    "score_of_luck": {
        "about 80 votes, 16 for each factor, give or take four. How large is the largest of five": lambda s: (
            luck(s).each, luck(s).each * luck(s).share,
            round(math.sqrt(luck(s).each * luck(s).share * (1 - luck(s).share))), s.hand.factors,
        ),
        "the largest of five normal numbers is 1.16": lambda s: (s.hand.factors, expected_largest(s.hand.factors)),
        "one of five, not the latent": lambda s: s.hand.factors,
        "Each of ten latents": lambda s: s.hand.latents,
        "the largest of five counts, of 80 votes only: the luck of 80 votes, not of 800": lambda s: (
            s.hand.factors, luck(s).each, luck(s).each, s.hand.votes,
        ),
        "the largest of five counts lies more": lambda s: s.hand.factors,
        "come from all five alike": lambda s: s.hand.factors,
        "five counts that add up to 80": lambda s: (s.hand.factors, luck(s).each),
        "by the root of 5/4": lambda s: 1 / (1 - luck(s).share),
        "The largest of five lies about 1.16": lambda s: (s.hand.factors, expected_largest(s.hand.factors)),
        "800 votes of ten latents for five factors": lambda s: (s.hand.votes, s.hand.latents, s.hand.factors),
    },
    "best_scores": {"four factors, two missing": lambda s: s.hand.factors},
    "scores_of_a_turn": {
        "more than 45 degrees": lambda s: 45 if any(
            45 < case.arguments["degrees"] for case in s.cases if case.rung == "random") else math.nan,
        "more than 90 degrees": lambda s: 90 if s.trap.degrees > 90 else math.nan,
        "beyond 45 degrees the other latent": lambda s: alike(s),
        "at 45 degrees and nowhere else": lambda s: alike(s),
        "from 0 to 180 degrees that is no odd multiple of 45": lambda s: (
            180 if math.isclose(s.right(degrees=100.0)["sap"], s.right(degrees=80.0)["sap"]) else math.nan, alike(s),
        ),
    },
    "separated_predictability": {"counted from 10 on": lambda s: next(
        (y.change(s.cases[0].arguments)["factors"] - s.cases[0].arguments["factors"]).flatten()[0]
        for y in s.question.symmetries if "10 on" in y.text)},
    "disentangled_and_complete": {
        "the first two latents serve one factor each, the third both alike": lambda s: 1 + next(
            j for j, column in enumerate(s.hand.weights.T) if column.min() == column.max()),
    },
    "mig_of_the_labels": {
        "0, 1/4, 1/2, 3/4, 1 in two bins: two settings and three": lambda s: (
            1 / (s.hand.settings[0] - 1), 3 / (s.hand.settings[0] - 1),
            s.hand.settings[0] - s.hand.settings[0] // s.hand.bins,
        ),
    },
    "said_by_a_cosine": {
        "0, 90, 180, 270 degrees": lambda s: [360 * i / s.hand.settings for i in (1, 2, 3)],
        "a quarter of a turn": lambda s: 4 if same_sine(4) and not same_sine(6) else math.nan,
    },
    "unbiased_mmd2": {
        "three averages": lambda s: len(re.findall("of unlike|of all", words(s.question.hints["not started"]))),
        "your three sums": lambda s: len(re.findall("of unlike|of all", words(s.question.hints["not started"]))),
    },
    "shrunken_width": {"at n = 1,000,000: the answer must be nearly 1": lambda s: (
        1_000_000 if abs(s.right(n=1_000_000) - 1) < 1e-3 else math.nan)},
    "mended_term": {"each of the three means": lambda s: 3},
    "hsic_of_tables": {"three means": lambda s: 3 if "three means" in words(s.question.hints["not started"]) else 0},
    "points_needed": {
        "try n = 2, 3": lambda s: 3,  # a row of whole numbers
        "a hundred dimensions": lambda s: max(case.arguments["d"] for case in s.cases),
        "deviation at n = 100": lambda s: points_of("mmd"),
        "4 s^2 / n^2 more": lambda s: 2**2,  # of minus twice a mean
        "each of its three means": lambda s: 3,
    },
    "read_from_batch": {
        "1/4 + 3/4 of 1/8; the single ones 1/4 + 3/8 and 1/4 + 3/16": lambda s: (
            *small_own(s), s.hand.own, (1 - s.hand.own) * s.hand.log_q[0, 1, 0].exp(),
            s.hand.own, (1 - s.hand.own) * s.hand.log_q[0, 1, 1].exp(),
        ),
    },
    "tc_read": {"2 + 3 less log 1000": lambda s: (s.hand.single[1], s.hand.n)},
    "batch_needed": {
        "powers of two around 20 are 16 and 32": lambda s: (
            round(math.exp(s.hand.information)), s.right() / 2, s.right(),
        ),
        "64 is a habit, and serves codes of four nats": lambda s: (64, math.floor(math.log(64))),
    },
    "prices_of": {
        "one value each for three parts: (3,)": lambda s: (len(s.right()), len(s.right())),
        "gamma 5 is beta 6, not beta 5": lambda s: (s.hand.tc, s.right()[1], s.hand.tc),
        "all three weights": lambda s: s.arguments,
        "three numbers, shape (3,)": lambda s: (len(s.right()), len(s.right())),
        "these three prices times the three parts": lambda s: (len(s.right()), len(s.right())),
    },
    "missing_for_prior": {
        "marginals are 1/2, so their product is 1/4 everywhere; p is 3/8 or 1/8": lambda s: (
            s.hand.p.sum(0)[0] * s.hand.p.sum(1)[0], s.hand.p.max(), s.hand.p.min(),
        ),
    },
    "gaussian_dual": {
        "the other two have determinant 3 and precisions 2/3": lambda s: (
            torch.det(s.hand.covariance[1:, 1:]), torch.linalg.inv(s.hand.covariance)[1, 1],
        ),
        "a thousandth of the others": lambda s: 1e-3 if "1e-3" in s.source else math.nan,
    },
    "mended_loss": {
        "the three parts of the chapter": lambda s: 3,
        "joint 1/4 + 3/4 of 1/4, single 1/4 + 3/8 each; the own log density is 0, the prior's is -log 4": lambda s: (
            1 / s.hand.n, 1 - 1 / s.hand.n, s.hand.log_q[0, 1].sum().exp(), 1 / s.hand.n,
            (1 - 1 / s.hand.n) * s.hand.log_q[0, 1, 0].exp(), (-s.hand.log_prior[0].sum()).exp(),
        ),
        "all three parts at beta": lambda s: 3,
    },
    "tc_with_dead_latent": {
        "variances 9 + 1 and 1 + 1, covariance 3: the squared correlation is 9/20": lambda s: (
            s.hand.spread**2, s.hand.eps * s.hand.spread**2,
            (s.hand.eps * s.hand.spread**2) ** 2
            / ((s.hand.spread**2 + s.hand.width**2) * ((s.hand.eps * s.hand.spread) ** 2 + 1)),
        ),
    },
}  # fmt: skip


def conditions(s):
    """How many equations and inequalities follow the word "with" in what must hold."""
    return len(re.findall(r"<=|>=|=", s.question.relation.partition("with")[2]))


def half_kl(log_var):
    """KL of one latent of mean zero."""
    return 0.5 * (log_var.exp() - 1 - log_var)


def turned(s):
    """The angle, in degrees, at which that price is what the phrase says, if the price falls on either side."""
    first, second, beta = s.hand.first, s.hand.second, s.hand.beta
    said = beta * math.log((first + second) / 2 / math.sqrt(first * second))
    fitting = [a for a in range(1, 90) if math.isclose(s.right(angle=math.radians(a)), said, rel_tol=1e-9)]
    return fitting[0] if len(fitting) == 1 else math.nan


def first_finite(d=4):
    """How many labels more than d it takes until the mean error is finite: it is positive from there on."""
    return next(k for k in range(1, 9) if d + k - d - 2 > 0 and math.isfinite(risk(d + k, d)) and risk(d + k, d) > 0)


def alike(s):
    """The one whole number of degrees below 90 around which the score of votes turns back."""
    sap = [abs(s.right(degrees=d + 1e-6)["sap"]) for d in range(1, 90)]
    return 1 + sap.index(min(sap))


def same_sine(settings):
    """Whether sine and cosine say as much of that many settings on a circle: the same heights, as often."""
    heights = lambda f: sorted(round(f(2 * math.pi * i / settings), 9) + 0.0 for i in range(settings))
    return heights(math.sin) == heights(math.cos)
