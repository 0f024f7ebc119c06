"""What a bug that still trains is made of: the lines that differ, a short training of both, and what sees it."""

import ast
import difflib
import html
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib.axes import Axes

from course_pkg.tables import Table

# What one sees first, in the order of the page.
SYMPTOMS = {
    "too good": "The loss is lower than the truth",
    "stuck": "The loss falls, and stops too high",
    "loose": "The rate is not what its price says",
    "idle": "A term is there and does nothing",
    "score": "The loss is fine, the number that is reported is not",
    "nothing": "Nothing at all",
}

Part = Callable[..., Any]  # the few lines of a program that are right or wrong


@dataclass(frozen=True)
class Run:
    """A short training: the steps of its log, the loss that the program itself logs there, and what is true of it.

    truth: held-out, the ELBO of images that were not trained on, with its sign turned; rate; information and tc, by
    the exact mixture; active, the latents with a rate above 0.05; and what a bug adds. In nats an image.
    """

    steps: list[int]
    loss: list[float]
    truth: dict[str, float]


@dataclass(frozen=True)
class Seen:
    """What a check says of a part: whether the relation holds, and in words what was expected and what came."""

    holds: bool
    told: str


@cache
def trained_once(train: Callable[[Part], tuple[Any, Run]], part: Part) -> Run:
    """A short training with these lines: it gives the same at every call, and a page asks for some more than once."""
    return train(part)[1]


@dataclass(frozen=True)
class Bug:
    """One bug. `compare()` trains the right lines and the wrong ones, each once, and asks the check about both.

    name: as in `bugs.NAME`; what: the slip in a sentence; source: where it was found; symptom: what one sees first, of
    `symptoms.SYMPTOMS`; number: which truth tells the harm; check: the relation that the right lines keep, and `by` the
    function of the course that it asks; blind: a test that sees nothing, for it holds of both;
    plain: whether the right lines are those of the VAE that `trained.plain` trains; role: what `checklist` calls them.
    """

    name: str
    what: str
    source: str
    symptom: str
    right: Part
    wrong: Part
    train: Callable[[Part], tuple[Any, Run]]
    number: str
    check: Callable[[Part], Seen]
    by: Callable[..., Any]
    blind: Callable[[Part], Seen] | None = None
    plain: bool = False
    role: str = ""

    def lines(self) -> str:
        """What differs: `+` before a right line, `-` before a wrong one."""
        return "\n".join(difference(self.right, self.wrong))

    def compare(self, right: Run | None = None) -> "Comparison":
        """Both trainings and both verdicts. right: a run of the right lines, if there is one already."""
        return Comparison(self, right or trained_once(self.train, self.right), trained_once(self.train, self.wrong))

    def __repr__(self) -> str:
        return f"{self.name}: {self.what} ({self.source})\n{self.lines()}"

    def _repr_html_(self) -> str:
        said = html.escape(f"{self.what} ({self.source})".replace("`", ""))
        return f"<p><code>{self.name}</code>: {said}</p>{coloured(self)}"


@dataclass(frozen=True)
class Comparison:
    """The right lines and the wrong ones, both trained and both checked. `draw(ax)` draws the two logs."""

    bug: Bug
    right: Run
    wrong: Run

    @property
    def verdicts(self) -> tuple[Seen, Seen]:
        return self.bug.check(self.bug.right), self.bug.check(self.bug.wrong)

    @property
    def harm(self) -> tuple[float, float]:
        """The truth that the bug changes: with the right lines, and with the wrong."""
        return self.right.truth[self.bug.number], self.wrong.truth[self.bug.number]

    @property
    def table(self) -> Table:
        rows = [
            (name, f"{run.loss[0]:.1f} to {run.loss[-1]:.1f}", f"{number:.2f}", seen.told)
            for name, run, number, seen in zip(
                ("right", "wrong"), (self.right, self.wrong), self.harm, self.verdicts, strict=True
            )
        ]
        return Table(("lines", "loss in the log", self.bug.number, f"the check ({self.bug.by.__name__})"), rows)

    def draw(self, ax: Axes) -> None:
        """Both logged losses over steps: the right one dashed, the wrong one whole."""
        ax.plot(self.right.steps, self.right.loss, "--", color="#222221", linewidth=1)
        ax.plot(self.wrong.steps, self.wrong.loss, color="#d55e00", linewidth=1.8)
        ax.set_title(self.bug.name)

    def __repr__(self) -> str:
        return f"{self.bug!r}\n{self.table!r}"

    def _repr_html_(self) -> str:
        return self.bug._repr_html_() + self.table._repr_html_()


def body(part: Part) -> list[str]:
    """The lines of a function below its head and its docstring; its head too where it holds a default."""
    source = textwrap.dedent(inspect.getsource(part))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    first = function.body[1 if ast.get_docstring(function) else 0]
    lines = source.splitlines()
    head = lines[:1] if function.args.defaults else []
    found = head + textwrap.dedent("\n".join(lines[first.lineno - 1 :])).splitlines()
    return [line.split("  # noqa")[0] for line in found]


def difference(right: Part, wrong: Part) -> list[str]:
    """The two bodies as one: lines of the right only after `+`, of the wrong only after `-`, of both after a space."""
    a, b = ([line.replace(part.__name__, "part", 1) for line in body(part)] for part in (wrong, right))
    return [line for line in difflib.ndiff(a, b) if not line.startswith("?")]


def coloured(bug: Bug) -> str:
    """The difference as HTML: wrong lines struck out in the ground of the code, right ones in bold."""
    tags = {"-": "del", "+": "ins"}
    lines = []
    for line in difference(bug.right, bug.wrong):
        tag, text = tags.get(line[0]), html.escape(line)
        lines.append(f"<{tag}>{text}</{tag}>" if tag else text)
    return f'<pre class="difference">{"<br>".join(lines)}</pre>'
