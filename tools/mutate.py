"""Change the code in small ways and see that the tests notice: `make mutate`, or `make mutate ONLY="elbo worlds"`.

    .venv/bin/python tools/mutate.py [--only NAME ...] [--sample N] [--seed N] [--workers N] [--report]

mutmut (set up in pyproject.toml, which names the rooms that are left alone) copies the package into mutants/, makes one
small change after the other, and runs the tests that call the changed function. A new chapter is found by its place:
its module, its equations, and its tests by their names or by what they import. What judges answers, course_pkg.grading,
is no chapter: its mutants are tried in a run of their own, on its own tests alone. A mutant that no test notices
survives. Each survivor is printed with its change and with what tools/mutants_explained.toml says about it: why no test
can or should see it. Such a mutant is equivalent, by itself or as one of a class: it is counted in a column of its own,
and the score is the share of the others that are killed.

Fails where under FLOOR of a chapter's mutants are killed, where a survivor has no explanation, and where an explanation
has no survivor any more. Code outside functions, and decorated functions, are not mutated.

--only takes a part of a module's name: elbo is course_pkg.elbo and all of course_pkg.equations.elbo, worlds.tabular one
file. What the last run found on the other modules is kept. --sample tries so many mutants of each file, the same ones
each time: an estimate of the score within minutes, which fails by the same rules but for those not tried. --seed draws
others: tests written for the survivors of one sample say nothing of the score on it.
"""

import argparse
import ast
import inspect
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from tqdm import tqdm

from course_pkg.tables import Table

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = ROOT / "mutants"
EXPLAINED = ROOT / "tools" / "mutants_explained.toml"
FLOOR = 0.95
ENGINE = "grading"  # the room that judges answers; its tests are asked of no chapter, and those of chapters not of it
ENGINE_TESTS = re.compile(r"test_(grading|diagnosis|probes|battery)(_.*)?")
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

    @property
    def where(self):
        return f"{self.module}.{self.function}"


def modules(only=()):
    """{module: its file} of all files that are mutated, or of those that have a name of `only` in theirs."""
    from mutmut.utils.file_utils import walk_mutatable_files  # reads pyproject.toml where it is imported

    dotted = lambda path: ".".join(path.with_suffix("").parts[1:]).removesuffix(".__init__")
    files = {dotted(path): path for path in sorted(walk_mutatable_files())}
    for name in only:
        if not any(matches(module, name) for module in files):
            known = ", ".join(sorted(set(map(chapter, files))))
            sys.exit(f"mutate: expected modules among {known}, or a file of theirs, got {name}")
    return {module: path for module, path in files.items() if not only or any(matches(module, name) for name in only)}


def taught():
    """The modules that are mutated and their files, without those that judge answers."""
    return {module: path for module, path in modules().items() if chapter(module) != ENGINE}


def tests(engine=False):
    """The test files that look: those named for a module that is changed or for its room, those of equations, and those
    that import a chapter's module and no room that is left alone, which may train for minutes. No quiz is asked. Or
    those that look at what judges answers."""
    if engine:
        return sorted(path.name for path in (ROOT / "tests").glob("test_*.py") if ENGINE_TESTS.fullmatch(path.stem))
    left = {path.name for path in untouched()}
    names = {part for module in taught() for part in module.split(".")} - left
    shared = re.compile(r"test_(agreement|devices|.*equations)\b")
    named = re.compile(rf"test_({'|'.join(sorted(map(re.escape, names)))})(_.*)?")
    elsewhere, changed = {f"course_pkg.{room}" for room in left}, chapters_modules()
    found = []
    for path in (ROOT / "tests").glob("test_*.py"):
        by_name = shared.match(path.stem) or named.fullmatch(path.stem)
        modules_of = imported(path.read_text("utf-8"))
        by_import = modules_of & changed and not any(".".join(m.split(".")[:2]) in elsewhere for m in modules_of)
        if not path.stem.endswith("_quiz") and (by_name or by_import):
            found.append(path.name)
    return sorted(found)


def chapters_modules():
    """Every module that is changed and the rooms that hold it, but for equations and their engine: most tests of pages
    import those, and they have tests named for them."""
    parts = [["course_pkg", *module.split(".")] for module in taught()]
    parts = [p for p in parts if p[1] not in ("derivation", "equations")]
    return {".".join(p[:n]) for p in parts for n in range(2, len(p) + 1)}


def imported(source):
    """The names of modules that a file imports, anywhere in it; and of what it takes from them, which may be some."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def untouched():
    """The rooms of the package of which no chapter's part is changed but their namesakes in equations/."""
    changed = {path.parts[1] for path in taught().values()}
    return [path for path in (ROOT / "course_pkg").iterdir() if path.is_dir() and path.name not in changed]


def matches(module, name):
    return f".{name}." in f".{module}."


def drawn(files, sample, seed=0):
    """The names of so many mutants of each file, drawn by the file's name and the seed; of a smaller one all."""
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    names = []
    for module, path in files.items():
        made = mutate_file_contents(str(path), path.read_text("utf-8")).mutant_names
        chosen = random.Random(f"{module} {seed}").sample(made, min(sample, len(made)))
        names += [get_mutant_name(path, name) for name in chosen]
    return names


