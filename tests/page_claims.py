"""The sentences of a page that put one thing before another, and what in their section says that they are right.

Such a sentence has a word of order ("larger", "before", "falls"), of all or none ("each", "only", "neither", "not"),
two sides of which one is right ("X, not Y"), two names, or several numbers. Exchange two of its words, and each number
in it is still backed. So either

- its numbers stand in that order in one assertion or output of its section, and in no other, or
- claimed_*.py names the assertion that judges its words, or
- it is kept, in page_claims.json, by a digest of what it says and of what its section asserts.

What is kept is no proof. It says: this has changed, read it again, and then run tools/read_claims.py.
"""

import ast
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from course_pkg.show.quiz import FOLDER as QUIZZES
from course_pkg.show.quiz import parse
from helpers import ROOT
from numerals import COMMENT, SKIPPED, Numeral, cells_of, code_of, numbers, numerals, tests_of, text_of
from opposites import TWO_SIDES

RECORD = Path(__file__).with_name("page_claims.json")
ORDER = (
    "larger|largest|smaller|smallest|older|newer|more|less|fewer|fewest|least|above|below|before|after|first|last|left|right"
    "|higher|highest|lower|lowest|better|best|worse|worst|upper|top|bottom|wider|narrower|wide|narrow|faster|slower|sooner"
    "|later|longer|shorter|further|farther|nearer|closer|earlier|greater|stronger|weaker|easier|harder|cheaper|dearer|cheap"
    "|dear|ris(?:es?|ing|en)|rose|falls?|falling|fell|grows?|growing|shrinks?|shrinking|increases?|decreases?|exceeds?"
    "|twice|half|positive|negative|high|low|raises?|raised|lowers?|lowered|gains?|loses?|saves?|earns?|wins?|beats?|fails?"
    "|converges?|diverges?|agrees?|differs?|true|false"
)
SOME = (
    "neither|nor|each|every|most|none|nobody|nothing|only|never|always|everywhere|nowhere|alone|at least|at most|equal"
    "|not|no|cannot|without"
)
WATCHED = re.compile(rf"(?<![\w-])(?:{ORDER}|{SOME})(?![\w-])", re.I)
SENTENCE = re.compile(r"(?<=[.;:!?])[*_)\"]*\s+(?=[A-Z*$`(\[{\"−\d])|\n\s*\n|\n(?=\s*[-*] |\s*\d+\. )|\|")
NAME = re.compile(r"(?<![\w`{/}])(?:[\w-]*[A-Z]{2,}[\w-]*|`[^`]+`)(?!\w)")  # FactorVAE, MIG, `beta-vae`
FENCE = re.compile(r"(?m)^:::.*$|^:[\w-]+:.*$|^#+ |^\([\w-]+\)=$|(?s:\$\$.*?\$\$)")


@dataclass
class Part:
    """A section of a page, or a question of a quiz: what it says, what is asserted, and what numbers stand in order."""

    title: str
    texts: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    ordered: list[list[float]] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        found = [s for text in self.texts for s in SENTENCE.split(FENCE.sub("\n\n", COMMENT.sub(" ", text)))]
        return [" ".join(s.split()) for s in found if len(s.split()) > 2]


def in_order(code: ast.AST) -> list[float]:
    """The numbers of an expression, and of its texts, as they stand."""
    found = [n for n in ast.walk(code) if isinstance(n, ast.Constant) and not isinstance(n.value, bool)]
    found.sort(key=lambda n: (n.lineno, n.col_offset))
    return [
        x for n in found for x in (numbers(n.value) if isinstance(n.value, str) else [n.value] * (n.value is not None))
    ]


@cache
def parts(path: Path) -> tuple[Part, ...]:
    text = path.read_text("utf-8")
    if path.parent == QUIZZES:
        why = lambda q: [
            part for c in q.choices for part in (f"{'right' if c.right else 'not right'}, {c.text}", c.why)
        ]
        return tuple(Part(q.text[:60], [q.text, *why(q)]) for q in parse(text))
    if path.suffix == ".yml":  # the glossary
        return tuple(Part(term, [said]) for term, said in yaml.safe_load(text)["terms"].items())
    found = [Part("the top of the page")]
    for cell in cells_of(path):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            for i, part in enumerate(re.split(r"(?m)^(?=#{1,3} )", source)):
                if i or part.startswith("#"):
                    found.append(Part(part.splitlines()[0].strip("# ")))
                found[-1].texts.append(part)
            continue
        figure, here = cell["metadata"].get("mystnb", {}), found[-1]
        captions = (figure.get("figure", {}).get("caption"), figure.get("image", {}).get("alt"))
        here.texts += [text for text in captions if text]
        here.tests += [ast.unparse(test) for test in tests_of(source)]
        here.ordered += [in_order(test) for test in tests_of(source)]
        here.ordered += [numbers(text_of(output)) for output in cell["outputs"]]
        here.ordered += [in_order(line) for line in code_of(source).body if isinstance(line, (ast.Assign, ast.Expr))]
    return tuple(found)


