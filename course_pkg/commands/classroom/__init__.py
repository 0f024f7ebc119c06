"""The verbs of a teacher: python -m course_pkg assign, export, report, slides."""
