"""One box for all tests, and a way to grade a list of cells in it. Without a box everything here is red."""

import pytest

from course_pkg.classroom.box.probe import Supply
from course_pkg.classroom.grade import Settings, marked
from course_pkg.classroom.submission import Handed

SECONDS = 4.0  # of one call; a test that waits for the clock takes a few of these


@pytest.fixture(scope="session")
def supply():
    found = Supply(isolated=True)
    yield found
    found.close()


@pytest.fixture
def grade_cells(supply):
    """The submission of some cells, graded with seed 11."""

    def grade(sheet, cells, seconds=SECONDS):
        handed = Handed("ada", f"ada/{sheet}.ipynb", "0" * 64, None, sheet, tuple(cells))
        return marked(handed, supply.take(), Settings(11, True, seconds))

    return grade
