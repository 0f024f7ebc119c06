"""The amounts in words of the chapters on cascades and on density ratios: see amounts.py and judges.py."""

from inspect import signature

from computed import changed_price, default, moved_at_one_nat, share_of_what_is_left, share_of_what_is_said, zero
from course_pkg.cascade import linear
from course_pkg.cascade.kept import on_dsprites
from course_pkg.data.dsprites import SIZES
from judges import CITED, DEFINED, READ, SPOKEN, Asserts, Declared, Is, Lists, Sets, Shows, first, last, middle, ratio

SHAPES = Is(lambda: SIZES[0])
HALF_THE_RATE = Asserts("lesson('joint')[1]['learning rate'] == 0.0005", lambda _, rate: rate / 0.001)
THREE_RUNS = Asserts("len(three) == 3")
A_FIFTH = Is(changed_price)
OWN_AXIS = (
    "own_axis == [mixed_place, (True,) * 3, mixed_size, (True,) * 3, (True,) * 3, (True,) * 3, mixed_place, "
    "mixed_place]"
)

TABLES = {
    "cascade": {
        "seven dots at 6.329": Asserts("ends.count(6.329) == 7", last),
        "five at 6.433": Asserts("ends.count(6.433) == 5", last),
        "one of the three numbers": Declared(DEFINED, "what a block of the figure moves"),
        "three in a thousand": Is(lambda: 1 - (1 / 20) ** (1 / 1000)),
        "Two of the three changes": Declared(READ, "the figure's curves: hinge and slow capacity"),
        "then a third": Declared(SPOKEN, "an ordinal: the third latent"),
        "half of $\\mathrm{tr}": Is(share_of_what_is_left),
        "half of $\\sum_j": Is(share_of_what_is_said),
        "Five of the twelve starts": Asserts("ends.count(6.433) == 5", last),
        "a tenth of a nat above": Asserts(
            "ends.count(6.329) == 7 and ends.count(6.433) == 5", lambda low, _, high, __: high - low
        ),
        "three of the five wrong": Sets("[(0, 2, 1), (1, 0, 2), (2, 1, 0)]", lambda *numbers: len(numbers) / 3),
        "five wrong orders are such": Asserts("len(valleys) == 5"),
        "moved by a thousandth": Is(lambda: signature(linear.open_in_turn).parameters["nudge"].default),
        "ten times the one": Declared(DEFINED, "a decade of the figure's axis"),
        "still uses three latents": Asserts("lesson('beta-16')[1]['kl'])) == 3", last),
        "twenty times the published price": Asserts("190 < silent_from < 215", lambda low, high: (low + high) / 2 / 10),
        "a dozen more eigenvalues": Sets("torch.randn(seen.shape[1], 13", lambda _, n: n - 1),
        "half of the information": Asserts("0.5 < tie.mean() / whole.mean()"),
        "zero at one half": Asserts("abs(repeats[20]) < 1e-12", lambda place, _: place / 40),
        "a sixth of a": Asserts("abs(repeats[0] - 0.1744)", last),
        "10 and one half": Sets("strong, weak = 10.0, 0.5", last),
        "is a third of": Asserts("math.log(2) / 3", lambda _, three: 1 / three),
        "two thirds of": Asserts(
            "round(asked, 2) == 41.1 and round(to_say, 2) == 13.51 and (round(asked - to_say, 2) == 27.59)",
            lambda *n: n[-1] / n[1],
        ),
        "that a ten-thousandth of": Declared(DEFINED, "one over the 10,000 of its sentence"),
        "that is six hundredths": Asserts("round(0.001 * 63, 3) == 0.063", last),
        "is from a third": Is(lambda: 1 / SIZES[0]),
        "a quarter at 1": Is(moved_at_one_nat),
        "temperature above one half": Is(lambda: 1 / (SIZES[0] - 1)),
        "Three of four samples are": Asserts("0.22 < corner < 0.28", lambda low, high: 4 * (1 - (low + high) / 2)),
        "a tenth too small": Asserts("0.84 < slope / (0.7 * 0.3) < 0.95", lambda *n: 1 - (n[0] + n[-1]) / 2),
        "Chance is a third": Asserts("score['the same value for all'] - 1 / 3", ratio),
        "alone scores a third": Is(lambda: 1 / SIZES[0]),
        "shapes scores two thirds": Asserts("score['squares against the rest'] - 2 / 3", ratio),
        "three runs of each": Sets("low=1.0, high=10.0)[0] for seed in range(3)", last),
        "comes after four of them": Is(lambda: default("cascade-vae", "before")),
        "nine runs the value": Lists(
            'results = {"CascadeVAE": waiting, "the value at once": at_once, "JointVAE": joint_vae}',
            lambda systems: 3 * systems,
        ),
        "some nine tenths of": Shows(0.87, 0.98, 0.92, of=lambda *nats: sum(nats) / 3),
        "a value with three choices": Is(lambda: SIZES[0], times=3),
        "Each row has three seeds": Asserts("for seed in range(3)"),
        "half of it": HALF_THE_RATE,
        "eight runs of the two": Lists("[in_use(card) for card in alive] == [3, 4, 3, 3, 3, 3, 3, 3]", times=2),
        "four runs each of the": Lists(
            OWN_AXIS,
            holding="True",
        ),
        "In three, posX": Lists(
            OWN_AXIS,
            holding="mixed_place",
        ),
        "one of its four runs": Lists("[in_use(card) for card in alive] == [3, 4, 3, 3, 3, 3, 3, 3]", holding="4"),
        "is so in all four runs": Is(lambda: len(on_dsprites()["cascade-vae"])),
        "it has in four runs": Lists(OWN_AXIS, holding="True"),
        "all four runs of CascadeVAE": Is(lambda: len(on_dsprites()["cascade-vae"])),
        "three other runs of CascadeVAE-C": THREE_RUNS,
        "three quarters of either": Asserts("max(numbers(alive[k], 'posX') + numbers(alive[k], 'posY')) < 0.77", last),
        "three quarters of posY": Asserts("max(numbers(alive[2], 'posY')) - 0.75", last),
        "than a third of": Asserts("max(numbers(alive[2], 'scale')) < 0.34", last),
        "half a turn": Declared(DEFINED, "the symmetry of an ellipse"),
        "half a right": Asserts("max(third) - min(third) > 45", lambda degrees: degrees / 90),
        "tells four tenths of": Asserts("abs(tilt[0] - 0.4)", last),
        "three others two thirds": Asserts("abs(t - 2 / 3)", ratio),
        "a quarter is about": Asserts("0.2 < of_the_shape(card) / own['nats'] < 0.27", middle),
        "little more than a half": Asserts("0.5 < own['accuracy'] < 0.6", first),
        "the three runs of": THREE_RUNS,
        "the choice of three": SHAPES,
        "three runs know nothing": THREE_RUNS,
        "these are seven runs": Is(lambda: len(on_dsprites()["cascade-vae"]) + 3),
        "eight runs of the cascades": Lists("[in_use(card) for card in alive] == [3, 4, 3, 3, 3, 3, 3, 3]"),
        "three runs a number": Asserts("for name in ('CascadeVAE-C', 'CascadeVAE') for card in runs[name])) == 3"),
        "in six runs of": Asserts("len(dead) == 6"),
        "runs of six": Asserts("len(dead) == 6"),
        "ten times as much": Asserts(
            "7.9 < (other['reconstruction'] - card['reconstruction']) / (card['rate'] - other['rate']) < 13.7", middle
        ),
        "ten times the price": Is(lambda: default("cascade-vae", "high") / default("cascade-vae", "low")),
        "at twice that": Asserts("lesson('joint')[1]['learning rate'] == 0.0005", lambda _, rate: 0.001 / rate),
        "to a thousandth of": Declared(SPOKEN, "how the sums were rounded"),
        "by six times that": Asserts("latents - 1 == 6", last),
        "Half the learning": HALF_THE_RATE,
        "take that half": HALF_THE_RATE,
        "falls by more than half": Asserts("hinge[0] < picture / 2", lambda _, two: 1 / two),
        "a fifth of the price by": A_FIFTH,
        "price by more than half": Asserts("fifth[0] < picture / 2", lambda _, two: 1 / two),
        "one at a fifth": A_FIFTH,
        "and at a fifth": A_FIFTH,
        "These are eight short runs": Asserts(
            "[len(each) for each in begun.values()] == [2] * 4", lambda two, four: two * four
        ),
        "than two tenths": Asserts("slowly[1] < 0.2", last),
        "eight times the same": Sets("torch.cat([eight, *decoded]), 8", last),
        "three of four samples of": Asserts("0.22 < corner < 0.28", lambda low, high: 4 * (1 - (low + high) / 2)),
        "a half and one": Declared(CITED, "the author's answer in the issue"),
        "bias of a tenth": Asserts("0.84 < slope / (0.7 * 0.3) < 0.95", lambda *n: 1 - (n[0] + n[-1]) / 2),
        "costs it six hundredths": Asserts("round(0.001 * 63, 3) == 0.063", last),
        "by a tenth of": Asserts("round(0.001 * 63, 3) == 0.063", last, near=0.4),
    },
    "density_ratio": {
        "two hundredths of a": Asserts("max((abs(r) for r in reads[-6:])) == 0.02", last),
        "near one half proves": Asserts("r.accuracy < 0.5"),
        "A hundredth of": Asserts("best[0.01].accuracy"),
        "three thousandths below chance": Asserts("0.002 < math.log(2) - best[0.01].surprise < 0.004", middle),
        "At a tenth of": Asserts("((0.1, 0.576)", first),
        "at 5 nats": Asserts("by_net[5.0][1].plug_in < 5 - 0.3", first),
        "more than two latents": Declared(DEFINED, "the section before is about two"),
        "one row, or two of them": Declared(DEFINED, "how three latents can be divided"),
        "two of the latents have": Declared(DEFINED, "an example"),
        "Two of these points": Declared(DEFINED, "the two sections that follow"),
        "a batch of four": Declared(DEFINED, "the batch of the table that follows"),
        "Where $D$ is one half": Is(lambda: zero.sigmoid()),
        "is $\\gamma$ less a quarter": Asserts("abs(acts_as - 6.15) < 0.02", lambda seen, _: 6.4 - seen),
        "one half for as long": Is(lambda: zero.sigmoid()),
        "half as many as": Declared(DEFINED, "one update of two that a step makes"),
        "about a tenth of": Asserts("wall[8][0].std() < 0.2", last, near=0.5),
        "Half of the": Asserts("0.35 < (r[:, 1] < 0).float().mean() < 0.65", middle),
        "negative about half": Asserts("0.35 < (r[:, 1] < 0).float().mean() < 0.65", middle),
        "Three of its latents are": Asserts("for kl in card['kl'])) == 3", last),
        "about a sixth": Asserts(
            "4.5 < far.mean() / (0.5 * log_var).exp().mean() < 8", lambda low, _, high: 2 / (low + high)
        ),
        "twice the last": Sets("2.0 ** torch.arange(7)", first),
        "half a million": Asserts("512 * 1000 == 512000", lambda *n: n[-1] / 1e6),
        "for three trained models": Lists("for name in ('tc', 'beta-4')", lambda others: 1 + others),
        "two thirds of it": Asserts("0.6 < of(0, 'reads') / of(0, 'tc') < 0.7", middle),
        "half a nat": Asserts("of(10, 'reconstruction') + 0.5", last),
        "be a hundredth of": Asserts("best[0.01].accuracy"),
        "as $\\gamma$ less a quarter": Asserts("abs(acts_as - 6.15) < 0.02", lambda seen, _: 6.4 - seen),
    },
}
