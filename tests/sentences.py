"""One rule for what a sentence tells: find it in the text, look it up in the table of its page, and judge it.

A table is {what is told: entry}, in the order of its page. An entry has `times`, how often that stands on the page,
and `problem(told, page)`, which says what is wrong, or nothing. Two files judge: inline.py formulas, judges.py counts
and shares in words.
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
    return told + [f"{where}{stood(key, table, found)}: '{key}': {gone}" for key in table if key not in found]


def stood(gone, table, found):
    """Where on the page something that is gone stood: between what the table, in the page's order, has around it."""
    keys = [key for key in table if key in found or key == gone]
    at = keys.index(gone)
    around = sorted(found[key][0] for key in (*keys[max(at - 1, 0) : at], *keys[at + 1 : at + 2]))
    if len(around) < 2:
        return f", near line {around[0]}" if around else ""
    return f", line {around[0]} to {around[1]}"
