"""The cascade: latents that open one after the other, and a discrete code that is assigned, not encoded.

`opening` holds the prices and schedules of a training run; `assignment` solves for the values of a batch; `objectives`
gives the terms of JointVAE and CascadeVAE; `exact` splits the rate of a code of both kinds; `accuracy` compares a
discrete code with a label; `kept` tells what the three systems learnt on dSprites.
"""

from course_pkg.cascade.accuracy import contingency, unsupervised_accuracy
from course_pkg.cascade.assignment import assign, total_cost
from course_pkg.cascade.exact import mixed_split, value_information
from course_pkg.cascade.kept import first_steps, on_dsprites, parts_of_rate, same_code
from course_pkg.cascade.objectives import cascade_vae, joint_vae
from course_pkg.cascade.opening import CountsFrom, Graded

__all__ = [
    "CountsFrom",
    "Graded",
    "assign",
    "cascade_vae",
    "contingency",
    "first_steps",
    "joint_vae",
    "mixed_split",
    "on_dsprites",
    "parts_of_rate",
    "same_code",
    "total_cost",
    "unsupervised_accuracy",
    "value_information",
]
