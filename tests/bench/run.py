"""Run every benchmark, print tables, keep the numbers with their provenance: `make bench`.

python tests/bench/run.py [--device cuda] [--compiled] [--threads 1] [--only waiting] [--show FILE]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from tabulate import tabulate
from watch import QUIET

HERE = Path(__file__).resolve().parent
FILES = ("steps", "parts", "waiting")


def measured(arguments: argparse.Namespace) -> dict:
    """What pytest-benchmark wrote of all files here."""
    env = {**os.environ, "TQDM_DISABLE": "1"}
    env |= {"BENCH_DEVICE": arguments.device} if arguments.device else {}
    env |= {"BENCH_COMPILED": "1"} if arguments.compiled else {}
    env |= {"BENCH_THREADS": arguments.threads} if arguments.threads else {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        files = [str(HERE / f"test_{name}.py") for name in arguments.only or FILES]
        options = ["-o", "addopts=-v", "-p", "no:cacheprovider", "--benchmark-columns=median"]
        command = [sys.executable, "-m", "pytest", *options, *files, f"--benchmark-json={out}"]
        if subprocess.run(command, env=env).returncode:
            raise SystemExit("a benchmark failed: see above")
        return json.loads(out.read_text("utf-8"))


def summary(rounds: dict[str, list[dict]], busy: int = 0) -> dict:
    """Medians over the rounds in which all were quiet (over all, and `noisy`, where fewer than two were).

    busy: how many processors a benchmark itself kept busy, which count as quiet.

    Ratios say how much sooner the last was done than each of the others, turn by turn.
    """
    turns = list(zip(*rounds.values(), strict=True))
    limit = QUIET + busy / (os.cpu_count() or 1)
    quiet = [turn for turn in turns if all(part["others"] < limit for part in turn)]
    kept, parts = quiet if len(quiet) > 1 else turns, {}
    for k, name in enumerate(rounds):
        parts[name] = {}
        for clock in ("wall", "cpu"):
            for key, values in (
                (clock, [turn[k][clock] for turn in kept]),
                (f"{clock}_ratio", [turn[k][clock] / max(turn[-1][clock], 1e-9) for turn in kept]),
            ):
                low, middle, high = quantiles(values, n=4, method="inclusive")
                parts[name] |= {key: middle, f"{key}_quartiles": [low, high]}
    others = median(part["others"] for turn in turns for part in turn)
    return {
        "rounds": len(turns), "quiet": len(quiet), "noisy": len(quiet) < 2, "others": round(others, 3), "parts": parts,
    }  # fmt: skip


def row_of(benchmark: dict) -> dict:
    info = benchmark["extra_info"]
    rounds = info.pop("rounds", None)
    name = benchmark["name"].removeprefix("test_")
    return {"name": name, **info, **(summary(rounds, info.get("busy", 0)) if rounds else {"once": True})}


def speed(images: float, part: dict) -> str:
    """Images per second, and the quartiles."""
    low, high = part["wall_quartiles"]
    return f"{images / part['wall']:,.0f} ({images / high:,.0f} to {images / low:,.0f})"


def flag(row: dict) -> str:
    return f"{row['quiet']} of {row['rounds']}" + (f" ~ others {row['others']:.0%}" if row["noisy"] else "")


def show(results: dict) -> None:
    about, rows = results["machine"], results["rows"]
    print(f"\n{about['processor']}, {about['processors']} processors, torch {about['torch']}, {about['device']}")
    best: dict[int, float] = {}
    for row in rows:
        if row["name"].startswith("peak"):
            rate = row["flop"] / row["parts"]["peak"]["wall"] / 1e9
            print(f"  {row['kind']}, {row['threads']} threads: {rate:,.0f} GFLOP/s, quiet {flag(row)}")
            if row["kind"].startswith("float32"):
                best[row["threads"]] = max(rate, best.get(row["threads"], 0))
    table = []
    for row in rows:
        for name, part in row.get("parts", {}).items():
            if row["name"].startswith("step"):
                share = row["flop"] / part["wall"] / 1e9 / best[row["threads"]] if name.startswith("ours") else None
                table.append([
                    row["system"], row["threads"], name, speed(row["images"], part), f"{part['wall_ratio']:.2f}",
                    f"{part['cpu_ratio']:.2f}", f"{share:.0%}" if share else "", flag(row) if name == "ours" else "",
                ])  # fmt: skip
    head = ["training", "threads", "loop", "images/s", "ours sooner by", "CPU time", "of peak", "quiet rounds"]
    print("\n" + tabulate(table, head, disable_numparse=True))
    table = []
    for row in rows:
        if "images" in row and not row["name"].startswith("step"):
            first = None
            for name, part in row["parts"].items():
                images = row["images"][name] if isinstance(row["images"], dict) else row["images"]
                rate = images / part["wall"]
                table.append(
                    [row["name"], name, speed(images, part), f"{rate / first:.2f}" if first else "", flag(row)]
                )
                first = rate
    print("\n" + tabulate(table, ["part", "", "images/s", "times", "quiet rounds"], disable_numparse=True))
    for row in rows:
        if "open_s" in row:
            print(f"\nAll 737,280 images: opened in {row['open_s']:.1f} s; after 128,000 drawn the process holds")
            print(f"{row['own_mb']:.0f} MB more of its own, {row['rss_mb']:.0f} MB with pages of the mapped file")
    print(f"\nA round is quiet if others used under {QUIET:.0%} of the machine; ~: fewer than two were, so all count.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", help="cpu, cuda or mps (default: a GPU where there is one)")
    parser.add_argument("--compiled", action="store_true", help="measure torch.compile too (minutes)")
    parser.add_argument("--threads", help="as in 2,1 (default: as many as processors, and 1)")
    parser.add_argument("--only", nargs="+", choices=FILES, help="these alone, shown and not kept")
    parser.add_argument("--show", type=Path, help="print the tables of that file again, measure nothing")
    arguments = parser.parse_args()
    if arguments.show:
        return show(json.loads(arguments.show.read_text("utf-8")))
    start = time.perf_counter()
    report = measured(arguments)
    about = {**report["machine_info"], "when": time.strftime("%Y-%m-%d"), "quiet_below": QUIET}
    about |= {"command": " ".join(["tests/bench/run.py", *sys.argv[1:]]), "seconds": round(time.perf_counter() - start)}
    results = {"machine": about, "rows": [row_of(one) for one in report["benchmarks"]]}
    show(results)
    if arguments.only:
        return
    slug = re.sub(r"[^a-z0-9]+", "-", f"{about['processor']} {about['processors']} {about['device']}".lower()).strip(
        "-"
    )
    path = HERE / "results" / f"{slug}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(f"Kept in {path.relative_to(HERE.parents[1])} ({about['seconds']} s)")


if __name__ == "__main__":
    main()
