"""Collected only where it is asked for: `make gpu`, on a machine with a GPU. The tests here import from tests/."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))


def pytest_ignore_collect(collection_path, config):
    asked_for = any("gpu" in argument for argument in config.args)
    return None if asked_for else True


def pytest_sessionstart(session):
    if not torch.cuda.is_available():
        raise RuntimeError("make gpu: expected a CUDA device and a PyTorch that sees it, found none")
