"""One training loop for the whole family: what is paid, who plays, what a checkpoint holds."""

from course_pkg.training.loop import check_finite, device_called, train
from course_pkg.training.state import History, TrainingState

__all__ = ["History", "TrainingState", "check_finite", "device_called", "train"]
