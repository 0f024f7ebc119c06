"""Docstrings of course_pkg are plain text; the API page keeps the line breaks where lines are a list of arguments.

A paragraph of several lines is such a list where a line is in columns (a run of spaces inside), or hangs (an indented
continuation), or where two lines begin with `name:`. Everything else flows.
"""

import re

COLUMNS = re.compile(r"\S {2,}\S")
NAMED = re.compile(r"\w+: ")


def is_list(lines):
    if len(lines) < 2 or lines[0].startswith((">>>", "*", "-")):
        return False
    hanging = not lines[0].startswith(" ") and any(line.startswith(" ") for line in lines[1:])
    return hanging or any(map(COLUMNS.search, lines)) or sum(bool(NAMED.match(line)) for line in lines) > 1


def bars(line):
    """|z| is an absolute value, not the name of a substitution."""
    return re.sub(r"(`[^`]*`)|\|", lambda found: found[1] or r"\|", line)


def keep_lists(app, what, name, obj, options, lines):
    paragraphs = [part.split("\n") for part in re.split(r"\n\s*\n", "\n".join(lines).strip())]
    text = []
    for part in paragraphs:
        if is_list(part):  # a line block, or as typed where columns matter
            columns = any(map(COLUMNS.search, part))
            part = ["::", "", *("    " + line for line in part)] if columns else ["| " + bars(line) for line in part]
        elif not part[0].startswith(">>>"):
            part = list(map(bars, part))
        text += [*part, ""]
    lines[:] = text


def setup(app):
    app.connect("autodoc-process-docstring", keep_lists, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
