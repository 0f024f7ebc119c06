"""Quizzes that need no kernel, from a short text.

A quiz is a Markdown file beside this one. A line `## ...` asks; `- [ ] ...` is a choice, `- [x] ...` the right one;
the indented lines below a choice say why it is wrong, or right. `code`, *emphasis* and $mathematics$ may be used.
A notebook cell shows it, `quiz("elbo")`, or some of its questions, `quiz("elbo", 1, 2)`. The answers are no part of
the cell, and are unfolded on paper only.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
CHOICES = 3  # the least that a question offers
CHOICE = re.compile(r"- \[([ x])\] (.*)")


@dataclass(frozen=True)
class Choice:
    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class QuizQuestion:
    text: str
    choices: tuple[Choice, ...]


def parse(text: str) -> list[QuizQuestion]:
    """The questions of a text. ValueError, naming the line, where one lacks a choice, an explanation or its answer."""
    found: list[tuple[int, str, list[list]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        choice = CHOICE.fullmatch(line)
        if line.startswith("## "):
            found.append((number, line[3:].strip(), []))
        elif not line.strip() or not found:
            continue  # what stands above the first question is a note to authors
        elif choice:
            found[-1][2].append([choice[2].strip(), choice[1] == "x", ""])
        elif line.startswith("  ") and found[-1][2]:
            last = found[-1][2][-1]
            last[2] = f"{last[2]} {line.strip()}".strip()
        elif not found[-1][2]:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}", [])
        else:
            raise ValueError(f"line {number}: expected '## ', '- [ ] ', '- [x] ' or an indented why, got {line!r}")
    questions = []
    for number, asked, choices in found:
        right = sum(choice[1] for choice in choices)
        if len(choices) < CHOICES or right != 1:
            raise ValueError(
                f"line {number}: expected {CHOICES} choices or more and one right one, got {len(choices)} and {right}"
            )
        for words, _, why in choices:
            if not why:
                raise ValueError(f"line {number}: the choice {words!r} does not say why it is right or wrong")
        questions.append(QuizQuestion(asked, tuple(Choice(*choice) for choice in choices)))
    if not questions:
        raise ValueError("expected a question ('## ...'), got none")
    return questions


def inline(text: str) -> str:
    """`code`, *emphasis* and $mathematics$ as HTML; everything else is escaped."""
    escaped = html.escape(text, quote=False)
    escaped = re.sub(r"\$([^$]+)\$", r'<span class="math">\\(\1\\)</span>', escaped)
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", escaped)


def letter(k: int) -> str:
    return "abcdefgh"[k]


@dataclass(frozen=True)
class Quiz:
    """A quiz that shows itself: with radio buttons in a page or a notebook, as text in a terminal."""

    numbered: Mapping[int, QuizQuestion]

    @property
    def questions(self) -> tuple[QuizQuestion, ...]:
        return tuple(self.numbered.values())

    def __repr__(self) -> str:
        lines = []
        for number, question in self.numbered.items():
            lines += [f"{number}. {question.text}"]
            lines += [f"   {letter(k)}) {choice.text}" for k, choice in enumerate(question.choices)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        forms = "".join(_form(number, question) for number, question in self.numbered.items())
        answers = "".join(_answers(number, question) for number, question in self.numbered.items())
        return (
            f"<style>{(FOLDER / 'quiz.css').read_text('utf-8')}</style>"
            f'<course-quiz>{forms}<div class="answers"><p><strong>Answers</strong></p>{answers}</div></course-quiz>'
            f'<script type="module">{(FOLDER / "quiz.js").read_text("utf-8")}</script>'
        )


def _form(number: int, question: QuizQuestion) -> str:
    """One question. A form of its own keeps its radio buttons apart from all others of the page."""
    choices = "".join(
        f'<label><input type="radio" name="choice" value="{letter(k)}"><span>{inline(choice.text)}</span></label>'
        for k, choice in enumerate(question.choices)
    )
    return (
        f"<form><fieldset><legend>{number}. {inline(question.text)}</legend>{choices}</fieldset>"
        '<button type="submit">Check</button><div class="feedback" role="status"></div></form>'
    )


def _answers(number: int, question: QuizQuestion) -> str:
    """What is said to each choice. The script copies it from here; paper shows it as it is."""
    items = "".join(
        f'<li data-choice="{letter(k)}"{" data-right" if choice.right else ""}>'
        f"<b>{letter(k)}: {'right' if choice.right else 'no'}.</b> <span>{inline(choice.why)}</span></li>"
        for k, choice in enumerate(question.choices)
    )
    return f'<div data-question="{number}"><p>{number}.</p><ul>{items}</ul></div>'


def quiz(name: str, *numbers: int) -> Quiz:
    """The quiz of a chapter, or one from a text that holds a question; with numbers, only these of its questions.

    A page shows one or two questions where their answers were just earned: `quiz("elbo", 1, 2)`. They keep their
    numbers. FileNotFoundError for an unknown name, ValueError for a number that no question has.
    """
    text = name
    if "## " not in name:
        file = FOLDER / f"{name}.md"
        if not file.exists():
            known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.md")))
            raise FileNotFoundError(f"no quiz called {name!r}; there are: {known}")
        text = file.read_text("utf-8")
    questions = dict(enumerate(parse(text), 1))
    if unknown := [number for number in numbers if number not in questions]:
        raise ValueError(f"expected questions from 1 to {len(questions)}, got {unknown}")
    return Quiz({number: questions[number] for number in numbers or questions})
