"""Writes the weights of the lessons beside the pages, for the live figure in which a reader chooses one of them.

`_static/lessons/NAME.js` is loaded when NAME is chosen. It is a script, since a page that is opened from the disk may
load one, and may fetch nothing.
"""

import shutil
from pathlib import Path


def write(app, error):
    if error or app.builder.format != "html":
        return
    from course_pkg.models.weights import lesson_names
    from course_pkg.show.live.lessons import lesson_script

    folder = Path(app.outdir) / "_static" / "lessons"
    shutil.rmtree(folder, ignore_errors=True)  # a lesson that is gone
    folder.mkdir(parents=True)
    for name in lesson_names():
        (folder / f"{name}.js").write_text(lesson_script(name), encoding="utf-8")


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
