"""These checks need a built book and Chromium, so plain `pytest` leaves them out: `make browser` runs them.

All tests of a process share one Chromium: to start one takes longer than most of them.
"""

import pytest
from chromium import HTML, MISSING, browser

from course_pkg.commands.doctor import find_chromium


def pytest_ignore_collect(collection_path, config):
    asked_for = any("browser" in argument for argument in config.args)
    return None if asked_for else True


def pytest_sessionstart():
    """Before anything is collected, and before processes are started that share the tests."""
    if not (HTML / "index.html").exists():
        pytest.exit("There is no built book: run `make book` first", returncode=1)
    if find_chromium() is None:
        pytest.exit(MISSING, returncode=1)


@pytest.fixture(scope="session", autouse=True)
def chromium():
    with browser() as found:
        yield found
