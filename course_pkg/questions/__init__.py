"""The questions of the sheets, a folder a chapter; what judges them is `course_pkg.grading`."""