def run(only, sample, seed, workers):
    """Run mutmut on all modules, or on some again: on the chapters, then on what judges answers."""
    if not only and not sample:
        forget(None)
    files = modules(only)
    for engine in (False, True):
        half = {module: path for module, path in files.items() if (chapter(module) == ENGINE) == engine}
        if half:
            names = drawn(half, sample, seed) if sample else [f"course_pkg.{module}.*" for module in half]
            run_half(half, names, workers, engine, whole=not only and not sample)


def run_half(files, names, workers, engine, whole):
    """Run mutmut on these files, with the tests that look at them. Exits with its last lines where it fails."""
    forget(files)
    print("Making the mutants, and running the tests once to see which test calls which function", flush=True)
    for _ in range(ATTEMPTS):  # it keeps what it has found, and goes on from there
        code, output = run_mutmut(names, workers, tests(engine), whole)
        if code == 0:
            return
        print("mutate: mutmut stopped with code", code, file=sys.stderr)
        if re.search("failed to collect stats|Failed to run clean test", output):  # they fail without a change
            break
        left = [mutant.name for mutant in mutants(files) if mutant.status == "not checked"]
        names = [name for name in left if any(fnmatch(name, pattern) for pattern in names)] or names
    sys.exit("\n".join(re.split(r"[\r\n]+", output)[-30:]))


def forget(files):
    """Remove what the last run left, or what it found on these files, and all that mutmut would not copy again."""
    if files is None or not MUTANTS.exists():
        return shutil.rmtree(MUTANTS, ignore_errors=True)
    shutil.rmtree(MUTANTS / "tests", ignore_errors=True)
    (MUTANTS / "mutmut-stats.json").unlink(missing_ok=True)  # which test calls which function
    for copy in [path for path in (MUTANTS / "course_pkg").rglob("*") if path.is_file()]:
        source = copy.relative_to(MUTANTS)
        source = source.with_suffix("") if source.suffix in (".meta", ".spans") else source
        if source.suffix != ".py" or source in files.values():
            copy.unlink()


def run_mutmut(names, workers, tests, whole):
    """Run mutmut with a progress bar. Returns its exit code and the end of its output. whole: all is tried."""
    quiet = {
        "COURSE_MUTATE_TESTS": " ".join(tests),
        "OMP_NUM_THREADS": "1",
        "TQDM_DISABLE": "1",
        "MPLBACKEND": "agg",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",  # it opens files as the locale says
    }
    command = [Path(sys.executable).parent / "mutmut", "run", "--max-children", str(workers), *names]
    output, bar = "", None
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **quiet}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        read = partial(os.read, process.stdout.fileno(), 65536)
        for chunk in iter(lambda: read().decode("utf-8", "replace"), ""):
            output = (output + chunk)[-20_000:]
            for done, total in re.findall(r"(\d+)/(\d+) ", chunk)[-1:]:
                total = int(total) if whole else None  # it counts the mutants of all modules
                if bar is None:
                    bar = tqdm(total=total, desc="mutants", unit="mutant", mininterval=5)
                bar.update(int(done) - bar.n)
    if bar is not None:
        bar.close()
    return process.returncode, output


def mutants(files):
    """Every mutant of these files in the last run, with its change."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code

    for module, path in files.items():
        data = SourceFileMutationData(path=path)
        data.load()
        for name, code in data.exit_code_by_key.items():
            status = status_by_exit_code[code]
            shown = status not in (*KILLED, "not checked")
            was, now = change(get_diff_for_mutant(name, path=path)) if shown else ("", "")
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
    """{(where, was, now): why}."""
    entries = tomllib.loads(EXPLAINED.read_text("utf-8"))["survivor"] if EXPLAINED.exists() else []
    return {(e["where"], was, now): e["why"] for e in entries for was, now in e["changes"]}


@dataclass(frozen=True)
class Equivalent:
    """A class of changes that no test can or should see: patterns of where, and of the line before and after.

    `now` may repeat what a group of `was` matched, as \\1: so that nothing else of the line has changed.
    """

    where: re.Pattern
    change: re.Pattern
    why: str

    def has(self, mutant):
        return bool(self.where.fullmatch(mutant.where) and self.change.fullmatch(f"{mutant.was}\n{mutant.now}"))


def classes():
    """The classes of tools/mutants_explained.toml. In place of a pattern of where: "worlds", what draws a world,
    "wrong", what is wrong on purpose, and "checks", what the gallery of bugs asks."""
    entries = tomllib.loads(EXPLAINED.read_text("utf-8")).get("class", []) if EXPLAINED.exists() else []
    places, found = {"worlds": drawers, "wrong": wrong_on_purpose, "checks": checks}, []
    for e in entries:
        named = places.get(e["where"])
        where = "|".join(map(re.escape, sorted(named()))) if named else e["where"]
        found.append(Equivalent(re.compile(where), re.compile(f"{e['was']}\n{e['now']}"), e["why"]))
    return found


def drawers():
    """Where a world of an equation is drawn: the functions that its `Worlds` name, as a mutant's `where` has them."""
    from course_pkg.derivation.typeset import everything

    kinds = [kind for _, equation in everything() for kind in kinds_of(equation)]
    return places_of({kind.draw for kind in kinds})


