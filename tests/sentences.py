"""One rule for what a sentence tells: find it in the text, look it up in the table of its page, and judge it.

A table is {what is told: entry}. An entry has `times`, how often that stands on the page, and `problem(told, page)`,
which says what is wrong, or nothing. Three files judge: inline.py formulas, amounts.py counts and shares in words.
"""


def problems(found, table, where, file, judge):
    """What of a page the table does not know, or knows another way. `found`: {what is told: its lines}."""
    told = []
    for key, lines in found.items():
        at = f"{where}, line {', '.join(map(str, lines))}: '{key}'"
        entry = table.get(key)
        if entry is None:
            told.append(f"{at}: is it right? Then say in {file} what says so")
        elif entry.times != len(lines):
            told.append(f"{at}: {len(lines)} times, in {file} {entry.times}. If all are right, change it there")
        elif problem := judge(entry, key):
            told.append(f"{at}: {problem} (by {file})")
    gone = f"no longer there. If it was wrong, take it from {file}; if it was reworded, reword its line there"
    return told + [f"{where}: '{key}': {gone}" for key in table if key not in found]
