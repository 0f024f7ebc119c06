"""Run each test that starts a process or a thread many times, and name those that were red even once.

    .venv/bin/python tools/repeat_tests.py [--times N] [--only NAME ...] [--list]

Such a test may pass by luck of timing. It is found by its source: it, or what it calls in its own file, starts a
process, a thread, a cluster or several jobs. Ends with 1 where a test was red.
"""

import argparse
import ast
import collections
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STARTS = re.compile(r"\bsubprocess\.|\bthreading\.|\bLocalCluster\b|\bn_jobs\b|\bThread\(|\bProcess\(")


def found(path):
    """The names of the tests of a file that start something, or call a function of the file that does."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = {name: {n.id for n in ast.walk(f) if isinstance(n, ast.Name)} for name, f in functions.items()}
    asked = {name: {a.arg for a in f.args.args} for name, f in functions.items()}  # fixtures
    starts = {name for name, f in functions.items() if STARTS.search(ast.unparse(f))}
    before = -1
    while len(starts) != before:
        before = len(starts)
        starts |= {name for name in functions if (names[name] | asked[name]) & starts}
    return sorted(name for name in starts if name.startswith("test_"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20, help="of each test (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], help="files with one of these in their names")
    parser.add_argument("--list", action="store_true", help="only name them")
    options = parser.parse_args()
    files = [
        p
        for p in sorted((ROOT / "tests").glob("test_*.py"))
        if not options.only or any(o in p.name for o in options.only)
    ]
    tests = [f"tests/{path.name}::{name}" for path in files for name in found(path)]
    if options.list:
        print("\n".join(tests))
        return 0
    red: collections.Counter[str] = collections.Counter()
    for turn in range(1, options.times + 1):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=-q", *tests]
        done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, encoding="utf-8")
        red.update(re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.M))
        print(f"turn {turn} of {options.times}: {done.stdout.strip().splitlines()[-1]}", flush=True)
        if done.returncode not in (0, 1):
            sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    for name, count in red.most_common():
        print(f"red {count} of {options.times}: {name}")
    print(f"{len(tests)} tests, each {options.times} times: {len(red)} red")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())
