"""These checks need a built book and Firefox, so plain `pytest` leaves them out: `make firefox` runs them."""

import pytest
from marionette import MISSING

from course_pkg.commands.doctor import find_firefox
from helpers import ROOT


def pytest_ignore_collect(collection_path, config):
    asked_for = any("firefox" in argument for argument in config.args)
    return None if asked_for else True


def pytest_sessionstart():
    """Before processes are started that share the tests."""
    if not (ROOT / "_build" / "html" / "index.html").exists():
        pytest.exit("There is no built book: run `make book` first", returncode=1)
    if find_firefox() is None:
        pytest.exit(MISSING, returncode=1)
