"""A class: its submissions graded in a box, and what comes of it.

submission  any notebook that a student may hand in     box       a place without network, home or references
grade       a folder of submissions, graded             results  results.json and grades.csv
feedback    a page for each student                     late     what lateness costs
pack        what is handed out, and its README          record   questions as numbers, without an answer's code
gradebook   a column of Canvas's or Moodle's export     systems  files for Gradescope, GitHub Classroom, nbgrader
catalogue   what is asked, the known slips, counted     report   a page on the class
slides      the figures of each chapter

Expected values and judgement stay with the trusted side; what runs in the box only computes.
"""
