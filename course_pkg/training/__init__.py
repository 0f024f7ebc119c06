"""One training loop for the whole family: what is paid, who plays, what a checkpoint holds."""

from course_pkg.training.loop import History, Run, check_finite, device_called, train

__all__ = ["History", "Run", "check_finite", "device_called", "train"]
