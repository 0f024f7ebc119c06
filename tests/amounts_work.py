"""The amounts in words of guides, pages around the chapters, and the benchmark: see amounts.py and judges.py."""

import numpy as np

from computed import card, default, images_of_a_large_study, installs_of_a_pack, left_out_of_the_elbo
from course_pkg import bugs
from course_pkg.benchmark.protocols import PROTOCOLS
from course_pkg.benchmark.statistics import smallest_effect
from course_pkg.data.dsprites import SIZES
from course_pkg.data.polygons import place
from judges import (
    CITED,
    DEFINED,
    READ,
    SPOKEN,
    Asserts,
    Declared,
    Is,
    Lists,
    Sets,
    first,
    last,
    middle,
    one_over,
    ratio,
)

SQUARE = Asserts("2.3 < 90 / 39", lambda _, degrees, __: degrees / 360)
TEN_SEEDS = Asserts("SEEDS == 10")
TEN_RUNS = Asserts("furthest(10)")

TABLES = {
    "README": {
        "ten seeds five at": Is(lambda: PROTOCOLS["pocket"].seeds),
        "seeds five at a time": Sets("--abreast 5"),
        "thirteen times as many": Declared(READ, "tests/bench/README.md"),
    },
    "CONTRIBUTING": {
        "five of the twelve starts*": Declared(SPOKEN, "an example"),
        "a quarter of it*": Declared(SPOKEN, "an example"),
        "twice that*": Declared(SPOKEN, "an example"),
        "what a third is": Declared(SPOKEN, "an example"),
        "A third: and": Declared(SPOKEN, "an example"),
        "A third of each": Declared(SPOKEN, "an example"),
    },
    "intro": {
        "and uses three of them": Is(lambda: sum(kl > 0.1 for kl in card("beta-4")["kl"])),
        "the third that": Is(left_out_of_the_elbo),
        "with ten seeds each": Is(lambda: PROTOCOLS["pocket"].seeds),
    },
    "data": {
        "three quarters of the": Is(lambda: place(np.zeros((1, 2)), *np.array([[1.0], [0.0], [1.0], [1.0]])).item(0)),
        "differ by six parts in ten thousand": Asserts("0.0005 < too_many < 0.0007", middle),
        "of a heart in ten": Asserts(
            "0.09 < 3 * shares['heart as a smooth curve'] < 0.125", lambda low, _, high: 2 / (low + high), near=0.1
        ),
        "thousand, a tenth of": Asserts(
            "0.05 < too_many * measured[:, 2].max() < 0.2", lambda low, _, high: (low * high) ** 0.5
        ),
        "than a tenth of": Asserts("np.abs(measured - expected).max() < 0.1"),
        "a dozen constants can": Asserts("807 * min(shares.values()) > 12", last),
        "more than a dozen": Asserts("807 * min(shares.values()) > 12", last),
        "few images in a thousand depend": Asserts("0.003 < (ties > 0).mean() < 0.007", middle),
        "after a quarter of": SQUARE,
        "after half a": Asserts("nearest.tolist() == [10, 19, 1]", lambda _, orientations, __: orientations / 39),
        "nine of ten pairs their": Asserts("pairs[10] > 0.9 * pairs.total()", lambda _, share: 10 * share),
        "into a quarter of": SQUARE,
        "to 78 at 7": Asserts("(apart[2, 7], 78)", lambda _, at, __: at),
        "to 75 at 5": Asserts("(apart[0, 5], 75)", lambda _, at, __: at),
        "although a quarter of": SQUARE,
        "19$, half a": Asserts("nearest.tolist() == [10, 19, 1]", lambda _, orientations, __: orientations / 39),
        "few squares in a hundred and": Asserts("if len(same) > 1)) / each < 0.03", last),
        "few ellipses in a thousand. What": Asserts(
            "0.003 < sum((n for n in ellipses.values() if n > 1)) / each < 0.006", middle
        ),
        "two thirds of": Is(lambda: len(("square", "ellipse")) / SIZES[0]),
        "Two of these come back": Declared(DEFINED, "the two sentences that follow"),
        "two of them depend on each": Declared(DEFINED, "a pair of factors"),
        "half of white": Asserts("np.array(half.convert('L')).min() == 255", lambda white: 0.5 if white == 255 else 0),
        "a seventh more white": Asserts("abs(more - 8 / 7)", lambda eight, seven: eight / seven - 1),
        "a sixth of the questions": Asserts("majority_vote(6)", one_over),
        "twice as often": Asserts("at_zero - 2 / 40", first),
    },
    "equations": {
        "is seven in eight": Asserts("sum(on_tables) / len(on_tables) - 7 / 8", last),
        "half have a": Asserts("0.5 < sum((not all(lines) for lines in some)) / len(some)"),
    },
    "teaching": {
        "two of the twelve weeks": Declared(DEFINED, "the plan of the course"),
        "between one and four": Asserts("<= 4 for u in with_sheet"),
        "a half and three": Asserts("1.5 <= u.reading / 60 <= 3.5", lambda low, _, __: low - 1),
        "and a half hours": Asserts("1.5 <= u.reading / 60 <= 3.5", lambda _, __, high: high - 3),
        "a tenth below them": Declared(SPOKEN, "an ordinal: the tenth bar"),
        "a quarter of the": Asserts("0.22 < every[OTHER] / sum(every.values()) < 0.25", last),
        "four times the shortest": Asserts("4 * every[order[-2]]", first),
        "fewer than five slips": Asserts("'5 named wrong answers (there are 4)'", first),
        "two of the README": Is(installs_of_a_pack),
    },
    "training": {
        "four times that": Is(lambda: default("beta-vae", "beta")),
        "half a checkpoint": Declared(SPOKEN, "a checkpoint that was cut off"),
        "each are six runs": Sets('"beta": [0.25, 1, 4]}}, seed=[0, 1]', lambda *n: 3 * len(n[3:])),
        "double the speed": Declared(READ, "the author's machine"),
        "doubles the results": Declared(READ, "the author's machine"),
        "of four the vertical bar": Sets("torch.randint(4, (m,)", first),
        "nine tenths of the": Asserts("share[0] > 0.9", last),
        "a hundredth of that": Asserts("0.005 > share[1]", first, near=0.55),
    },
    "bugs": {
        "one of the five": Declared(READ, "the last column of the table"),
        "Three of the four programs": Lists(
            'curves = {"A": suspects["UNIFORM_NOISE"].wrong, "B": suspects["LITTLE_NOISE"].wrong, '
            '"C": suspects["LITTLE_NOISE"].right, "D": suspects["VARIANCE_AS_WIDTH"].wrong}',
            holding=".wrong",
        ),
        "Five of the eight are": Asserts("len(loose) == 5"),
        "a quarter of its": Asserts("3 / 4 * told", lambda a, b: 1 - a / b),
        "In four the whole and": Is(lambda: [bug.symptom for bug in bugs.every().values()].count("score") - 1),
        "zero is one half": Asserts("/ 0.01 - 1 / 2", lambda _, a, b: a / b),
        "twice what it": Asserts("/ 0.01 - 1 / 2", lambda _, a, b: b / a),
        "twice what one": Asserts("1.5 < twice.harm[1] / twice.harm[0] < 2.5", middle),
    },
    "benchmark": {
        "One of the ten": Declared(SPOKEN, "each list has one best"),
        "more than three billion": Is(images_of_a_large_study),
        "two of the published": Asserts(
            "sum((row.best / 100 > by_votes['moments'][0] for row in SCORES.values())) == 2", last
        ),
        "Two of the single changes": Declared(CITED, "the two codes that the sentence names"),
        "score follows two of them": Lists("set(sure('kim_mnih')) == {'the price: 16, not 4', 'latents open in turn'}"),
        "One of three names": Declared(DEFINED, "the chance of a guess among three"),
        "ten training seeds a row": TEN_SEEDS,
        "Ten runs have a": TEN_RUNS,
        "ten runs that is": TEN_RUNS,
        "same ten runs there": TEN_RUNS,
        "ten of ten are no": Asserts("share_of_shares(VOTES) ** 10"),
        "each of ten runs": TEN_SEEDS,
        "smallest p by seven": Asserts("len(PAIRS) == 7"),
        "the next by six": Asserts("len(PAIRS) == 7", lambda n: n - 1),
        "suggested by ten seeds": TEN_SEEDS,
        "138 four times in five": Asserts("seeds_needed(gap, pooled, 0.8)", lambda share: 4 / share),
        "three seeds decide little": Asserts("sd_interval(3)"),
        "six times the one": Asserts("6 < sd_interval(3)", first),
        "Ten seeds of each": TEN_SEEDS,
        "ten seeds can see": TEN_SEEDS,
        "ten seeds can be": TEN_SEEDS,
        "each of the seven metrics": Asserts("len(METRICS) == 7"),
        "a fifth of the": Asserts("(1.02 - 0.15) / 5", lambda *numbers: 1 / numbers[-1]),
        "ten seeds would have": TEN_SEEDS,
        "than a ninth of": Asserts("1 / 9", ratio),
        "only two of ten": Asserts("beside['hinge'][1] == 2", last),
        "in eight of its ten": Asserts("len(beside['hinge'][2]) == 8", last),
        "of its ten seeds": TEN_SEEDS,
        "are six of ten looks": Asserts("len(clear) == 6"),
        "says half as much": Asserts("0.55 * mean('factor-vae', 'information')"),
        "the rankings two at a time": Declared(DEFINED, "a rank correlation is of two rankings"),
        "ten seeds of one": TEN_SEEDS,
        "by six of the seven": Asserts("for metric in judges)) == 6"),
        "seven metrics, five": Asserts("len(judges) == 7"),
        "five of the 21 intervals hold": Asserts("holding(['info-gan']) == 5"),
        "Two of the four orders": Lists(
            "[again[pair] for pair in ASKED] == ['not seen', 'again', 'not seen', 'again']", holding="'again'"
        ),
        "eight choices move the": Asserts("len(changed) == 8"),
        "and five the information": Asserts("len(sure('information')) == 5"),
        "seen with ten seeds": TEN_SEEDS,
        "of the five other choices": Asserts("len(changed) == 8", lambda n: n - 2 - 1),
        "ten seeds were too few": TEN_SEEDS,
        "second more than five": Asserts("5 < away(factor_again, 'FactorVAE, 10') < 6", first),
        "four of the five stopped early": Asserts("for share in done)) == 4", last),
        "five models at the step": Lists("[round(share, 1) for share in done] == [0.7, 0.7, 1.0, 0.7, 0.9]"),
        "seven tenths or nine": Asserts("[0.7, 0.7, 1.0, 0.7, 0.9]", lambda *done: min(done)),
        "or nine tenths of": Asserts("[0.7, 0.7, 1.0, 0.7, 0.9]", last),
        "the ten seeds of": TEN_SEEDS,
        "three of the other four": Asserts("(3, 1, 4)", first),
        "a quarter of its": Asserts("[0.7, 0.7, 1.0, 0.7, 0.9]", lambda *done: 1 - min(done), near=0.2),
        "less than half": Asserts("vae['tc'] / 2", one_over),
        "a half to two": Asserts("1.45 < vae['information']", lambda low: low - 1, near=0.15),
        "two of them change its size": Declared(READ, "read off the live figure"),
        "three tenths of what": Asserts("/ spent[row] for row in trained]) - 0.3"),
        "twice as long": Asserts("1.8 < spent['factor-vae'] / spent['vae'] < 2.5"),
        "than three times as": Asserts("3 < spent['vae-conv']"),
        "a tenth of the study's": Asserts("10 * steps", one_over),
        "ten runs without any": Asserts("draws[:, :10].amax(1)", first),
        "- Ten seeds can": TEN_SEEDS,
        "deviation and a half": Is(lambda: smallest_effect(1.0, 10, 0.8, 0.05 / 2) - 1),
        "Seven of the nineteen have another": Asserts("zip(*places))) == 7"),
        "by a ninth of": Asserts("some.mean()) / 9", one_over),
    },
}
