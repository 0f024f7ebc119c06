"""A clock that also says how much of the machine other processes took meanwhile, and what machine it is."""

import os
import platform
import time
from pathlib import Path

import psutil
import torch

QUIET = 0.12  # a repetition counts if others used less than this share of all processors


def finished(device: torch.device) -> None:
    """Wait for the device: what was asked of a GPU is not done when the call returns."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    if device.type == "mps":
        torch.mps.synchronize()


class Watch:
    """start() and stop(): seconds on the wall, seconds of this process on all processors, and the others' share.

    The others' share is what the system counted as busy (stolen by a hypervisor included) less this process's own.
    """

    def __init__(self, device: torch.device):
        self.device = device

    def look(self) -> tuple[float, float, float]:
        finished(self.device)
        times = psutil.cpu_times()
        busy = sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))
        return time.perf_counter(), time.process_time(), busy

    def start(self) -> None:
        self.began = self.look()

    def stop(self) -> dict[str, float]:
        wall, own, busy = (after - before for after, before in zip(self.look(), self.began, strict=True))
        others = max(0.0, busy - own) / (wall * (psutil.cpu_count() or 1))
        return {"wall": wall, "cpu": own, "others": others}


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return name


def machine(device: torch.device) -> dict[str, object]:
    """What a number depends on, besides what the package says of itself."""
    return {
        "processor": processor(),
        "processors": psutil.cpu_count(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "c_library": " ".join(platform.libc_ver()),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "load_average": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }
