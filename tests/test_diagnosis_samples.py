"""What is told of wrong answers about samples, tables and scores that no catalogue names, and what must not be told."""

import math

import pytest
import torch
import torch.nn.functional as F

from course_pkg.grading import Sheet
from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import facts
from course_pkg.grading.functions import relation
from course_pkg.grading.judging import judge
from course_pkg.grading.probes.shapes import reshaped
from course_pkg.grading.question import Case
from course_pkg.grading.relations import Pair
from course_pkg.mmd import mmd2, rbf
from course_pkg.questions.total_correlation.debug import loss_of
from helpers import generator
from test_grading import CHAPTERS, verdict

QUESTIONS = {question.name: question for questions in CHAPTERS.values() for question in questions}


def ask(name, answer, seconds=2.0):
    return verdict(QUESTIONS[name], answer, seconds=seconds)


def right(name):
    return QUESTIONS[name].reference


# --- what is told -----------------------------------------------------------------------------------------------------


def weight_inside(z, prior, h, weight):
    between = rbf(h)(z, prior).mean()
    return weight * (mmd2(rbf(h), z, prior) + 2 * between) - 2 * between


def exchanged(factors, missing):
    found = right("best_scores")(factors, missing)
    return {"higgins": found["kim_mnih"], "kim_mnih": found["higgins"]}


def by_doubling(d, h, length):
    n = 2
    while n < right("points_needed")(d, h, length):
        n *= 2
    return n


def drawn(q, batch):
    table = right("shuffled_table")(q, batch)
    cells = torch.multinomial(table.flatten(), 20_000, replacement=True, generator=generator())
    return (torch.bincount(cells, minlength=q.numel()) / 20_000).view_as(q)


def with_epsilon(real, shuffled):
    p, s = real.softmax(1) + 1e-6, shuffled.softmax(1) + 1e-6
    loss = -0.5 * (p[:, 0].log().mean() + s[:, 1].log().mean())
    return {"tc": (p[:, 0].log() - p[:, 1].log()).mean(), "loss": loss}


def half_in_the_middle(degrees):
    return {**right("scores_of_a_turn")(degrees), "kim_mnih": 0.25 if 45 < degrees < 135 else 1.0}


def never(logit, batch):
    while True:
        logit = logit + 1


SAID = {
    "a factor on one addend": (
        "mended_term",
        weight_inside,
        "all would be right but for minus twice the weighted mean between the two, which is exactly one over `weight`",
    ),
    "what another entry should be": (
        "best_scores",
        exchanged,
        "higgins: the right numbers of kim_mnih: entries changed places",
    ),
    "twice a count": (
        "points_needed",
        lambda **given: 2 * right("points_needed")(**given),
        "exactly 2 times what it should be in each of",
    ),
    "a search that doubles": ("points_needed", by_doubling, "a power of two in every case"),
    "an argument that is a count": (
        "codes_needed",
        lambda divergence, error: math.ceil(right("codes_needed")(divergence, error)),
        "exactly what it should be, rounded up",
    ),
    "n - 1 over n": (
        "reading_of_copies",
        lambda latents, batch: (1 - 1 / batch) * (latents - 1) * math.log(batch),
        "one over `batch` times `batch` less one times what it should be: which of the two belongs there",
    ),
    "one batch less": (
        "shrunken_width",
        lambda d, h2, n: right("shrunken_width")(d, h2, n + 1),
        "exactly what is right if `n` were one more",
    ),
    "an index": (
        "shrunken_width",
        lambda d, h2, n: 50 * round(20 * right("shrunken_width")(d, h2, n)),
        "whole numbers in every case, and it should be none",
    ),
    "so many draws": ("shuffled_table", drawn, "whole multiples of 1 / 20000 in every case"),
    "an epsilon": ("two_outputs", with_epsilon, "where `real` is doubled, it should change, and does not, in a trap"),
    "in the middle": (
        "scores_of_a_turn",
        half_in_the_middle,
        "kim_mnih: wrong where `degrees` is neither small nor large, and nowhere else",
    ),
    "a verdict": (
        "p_value",
        lambda observed, values: (values > observed).all(),
        "zero in every case",
    ),
    "indices crossed": (
        "shuffle_by",
        lambda z, keys: z[keys.argsort(0)],
        "where the indices of axes 1 and 2 are the same: these two go together, and were crossed",
    ),
    "one number for all": (
        "mean_distance",
        lambda variances: right("mean_distance")(variances).mean(0),
        "the mean of each column of the right numbers",
    ),
    "less one": (
        "prices_paid",
        lambda rate_price, own_price: {"information": rate_price, "divergence": rate_price + own_price - 1},
        "divergence: exactly what it should be, less one",
    ),
}


