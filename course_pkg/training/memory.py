"""Memory that a step frees stays with the process, instead of going back to the system and coming again, page by page.

A step on a CPU frees tens of megabytes of activations and wants them again at once. By its defaults the C library of
Linux gives such blocks back, and the system hands the next step zeroed pages, one fault each: up to a quarter of a
step's time.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>


def keep_freed() -> bool:
    """Ask glibc to keep what is freed, for the whole process from now on; it may still use it for anything.

    Blocks of a gigabyte and more are given back as before. True where the C library took it; another one than glibc
    (macOS, Windows, Alpine Linux) is left as it is.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is None or not hasattr(libc, "mallopt"):
        return False
    most = libc.mallopt(M_MMAP_THRESHOLD, 2**30) or libc.mallopt(M_MMAP_THRESHOLD, 2**25)  # all that an old glibc takes
    return bool(most and libc.mallopt(M_TRIM_THRESHOLD, -1))
