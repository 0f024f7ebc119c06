"""A chapter is added by adding files: in a copy of the course, one in five wings passes the gates, and of what was
there only the table of contents is edited."""

import hashlib
import shutil
import subprocess
import sys

from helpers import ROOT, environment

HEAD = """---
jupytext:
  formats: ipynb,md:myst
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
FILES = {
    "course_pkg/stub.py": '''"""Half of a number."""

from torch import Tensor


def half(p: Tensor) -> Tensor:
    """p / 2, of any shape."""
    return p / 2
''',
    "course_pkg/equations/stub.py": r'''"""The equations of the chapter `stub`."""

import torch

from course_pkg.derivation.chain import Definition, Derivation, Step, Worlds, Wrong
from course_pkg.stub import half

DRAWN = Worlds("numbers", lambda seed: torch.rand(3, generator=torch.Generator().manual_seed(seed)).double(), 5)
HALF = Definition(
    label="stub-half",
    latex=r"\hslash(u) := u / 2",
    symbol=r"\hslash(u)",
    meaning="half of a number",
    code="stub.half",
)
WHOLE = Derivation(
    label="stub-whole",
    steps=(
        Step(r"\hslash(u) + \hslash(u)", lambda u: half(u) + half(u)),
        Step(
            "u",
            lambda u: u,
            "two halves",
            wrong=(
                Wrong("a half is a fourth", r"u / 2", lambda u: u / 2),
                Wrong("halves multiply", r"u^2 / 4", lambda u: u * u / 4),
            ),
        ),
    ),
    worlds=(DRAWN,),
    follows=("stub-half",),
)
EQUATIONS = (HALF, WHOLE)
''',
    "course_pkg/questions/stub.py": '''"""The questions of the chapter `stub`."""

import torch

from course_pkg.grading import Case, Question, Wrong


def cases(seed):
    p = torch.rand(4, 3, generator=torch.Generator().manual_seed(seed)).double() + 1
    sizes = {"numbers": 3}
    hand = torch.tensor([4.0, 2.0, 6.0]).double()
    return tuple(
        Case(rung, {"p": values}, sizes, "p is {p}" if rung == "hand" else "")
        for rung, values in zip(("hand", "random", "oracle", "trap"), (hand, *p[1:]), strict=True)
    )


HALVED = Question(
    name="halved",
    kind="implement",
    title="Half of it",
    points=1,
    difficulty=1,
    importance=1,
    minutes=5,
    returns="half of each number, (n,)",
    relation="twice the answer is p",
    cases=cases,
    reference=lambda p: p / 2,
    oracle=lambda p: p - 0.5 * p,
    wrong=(
        Wrong("doubled", lambda p: 2 * p, "you doubled it"),
        Wrong("left", lambda p: p, "you left it as it was"),
        Wrong("a third", lambda p: p / 3, "you took a third"),
        Wrong("negated", lambda p: -p / 2, "your sign is turned"),
        Wrong("squared", lambda p: p * p / 2, "you squared it"),
    ),
    hints={"not started": "divide by two", "factor": "two halves make a whole"},
)
QUESTIONS = (HALVED,)
''',
    "book/stub.md": HEAD + r'''# A stub

A half:

```{math}
:label: stub-half
\hslash(u) := u / 2
```

and the whole:

```{math}
:label: stub-whole
\hslash(u) + \hslash(u) = u
```

```{code-cell} ipython3
import torch

from course_pkg.stub import half

half(torch.ones(2))
```
''',
    "solutions/stub.md": HEAD + '''# Exercises: a stub, solved

It takes about 5 minutes.

```{code-cell} ipython3
from course_pkg.grading import Sheet

sheet = Sheet("stub")
check = sheet.check
```

## 1. Half of it

*implement* · 1 point · difficulty 1 of 5 · importance 1 of 5 · 5 minutes

```{code-cell} ipython3
def halved(p):
    """Half of each number. (n,) -> (n,)."""
    ### BEGIN SOLUTION
    return p / 2
    ### END SOLUTION

check(halved)
```

```{code-cell} ipython3
sheet.progress()
```
''',
    "tests/test_stub.py": '''"""A half, twice."""

import torch

from course_pkg.stub import half


def test_two_halves_of_the_stub_are_whole():
    assert torch.equal(half(torch.ones(3)) + half(torch.ones(3)), torch.ones(3))
''',
}  # fmt: skip
CONTENTS = {
    "      - file: book/bottleneck.ipynb\n": "      - file: book/stub.ipynb\n",
    "      - file: exercises/bottleneck.ipynb\n": "      - file: exercises/stub.ipynb\n",
    "      - file: solutions/bottleneck.ipynb\n": "      - file: solutions/stub.ipynb\n",
}
MADE = {"exercises/stub.md", *(f"{folder}/stub.ipynb" for folder in ("book", "exercises", "solutions"))}
GATES = ["house", "pages", "equations", "sheets", "stub"]
# What looks at the stub, and what looks at the whole house.
CHOSEN = "stub or room or apart or floors or contents or has_no_problem or once or imports"
NOT_COURSE = shutil.ignore_patterns(".*", "_build", "mutants", "__pycache__", "*.egg-info")


def hashes(folder):
    """{name: hash} of what a checkout holds."""
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    kept = {path.relative_to(folder) for path in files}
    return {
        name.as_posix(): hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in kept
        if name.parts[0] != "_build" and not any(part.startswith(".") for part in name.parts)
    }


def test_a_chapter_in_five_wings_edits_nothing_but_the_contents(tmp_path):
    root = tmp_path / "course"
    shutil.copytree(ROOT, root, ignore=NOT_COURSE)
    before = hashes(root)
    for name, text in FILES.items():
        (root / name).write_text(text, "utf-8")
    contents = (root / "_toc.yml").read_text("utf-8")
    for line, more in CONTENTS.items():
        assert line in contents
        contents = contents.replace(line, line + more)
    (root / "_toc.yml").write_text(contents, "utf-8")

    def run(*command):
        env = environment(PYTHONPATH=f"{root}:{root / 'tests'}")
        done = subprocess.run(
            [sys.executable, *command], cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    run("tools/sheets.py")
    run("tools/notebooks.py", "book/stub.md", "exercises/stub.md", "solutions/stub.md")
    files = [f"tests/test_{name}.py" for name in GATES]
    said = run("-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=-v", *files, "-k", CHOSEN)
    for wing in ("stub.py]", "[stub-whole]", "[stub]", "book/stub.ipynb]", "test_two_halves_of_the_stub"):
        assert wing in said, f"no gate looked at {wing}"
    after = hashes(root)
    assert {name for name in before if after[name] != before[name]} == {"_toc.yml"}
    assert after.keys() - before.keys() == FILES.keys() | MADE
