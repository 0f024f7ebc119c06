"""What the numbers that end a solution's "By hand: ..." are: the reference's answer on the question's case by hand.

A line of ENDINGS quotes them, between two bars, with words of their sentence. They are read as arithmetic ("half of
log(4/3)"), and are the entries of the answer, one after another, or all the one that there is; `come` says what the
answer is where the numbers are only on the way to it, and `of` which other answer the sentence tells of.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from scipy.stats import norm

from claims import NAMED, Subject
from course_pkg.grading.evidence import by_reference
from numerals import evaluated

HAND = re.compile(r"By hand\b.*?(?=\n\n|\n```|\Z)", re.S)
SIGNS = {
    "half of": "1/2 *", "a quarter of": "1/4 *", "a half": "1/2", "a tenth": "1/10", "twice": "2 *", "less": "-",
    "minus": "-", "plus": "+", "times": "*", "over": "/", "to": "/", "of": "/", "·": "*",
} | {word: str(n) for word, n in NAMED.items()}  # fmt: skip
NUMERAL = re.compile(r"-?\d*\.(\d+)")


@dataclass(frozen=True)
class Ends:
    words: str
    come: Callable[..., Any] | None = None
    of: Callable[[Subject], Any] | None = None

    def problem(self, said: str, subject: Subject) -> str:
        """What is wrong with the numbers of this line in what a page says."""
        if self.words.replace("|", "") not in said:
            return f"it does not say {self.words!r}. If it was wrong, mend it; if reworded, reword its line"
        quoted = self.words.split("|")[1::2]
        values = [worth(arithmetic) for arithmetic in quoted]
        found = entries(self.come(*values)) if self.come else values
        answer = entries(self.of(subject)) if self.of else answered(subject)
        answer = answer if len(set(answer)) > 1 else answer[:1] * len(found)
        near = [*map(rounding, quoted)] if not self.come else [max(map(rounding, quoted))] * len(found)
        right = len(found) == len(answer) and all(
            abs(a - b) <= off for a, b, off in zip(found, answer, near, strict=True)
        )
        return "" if right else f"{quoted} comes to {found}, the answer is {answer}"


def worth(words: str) -> float:
    """What arithmetic comes to, as a sentence writes it."""
    text = re.sub(r"e\^\{(.*?)\}", r"exp(\1)", words.lower().replace("$", "")).replace(",", "")
    text = re.sub(r"(?:the )?log (?:of )?([\d./]+)", r"log(\1)", re.sub(r"the root of ([\w./]+)", r"sqrt(\1)", text))
    for word, sign in SIGNS.items():
        text = re.sub(rf"(?<!\w){word}(?!\w)", sign, text)
    return evaluated(re.sub(r"(?<=[\w)]) (?=log|sqrt|pi|e\b)", " * ", text))


def rounding(words: str) -> float:
    """How far from a number its decimals let it lie; arithmetic is exact."""
    numeral = NUMERAL.fullmatch(words)
    return 0.5 * 10.0 ** -len(numeral[1]) if numeral else 1e-9


def entries(values: Any) -> list[float]:
    parts = values if isinstance(values, tuple) else (values,)
    return [n for part in parts for n in torch.as_tensor(part, dtype=torch.float64).flatten().tolist()]


def answered(subject: Subject) -> list[float]:
    return entries(tuple(by_reference(subject.question, subject.cases[0]).values()))


def first_seed(s: Subject) -> float:
    names = ("family_information", "family_score", "information", "score")
    return s.right(**{name: getattr(s.hand, name)[:1] for name in names})["above"]


ENDINGS = {
    "variance_of_the_rest": Ends("What is left, |2|, is divided by one"),
    "best_of_evaluations": Ends("so |three of four|."),
    "difference_between": Ends(
        "the interval is |2| less and more |4.303|.", lambda gap, half: (gap - half, gap + half)
    ),
    "smallest_visible": Ends("By hand: |1.96|."),
    "corrected": Ends("|.06|, |.03|, |.06| in the order"),
    "above_the_family": Ends("so the system is |.05| above it", of=first_seed),
    "judges_agree": Ends("the correlation is |a half|."),
    "centre_of_white": Ends("row |.5| and column |1.25|."),
    "what_each_says": Ends("which is |half of log(9/8)|, .059 nats; the second |.75 log(9/8) + .25 log(3/4)|"),
    "mended_capacity": Ends("half a nat from $C$, so |5|;", of=lambda s: s.right()["penalty"]),
    "lost_by_code": Ends("which is |.75 log(4/3)|, |.216| nats"),
    "best_channel": Ends("noise |1/4|, signal 3/4, gain |1/2|.", lambda noise, gain: (gain, math.log(noise))),
    "first_split": Ends("So |10/16 times 64/100|, |.4|."),
    "nats_each": Ends("The shares are |1.5 log 2| and |.5 log 2|.", lambda *shares: (*shares, 0.0)),
    "held_by_gamma": Ends("buys |half of log 4|, which is |log 2|,"),
    "missing_from_degenerate": Ends("Together |2 log(4/3)|."),
    "encoder_step": Ends("the odds are |5 to 3|.", of=lambda s: s.right()[0][0] / s.right()[0][1]),
    "exchange_costs": Ends("By hand: |a quarter of log 4|."),
    "missing_term": Ends("so it is |half of log 2|."),
    "best_logit": Ends(
        "odds of |6|; at the second 3 against 3/2, odds of |2|.", lambda *odds: tuple(map(math.log, odds))
    ),
    "shuffle_by": Ends(
        "so |2|, |3|, |1|. Those of the second, 0.2, 0.9, 0.5, say |10|, |30|, |20|.",
        lambda *codes: torch.tensor(codes).view(2, 3).T,
    ),
    "shuffled_table": Ends("or |3/8| for each of the two", lambda each: (each, 1 / 2 - each, 1 / 2 - each, each)),
    "without_batch": Ends(
        "the ratio is |3|.", math.log, lambda s: s.right(logit=torch.tensor([2.0]).double().log(), batch=4)
    ),
    "slope_factor": Ends("By hand: |6 less half of 3/4|."),
    "two_outputs": Ends("the reading is |1|; the loss is |half of log(1 + 1/e) plus half of log 2|."),
    "read_off": Ends("By hand: |3/2|; |3/2 less log 2|; |2|;", of=lambda s: tuple(answered(s)[:3])),
    "missing_from_bound": Ends("|half of log 2 less half of log 3/2|, which is |half of log 4/3|."),
    "codes_needed": Ends("an error of 1/2 takes |12| codes"),
    "kl_between_gaussians": Ends("so |half of (1/4 + log 4 - 1 + 1)|, which is |log 2 + 1/8|."),
    "fitted_width": Ends("so |minus log(2 pi) minus log 4 minus 1|."),
    "kl_full_covariance": Ends("|Half of (6 + 1 - 2 - log 4)|, which is |5/2 - log 2|."),
    "continuous_bernoulli": Ends("Times 3/4: |log(3/2 log 3)|."),
    "kl_to_laplace": Ends(
        "|twice the root of 2/pi|, so |log 2| plus that, |minus half of log(8 pi e)|.", lambda *parts: sum(parts)
    ),
    "mixed_uniform": Ends(
        "which is |a half|, and Phi(|1|).", lambda half, at: (half, float(norm.cdf(at))), lambda s: s.right()[0]
    ),
    "price_of_a_turn": Ends("|minus the log of .64|, which is |.446|."),
    "columns_contrast": Ends("so it is |half of log 2|:"),
    "price_of_truth": Ends("By hand: |minus the log of .64|."),
    "labels_enough": Ends("So |seven|."),
    "nearest_point": Ends("the multiplier is |1| and the point (|1|, |1|)."),
    "effective_beta": Ends("By hand: |1000 over 256|,"),
    "best_weighted_bound": Ends("so |twice log(3/4)|."),
    "beta_for_rate": Ends("beta is |2|."),
    "price_of_quality": Ends("$u$ is |log 3|."),
    "kkt_values": Ends("By hand: |-1|, |-1/2| and |0|."),
    "price_under_free_bits": Ends("on to a price of |1|; the second stays at |1/2|."),
    "mean_distance": Ends("By hand: |2| and |4|."),
    "score_of_votes": Ends("the score is |1|."),
    "best_scores": Ends("By hand: |.75| and |.5|."),
    "separated_predictability": Ends("SAP is |.864|."),
    "disentangled_and_complete": Ends(
        "so D is |5/7|. The rows divide their weight as 3 to 1 and 2 to 1, with entropies of .562 and .637 nats; over "
        "$\\log 3$, 1.099, these are .512 and .579, and C is 1 minus their mean, |.454|."
    ),
    "mig_of_the_labels": Ends("nats over $\\log 5$, |.418|."),
    "said_by_a_cosine": Ends("less half of .693, |1.040|."),
    "unbiased_mmd2": Ends("By hand: |1/2 + 1/5 - 2/10|, which is |1/2|."),
    "diagonal_excess": Ends("By hand: |(1/2)/4 + (3/4)/2|, which is |1/2|."),
    "p_value": Ends("so |3/5|."),
    "mended_term": Ends("|3/2 times ($e^{-1/2}$ - 1)| is left, about |-.59|."),
    "hsic_of_tables": Ends("By hand: |.55 + .45 - .9|, |a tenth|."),
    "middle_of_each_image": Ends("the logarithm is |log 2| at both."),
    "read_from_batch": Ends(
        "|1/4 + 3/4 · 1/8|, and the single ones |1/4 + 3/8| and |1/4 + 3/16|.",
        lambda joint, *single: (-math.log(joint), math.log(joint / math.prod(single))),
        lambda s: tuple(answered(s)[::2]),
    ),
    "tc_read": Ends("By hand: |5 less log 1,000|."),
    "missing_for_prior": Ends("the average is |-(log 3/2 + log 1/2) / 2|, that is |log(4/3) / 2|."),
    "tc_with_dead_latent": Ends("By hand: |9/20| of squared correlation.", lambda squared: -math.log(1 - squared) / 2),
}
