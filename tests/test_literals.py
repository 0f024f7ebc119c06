"""Every number that stands in the code of the systems and the data, function by function: a changed one is seen.
Defaults of public functions are in the tables of test_recipes.py and test_defaults.py, protocols in test_recipes.py."""

import ast

import pytest

from helpers import ROOT

PACKAGE = ROOT / "course_pkg"
PLACES = ("runs/systems", "data")
COMMON = {0, 1, 2}  # they count, halve and square everywhere
# {module.function: its numbers in their order; those of a module, its own}
LITERALS = {
    "runs.systems.factor_vae.factor_vae": "0.5 0.9",  # the discriminator's Adam: Kim and Mnih (2018), appendix A
    "runs.systems.info_gan.info_gan": "0.5 0.999 0.5 0.999",  # both players' Adam: the authors' public code
    "runs.systems.info_gan._known": "4096 256 256 4",  # codes in all, in a batch, and digits shown
    "data.cache": "64 600.0",  # the header's bytes, and seconds of patience
    "data.cache.held": "3",
    "data.cache._keeping": "1000000.0",  # bytes of a MB
    "data.cache._check": "16 32",
    "data.digits.digits": "16",  # the largest grey of scikit-learn's digits
    "data.digits.factor_data": "10",
    "data.dsprites": "3 6 40 32 32 0.5 6 40 32 32 737280 1024",  # the release's factors and values, and their product
    "data.dsprites._mapped": "64 8",  # 64 pixels a row, 8 bytes a row
    "data.dsprites.unpack": "7",
    "data.mnist": "3",
    "data.mnist.mnist": "3 9 10 255",
    "data.mnist._read": "8",
    "data.mnist._idx": "8 4 4 4 4 4 4 4",  # the format's header
    "data.named": "512 64",
    "data.named.scaled": "255",
    "data.named.cached_images": "12 64 8",
    "data.named.cached_images.blocks": "255",
    "data.named._digits": "255 8 8",
    "data.pictures.chairs": "3",
    "data.pictures.celeba": "3",
    "data.pictures.preloaded": "255 255",
    "data.pictures._reader": "3",
    "data.pictures._read": "255",
    "data.pictures._plain": "65535 65535 65535",  # the largest grey of 16 bits
    "data.pictures._found": "5",
    "data.polygons": "0.15 256 3",  # the base radius of the release
    "data.polygons.outline": "100 100 1.33 1.33 150 150 13 5 3 4 14.5 0.15 3",  # ellipse and heart: corners, curve
    "data.polygons.place": "0.25 0.5 0.25 0.5",  # the middle half of the image
    "data.polygons.draw": "5 1024 1024",
    "data.release": "64 64 6 6",
    "data.release.read_release": "8",
    "data.release_check.check_release": "1e-09",  # a float's rounding
    "data.release_check.picture": "9 3.4 3 120",
    "data.small": "16 16 3 6 20 16 16 3 4 5 4 8 12 16 5 10 15 5 10 15 1024",  # settings; what is kept
    "data.small.counts": "4",
    "data.sprites.tinted": "4 0.5 0.5 3",  # colours from a half to one
    "data.sprites._colors": "3",
}


def numbers_of(tree, name):
    """{name.function: the numbers of its body, in their order}; a class, or a module, has its own."""
    found = {}

    def visit(node, owner):
        if node is None:  # an argument without a default
            return
        if isinstance(node, ast.Constant):
            value = node.value
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value not in COMMON:
                found.setdefault(owner, []).append(value)
            return
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            public = isinstance(node, ast.ClassDef) or not node.name.startswith("_")
            for part in node.body if public else [*node.args.defaults, *node.args.kw_defaults, *node.body]:
                visit(part, f"{owner}.{node.name}")
            return
        for part in ast.iter_child_nodes(node):
            visit(part, owner)

    visit(tree, name)
    return {owner: tuple(values) for owner, values in found.items()}


def everywhere():
    found = {}
    for place in PLACES:
        for path in sorted((PACKAGE / place).glob("*.py")):
            module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            found |= numbers_of(ast.parse(path.read_text("utf-8")), module)
    return found


FOUND = everywhere()


@pytest.mark.parametrize("owner", sorted(LITERALS.keys() | FOUND.keys()))
def test_the_numbers_of_a_function_are_those_of_the_table(owner):
    found, known = FOUND.get(owner, ()), tuple(map(float, LITERALS.get(owner, "").split()))
    assert found == known, f"{owner}: set the changed number back, or say in LITERALS what it is now: {found}"


def test_a_number_is_seen_where_it_stands():
    code = """
BLOCK = 512
def system(beta=4.0, least: "Annotated[float, 'a price', 7]" = 3):
    return {"betas": (0.9, 0.999), "half": 1 / 2, "on": True, "-": -5}
class Kept:
    size: int = 64
def _known(n=4096):
    return n // 256
"""
    expected = {"m": (512,), "m.system": (0.9, 0.999, 5), "m.Kept": (64,), "m._known": (4096, 256)}
    assert numbers_of(ast.parse(code), "m") == expected