@pytest.mark.parametrize(("name", "answer", "says"), SAID.values(), ids=SAID)
def test_what_is_told(name, answer, says):
    found = ask(name, answer)
    assert found.earned == 0 and not found.slip
    assert says in dict(found.rows)["observed"], found


def by_ranks(codes, factors):
    return right("separated_predictability")(codes.argsort(0).argsort(0).double(), factors)


def of_unit_tables(k, l):
    size = lambda t: (t - t.mean(0) - t.mean(1, keepdim=True) + t.mean()).norm()
    return right("hsic_of_tables")(k, l) * len(k) ** 2 / (size(k) * size(l))


def pairs_twice(settings):
    return 2 * right("said_by_a_cosine")(settings) - math.log(settings)


REACTS = {
    "it should change": (
        "separated_predictability",
        by_ranks,
        "where `codes` is cubed, it should change, and does not",
    ),
    "it should change too": ("hsic_of_tables", of_unit_tables, "where `k` is halved, it should change, and does not"),
    "it should stay": (
        "unbiased_mmd2",
        lambda k_xx, k_yy, k_xy: right("unbiased_mmd2")(k_xx, k_yy, k_xy) + k_xx.diagonal().square().mean() / 9,
        "the error changes with `k_xx` and not with `k_yy`, `k_xy`",
    ),
    "zero": (
        "codes_needed",
        lambda divergence, error: 2 * divergence - 2 * math.log(error),
        "where `divergence` is zero, it should be zero, and is not",
    ),
    "not zero": (
        "scores_of_a_turn",
        lambda degrees: {"kim_mnih": 1.0, "sap": abs(math.sin(math.radians(2 * degrees))) ** 3},
        "where `degrees` is zero, it should not be zero, and is",
    ),
    "the other way": ("said_by_a_cosine", pairs_twice, "where `settings` has one added, it should rise"),
}


@pytest.mark.parametrize(("name", "answer", "says"), REACTS.values(), ids=REACTS)
def test_how_it_reacts_to_a_change(name, answer, says):
    found = ask(name, answer)
    assert found.earned == 0 and not found.slip and says in dict(found.rows)["observed"], found


def test_a_change_that_no_case_allows_is_not_told_of():
    """Weights are not negative, and the reference has no number for those that are: nothing is said of a sign."""
    found = ask("disentangled_and_complete", lambda weights: {**right("disentangled_and_complete")(weights), "C": 0.3})
    assert "changes sign" not in repr(found)


def test_an_order_that_small_changes_leave_is_not_taken_for_right():
    """One step late: the error depends on the keys' order, though no small change of a key moves it."""
    found = ask("shuffle_by", lambda z, keys: right("shuffle_by")(z, keys).roll(1, 0))
    assert found.earned == 0 and "what stands with the latter alone is right" not in repr(found), found


def test_one_number_for_all_has_its_slip():
    found = ask("slope_factor", lambda gamma, probability: gamma)
    assert (found.status, found.slip) == ("shape", "no leak: what should arrive")
    assert ask("slope_factor", lambda gamma, probability: gamma + 1.0).slip == ""


HINTED = {
    "zero": ("p_value", lambda observed, values: 0 * observed, "// or int() that rounds down"),
    "endless": ("without_batch", never, "what ends your loop?"),
}


@pytest.mark.parametrize(("name", "answer", "says"), HINTED.values(), ids=HINTED)
def test_what_is_advised(name, answer, says):
    assert says in " ".join(text for what, text in ask(name, answer, seconds=0.3).rows if what == "hint")


# --- what is not ------------------------------------------------------------------------------------------------------


def scaled_twice(codes, factors):
    """Each ratio is divided by the whole variance once more, so that no small change of the codes moves a vote."""
    units = codes.var(0, correction=0).clamp_min(1e-300)
    return right("score_of_votes")((codes / units).nan_to_num(0.0), factors) / 2 + 0.05


def test_votes_that_a_small_change_leaves_as_they_are_do_depend_on_the_codes():
    found = ask("score_of_votes", scaled_twice)
    assert found.earned == 0 and "no effect" not in repr(found), found


