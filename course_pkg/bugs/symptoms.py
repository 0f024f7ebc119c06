"""What one sees first of a bug, in the order of the page."""

SYMPTOMS = {
    "too good": "The loss is lower than it can be",
    "stuck": "The loss falls, and stops too high",
    "loose": "The rate is not what its price says",
    "idle": "A term is there and does nothing",
    "score": "The loss is fine, the number reported of it is not",
    "nothing": "Nothing at all",
}
