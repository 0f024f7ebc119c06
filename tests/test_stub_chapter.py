"""A chapter is added by adding files: in a copy of the course, that of CONTRIBUTING.md passes the gates, and of what
was there only the table of contents is edited."""

import hashlib
import re
import shutil
import subprocess
import sys

from helpers import ROOT, environment

GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FILE = re.compile(r"^`([\w/.]+)`:[^\n]+\n\n(`{3,})\w+\n(.*?)^\2$", re.M | re.S)
FILES = {name: text for name, _, text in FILE.findall(GUIDE)}
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
    assert len(FILES) == 6 and all(line in GUIDE for line in CONTENTS.values())
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
    for wing in ("stub.py]", "[stub-rest]", "[stub]", "book/stub.ipynb]", "test_three_thirds_are_whole"):
        assert wing in said, f"no gate looked at {wing}"
    after = hashes(root)
    assert {name for name in before if after[name] != before[name]} == {"_toc.yml"}
    assert after.keys() - before.keys() == FILES.keys() | MADE
