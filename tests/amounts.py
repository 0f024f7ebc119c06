"""Amounts in words: counts ("three runs"), shares ("a quarter of it"), multiples ("twice that"), small numbers of
captions ("about 9"); and what says that they are right.

Each stands in the table of its page (amounts_*.py) in a few words of its sentence, so that no two can be exchanged,
with one of the judges of judges.py.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from course_pkg.show.quiz import FOLDER as QUIZZES
from course_pkg.show.quiz import parse
from numerals import COMMENT, LARGE, SKIPPED, WORDS, cells_of, sections

MANY = "three|four|five|six|seven|eight|nine|ten"
THINGS = "runs|seeds|choices|starts|trainings|orders|votes|looks|models|metrics"
AFTER = "|".join(f"(?<={bound} )" for bound in ("more than", "less than", "fewer than", "at least", "at most"))
USED = r"latents(?= (?:are|in use|carry|have left))"
COUNT = re.compile(
    rf"(?<![\w-])(?:(?:{MANY}) (?:(?!of\b)[\w-]+ )?(?:{THINGS})(?![\w-])"
    rf"|(?:{MANY}) (?:dead latents|{USED})|uses? (?:{MANY}) latents"
    rf"|(?:{MANY}) of (?:the|them|these|those|all|its|{MANY}|two)(?![\w-])"
    rf"|(?:one|two) of (?:the |its |all )?(?:{MANY}|twelve)(?![\w-])"
    r"|(?<!any )(?<!no )two of (?:the|its|their|them|these|those)(?![\w-])"
    rf"|(?:two|{MANY}) at a time"
    rf"|(?:{MANY})(?: [a-z]+)?(?= at \d*\.\d)"
    rf"|(?:in|and|but|by|of|at) (?:{MANY})(?: (?:the|each)\b|(?=[.,;:)](?!\d)))"
    rf"|(?<=by )(?:one|two|{MANY})(?= (?:labels?|nats?|bits?|steps?|standard errors?)\b)"
    rf"|(?:{AFTER})(?:two|{MANY})(?! times|-| [a-z-]*(?:th|third|quarter)s\b)(?!\w))",
    re.I,
)
ONE_OF = {word: n for n, word in enumerate("half third quarter fifth sixth seventh eighth ninth tenth".split(), 2)}
ONE_OF |= {"hundredth": 100, "thousandth": 1000, "millionth": 10**6}
ONE_OF |= {"ten-thousandth": 10**4, "hundred-thousandth": 10**5}
WHOLES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
PARTS = "|".join([*ONE_OF][1:])
TIMES = WORDS | LARGE | {"a hundred": 100, "a thousand": 1000}
NUMBERS = "|".join(sorted(({*TIMES} - {"zero", "one"}), key=len, reverse=True))
MEASURED = ("less", "than", "plus", "minus", "about", "by", "is", "to", "of", "at", "nearly", "almost", "and a", "or")
# "The third row" and "a third latent" are ordinals; of "the other half" the sentence before tells.
SHARE = re.compile(
    rf"(?<![\w-])(?:(?:one|a) half|(?:{'|'.join(f'(?<={word} )' for word in MEASURED)})half"
    r"|(?<!other )(?<!first )(?<!second )(?<!each )half(?= (?:an?|of|its|the)\b)"
    rf"|(?:one|a) (?:{PARTS})(?= (?:of|or|more|above|below|too|perhaps|is|over|turn|at)\b|[.,;:)]|$)"
    rf"|the (?:half|{PARTS})(?= that\b)|(?:few|one|{NUMBERS})(?: [a-z]+)? in (?:a|ten) (?:{'|'.join(WHOLES)})"
    rf"|(?:few|{NUMBERS}) (?:{PARTS})s)(?![\w-])(?! (?:as|way)\b)",
    re.I,
)
MULTIPLE = re.compile(
    rf"(?<![\w-])(?:(?:{NUMBERS}) times(?= (?:as|that|the|what|more|larger|log)\b| \$)|doubles?(?= the\b)"
    r"|twice(?= (?:as|that|the|what|its|one)\b)|half as(?= \w)|(?:\w+ )?dozen)(?![\w-])",
    re.I,
)
SMALL = re.compile(r"(?<![\w-])(?:about|near|at|between|above|below) [2-9](?![\w]|[.,]\d| ?[×%])")
READING = re.compile(r"A first reading may leave out[^:]*")  # an estimate by its nature
COUNTING = f"one|two|{MANY}".split("|")
NEAR = 0.1  # a share or a multiple is rounded: a fifth is not a sixth


@dataclass(frozen=True)
class Amount:
    """What words say, and how near to it what they round may lie, as a share of it: a count is exact."""

    value: float
    near: float = 0.0
    words: str = ""

    def fits(self, number: float, near: float = 0.0) -> bool:
        return math.isclose(number, self.value, rel_tol=max(near, self.near, 1e-9))


@dataclass(frozen=True)
class Page:
    """What a reader reads of a page, a text for each cell, caption or alt text; and what its code says and shows."""

    texts: tuple[tuple[str, bool], ...]  # and whether it is a caption or an alt text
    assertions: tuple[str, ...] = ()
    code: str = ""
    shown: frozenset[float] = frozenset()


@cache
def read(path: Path) -> Page:
    plain = lambda text: READING.sub(" ", " ".join(SKIPPED.sub(" ", COMMENT.sub(" ", text)).split()))
    if path.parent == QUIZZES:
        asked = parse(path.read_text("utf-8"))
        texts = [text for q in asked for text in (q.text, *(text for c in q.choices for text in (c.text, c.why)))]
        chapter = read(QUIZZES.parents[2] / "book" / path.name)
        return replace(chapter, texts=tuple((plain(text), False) for text in texts))
    if path.suffix == ".yml":  # the glossary
        return Page(tuple((plain(text), False) for text in yaml.safe_load(path.read_text("utf-8"))["terms"].values()))
    parts = sections(path)
    cells = ["".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "code"]
    if not path.with_suffix(".ipynb").exists():  # a guide: what its sentences quote, such as commands
        cells += re.findall(r"`([^`\n]+)`", path.read_text("utf-8"))
    return Page(
        tuple((plain(text), where != "text") for part in parts for text, where in part.prose),
        tuple(test for part in parts for test in part.tests),
        " ".join(" ".join(cells).split()),
        frozenset(float(n) for part in parts for n in part.shown),
    )


def places(text: str, caption: bool) -> Iterator[tuple[int, int, Amount]]:
    """Where amounts stand in a text, and what they say."""
    for match in COUNT.finditer(text):
        yield *match.span(), Amount(next(WORDS[w] for w in match[0].lower().split() if w in COUNTING), words=match[0])
    for pattern in (SHARE, MULTIPLE, SMALL) if caption else (SHARE, MULTIPLE):
        for match in pattern.finditer(text):
            yield *match.span(), replace(share(match[0].lower().replace("one ", "a ", 1)), words=match[0])


def share(found: str) -> Amount:
    """What a share or a multiple says: a few is two to ten."""
    if " in " in found:
        many, of = found.split()[0].removeprefix("a"), WHOLES[found.split()[-1]] * (10 if " ten " in found else 1)
        return Amount(4 / of, 0.6) if many == "few" else Amount(({"": 1} | TIMES)[many] / of, NEAR)
    *first, last = re.sub("^(?:a|the) ", "", found).split() if "times" not in found else found.rsplit(" ", 1)
    if last == "times":
        return Amount(TIMES[first[0]], NEAR)
    if last == "dozen":
        return Amount(12 * TIMES.get(" ".join(first), 1), NEAR)
    if found in ("twice", "double", "doubles", "half as"):
        return Amount(0.5 if found == "half as" else 2, NEAR)
    if last.isdigit():
        return Amount(int(last), NEAR)
    part = ONE_OF[last if last in ONE_OF else last.removesuffix("s")]
    return Amount(4 / part, 0.6) if first == ["few"] else Amount((TIMES[first[0]] if first else 1) / part, NEAR)


def told(page: Page, table: dict[str, Any]) -> dict[str, list[Amount]]:
    """{words of the table around them, or of the sentence: the amounts that stand there}."""
    found = defaultdict(list)
    for text, caption in page.texts:
        known = [(m.span(), key) for key in table if key in text for m in re.finditer(bounded(key), text)]
        for start, end, amount in places(text, caption):
            around = [key for (a, b), key in known if a <= start and end <= b]
            found[max(around, key=len) if around else phrase(text, start, end)].append(amount)
    return found


def bounded(key: str) -> str:
    return rf"(?<!\w){re.escape(key)}(?!\w)"


def phrase(text: str, start: int, end: int) -> str:
    """The words and a few more of their sentence."""
    after = re.match(r"(?: [^ .;:]+){0,3}", text[end:])[0]
    before = "" if len(after.split()) > 1 else re.search(r"(?:[^ .;:]+ ){0,3}$", text[:start])[0]
    return (before + text[start:end] + after).rstrip(",)")
