"""What the chapters on the VAE, its price, capacity and bottleneck say of larger and smaller: see page_claims.py."""

CLAIMED = {
    "book/elbo.md": {
        "and the short piece at its end is the gap": "gap.mean() < 0.15 * (rate - draws.mean(0)).mean()",
        "the encoder's gap is larger, by a similar amount": "0.3 < (new_gap - seen_gap) / (seen - new) < 3",
        "of gaps above ten nats": "(gap[chosen[2:]] > 8).all()",
        "would leave much less": "(best[2:] < 0.15 * gap[chosen[2:]]).all()",
        "this one is least at a width of 2, and negative there": "wrong.min() < 0",
        "with one from 2.5 to 34": "raw.median() > 30 and centred.median() < 6",
        "in no more than four latents": "2 <= active[1] <= 4",
        "The reconstruction loss falls from about 26 to about 10 nats an image": "last[0] < 13 and last[1] > 5",
        "a nat of rate has bought more than one nat of reconstruction": "first[0] - last[0] > last[1] - first[1] > 0",
        "is larger than the ELBO": "values[3] > values[2]",
        "lies above the exact evidence, on most test digits": "0.55 < (at_mean > log_evidence).float().mean() < 0.9",
        "In the first three rows, which cost 3.6 to 4 nats each": "(kl[:3] > 3).all() and (kl[3:] < 0.03).all()",
        "It rises from the ELBO, flattens, and stays just below": "means[0] < means[3] < means[-1]",
        "training does pull the two apart, and the overlap falls from about .4 to a few hundredths": (
            "0.5 > overlap[0] > 0.3 > 0.25 > overlap[1] > overlap[2]"
        ),
        "confuses the two less than half as often": "at_mean[3] < 0.5 * at_mean[2]",
        "at a rate below a thousandth of a nat": "wasted < 0.0008",
    },
    "book/kkt.md": {
        "from the first to the last the codes have become about half as dear": "told[-1] < 0.55 * told[0]",
        "has grown by nearly thirty nats": "28 < missed[-1] - missed[0] < 31",
        "The rates beside the rows fall from 11.2 to 5.9 nats": "told == sorted(told, reverse=True)",
        "In the third row the multiplier is above ten billion": (
            "beside < 5e-11 and abs(2 * beside * squeezed - 1) < 1e-06"
        ),
        "The price grows as one over the root of the room": "abs(b * r ** 0.5 - 0.5) < 0.001",
        "the first $x$, for which the codes can do least, gets few": "each[0] == each.min() < 0.3 * one",
        "The fourth secant fails": "[ok for *_, ok in secants(seen)] == [True] * 3 + [False]",
        "a nat saved costs about four nats of distortion, and should cost more than six": (
            "3 < secants(seen)[-1][2] < 5"
        ),
        "are below a hundredth of a nat": "rates[-2] < 0.01",
        "the digit models fall silent between 4 and 6": "seen[4][0] > 0.1 and 4 < limit < 6",
        "so the first half of the bit buys seven tenths of a nat, and the second half one and a quarter": (
            "0.7 < D[-1] - D[at_half] < 0.75 and 1.2 < D[at_half] - D[0] < 1.3"
        ),
        "At beta 2.5 the nearly silent solution is the worse one": "loss[2.5, 'noisy'] > loss[2.5, 'clean'] + 0.1",
        "at 3 the clean one is": "loss[3.0, 'noisy'] < loss[3.0, 'clean'] - 0.1",
        "By this loss it is better than the model": "other < own - 3",
        "it has lowered the rate of each, by a third or more": "low < 0.68 * high",
        "Go up from 2.5, where all ten are on": "falls[9] > 2.5",
        "At 5 half of them are silent": "sum(falls > 5) == 5",
        "the three that save most hold out until 11.2, 12.7 and 13.9": (
            "for b in falls[:3]] == ['13.9', '12.7', '11.2']"
        ),
        "At beta 1 the model's own axes are no better than random ones": "0.8 < own_axes[1] / at_random[1] < 1.2",
        "less than a fifth of a nat could be gained, of a loss of more than a hundred nats": (
            "own_axes[1] - best_ones[1] < 0.2 and own > 100"
        ),
        "At 4 axes turned at random cost two and a half nats on average and at 16 eleven": (
            "2.3 < at_random[4] < 2.8 and 10.4 < at_random[16] < 11.5"
        ),
        "within a tenth of a nat of the best axes there are": "own_axes[b] < best_ones[b] + 0.1",
        "Turning either one into the size costs more than a nat": (
            "1 < min((by_45(2, pair)[0] for pair in ((0, 2), (1, 2))))"
        ),
        "The same beta 4 is written as 0.625 for digits of 8 × 8 and 0.00326 for colour images of 64 × 64": (
            "kkt.normalised_beta(4, 10, 64) == 0.625 and f'{kkt.normalised_beta(4, 10, 3 * 64 * 64):.5f}' == '0.00326'"
        ),
    },
    "book/capacity.md": {
        "says no more than the seven that there are": "abs(I[0] - H) < 0.05",
        "pays over forty nats": "R[0] > 35",
        "one in twenty at two, one in three at four": "0.02 < shares[4] < 0.1 and 0.2 < shares[5] < 0.45",
        "In each row the numbers fall from left to right": "KL > most > said",
        "The two positions rise together from the start": "abs(at(6.0)['posX'] - at(6.0)['posY']) < 0.5",
        "scale leaves zero at about 3 nats, shape at about 9, orientation at about 13": (
            "2.5 < enters['scale'] < 4.5 < 7.5 < enters['shape'] < enters['orientation'] - 2"
        ),
        "turning a small sprite changes less than half as many pixels as moving it": (
            "apart['orientation'] < apart['posX'] / 2 and apart['orientation'] < apart['posY'] / 2"
        ),
        "the shape gets more too": "at(12.0)['shape'] < at(18.0)['shape']",
        "gives the scale more than the 1.79 nats that six settings are worth, and the shape more than 1.10": (
            "shared[-1, 2] > math.log(6) and shared[-1, 3] > math.log(3)"
        ),
        "a price of one buys more than five nats and a price of two fewer": "plane[1.0][0] > 5 > plane[2.0][0]",
        "the larger $\\gamma$ draws worse, by more than a nat": "held[30.0][1] > held[3.0][1] + 1",
        "the latents together pay less than a third of a nat": "total['beta, high to low'][:10].max() < 0.3",
        "Its code says more than five times as much": "said['sum', 'hinge'] > 5 * said['sum', '|R - C|']",
        "and the hinge's code says less": "said['mean', 'hinge'] < 0.9 * said['sum', 'hinge']",
        "the slow model says 8.5 of the 9.9 nats that tell the images apart, and the fast one fewer than three": (
            "fast['information'] < 3 < 8.4 < slowly['information'] < math.log(20000) < 9.95"
        ),
        "In all six rows the hinge's latents start farther apart on average": (
            "all((h > b for b, h, *_ in tests.values()))"
        ),
        "In every row the hinge's interval lies below zero": "all((high < 0 for _, _, _, high, _ in others.values()))",
        "At a weight of 1,000 it draws better in all 30 pairs": "(hinge < bars).all()",
        "with little more than half the rate": "/ others[1000.0, 'rate at the end'][0] < 0.6",
        "the fixed capacity draws worse by most of a nat, from 29 of 30 seeds": "(fixed > ramped).sum() == 29",
    },
    "book/bottleneck.md": {
        "at the lowest price at most five of the hundred starts reach the best that was found": "hits[-1] <= 5",
        "Both are zero down to a dotted line just below .98": "0.97 < critical < 0.985",
        "values of the code are in use at a price of .9, five at .89, six at .86, seven at .8 and ten at .5": (
            "for price in (0.9, 0.89, 0.86, 0.8, 0.5)] == [4, 5, 6, 7, 10]"
        ),
        "and rise more steeply again near .88 and .82": "growth[at(0.875) - 1] > 3 * growth[at(0.905) - 1]",
        "so each row is better": "all((float(row[2]) < 0 for row in rows))",
        "and more often as the price falls": "sent_how_often == sorted(sent_how_often)",
        "at a price above .4 already": "0.4 < most_earned(six * torch.stack([1 - p, p], 1))[0] < 0.42",
        "The loss is above the Lagrangian of the network's own code": "loss > own",
        "Of the two gaps the prior's is the larger": "prior_gap > decoder_gap",
        "is within a tenth of a nat of the best that thirty starts": "-0.01 < own - best < 0.1",
        "far below that price some ten steps are enough, and at it even twenty thousand are not": (
            "prices[0] < prices[-1] and runs[0].steps < 20"
        ),
    },
}