def places_of(functions):
    places = {f"{f.__module__}.{f.__qualname__}" for f in functions}
    return {place.removeprefix("course_pkg.") for place in places if "<" not in place}


def checks():
    """The checks of the gallery of bugs, and the tests beside them that are blind."""
    from course_pkg import bugs

    return places_of({check for bug in bugs.every().values() for check in (bug.check, bug.blind) if check})


def wrong_on_purpose():
    """Where a wrong line of an equation is computed, or a bug of the gallery, that nothing else calls."""
    from course_pkg import bugs
    from course_pkg.derivation.typeset import everything

    steps = [step for _, equation in everything() for step in getattr(equation, "steps", ())]
    named = Counter(wrong.value for step in steps for wrong in step.wrong if wrong.value)
    named.update(bug.wrong for bug in bugs.every().values())
    words = {f: Counter(re.findall(r"\w+", inspect.getsource(sys.modules[f.__module__]))) for f in named}
    ours = [
        f
        for f, times in named.items()
        if f.__module__.startswith(("course_pkg.equations.", "course_pkg.bugs.")) and words[f][f.__name__] == 1 + times
    ]  # its definition, and where it is called wrong
    return places_of(ours)


def kinds_of(equation):
    """The kinds of worlds of a derivation, or of a definition, which has one or none."""
    worlds = equation.worlds
    return worlds if isinstance(worlds, tuple) else (worlds,) if worlds else ()


def chapter(module):
    """What a file's mutants count towards: "worlds" for every file of worlds/, "equations.elbo", "elbo"."""
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] == "equations" else 1])


def report(found, files, sampled=False):
    """Print the survivors and the table; return what is wrong, a line each. sampled: not all were meant to be tried."""
    why, kinds, explained, unexplained, wrong = explanations(), classes(), set(), 0, []
    counts: defaultdict[str, Counter] = defaultdict(Counter)
    for mutant in found:
        verdict = "killed" if mutant.status in KILLED else mutant.status
        if verdict not in ("killed", "not checked"):
            key = (mutant.where, mutant.was, mutant.now)
            explained |= {key} & why.keys()
            told = why.get(key) or next((kind.why for kind in kinds if kind.has(mutant)), "")
            verdict = "equivalent" if told else "survived"
            unexplained += not told
            print(f"\n{mutant.where} ({mutant.status})\n  - {mutant.was}\n  + {mutant.now}")
            print(f"  {told or 'NOT EXPLAINED: ' + mutant.name}")
        for name in {mutant.module, chapter(mutant.module)}:
            counts[name][verdict] += 1
    if unexplained:
        wrong.append(f"{unexplained} survivors are not explained in {EXPLAINED.name}: see NOT EXPLAINED above")
    rows = []
    for name, count in sorted(counts.items()):
        killed, survived, equivalent = count["killed"], count["survived"], count["equivalent"]
        score = killed / (killed + survived) if killed + survived else 1.0
        is_chapter = name in map(chapter, files)
        made = killed + survived + equivalent
        rows.append((name, killed, survived, equivalent, made, f"{score:.1%}", f"{FLOOR:.0%}" if is_chapter else ""))
        if is_chapter and count["not checked"] and not sampled:
            wrong.append(f"{name}: {count['not checked']} mutants were not checked: run make mutate ONLY={name}")
        elif is_chapter and made and score < FLOOR:
            wrong.append(f"{name}: {score:.1%} of the mutants were killed, expected {FLOOR:.0%} or more")
    print()
    print(Table(("module", "killed", "survived", "equivalent", "mutants", "score", "expected"), rows))
    with_code = {chapter(m) for m, path in files.items() if re.search(r"^ *def ", path.read_text("utf-8"), re.M)}
    wrong += [f"{name}: no mutants were made" for name in sorted(with_code - counts.keys())]
    for where, _, now in sorted(why.keys() - explained):
        module = max((module for module in modules() if where.startswith(module + ".")), key=len, default=None)
        if module is None or (module in files and not counts[module]["not checked"]):
            wrong.append(f"{EXPLAINED.name}: {where} explains a mutant that is killed, or no more: {now}")
    return wrong


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="a module, or a part of its name")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="mutants of each file (default: all)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which mutants a sample has (default: 0)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), metavar="N", help="processes at once")
    parser.add_argument("--report", action="store_true", help="only print what the last run found")
    options = parser.parse_args(argv)
    os.chdir(ROOT)
    files = modules(options.only)
    if not options.report:
        run(options.only, options.sample, options.seed, options.workers)
    wrong = report(mutants(files), files, sampled=bool(options.sample))
    for line in wrong:
        print(f"mutate: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
