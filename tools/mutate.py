"""Change the code in small ways and see that the tests notice: `make mutate`.

    .venv/bin/python tools/mutate.py [--report]

mutmut (set up in pyproject.toml) copies the package into mutants/, makes one small change after the other, and runs the
tests that call the changed function. A mutant that no test notices survives. Each survivor is printed with its change
and with what tools/mutants_explained.toml says about it: why no test can or should see it.

Fails where under 95 % of the mutants of a module named in LEAST are killed, where a survivor has no explanation, and
where an explanation has no survivor any more. Code outside functions, and decorated functions, are not mutated.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from course_pkg.tables import Table

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = ROOT / "mutants"
EXPLAINED = ROOT / "tools" / "mutants_explained.toml"
LEAST = {"elbo": 0.95, "worlds": 0.95, "derivation": 0.95}
KILLED = ("killed", "timeout")
ATTEMPTS = 3  # some mutants take all memory


@dataclass(frozen=True)
class Mutant:
    """A change to one function, and what became of it."""

    name: str
    module: str
    function: str
    status: str
    was: str
    now: str


def run():
    """Run mutmut from a clean start. Exits with its last lines where it fails."""
    shutil.rmtree(MUTANTS, ignore_errors=True)
    print("Making the mutants, and running the tests once to see which test calls which function", flush=True)
    for _ in range(ATTEMPTS):  # it keeps what it has found, and goes on from there
        code, output = run_mutmut()
        if code == 0:
            return
        print("mutate: mutmut stopped with code", code, file=sys.stderr)
    sys.exit("\n".join(re.split(r"[\r\n]+", output)[-30:]))


def run_mutmut():
    """Run mutmut with a progress bar. Returns its exit code and the end of its output."""
    quiet = {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "MPLBACKEND": "agg", "PYTHONUNBUFFERED": "1"}
    command = [Path(sys.executable).parent / "mutmut", "run"]
    output, bar = "", None
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **quiet}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for chunk in iter(lambda: process.stdout.read1().decode("utf-8", "replace"), ""):
            output = (output + chunk)[-20_000:]
            for done, total in re.findall(r"(\d+)/(\d+) ", chunk)[-1:]:
                bar = bar or tqdm(total=int(total), desc="mutants", unit="mutant", mininterval=5)
                bar.update(int(done) - bar.n)
    if bar:
        bar.close()
    return process.returncode, output


def mutants():
    """Every mutant of the last run, with its change."""
    from mutmut.mutation.data import SourceFileMutationData  # reads pyproject.toml where it is imported
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files

    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        module = ".".join(path.with_suffix("").parts[1:])
        for name, code in data.exit_code_by_key.items():
            status = status_by_exit_code[code]
            was, now = ("", "") if status in KILLED else change(get_diff_for_mutant(name, path=path))
            yield Mutant(name, module, function_of(name), status, was, now)


def function_of(name):
    """ "course_pkg.elbo.x_gaussian_kl__mutmut_3" -> "gaussian_kl"; a method with its class."""
    mangled = name.rpartition(".")[2].partition("__mutmut_")[0]
    return mangled.removeprefix("xǁ").replace("ǁ", ".") if "ǁ" in mangled else mangled.removeprefix("x_")


def change(diff):
    """The lines that a diff removes and those that it adds, each as one line."""
    lines = diff.splitlines()[2:]
    pick = lambda sign: " ".join(line[1:].strip() for line in lines if line.startswith(sign))
    return pick("-"), pick("+")


def explanations():
    """{(module.function, was, now): why}."""
    entries = tomllib.loads(EXPLAINED.read_text("utf-8")).get("survivor", []) if EXPLAINED.exists() else []
    return {(e["where"], was, now): e["why"] for e in entries for was, now in e["changes"]}


def group(module):
    """What a file's mutants count towards: "worlds" for every file of worlds/, "equations.elbo", "elbo"."""
    return module.rpartition(".")[0] or module


def report(found):
    """Print the table and the survivors; return what is wrong."""
    counts = defaultdict(lambda: [0, 0])
    for mutant in found:
        for name in {mutant.module, group(mutant.module)}:
            counts[name][mutant.status not in KILLED] += 1
    why, wrong = explanations(), []
    for mutant in (m for m in found if m.status not in KILLED):
        where = f"{mutant.module}.{mutant.function}"
        reason = why.pop((where, mutant.was, mutant.now), None)
        print(f"\n{where} ({mutant.status})\n  - {mutant.was}\n  + {mutant.now}\n  {reason or 'NOT EXPLAINED'}")
        if reason is None:
            wrong.append(f"{mutant.name} survived and is not explained in {EXPLAINED.name}")
    wrong += [f"{EXPLAINED.name}: {where} explains a mutant that does not survive: {now}" for where, _, now in why]
    rows = []
    for name, (killed, survived) in sorted(counts.items()):
        score, least = killed / (killed + survived), LEAST.get(name)
        rows.append((name, killed, survived, killed + survived, f"{score:.1%}", f"{least:.0%}" if least else ""))
        if least and score < least:
            wrong.append(f"{name}: {score:.1%} of the mutants were killed, expected {least:.0%} or more")
    print()
    print(Table(("module", "killed", "survived", "mutants", "score", "expected"), rows))
    wrong += [f"{name}: no mutants were made" for name in LEAST if name not in counts]
    return wrong


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", action="store_true", help="only print what the last run found")
    options = parser.parse_args(argv)
    os.chdir(ROOT)
    if not options.report:
        run()
    wrong = report(list(mutants()))
    for line in wrong:
        print(f"mutate: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
