"""What all tests share: no display, and property tests that try the same examples on every machine and every run."""

import matplotlib
from hypothesis import settings

matplotlib.use("Agg")
# No deadline: a slow machine is not a failure. No database: a run leaves nothing that changes the next one.
settings.register_profile("course", deadline=None, derandomize=True, database=None, max_examples=25)
settings.load_profile("course")
