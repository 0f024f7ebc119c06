"""What says how many, where a sentence counts runs, seeds, starts and the like, or some of a number, in a word from
three to ten. {page: {words: (what says so, how often they stand there)}}: words of an assertion of the page, which
holds the number or a list of that length; or, after "is", what it is.
"""

SEEDS = "is how many seeds a row of the study has"
THREE_SEEDS = "is the seeds that each was trained with"
VALUES = "is the values of the discrete code"
ALIVE = "[in_use(card) for card in alive]"
OWN_AXIS = "is counted in the assertion about own_axis, run by run"
COUNTED = {
    "benchmark": {
        "ten training seeds": ("SEEDS == 10", 1),
        "ten runs": ("furthest(10) - 2.85", 5),
        "ten of ten": ("share_of_shares(VOTES) ** 10", 1),
        "by seven": ("len(PAIRS) == 7", 1),
        "by six": ("is one fewer than seven", 1),
        "ten seeds": (SEEDS, 10),
        "in five": ("is a power of .8", 1),
        "three seeds": ("sd_interval(3)", 1),
        "of ten": (SEEDS, 1),
        "eight of its": ("len(beside['hinge'][2]) == 8", 1),
        "six of ten": ("len(clear) == 6 and len(looks) == 10", 1),
        "six of the": ("'info-gan' for metric in judges)) == 6", 1),
        "five of the": ("holding(['info-gan']) == 5", 1),
        "four orders": ("is the orders that the text tells", 1),
        "eight choices": ("len(changed) == 8", 1),
        "and five the": ("len(sure('information')) == 5", 1),
        "five other choices": ("is eight less three", 1),
        "three of its": ("is the rows that were trained at the papers' size", 1),
        "three of the": ("(3, 1, 4)", 1),
        "seven of the": ("== 7 and len(trained) == 19", 1),
    },
    "bottleneck": {"five of the": ("hits[-1] <= 5", 1)},
    "bugs": {
        "three of the": ("is all but the right one", 1),
        "five of the": ("len(loose) == 5", 1),
        "in four the": ("is how many of the drawn panels look so", 1),
    },
    "capacity": {
        "eight of the": ("is how many are drawn", 1),
        "at four": ("is the price of shares[5], in the list of betas", 1),
        "at five": ("abs(held[30.0][0] - 5) < 0.5", 1),
        "seven of its": ("len(idle) == 7", 1),
        "of five": ("is a power of .8", 1),
    },
    "cascade": {
        "five of the": ("ends.count(6.433) == 5", 1),
        "three of the": ("is wrong orders less the two without a valley", 1),
        "five wrong orders": ("len(valleys) == 5", 1),
        "three of four": ("is how often no value has nearly all, in the table", 2),
        "of three": (VALUES, 5),
        "four of them": ("is `before` of the published run", 1),
        "three runs": ("is the seeds of a row, or runs told apart in the text", 4),
        "nine runs": ("is three rows of three seeds", 1),
        "three seeds": (THREE_SEEDS, 1),
        "eight runs": (ALIVE, 3),
        "four runs": (OWN_AXIS + ": (True,) * 3; and the runs of one cascade", 3),
        "in three": (OWN_AXIS + ": mixed_place", 1),
        "three other runs": ("is the runs of CascadeVAE-C but one", 1),
        "seven runs": ("is four runs of CascadeVAE and three of CascadeVAE-C", 1),
        "six runs": ("len(dead) == 6", 1),
        "of six": ("len(dead) == 6", 1),
    },
    "data": {"in ten": ("is what the next section measures", 1), "nine of ten": ("is .9, asserted of pairs[10]", 1)},
    "density_ratio": {
        "of four": ("is the batch of the table", 1),
        "three of its": ("for kl in card['kl'])) == 3", 1),
    },
    "elbo": {"three seeds": (THREE_SEEDS, 1), "eight seeds": ("is the author's, beyond the page", 1)},
    "equations": {"in eight": ("is a round share of the count above", 1)},
    "intro": {"three of them": ("is the latents in use in the figure", 1), "ten seeds": (SEEDS, 1)},
    "kkt": {
        "four of them": ("is the prices that the figure shows", 1),
        "three of the": ("is the claims that need no more", 1),
        "three of four": ("== [True] * 3 + [False]", 1),
        "three runs": ("is the curves of the figure", 2),
        "five starts": ("is the starts of the cell", 1),
    },
    "metrics": {"ten seeds": ("is of Kim and Mnih", 1), "three choices": ("is those that follow", 1)},
    "mmd": {
        "eight of ten": ("is read off the curve", 1),
        "seven of its": ("for kl in vae_card['kl'])) == 7", 1),
        "three seeds": ("== [0, 1, 2]", 4),
        "of three": ("is x, y and their parity", 1),
    },
    "teaching": {"and four": ("is a bar of the figure", 1)},
    "training": {"six runs": ("is 3 * 2", 1), "of four the": ("is the pictures of a group", 1)},
}
