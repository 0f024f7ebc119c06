"""Gather what the cards of several lessons say into one file: the scores of seeds whose weights are not kept.

    .venv/bin/python tools/gather_lessons.py FOLDER [FOLDER ...] --to FILE

Every card of the folders, by system and seed, without what only a figure of its weights needs.
"""

import argparse
import json
from pathlib import Path

LEFT_OUT = ("starts", "path", "bytes", "sha256")


def gathered(folders):
    """{what the card says of itself up to the colon: [cards, by seed]}."""
    cards = [json.loads(file.read_text("utf-8")) for folder in folders for file in sorted(folder.glob("*.json"))]
    found: dict[str, list[dict]] = {}
    for card in sorted(cards, key=lambda card: (card["what"], card["learning rate"], card["seed"])):
        told = {key: value for key, value in card.items() if key not in LEFT_OUT}
        found.setdefault(card["what"].split(":")[0], []).append(told)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="with cards, as train_lesson.py writes")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    options = parser.parse_args()
    rows = gathered(options.folders)
    systems = [
        f" {json.dumps(what)}: [\n" + ",\n".join(f"  {json.dumps(card)}" for card in cards) + "\n ]"
        for what, cards in rows.items()
    ]
    options.to.write_text("{\n" + ",\n".join(systems) + "\n}\n", "utf-8")
    print(f"{sum(map(len, rows.values()))} cards of {len(rows)} systems in {options.to}")


if __name__ == "__main__":
    main()
