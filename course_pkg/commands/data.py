"""The command line's `data`: draw the set beforehand, compare it with a released file."""

import argparse
import sys

from course_pkg.data import cache, dsprites
from course_pkg.data.release import ReleaseError
from course_pkg.data.release_check import check_release, picture


def main(argv: list[str]) -> int:
    """Run one verb. Returns 0 if all is well, 1 if images differ, 2 if something could not be read or written."""
    parser = argparse.ArgumentParser(prog="python -m course_pkg data", description="the data sets")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("draw", help="draw dSprites into the cache, if it is not there, and check it")
    comparing = verbs.add_parser("compare", help="compare the drawn dSprites with a released file")
    comparing.add_argument("file", help="dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz or .hdf5")
    comparing.add_argument(
        "--picture", default="dsprites_difference.png", help="where to save the first image that differs"
    )
    options = parser.parse_args(argv)
    try:
        return _draw() if options.verb == "draw" else _compare(options.file, options.picture)
    except (ReleaseError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _draw() -> int:
    images = len(dsprites.packed())
    print(f"{images:,} images of dSprites, checked, in {cache.folder()}")
    return 0


def _compare(file: str, where: str) -> int:
    found = check_release(file, progress=True)
    print(found)
    if found.values:
        print(f"{found.values:,} rows of latents_values are not the released ones")
    if found.differing:
        picture(found, where)
        print(f"the first that differs is drawn in {where}")
    return 1 if found.differing or found.values else 0
