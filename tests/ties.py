"""Whether a text belongs to the name that it stands with: what the two have in common, counted."""

import itertools
import math
import re
from collections import Counter
from functools import cache

LITTLE = frozenset(
    "a an and are as at be but by can did do does for from has have if in is it its no not of on one only or so such "
    "than that the their them then there this those to too was what where which while with you your yours".split()
)
ENDINGS = ("ations", "ation", "ities", "ity", "ings", "ing", "ages", "aged", "age", "ies", "ed", "es", "ly", "s", "e")


def stem(word):
    """A word without its ending: averages, averaged, averaging and average are one."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@cache  # each text is compared with all others, and in each exchange
def marks(text):
    """The words of a text that say something, and its pairs of neighbours in any order."""
    said = [stem(word) for word in re.findall(r"[a-z_]+|\d+|[/|^+=-]", text.lower()) if word not in LITTLE]
    return frozenset(said) | {frozenset(pair) for pair in itertools.pairwise(said)}


def exchangeable(names, texts):
    """The pairs of names whose texts could be exchanged and fit as well, or better: each mark that a name shares with a
    text counts the more, the fewer of the texts have it."""
    found = [marks(text) for text in texts]
    often = Counter(mark for text in found for mark in text)
    tie = [
        [sum(math.log(1 + len(texts) / often[mark]) for mark in marks(name) & text) for text in found] for name in names
    ]
    return [
        (names[i], names[j])
        for i, j in itertools.combinations(range(len(names)), 2)
        if tie[i][i] + tie[j][j] <= tie[i][j] + tie[j][i] + 1e-9
    ]
