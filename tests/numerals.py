"""The numerals of a page's sentences, captions and alt texts, and what in its section says that they are right.

A numeral is backed by a number that the section's code prints, shows or holds, with no fewer decimals than the numeral
has (one of a caption or an alt text by what is asserted or stands in the figure's own cell: see figured.py);
in a section without code, which sums up, by a sentence or an assertion of the page's other sections; or by
a declaration in a comment:

    <!-- numbers: 13.5 = log(737280); 180 is the author's estimate; 10 is from Higgins et al. (2017) -->

After `=` stands an expression, which is evaluated; after `is` stands in words what the numeral is.
"""

import ast
import html
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from figured import code_of, labels

NUMERAL = re.compile(
    r"(?<![\w.,\\^_{/-])(?<!\d[.,])(?P<digits>\d{1,3}(?:(?:,|\{,\}|\u202f)\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<power>\s*(?:\\times|×)\s*10\^\{?-?\d+\}?)?(?P<unit>\s*(?:%|\\%|percent|nats?|bits?|times|minutes?|seconds?|[KMG]B))?"
    r"(?![\w]|-[a-z]{2}|\.\d)"
)
COMMENT = re.compile(r"<!--\s*numbers:(?P<body>.*?)-->", re.S)
# No numbers of the text's own: code, links and labels, citations with a year, footnotes, editions of a title.
SKIPPED = re.compile(
    r"`[^`]*`|\{[a-z]+\}`[^`]*`|\]\([^)]*\)|<[^>]+>|https?://\S+"
    r"|\((?:[^()]*?[\s,])?(?:19|20)\d\d[a-z]?(?:[;,][^()]*)?\)"
    r"|\b(?:issue|pull request|eq|section|theorem|chapter|figure|fig|table|page|appendix|version|python|line"
    r"|step(?!s?\s+\d+,))s?"
    r"\.?\s+\d[\d.]*(?:\s+(?:and|to)\s+\d[\d.]*)?|\b(?:CC BY|BSD|CUDA)[ -]\d[\d.]*"
    r"|^\| *\{doc\}[^\n]*$|^\([\w-]+\)=|^:[\w-]+:[^\n]*$|^#[^\n]*$|\$\$.*?\$\$(?:\s*\([\w-]+\))?",
    re.M | re.S | re.I,
)
WORDS = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
    )
}
NAMED = "|".join(WORDS)
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ONES = {word: n for word, n in WORDS.items() if 0 < n < 10}
LARGE = {word: n for n, word in enumerate(TEENS, 10)} | {word: 10 * n for n, word in enumerate(TENS, 2)}
LARGE |= {f"{ten}-{one}": LARGE[ten] + n for ten in TENS for one, n in ONES.items()}
MANY = {"hundred": 100, "thousand": 1000, "million": 10**6}
# Whole numbers in words, above ten: "twelve", "nine million", "a hundred and fifty". Ten, a hundred and a thousand
# alone are round ones: "one in a thousand".
ANY = "|".join(sorted([*ONES, *LARGE], key=len, reverse=True))
IN_WORDS = re.compile(
    rf"(?<![\w-])(?:(?<!in )(?P<first>{ANY}) (?P<many>hundred|thousand|million)(?: (?P<more>thousand|million))?"
    rf"|(?P<hundreds>a|{'|'.join(ONES)}) hundred and (?P<rest>{ANY})|(?!ten\b)(?P<large>{'|'.join(LARGE)}))"
    r"(?![\w-]| (?:hundred|thousand|million))",
    re.I,
)
# Counts in words, of five or more: "five of the twelve starts"; shares of a unit: "six hundredths of a nat".
COUNTED = re.compile(rf"(?<![\w-])({NAMED}) of (?:the |all )?({NAMED})(?![\w-])", re.I)
SHARE = re.compile(rf"(?<![\w-])({NAMED}) (tenth|hundredth|thousandth)s(?= of a (?:nat|bit)|(?! of))", re.I)
PLACES = {"tenth": 1, "hundredth": 2, "thousandth": 3}
POWER = re.compile(r"(?<![\w^.])(?<!\\times )(?<!× )10\^\{(-?\d+)\}")
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w])")
SMALL = 10  # a whole number below it, without a unit, is a word of the sentence


class Printed(float):
    """A number as it stands in an output or in code, which knows its decimals: 1.1 does not say that it is 1.10."""

    decimals: float = math.inf

    def __new__(cls, text: str) -> "Printed":
        number = super().__new__(cls, text.replace(",", ""))
        mantissa, _, exponent = text.lower().partition("e")
        number.decimals = math.inf if exponent else len(mantissa.partition(".")[2])
        return number


def decimals(number: float) -> float:
    """How many decimals a number was printed with; all that a numeral may have where nobody printed it."""
    return getattr(number, "decimals", math.inf)


@dataclass(frozen=True)
class Numeral:
    """A number as a reader sees it: its digits, its value, how far its rounding reaches, its unit, and where it is."""

    digits: str
    value: float
    reach: float
    percent: bool
    where: str
    unit: str = ""
    at: int = field(default=0, compare=False)  # where it stands, what is skipped counted by its length

    @property
    def decimals(self) -> int:
        return len(self.digits.partition(".")[2])

    def repeats(self, other: "Numeral") -> bool:
        """Whether it tells again, perhaps rounded once more, what another sentence told, which had its unit."""
        number = Printed(other.digits) if other.digits[-1].isdigit() else other.value
        return type(self) is type(other) and (self.unit in ("", "%", other.unit)) and self.fits(number)

    def sizes(self, number: float) -> list[float]:
        """What a number may be here, a share also in percent, if it has decimals enough."""
        known = decimals(number) - self.decimals
        return [number] * (known >= 0) + [100 * number] * (self.percent and known >= 2)

    def equals(self, number: float) -> bool:
        """A number of the code that is this numeral."""
        return any(math.isclose(size, self.value) for size in self.sizes(number))

    def about(self, number: float) -> bool:
        """A number that is rounded to this numeral, whose last zeros may be rounded, too: about 1100."""
        written = self.digits if self.digits[-1].isdigit() else f"{self.value:.0f}"
        zeros = len(written) - len(written.rstrip("0,")) if "." not in written else 0
        return abs(abs(number) - self.value) <= self.reach * 10.0 ** written[len(written) - zeros :].count("0")

    def fits(self, number: float) -> bool:
        """A number that is rounded to this numeral."""
        return any(abs(abs(size) - self.value) <= self.reach * (1 + 1e-9) for size in self.sizes(number))


@dataclass(frozen=True)
class Count(Numeral):
    """A count in words: small numbers stand everywhere, so only what is printed or asserted backs it, or its share."""

    whole: int = 1

    def equals(self, number: float) -> bool:
        return any(math.isclose(number, value) for value in (self.value, self.value / self.whole))

    def repeats(self, other: Numeral) -> bool:
        return isinstance(other, Count) and (self.value, self.whole) == (other.value, other.whole)


@dataclass(frozen=True)
class Power(Numeral):
    """A power of ten, backed by a number of that size."""

    def fits(self, number: float) -> bool:
        return number != 0 and abs(math.log10(abs(number)) - self.value) <= 0.5

    about = fits

    def repeats(self, other: Numeral) -> bool:
        return isinstance(other, Power) and self.value == other.value


@dataclass
class Section:
    """What stands between two headings: its prose with where it stands, the numbers that back it, its declarations."""

    title: str
    prose: list[tuple[str, str]] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    asserted: set[float] = field(default_factory=set)
    tests: list[str] = field(default_factory=list)  # its assertions
    figures: dict[str, list[float]] = field(default_factory=dict)  # {caption or alt text: what its figure's cell holds}
    told: list[Numeral] = field(default_factory=list)  # by the other sections, where it has no code of its own


