"""The command line's `data`: draw the set beforehand, compare it with a released file."""

from course_pkg.commands.options import BAD, DONE, ended, parser_of, say


def main(argv: list[str]) -> int:
    """Run one verb. Returns an exit code of `options`: 1 if images differ."""
    parser = parser_of("data", "The data sets.", "draw")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("draw", help="draw dSprites into the cache, if it is not there, and check it")
    comparing = verbs.add_parser("compare", help="compare the drawn dSprites with a released file")
    comparing.add_argument("file", help="dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz or .hdf5")
    comparing.add_argument(
        "--picture", default="dsprites_difference.png", help="where to save the first image that differs"
    )
    options = parser.parse_args(argv)
    return ended("data", argv, lambda: _draw() if options.verb == "draw" else _compare(options.file, options.picture))


def _draw() -> int:
    from course_pkg.data import cache, dsprites  # here and below: --help would wait for torch

    images = len(dsprites.packed())
    say(f"{images:,} images of dSprites, checked, in {cache.folder()}")
    return DONE


def _compare(file: str, where: str) -> int:
    from course_pkg.data.release_check import check_release, picture

    found = check_release(file, progress=True)
    say(found)
    if found.values:
        say(f"{found.values:,} rows of latents_values are not the released ones")
    if found.differing:
        picture(found, where)
        say(f"the first that differs is drawn in {where}")
    return BAD if found.differing or found.values else DONE
