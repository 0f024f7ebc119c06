"""What unlabelled data cannot tell, what an objective tells all the same, and what further knowledge buys.

`maps` keep the prior and mix the factors, `loophole` is what an encoder of independent latents sees of such a map,
`correlated` where that leads astray, `unmixing` what shapes and segments identify, `supervision` what pairs and
labels do, `clamping` what batches do in which one factor moves.
"""

from course_pkg.identifiability.clamping import dc_ign
from course_pkg.identifiability.correlated import best_angle, price_of_the_factors
from course_pkg.identifiability.loophole import (
    column_contrast,
    linear_gap,
    mean_field_gap,
    noisy_bits,
    relabelled,
)
from course_pkg.identifiability.maps import (
    fully_mixed,
    invertible,
    is_axis_map,
    keeps_axes,
    log_relabellings,
    turned_uniform,
)
from course_pkg.identifiability.supervision import label_risk, learnt_from_labels, pair_columns, shared_directions
from course_pkg.identifiability.unmixing import darmois, independent_components, matched, segments

__all__ = [
    "best_angle",
    "column_contrast",
    "darmois",
    "dc_ign",
    "fully_mixed",
    "independent_components",
    "invertible",
    "is_axis_map",
    "keeps_axes",
    "label_risk",
    "learnt_from_labels",
    "linear_gap",
    "log_relabellings",
    "matched",
    "mean_field_gap",
    "noisy_bits",
    "pair_columns",
    "price_of_the_factors",
    "relabelled",
    "segments",
    "shared_directions",
    "turned_uniform",
]
