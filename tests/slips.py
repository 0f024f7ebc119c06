"""A formula with one slip in its typeset LaTeX: a sign, a term, a distribution, a factor, the base of a logarithm; and,
in formulas of numbers and arrays, an index, a number, a bound, the other of two functions."""

import re
from collections.abc import Iterator

KL = re.compile(r"D_\{\\mathrm\{KL\}\}\\left\(")
DISTRIBUTIONS = (
    (r"q_\phi(z \mid x)", r"p_\theta(z \mid x)"),
    (r"p_\theta(x \mid z)", r"p_\theta(x)"),
    (r"p_\theta(x)", r"p(x)"),
    (r"p_\theta(y \mid z)", r"q_\phi(y \mid z)"),
    (r"q_\phi(z)", r"p(z)"),
    (r"p(z)", r"q_\phi(z)"),
    (r"p(y)", r"q_\phi(z)"),
    (r"I(x; z)", "R"),
    (r"I(z; y)", "I(x; z)"),
    (r"H(x)", "H(z)"),
    (r"H(y)", "H(x)"),
)

EXCHANGED = (
    (r"\max", r"\min"),
    (r"\min", r"\max"),
    (r"arg\,min", r"arg\,max"),
    (r"\sin", r"\cos"),
    (r"\cos", r"\sin"),
    (r"i \ne j", "i, j"),
    ("(x_i, y_j)", "(x_i, x_j)"),
    ("_{kj}", "_{jk}"),
    ("x_l'", "x_l"),
    ("e^{-", "e^{"),
    ("\\neq j", "j"),
)
EVERY = re.compile(r"\\sum_\{k, j\} [A-Z]$")  # over both indices: their order is nothing


def end_of(latex: str, start: int, opening: str, closing: str) -> int:
    """Where the bracket ends that was opened before `start`."""
    depth, i = 1, start
    while i < len(latex):
        if latex.startswith(opening, i):
            depth += 1
        elif latex.startswith(closing, i):
            depth -= 1
            if not depth:
                return i
        i += 1
    raise ValueError(f"no {closing} after {latex[:start]}")


def terms(latex: str) -> list[tuple[int, int]]:
    """Where the terms of a sum begin and end, signs included; brackets count as one."""
    cuts, depth = [0], 0
    for i, character in enumerate(latex):
        depth += (character in "{([") - (character in "})]")
        if depth == 0 and character in "+-" and i:
            cuts.append(i)
    return list(zip(cuts, [*cuts[1:], len(latex)], strict=True))


def slips(latex: str) -> Iterator[tuple[str, str]]:
    """(what slipped, the LaTeX with it), each once."""
    yield "twice as much", rf"2 \left({latex}\right)"
    yield "in bits", rf"\frac{{1}}{{\log 2}} \left({latex}\right)"
    for match in re.finditer(r"(?<![_^{\\,(\[]) ([+-]) ", latex):
        other = "-" if match[1] == "+" else "+"
        yield f"sign at {match.start()}", latex[: match.start()] + f" {other} " + latex[match.end() :]
    if latex.startswith("-"):
        yield "the first sign", latex[1:]
    parts = terms(latex)
    if len(parts) > 1:
        for a, b in parts:
            yield f"without {latex[a:b].strip()}", (latex[:a] + latex[b:]).strip().removeprefix("+").strip()
    for match in KL.finditer(latex):
        end = end_of(latex, match.end(), r"\left(", r"\right)")
        first, _, second = latex[match.end() : end].partition(r"\,\|\,")
        swapped = latex[: match.end()] + second.strip() + r" \,\|\, " + first.strip() + latex[end:]
        yield f"exchanged arguments at {match.start()}", swapped
    for match in re.finditer(r"\\frac\{", latex):
        middle = end_of(latex, match.end(), "{", "}")
        end = end_of(latex, middle + 2, "{", "}")
        a, b = latex[match.end() : middle], latex[middle + 2 : end]
        if "partial" not in a and not a.startswith("d "):
            yield f"fraction at {match.start()}", rf"{latex[: match.start()]}\frac{{{b}}}{{{a}}}{latex[end + 1 :]}"
    for match in re.finditer(r"\\log ", latex):
        yield f"no logarithm at {match.start()}", latex[: match.start()] + latex[match.end() :]
    for one, other in DISTRIBUTIONS:
        for match in re.finditer(re.escape(one), latex):
            yield f"{other} for {one} at {match.start()}", latex[: match.start()] + other + latex[match.end() :]


def details(latex: str) -> Iterator[tuple[str, str]]:
    """Further slips of formulas of numbers and arrays: a number that is another, a factor left out, an exchange."""
    for match in re.finditer(r"(?<![\d.])\d+(\.\d+)?(?![\d.])", latex):
        yield (
            f"{match[0]} at {match.start()}",
            latex[: match.start()] + f"{float(match[0]) + 1:g}" + latex[match.end() :],
        )
    for match in re.finditer(r"(?<![a-zA-Z\\])(\\[a-zA-Z]+|[a-zA-Z])(?=\\, )", latex):
        yield f"without {match[0]} at {match.start()}", latex[: match.start()] + latex[match.end() :]
    for one, other in EXCHANGED:
        for match in re.finditer(re.escape(one) + r"(?![a-zA-Z])", latex):
            if one != "_{kj}" or not EVERY.search(latex[: match.start()]):
                yield f"{other} for {one} at {match.start()}", latex[: match.start()] + other + latex[match.end() :]
