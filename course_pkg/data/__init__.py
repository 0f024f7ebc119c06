"""The data sets of the course, behind one factor API."""
