"""Write down that the sentences of pages were read: tests/page_claims.json.

    .venv/bin/python tools/read_claims.py book/kkt.md

For whoever changed a sentence that puts one thing before another, or an assertion of its section, and has read that
the sentence says what is so (see tests/page_claims.py). It tells what it had not kept before.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from claimed import CLAIMED  # noqa: E402
from page_claims import RECORD, name, problems, record  # noqa: E402
from test_amounts import TEXTS  # noqa: E402


def main(asked):
    known = {name(path): path for path in TEXTS}
    given = [Path(page).resolve().relative_to(ROOT).as_posix() for page in asked]
    if not given or (unknown := [page for page in given if page not in known]):
        raise SystemExit(
            f"expected pages that were read, such as book/kkt.md{', got ' * bool(given)}{', '.join(given and unknown)}"
        )
    kept = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    for page in given:
        judged = tuple(CLAIMED.get(page, ()))
        new = problems(known[page], kept.get(page, {}), judged)
        kept[page] = record(known[page], judged)
        print(
            f"{page}: {sum(len(part['says'].split()) for part in kept[page].values())} sentences are kept, new:",
            *new,
            sep="\n",
        )
    kept = {page: kept[page] for page in sorted(kept) if page in known}
    RECORD.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
