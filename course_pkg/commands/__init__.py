"""The verbs of the command line that train and encode: python -m course_pkg train, sweep, represent."""
