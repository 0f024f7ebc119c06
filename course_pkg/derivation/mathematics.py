"""The mathematics of a page's MyST text: every formula in it, with its label, and what makes one a claim."""

import re
from dataclasses import dataclass

# What says that two things are equal, ordered or alike. "\sim" and "\in" only say where a symbol lives.
RELATION = re.compile(
    r"[=<>]|\\(le|leq|ge|geq|ne|neq|lt|gt|ll|gg|approx|simeq|cong|equiv|propto|lesssim|gtrsim|coloneqq)(?![a-zA-Z])"
)
FENCE = re.compile(r"(?m)^[ \t>*+-]*(?P<fence>([`~:])\2{2,})(?P<info>.*)\n(?P<body>[\s\S]*?)^[ \t>]*(?P=fence)[ \t]*$")
DISPLAY = re.compile(r"(?<!\\)\$\$(?P<latex>.+?)(?<!\\)\$\$[ \t]*(?:\((?P<label>[\w:.-]+)\))?", re.S)
INLINE = re.compile(r"(?<![\\$])\$(?P<latex>(?:\\.|[^$\\\n]|\n(?![ \t]*\n))+)\$(?!\$)", re.S)
ROLE = re.compile(r"\{math\}(`+)(?P<latex>.+?)\1", re.S)
AMSMATH = re.compile(r"\\begin\{(align|equation|gather|multline|eqnarray)\*?\}")


@dataclass(frozen=True)
class Found:
    """A piece of mathematics in a page: its label ("" where unnumbered), its LaTeX, and the page's name."""

    label: str
    latex: str
    page: str


def scan(text: str, page: str) -> list[Found]:
    """All mathematics of a page's MyST text, code left out."""
    found: list[Found] = []

    def take_fence(match: re.Match[str]) -> str:
        info, body = match["info"].strip(), match["body"]
        if info.startswith("{math}"):
            options = dict(re.findall(r"^[ \t]*:(\w+):[ \t]*(.*)$", body, re.M))
            found.append(Found(options.get("label", ""), re.sub(r"^[ \t]*:\w+:.*$", "", body, flags=re.M), page))
            return ""
        is_directive = info.startswith("{") and not info.startswith(("{code", "{literalinclude", "{raw"))
        return "\n" + FENCE.sub(take_fence, body) + "\n" if is_directive or match["fence"][0] == ":" else ""

    def take(match: re.Match[str]) -> str:
        found.append(Found(match.groupdict().get("label") or "", match["latex"], page))
        return ""

    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    text = FENCE.sub(take_fence, text)
    text = re.sub(r"(`+).+?\1", "", ROLE.sub(take, text), flags=re.S)
    text = DISPLAY.sub(take, text)
    text = INLINE.sub(take, text)
    found += [Found("", match[0] + " =", page) for match in AMSMATH.finditer(text)]
    return found


def without_scripts(latex: str) -> str:
    """LaTeX without sub- and superscripts, where an = is a bound of a sum and no claim."""
    while True:
        shorter = re.sub(r"[_^]\{[^{}]*\}", "", latex)
        shorter = re.sub(r"([_^]\{[^{}]*)\{([^{}]*)\}", r"\1\2", shorter)
        if shorter == latex:
            return latex
        latex = shorter