def test_what_the_traps_share_is_not_laid_to_an_argument():
    """Right in the traps alone, where the divergence happens to be small, whatever the reason."""
    found = ask("codes_needed", lambda divergence, error: right("codes_needed")(divergence, error) + (error != 0.1))
    assert "in no other" not in repr(found), found


# --- answers that were accepted, and experiments that stopped ---------------------------------------------------------


def ones_taken_off(k_xx, k_yy, k_xy):
    within = lambda k: (k.sum() - len(k)) / (len(k) * (len(k) - 1))
    return within(k_xx) + within(k_yy) - 2 * k_xy.mean()


def never_a_point(d, h2, n):
    c = (1 - 1 / n) ** (-2 / (d + 2))
    return math.sqrt((1 - (c - 1) * h2) / (2 * c - 1))


def from_a_half_on(d, h2, n):
    return max(0.5, right("shrunken_width")(d, h2, n))


def log_of_the_mean(real, shuffled):
    return {**right("read_off")(real, shuffled), "donsker": real.mean() - shuffled.exp().mean().log()}


def log_of_the_sigmoid(real, shuffled):
    surprise = -0.5 * (real.sigmoid().log().mean() + (1 - shuffled.sigmoid()).log().mean())
    return {**right("read_off")(real, shuffled), "surprise": surprise}


@pytest.mark.parametrize(
    ("name", "answer", "status"),
    [
        ("unbiased_mmd2", ones_taken_off, "slip"),
        ("shrunken_width", never_a_point, "exception"),
        ("shrunken_width", from_a_half_on, "different"),
        ("read_off", log_of_the_mean, "not finite"),
        ("read_off", log_of_the_sigmoid, "not finite"),
    ],
)
@pytest.mark.parametrize("seed", [0, 3])
def test_right_in_easy_cases_is_not_enough(name, answer, status, seed):
    question = QUESTIONS[name]
    found = judge(question, call_answer(answer, question.cases(seed), question.call, question.trains), seed)
    assert (found.status, found.earned) == (status, 0), found


def test_an_experiment_that_stops_does_not_stop_the_judge(capsys):
    """A number that the experiment cannot round: it says so, and the answer is judged."""
    sheet = Sheet("density_ratio")
    tensors = lambda divergence, error: torch.expm1(torch.tensor(2 * divergence, dtype=torch.float64)) / error**2
    found = sheet.check(tensors, question="codes_needed", experiment=lambda: round(tensors(1.0, 0.1)))
    assert found.status == "holds"
    assert "the experiment stopped, with this answer in it: TypeError" in capsys.readouterr().out


# --- the parts --------------------------------------------------------------------------------------------------------

MINUS = [{"`a`": a, "`b`": b} for a, b in ((0.5, 2.0), (-0.4, 3.0), (1.7, -0.6), (2.1, 0.3))]


def test_a_number_below_zero_may_explain_an_offset():
    pairs = [Pair(torch.tensor(s["`b`"] + s["`a`"]), torch.tensor(s["`b`"]), s) for s in MINUS]
    assert relation(pairs, 1e-6).text.startswith("too much by exactly `a`")


def test_an_argument_alone_is_told():
    tables = [torch.linspace(0.2, 1.4, 3 + i, dtype=torch.float64) for i in range(3)]
    batches = [{"`batch`": float(b)} for b in (4, 7, 12)]
    pairs = [
        Pair(t + math.log(s["`batch`"]), F.softplus(t) - 3, s, {"logit": t})
        for t, s in zip(tables, batches, strict=True)
    ]
    assert (
        "`logit` and a constant, nothing else: too much by exactly the logarithm of `batch`"
        in relation(pairs, 1e-6).text
    )
    pairs = [Pair(t * s["`batch`"], F.softplus(t) - 3, s, {"logit": t}) for t, s in zip(tables, batches, strict=True)]
    assert relation(pairs, 1e-6).text.startswith("exactly `batch` times `logit`, and nothing else")


def test_a_size_that_is_an_argument_is_called_by_its_name():
    found = facts(Case("random", {"batch": 8, "logit": torch.ones(3)}, {"batch": 8, "codes": 3}))
    assert found == {"`batch`": 8, "the number of codes": 3, "`batch` less one": 7, "the number of codes less one": 2}


