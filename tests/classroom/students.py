"""Notebooks as students hand them in: made from the sheets and their worked pages, with any answer in any place."""

import json
import re

import nbformat

from helpers import ROOT

MARK = re.compile(r"^[ \t]*### (BEGIN|END) .*\n?", re.M)


def cells(sheet, folder="exercises"):
    """The code cells of a sheet, or of the worked page without its marks."""
    found = nbformat.read(ROOT / folder / f"{sheet}.ipynb", 4).cells
    return [MARK.sub("", cell.source) for cell in found if cell.cell_type == "code"]


def answered(sheet, **answers):
    """The sheet, with these sources in the place of what `def NAME` or `class NAME` has there."""
    found = cells(sheet)
    for name, source in answers.items():
        places = [i for i, cell in enumerate(found) if re.search(rf"^(def|class) {name}\b", cell, re.M)]
        assert len(places) == 1, f"{sheet} has {len(places)} cells for {name}"
        found[places[0]] = source
    return found


def notebook(sources):
    """The text of a notebook of these code cells."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in sources]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def hand_in(folder, student, sheet, sources):
    """Write a student's notebook."""
    path = folder / student / f"{sheet}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sources if isinstance(sources, str) else notebook(sources), "utf-8")
    return path
