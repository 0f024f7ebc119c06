"""Runs that are known by their task: trained, resumed, swept, summed up, encoded."""

from course_pkg.runs.start import load, run
from course_pkg.runs.task import checked, run_name

__all__ = ["checked", "load", "run", "run_name"]