def numerals(text: str, where: str) -> Iterator[Numeral]:
    """All numerals of a sentence that must be backed."""
    blank = lambda match: " " * len(match[0])
    text_ = SKIPPED.sub(blank, COMMENT.sub(blank, text))
    for match in POWER.finditer(text_):
        yield Power(match[0], float(match[1]), 0.5, False, where, at=match.start())
    text_ = POWER.sub(blank, text_)
    for match in NUMERAL.finditer(text_):
        digits = re.sub(r"\{,\}|\u202f", ",", match["digits"])
        plain = digits.replace(",", "")
        value, unit = float(plain), (match["unit"] or "").strip()
        if unit.startswith("minute"):  # of a reader: an estimate by its nature
            continue
        before, after = text_[: match.start()], text_[match.end() :]
        sized = re.match(r"\s*(?:×|\\times|by)\s*\d", after) or re.search(r"\d\s*(?:×|by)\s*$", before)
        if "." not in plain and value < SMALL and not unit and not sized:
            continue
        decimals = len(plain.partition(".")[2])
        percent = unit in ("%", r"\%", "percent")
        unit = "%" if percent else unit.rstrip("s")
        yield Numeral(digits, value, 0.5 * 10.0**-decimals, percent, where, unit, match.start())
    counted = []
    for match in COUNTED.finditer(text_):
        count, whole = (WORDS[word.lower()] for word in match.groups())
        if whole >= 5 and count > 1:
            counted.append(match.span())
            yield Count(match[0], count, 0, False, where, whole=whole, at=match.start())
    for match in IN_WORDS.finditer(text_):
        if not any(start <= match.start() < end for start, end in counted):
            yield Numeral(match[0].lower(), float(in_words(match)), 0.5, False, where, at=match.start())
    for match in SHARE.finditer(text_):
        places = PLACES[match[2].lower()]
        unit = re.match(r" of a (nat|bit)", text_[match.end() :])
        value, reach = WORDS[match[1].lower()] / 10**places, 0.5 / 10**places
        yield Numeral(match[0], value, reach, False, where, unit[1] if unit else "", match.start())


def in_words(match: re.Match[str]) -> int:
    """The whole number of a match of IN_WORDS."""
    number = {"a": 1} | ONES | LARGE
    found = {name: part.lower() for name, part in match.groupdict().items() if part}
    if "large" in found:
        return number[found["large"]]
    if "rest" in found:
        return 100 * number[found["hundreds"]] + number[found["rest"]]
    return number[found["first"]] * MANY[found["many"]] * MANY.get(found.get("more", ""), 1)


def numbers(text: str) -> list[float]:
    """All numbers that a program printed."""
    return [Printed(n) for n in NUMBER.findall(text)]


def literals(source: str) -> list[float]:
    """The numbers that stand in code."""
    tree = code_of(source)
    code = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            written = ast.get_source_segment(code, node)
            found.append(Printed(written.replace("_", "")) if isinstance(node.value, float) else float(node.value))
    return found


