"""The words of the questions' texts that have an opposite, and their formulas: where one stands, a claim computes it.

Of two opposites one is watched: whoever exchanges them breaks a phrase that is claimed, or brings in a word that
nothing claims.
"""

import re
from functools import cache

OPPOSITES = {
    "second": "first", "columns": "rows", "column": "row", "across": "down", "inverse": "matrix", "forward": "reverse",
    "cheap": "dear", "cheaper": "dearer", "cheapest": "dearest", "dear": "cheap", "dearer": "cheaper", "open": "closed",
    "closed": "open", "higher": "lower", "highest": "lowest", "lower": "higher", "lowest": "highest",
    "rise": "fall", "rises": "falls", "rising": "falling", "fall": "rise", "falls": "rises", "falling": "rising",
    "grow": "shrink", "grows": "shrinks", "growing": "shrinking", "shrink": "grow", "shrinks": "grows",
    "real": "drawn", "shuffled": "real", "joint": "product", "product": "joint", "posterior": "prior",
    "root": "square", "without": "with", "before": "after", "compactness": "modularity",
    "modularity": "compactness", "completeness": "disentanglement", "explicitness": "modularity",
    "decoder": "encoder", "upper": "lower", "adversarial": "natural", "unbiased": "biased", "biased": "unbiased",
    "population": "sample", "outside": "inside", "below": "above", "smaller": "larger", "smallest": "largest",
    "fewer": "more", "worst": "best", "once": "twice", "twice": "half", "subtract": "add", "subtracted": "added",
    "multiply": "divide", "multiplies": "divides", "multiplied": "divided", "plus": "minus", "minimum": "maximum",
    "narrow": "wide", "narrower": "wider", "wide": "narrow", "wider": "narrower", "geometric": "arithmetic",
    "top": "bottom", "bottom": "top", "precision": "variance", "precisions": "variances", "deviation": "variance",
    "deviations": "variances", "bits": "nats", "odd": "even", "against": "for",
    "strictly": "nearly", "at least": "at most", "covariance": "correlation",
    "yours": "the right one", "transposed": "itself",
}  # fmt: skip
# Of these pairs either may be the rarer one: of each the second is watched, and in the questions of TURNED the first.
CONTRASTS = {
    "sum, mean": (r"sums?|summed|adds?|added|adding", r"means?|averag\w+"),
    "factor, latent": (r"factors?", r"latents?"),
    "code, image": (r"codes?", r"images?"),
    "image, batch": (r"images?", r"batch(?:es)?"),
    "most, least": (r"most|largest|maximi\w+", r"least|smallest|minimi\w+"),
    "q, p": (r"q(?:\([^()]*\))?", r"p(?:\([^()]*\))?"),
}
TURNED = {
    "sum, mean": (
        "variance_of_the_rest mended_report same_order smallest_visible above_the_family judges_agree "
        "what_each_says wasted_rate mended_capacity lost_by_code best_channel silent_rate first_split "
        "exchange_costs hard_code least_cost matched_accuracy slope_factor two_outputs read_off "
        "missing_from_bound codes_needed kl_between_gaussians fitted_width mixture_rate correction_above "
        "ratio_with_baseline kl_to_laplace share labels_enough latents_that_survive counted_loss "
        "mended_ascent mean_distance mended_votes score_of_luck separated_predictability diagonal_excess "
        "shrunken_width hsic_of_tables points_needed middle_of_each_image missing_for_prior "
        "tc_with_dead_latent"
    ),
    "factor, latent": (
        "mended_report same_optimum mended_capacity best_channel silent_rate exchange_costs prices_at "
        "missing_term shuffle_by shuffled_table reading_of_copies kl_between_gaussians latents_in_use "
        "mixture_rate correction_above MendedVAE ratio_with_baseline kl_to_laplace share labels_enough "
        "effective_beta latents_that_survive best_weighted_bound counted_loss price_of_quality "
        "price_under_free_bits mean_distance score_of_votes mended_votes score_of_luck said_by_a_cosine "
        "mended_term read_from_batch tc_read gaussian_dual mended_loss tc_with_dead_latent"
    ),
    "code, image": (
        "centre_of_white mended_capacity missing_from_degenerate missing_term hard_code least_cost "
        "matched_accuracy kl_between_gaussians fitted_width correction_above continuous_bernoulli "
        "price_of_a_turn price_of_truth degrees_off share labels_enough missing_from_beta_vae effective_beta "
        "best_weighted_bound counted_loss mended_ascent price_of_quality score_of_votes best_scores "
        "said_by_a_cosine hsic_of_tables middle_of_each_image read_from_batch"
    ),
    "image, batch": (
        "relaxed_sample shuffled_table reading_of_copies without_batch shrunken_width mended_term"
    ),
    "most, least": (
        "wasted_rate mended_capacity held_by_gamma least_cost columns_contrast p_value shrunken_width "
        "mended_term points_needed"
    ),
    "q, p": (
        "corrected what_each_says lost_by_code missing_from_degenerate encoder_step missing_term "
        "kl_between_gaussians missing_from_weighted continuous_bernoulli missing_from_beta_vae counted_loss "
        "p_value prices_of missing_for_prior mended_loss"
    ),
}  # fmt: skip
ALWAYS = ("two", "log2", "binary logarithm", "always", r"whole(?! numbers?\b)", *OPPOSITES)
FORMULA = re.compile(
    r" [-+*=<>@] |(?<=[\w)]) / (?=[\w(])|\^|\w\([^()]*[-+*/^]|\bexp\(|\blog\(|\bsigma squared\b"
    r"|\d/[A-Za-z]|[A-Za-z]/[A-Z0-9]"
)


@cache
def watched(question):
    """The words of a question's texts that must be claimed; words that contrast ("A, not B") are watched, too."""
    words = [forms[question not in TURNED[pair].split()] for pair, forms in CONTRASTS.items()]
    words += sorted(ALWAYS, key=len, reverse=True)
    return re.compile(rf"(?<![\w`.])(?:{'|'.join(words)})(?![\w(])|, not (?!a number|the\b)\S+", re.IGNORECASE)


CLAUSE, BEFORE = r"[^.,;:?]", r"(?:[^\s.,;:?]+ )?[^\s.,;:?]+"
# Who says of two sides that one is right claims both: exchanged they are the opposite.
TWO_SIDES = re.compile(
    rf"{BEFORE}, (?:and )?not\b{CLAUSE}+|\bnot {CLAUSE}*,? but {CLAUSE}+|{BEFORE} (?:in place|instead) of\b{CLAUSE}+"
    rf"|{BEFORE} rather than\b{CLAUSE}+|{BEFORE} where {CLAUSE}* belongs?\b|{BEFORE} (?:instead|in its place)(?! of)\b"
)