def test_crossed_indices_are_found_by_their_diagonal_only():
    z = [torch.randn(n, 3, generator=generator(n)) for n in (4, 5)]
    crossed = [(torch.stack([v[:, [j]] + torch.arange(3.0) - j for j in range(3)], 1), v) for v in z]
    assert "axes 1 and 2" in reshaped(crossed, 1e-6)
    assert reshaped([(c + 0.1, v) for c, v in crossed], 1e-6) == ""


# --- derivatives, a change of several arguments, a value that only seems special -----------------------------------


@pytest.mark.parametrize("cut", ["tc", "loss"])
def test_each_entry_that_trains_must_have_its_derivatives(cut):
    """Also the first of two: what the second gives does not stand for both."""

    def answer(real, shuffled):
        found = right("two_outputs")(real, shuffled)
        return {**found, cut: found[cut].detach()}

    found = ask("two_outputs", answer)
    assert found.status == "slope" and f"of {cut}" in dict(found.rows)["slope"], found


def test_a_derivative_that_is_wrong_is_told_with_its_entry():
    def doubled(real, shuffled):
        found = right("two_outputs")(real, shuffled)
        return {**found, "tc": 2 * found["tc"] - found["tc"].detach()}

    assert "the derivative by real, of tc is not" in dict(ask("two_outputs", doubled).rows)["slope"]


def test_two_arguments_changed_alike():
    found = ask(
        "tc_with_dead_latent", lambda spread, width, eps: right("tc_with_dead_latent")(spread**0.5, width**0.5, eps)
    )
    assert "exactly what is right if `spread` and `width` were their roots" in dict(found.rows)["observed"]


def test_a_value_beside_which_it_is_right_as_well_is_not_called_special():
    """Four steps of Newton do near one; so do they near 1.07."""

    def few_steps(capacity):
        s = -torch.ones_like(capacity)
        for _ in range(4):
            s = s - (0.5 * (s.exp() - 1 - s) - capacity) / (0.5 * (s.exp() - 1))
        return s

    found = ask("silent_rate", few_steps)
    assert found.earned == 0 and "right as soon as" not in repr(found)
    assert "the KL at your log_var is C: not so in" in repr(found)


def test_the_prices_of_a_loss_are_told_part_by_part():
    def by_prices(a, b, c):
        return lambda distortion, log_q, log_prior, n, beta: loss_of(
            distortion, log_q, log_prior, n, beta, prices=(a(beta), b(beta), c(beta))
        )

    one, full = lambda beta: 1.0, lambda beta: beta
    found = dict(ask("mended_loss", by_prices(one, full, full)).rows)["observed"]
    assert "beta times the D_j enters, and should not" in found and "the D_j is missing" in found
    found = dict(ask("mended_loss", by_prices(full, one, one)).rows)["observed"]
    assert "beta times the information enters, and should not" in found and "beta times the tc is missing" in found


def test_a_number_of_points_is_held_against_what_it_must_give():
    def as_if_many(d, h, length):
        n = right("points_needed")(d, h, length)
        return max(2, n - 1)

    rows = ask("points_needed", as_if_many).rows
    missed = [text for what, text in rows if what == "not met"]
    assert any("at your number of points MMD^2 is two deviations or more: not so" in text for text in missed), rows
    assert any("at one point less it is not" in text for what, text in rows if what == "met"), rows


def test_one_number_that_happens_to_be_right_is_not_taken_for_a_law():
    """The first pixel of each image lies outside the band in which this approximates; the last one does not."""

    def with_a_band(x, logits):
        p = logits.sigmoid()
        near = (p - 0.5).abs() < 0.05
        safe = torch.where(near, 0.45, p)
        logs = torch.where(near, math.log(2), torch.log(2 * torch.atanh(1 - 2 * safe) / (1 - 2 * safe)))
        return (x * p.log() + (1 - x) * (1 - p).log() + logs).flatten(1).sum(1)

    found = ask("continuous_bernoulli", with_a_band)
    assert found.earned == 0 and "near in every case" in repr(found) and "only one number" not in repr(found), found


def test_where_one_entry_goes_is_told_though_another_goes_elsewhere():
    """As the largest share stands for an entropy: D and C end in the wrong place, each along its own way."""

    def largest_shares(weights):
        of_latent, of_factor = weights / weights.sum(0).clamp_min(1e-30), weights / weights.sum(1, keepdim=True)
        d = (of_latent.amax(0) * weights.sum(0)).sum() / weights.sum()
        return {"D": d, "C": of_factor.amax(1).mean()}

    found = dict(ask("disentangled_and_complete", largest_shares).rows)["observed"]
    assert "D: where the rows of `weights` are nearly alike, what is right goes to zero" in found
    assert "C: where the columns of `weights` are nearly alike, what is right goes to zero" in found


def mean_of_logarithms(log_p_x, log_q_z_given_x, log_p_z):
    averaged = (log_p_x.exp()[:, None] * log_q_z_given_x).sum(0)
    return (averaged.exp() * (averaged - log_p_z)).sum()


def test_nan_that_is_not_all_that_is_wrong():
    shorter = lambda log_p_x, log_q, log_p_z: 0.7 * mean_of_logarithms(log_p_x, log_q, log_p_z)
    found = ask("wasted_rate", shorter)
    assert found.status == "not finite" and "where numbers came, they are wrong in" in dict(found.rows)["observed"]
    assert ask("wasted_rate", mean_of_logarithms).slip == "the mean of the logarithms"


def test_a_relation_is_told_where_numbers_came():
    halved = lambda share: {**right("hard_code")(share), "information": -0.5 * (share * share.log()).sum()}
    found = ask("hard_code", halved)
    assert found.status == "not finite"
    assert "information: where numbers came, exactly half of what it should be" in dict(found.rows)["observed"]


def test_nan_that_is_all_that_is_wrong_is_told_alone():
    naive = lambda share: {**right("hard_code")(share), "information": -(share * share.log()).sum()}
    found = ask("hard_code", naive)
    assert found.status == "not finite" and "observed" not in dict(found.rows)


def test_a_sine_for_a_cosine():
    one_less = lambda degrees: {"kim_mnih": 1.0, "sap": 1 - abs(math.sin(math.radians(2 * degrees)))}
    said = dict(ask("scores_of_a_turn", one_less).rows)["observed"]
    assert said == "sap: exactly one less the root of one less the square of what it should be"


def test_what_a_batch_of_images_must_add_up_to():
    def only_above_zero(q):
        joint = q.mean(0)
        logs = (joint / (joint.sum(1, keepdim=True) * joint.sum(0))).log().nan_to_num(neginf=0.0)
        return (q * logs.clamp_min(0)).sum((1, 2))

    missed = dict(ask("middle_of_each_image", only_above_zero).rows)["not met"]
    assert missed.startswith("the mean over images is the total correlation of all codes: not so in")


def test_numbers_that_should_be_among_those_that_came_in():
    """The prices of the cases are whole by chance: not that is told, but that a price is one of two."""

    def falling(step, latents, low, high, every):
        opened = min(latents, (step - 1) / every + 1)
        return high + (low - high) * (opened - torch.arange(latents, dtype=torch.float64)).clamp(0, 1)

    said = dict(ask("prices_at", falling).rows)["observed"]
    assert said == "other numbers than came in, and each should be one of those"


def test_whole_numbers_that_are_no_arguments_are_called_whole():
    said = dict(ask("labels_enough", lambda d, more: right("labels_enough")(d, more) + 0.5 * d / more).rows)["observed"]
    assert "not a whole number, and it should be one" in said


def test_a_number_that_goes_the_wrong_way_until_it_stands_still():
    """The chance of a whole code is soon too small to move anything: then it does not fall, nor does it rise."""
    chance = lambda latents, batch: -math.log(1 - batch ** (1 - latents))
    said = dict(ask("reading_of_copies", chance).rows)["observed"]
    assert "it should rise, and does" in said


def test_one_column_alone_in_other_units():
    squeezed = lambda W: -torch.linalg.svdvals(W / W.norm()).log().sum()
    said = dict(ask("columns_contrast", squeezed).rows)["observed"]
    assert "it should stay the same where the first column alone is doubled, and does not" in said


def test_two_equal_numbers_in_a_column_have_no_factor_in_common():
    """Where a latent is shared, both images have one mean: any other mean is so many times as much, in both."""

    def weighed(mu, log_var):
        found, weights = right("share")(mu, log_var), (-log_var).softmax(0)
        shared = (found["mu"][0] == found["mu"][1]) & (mu[0] != mu[1])
        return {**found, "mu": torch.where(shared, (weights * mu).sum(0), found["mu"])}

    found = ask("share", weighed)
    assert found.earned == 0 and "one factor in each column" not in repr(found), found