def texts_of(test: ast.AST) -> Iterator[str]:
    """The texts of an assertion, == "565.55 13.47": printed and compared."""
    return (n.value for n in ast.walk(test) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def tests_of(source: str) -> list[ast.expr]:
    """What the assertions of code ask for, torch.testing.assert_close(...) among them."""
    nodes = [*ast.walk(code_of(source))]
    close = lambda node: isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.testing.assert_close"
    return [node.test for node in nodes if isinstance(node, ast.Assert)] + [node for node in nodes if close(node)]


def asserted(source: str) -> set[float]:
    """The numbers that stand in assertions; those of code whatever their decimals: round(x, 2) == 1.1 says 1.10."""
    tests = tests_of(source)
    found = {float(number) for test in tests for number in literals(ast.unparse(test))}
    return found | {number for test in tests for text in texts_of(test) for number in numbers(text)}


def cells_of(page: Path) -> list[dict]:
    """The cells of the executed notebook beside a page; of a page without one, its text and its fenced code."""
    notebook = page.with_suffix(".ipynb")
    if notebook.exists():
        return json.loads(notebook.read_text("utf-8"))["cells"]
    parts = re.split(r"(?ms)^```(\w*)\n(.*?)^```$", page.read_text("utf-8"))
    found, codes = [{"cell_type": "markdown", "source": parts[0]}], []
    for language, code, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        if language in ("sh", "bash"):  # what a command's comment says is prose
            said = "\n".join(line.partition("  # ")[2] for line in code.splitlines())
            found.append({"cell_type": "markdown", "source": said})
        if language == "python":
            codes.append({"cell_type": "code", "source": code, "metadata": {}, "outputs": []})
        found.append({"cell_type": "markdown", "source": text})
    found += codes
    return found


def sections(page: Path) -> list[Section]:
    """The sections of a page, X.md, the one above the first heading included.

    A section without code, such as the take-aways, is backed by what the others tell and assert.
    """
    found = [Section("the top of the page")]
    for cell in cells_of(page):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            here = found[-1]
            figure = cell["metadata"].get("mystnb", {})
            captions = (("figure", "caption", "caption"), ("image", "alt", "alt text"))
            told = [(figure[a][b], kind) for a, b, kind in captions if figure.get(a, {}).get(b)]
            here.prose += told
            here.figures |= {text: literals(source) + numbers(labels(source)) for text, _ in told}
            here.held += literals(source)
            here.asserted |= asserted(source)
            here.tests += map(ast.unparse, tests_of(source))
            here.shown += [n for output in cell["outputs"] for n in numbers(text_of(output))]
            continue
        for i, part in enumerate(re.split(r"(?m)^(?=#{1,3} )", source)):
            if i or part.startswith("#"):
                found.append(Section(part.splitlines()[0].strip("# ")))
            found[-1].prose.append((part, "text"))
            for body in COMMENT.finditer(part):
                found[-1].declared |= declarations(body["body"])
    others = [section for section in found if section.held or section.shown]
    told = [n for other in others for text, where in other.prose for n in numerals(text, where)]
    for section in found:
        if section not in others:  # it speaks of the page
            section.told, section.asserted = told, set().union(*(other.asserted for other in others))
    return found


def text_of(output: dict) -> str:
    """What a reader sees of an output as text."""
    if output["output_type"] == "stream":
        return "".join(output["text"])
    data = output.get("data", {})
    if "text/html" in data:
        if re.search(r'course-breaker|class="derivation', "".join(data["text/html"])):
            return ""  # a check: its residuals back no sentence
        shown = re.sub(r"(?s)<(script|style|svg|code|pre)\b.*?</\1>", " ", "".join(data["text/html"]))
        return html.unescape(re.sub(r"<[^>]+>", " ", shown))
    return "".join(data.get("text/plain", ""))


def declarations(body: str) -> dict[str, str]:
    """{digits: what backs them} of a comment."""
    found = {}
    for part in body.split(";"):
        match = re.fullmatch(r"\s*([\d.,]+|10\^\{-?\d+\}|[a-z ]+?)\s*(=.*|\bis\s.*)", part, re.S | re.I)
        if not match:
            raise ValueError(f"expected '13.5 = log(737280)' or '180 is an estimate', got {part.strip()!r}")
        found[match[1]] = match[2].strip()
    return found


def evaluated(expression: str) -> float:
    """A declared expression: arithmetic, and the functions of math."""
    tree = ast.parse(expression.strip(), mode="eval")
    arithmetic = (ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    allowed = (ast.Expression, ast.Call, ast.Name, ast.Constant, ast.Load, *arithmetic)
    for node in ast.walk(tree):
        if not isinstance(node, allowed):
            raise ValueError(f"expected arithmetic, got {expression}")
    names = {name: getattr(math, name) for name in dir(math) if not name.startswith("_")}
    return float(eval(compile(tree, "<declared>", "eval"), {"__builtins__": {}}, names))


def backs(section: Section, n: Numeral, text: str = "") -> bool:
    """Whether the section's outputs, code or assertions hold a numeral, or the other sections tell what it sums up; one
    of a caption or an alt text, its assertions or the figure's own cell."""
    if text in section.figures:
        return any(map(n.equals, (*section.asserted, *(() if isinstance(n, Count) else section.figures[text]))))
    held = () if isinstance(n, Count) else section.held
    return (
        any(map(n.fits, section.shown))
        or any(map(n.repeats, section.told))
        or any(map(n.equals, (*section.asserted, *held)))
    )


def unbacked(section: Section) -> list[str]:
    """Each numeral of a section that nothing says is right, and each declaration that is no use."""
    found, used = [], set()
    for text, where in section.prose:
        for n in numerals(text, where):
            declared = section.declared.get(n.digits)
            if declared in ("is printed", "is set") and backs(section, n):
                used.add(n.digits)
            elif declared is not None and declared not in ("is printed", "is set"):
                used.add(n.digits)
                if declared.startswith("=") and not n.about(evaluated(declared[1:])):
                    came = f"{declared[1:].strip()}, which is {evaluated(declared[1:]):.6g}"
                    found.append(f"{n.digits} ({where}): declared as {came}")
            elif not backs(section, n, text):
                by = "the figure's own cell" if text in section.figures else "the code of its section"
                found.append(f"{n.digits} ({where}): neither printed nor held by {by}")
    found += [f"{digits}: declared, but no sentence holds it" for digits in section.declared.keys() - used]
    return found
