"""The numbers of a quiz: each stands in words that a test computes or quotes and looks for in its text.

The tests of a quiz say `said("kkt", f"Two; {rates.sum():.2f} nats")`: the value that they computed is in the text, with
these words around it. What a question told so may be repeated within it.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from course_pkg.show.quiz import parse

NUMBER = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d+)?\.?\d+(?![\w]|\.\d|,\d)")
ANY = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)(?:e-\d+)?"  # a computed value


def template(node: ast.expr) -> str:
    """A regular expression of what `said` is asked for: its own words as they are, any computed value in its place."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(map(template, node.values))
    if isinstance(node, ast.BinOp):
        return template(node.left) + template(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # a text's .replace(...)
        return template(node.func.value)
    return template(node.value) if isinstance(node, ast.Subscript) else ANY


@cache
def phrases(chapter: str) -> tuple[str, ...]:
    """The templates of that quiz, of all tests; a value without words around it is none: it may stand anywhere."""
    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if " said(" not in (source := path.read_text("utf-8")) or f'"{chapter}"' not in source:
            continue
        tree = ast.parse(source)
        named = {
            line.targets[0].id: line.value.value
            for line in tree.body
            if isinstance(line, ast.Assign)
            and isinstance(line.targets[0], ast.Name)
            and isinstance(line.value, ast.Constant)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "said" and call.args:
                quiz = call.args[0]
                if (named.get(quiz.id) if isinstance(quiz, ast.Name) else getattr(quiz, "value", None)) == chapter:
                    found += map(template, call.args[1:])
    return tuple(phrase for phrase in found if re.search(r"[a-z]", phrase.replace(ANY, ""), re.I))


def unsaid(text: str, said: tuple[str, ...]) -> Iterator[str]:
    """The numbers of a quiz that no phrase tells, in a few words; and the phrases with a value that fit two places."""
    whole = " ".join(text.split())
    for phrase in said:
        if ANY in phrase and len(places := {m[0] for m in re.finditer(phrase, whole)}) > 1:
            yield f"a computed phrase fits {sorted(places)}: give it more words"
    for number, question in enumerate(parse(text), 1):
        asked = " ".join([question.text, *(part for c in question.choices for part in (c.text, c.why))])
        spans = [m.span() for phrase in said for m in re.finditer(phrase, asked)]
        told, left = set(), []
        for match in NUMBER.finditer(asked):
            if any(start <= match.start() and match.end() <= end for start, end in spans):
                told.add(match[0])
            elif match[0] not in "0 1":
                left.append((match[0], asked[max(match.start() - 30, 0) : match.end() + 20]))
        yield from (f"question {number}: {n} in '{words}'" for n, words in left if n not in told)