def told_in_order(sentence: str, ordered: list[list[float]]) -> bool:
    """Whether each two neighbours of its numbers stand so in one source of the section, and nowhere the other way."""
    found = sorted(numerals(sentence, "text"), key=lambda n: n.at)
    return all(a.value == b.value or one_way(a, b, ordered) for a, b in itertools.pairwise(found))


def one_way(a: Numeral, b: Numeral, ordered: list[list[float]]) -> bool:
    at = lambda n, source: [i for i, number in enumerate(source) if n.fits(number) or n.equals(number)]
    places = [(at(a, source), at(b, source)) for source in ordered]
    both = [(first, second) for first, second in places if first and second]
    return bool(both) and all(max(first) < min(second) for first, second in both)


def needs(sentence: str, ordered: list[list[float]], judged: tuple[str, ...] = ()) -> list[str]:
    """The words of a sentence that put one thing before another, and that nothing judges."""
    bare = SKIPPED.sub(lambda match: " " * len(match[0]), sentence)
    spans = [m.span() for phrase in judged for m in re.finditer(re.escape(phrase), sentence)]
    inside = lambda match: any(start <= match.start() and match.end() <= end for start, end in spans)
    found = [m[0] for m in WATCHED.finditer(bare) if not inside(m)]
    found += [m[0] for m in TWO_SIDES.finditer(sentence) if not any(a < m.end() and m.start() < b for a, b in spans)]
    if len(names := {*NAME.findall(sentence)}) > 1 and not spans:
        found.append(" and ".join(sorted(names)))
    told = [*numerals(sentence, "text")]
    if len({n.value for n in told}) > 1 and not told_in_order(sentence, ordered):
        whole = any(all(start <= n.at < end for n in told) for start, end in spans)
        found += [] if whole else [" and ".join(n.digits for n in told)]
    return found


def digest(text: str) -> str:
    """What stays the same where only line breaks, stops, brackets or marks change."""
    return hashlib.sha256(" ".join(re.findall(r"[^\s.,;:*_()]+", text)).encode()).hexdigest()[:8]


def to_read(part: Part, judged: tuple[str, ...] = ()) -> dict[str, tuple[str, list[str]]]:
    """{digest: (sentence, its words)} of a section."""
    found = {s: needs(s, part.ordered, judged) for s in part.sentences}
    return {digest(s): (s, words) for s, words in found.items() if words}


def titled(path: Path) -> Iterator[tuple[str, Part]]:
    """The sections with their titles, a second one of a title with a number."""
    seen: dict[str, int] = {}
    for part in parts(path):
        seen[part.title] = often = seen.get(part.title, 0) + 1
        yield (part.title if often == 1 else f"{part.title} ({often})"), part


def record(path: Path, judged: tuple[str, ...] = ()) -> dict[str, dict[str, str]]:
    """What is kept of a page: of each section its assertions, and the sentences that were read beside them."""
    found = {}
    for title, part in titled(path):
        if said := to_read(part, judged):
            found[title] = {"asserts": " ".join(sorted({*map(digest, part.tests)})), "says": " ".join(sorted(said))}
    return found


def problems(path: Path, kept: dict[str, dict[str, str]], judged: tuple[str, ...] = ()) -> list[str]:
    """Of each section the sentences that nobody read since they, or its assertions, changed, and how many are gone."""
    found, gone = [], dict(kept)
    for title, part in titled(path):
        was = gone.pop(title, {"asserts": "", "says": ""})
        said, tests = to_read(part, judged), {digest(test): test for test in part.tests}
        unread = [f"- {s}  {words}" for key, (s, words) in said.items() if key not in was["says"].split()]
        if unread:
            asserts = (
                "".join(f"\n  {test[:300]}" for test in part.tests) or " nothing: is each right by itself, or cites?"
            )
            found.append(f"'{title}' says\n" + "\n".join(unread) + f"\nand asserts{asserts}")
        if said and title in kept and (new := tests.keys() ^ {*was["asserts"].split()}):
            changed = "; ".join(tests[key] for key in new if key in tests) or "one that is gone"
            found.append(f"'{title}': do its {len(said)} sentences still hold? It now asserts: {changed[:600]}")
        if lost := {*was["says"].split()} - said.keys():
            found.append(
                f"'{title}': {len(lost)} sentences that were kept are gone, or have lost such a word: see git diff"
            )
    return found + [f"'{title}' was kept, and is gone" for title in gone]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def recorded() -> dict[str, dict[str, dict[str, str]]]:
    return json.loads(RECORD.read_text("utf-8"))
