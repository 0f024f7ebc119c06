"""3D Chairs, CelebA and folders of faces, from the reader's own copy.

Pictures are read when they are asked for: cut to a centred square, scaled to `size` by `size` pixels, float32
in [0, 1]. `preloaded` reads a whole set once. What a file may hold besides grey levels and colours of 8 bits:

* 16 bits a pixel, grey: divided by 65,535, the largest value (of colours Pillow keeps the upper 8 bits).
* An orientation in its EXIF data, as cameras write it: the picture is turned as it says.
* Transparency: the picture lies on white.
* A palette: the colours that it names.

Hidden files and folders (`._1.jpg`, `__MACOSX`) are passed over.
"""

import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from course_pkg.data.factors import FactorData

# What Pillow, zipfile and zlib raise for damaged files (a SyntaxError for a broken PNG).
DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, NotImplementedError, struct.error, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm")


class Picture(NamedTuple):
    """One picture, not read yet: what it is called in messages, and how it is opened."""

    name: str
    open: Callable[[], IO[bytes]]


def chairs(folder: str | Path, size: int = 64, crop: int | None = None) -> FactorData:
    """3D Chairs: 1,393 chairs at 2 elevations and 31 azimuths, grey images `(n, 1, size, size)`.

    folder: the unpacked `rendered_chairs`, where every chair has a folder with
    `renders/image_001_p020_t011_r096.png` and so on (p: elevation, t: azimuth, in degrees). crop: side in
    pixels of the square that is cut out; None for the largest. The set: Aubry, Maturana, Efros, Russell,
    Sivic, "Seeing 3D Chairs", CVPR 2014. Raises FileNotFoundError where there is no such picture.
    """
    folder = Path(folder)
    form = re.compile(r"image_\d+_p(\d+)_t(\d+)_r\d+\.png")
    paths = sorted(
        path for path in folder.glob("*/renders/*") if form.fullmatch(path.name) and not hidden(path, folder)
    )
    if not paths:
        raise FileNotFoundError(
            f"3D Chairs: expected {folder}/CHAIR/renders/image_001_p020_t011_r096.png and others, "
            f"found {_found(folder)}"
        )
    names = [path.parts[-3] for path in paths]
    angles = np.array([[int(digits) for digits in form.findall(path.name)[0]] for path in paths])
    factors = [np.unique(column, return_inverse=True) for column in (names, *angles.T)]
    return FactorData(
        ("chair", "elevation", "azimuth"),
        tuple(values for values, _ in factors),
        _reader([_file(path) for path in paths], 1, size, crop),
        torch.from_numpy(np.stack([settings for _, settings in factors], axis=1)),
    )


def celeba(
    path: str | Path, attributes: str | Path | None = None, size: int = 64, crop: int | None = 148
) -> FactorData:
    """CelebA, aligned: 202,599 faces, images `(n, 3, size, size)`, with 40 yes-or-no factors, or none.

    path: the folder `img_align_celeba` or the file `img_align_celeba.zip`. attributes: `list_attr_celeba.txt`;
    without it there are no factors. crop: side in pixels of the square that is cut out of 178 x 218. The set:
    Liu, Luo, Wang, Tang, "Deep Learning Face Attributes in the Wild", ICCV 2015. Raises FileNotFoundError or
    ValueError where a file is missing or not what its name says.
    """
    path = Path(path)
    pictures = _zipped(path) if path.is_file() else [_file(p) for p in sorted(path.glob("*")) if _is_jpg(p.name)]
    if not pictures:
        raise FileNotFoundError(
            f"CelebA: expected {path} to be the folder img_align_celeba with 000001.jpg and others, or "
            f"img_align_celeba.zip; found {_found(path)}"
        )
    look_up = _reader(pictures, 3, size, crop)
    if attributes is None:
        return FactorData((), (), look_up, torch.empty(len(pictures), 0, dtype=torch.int64))
    names, rows = _attributes(Path(attributes))
    files = [Path(picture.name).name for picture in pictures]
    if missing := [file for file in files if file not in rows]:
        raise ValueError(f"{attributes}: no row for {len(missing)} of {len(files)} pictures: {missing[0]}")
    table = torch.tensor([rows[file] for file in files], dtype=torch.int64)
    return FactorData(names, ((-1, 1),) * len(names), look_up, table)


def faces(folder: str | Path, size: int = 64, crop: int | None = None, channels: int = 3) -> FactorData:
    """Every picture in a folder and below it, in the order of the paths, with no factors.

    channels: 3 for colour, 1 for grey. Raises FileNotFoundError where there is none.
    """
    found = (path for path in Path(folder).rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    paths = sorted(path for path in found if not hidden(path, folder))
    if not paths:
        raise FileNotFoundError(
            f"faces: expected pictures ({', '.join(ENDINGS)}) in {folder}, found {_found(Path(folder))}"
        )
    look_up = _reader([_file(path) for path in paths], channels, size, crop)
    return FactorData((), (), look_up, torch.empty(len(paths), 0, dtype=torch.int64))


def hidden(path: str | Path, folder: str | Path = "") -> bool:
    """Whether the file, or a folder between it and `folder`, is one that a system hides or adds on its own."""
    parts = Path(path).relative_to(folder).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def preloaded(data: FactorData, batch_size: int = 256) -> FactorData:
    """The same set with all images read once and kept, 1 byte a value: training then reads no file."""
    images = torch.cat([(x * 255).round().to(torch.uint8) for x, _ in data.in_order(batch_size)])
    return FactorData(data.names, data.values, lambda indices: images[indices] / 255, data.table)


def _reader(pictures: Sequence[Picture], channels: int, size: int, crop: int | None) -> Callable[[Tensor], Tensor]:
    if channels not in (1, 3) or size < 1 or (crop is not None and crop < 1):
        raise ValueError(f"expected 1 or 3 channels, size and crop of 1 or more, got {channels}, {size}, {crop}")

    def look_up(indices: Tensor) -> Tensor:
        images = torch.empty(len(indices), channels, size, size)
        for image, index in zip(images, indices.tolist(), strict=True):
            image[:] = _read(pictures[index], channels, size, crop)
        return images

    return look_up


def _read(picture: Picture, channels: int, size: int, crop: int | None) -> Tensor:
    try:
        with warnings.catch_warnings(), picture.open() as file:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as opened:
                image = _plain(ImageOps.exif_transpose(opened), "L" if channels == 1 else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(
            f"{picture.name}: expected at most {Image.MAX_IMAGE_PIXELS:,} pixels, got a picture that claims more "
            f"({error}): take it out, or make it smaller"
        ) from error
    except DAMAGE as error:
        raise OSError(f"{picture.name}: not a picture that can be read ({error})") from error
    side = crop or min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    if left < 0 or top < 0:
        raise ValueError(f"{picture.name}: expected at least {side} x {side} pixels, got {image.size}")
    image = image.crop((left, top, left + side, top + side))
    values = np.array(image.resize((size, size), Image.Resampling.BILINEAR))
    if image.mode == "F":  # 16 bits, already in [0, 1] but for rounding
        return torch.from_numpy(values.clip(0, 1)).expand(channels, size, size)
    return torch.from_numpy(values).reshape(size, size, channels).permute(2, 0, 1) / 255


def _plain(image: Image.Image, mode: str) -> Image.Image:
    """The picture in 8 bits, grey (L) or in colour (RGB), or in mode F with values in [0, 1] where it has 16 bits."""
    if image.mode == "F":
        raise ValueError("expected 8 or 16 bits a value, got floating-point numbers, whose white nobody knows")
    if image.mode.startswith("I"):  # Pillow's convert would clip at 255
        values = np.array(image).astype(np.float32)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError(f"expected 8 or 16 bits a value, got {values.min():.0f} to {values.max():.0f}")
        if (clear := image.info.get("transparency")) is not None:
            values[values == clear] = 65535
        return Image.fromarray(values / 65535)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert(mode)


def _is_jpg(name: str) -> bool:
    return name.lower().endswith((".jpg", ".jpeg")) and not hidden(name)


def _file(path: Path) -> Picture:
    return Picture(str(path), lambda: open(path, "rb"))


def _zipped(path: Path) -> list[Picture]:
    try:
        archive = zipfile.ZipFile(path)  # stays open as long as its pictures are in use
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: no zip file, or cut short ({error})") from error
    members = sorted((member for member in archive.infolist() if _is_jpg(member.filename)), key=lambda m: m.filename)
    if any(member.flag_bits & 1 for member in members):
        raise ValueError(f"{path}: the zip file is encrypted: unpack it with its password, and give the folder")
    return [Picture(f"{path}/{member.filename}", partial(archive.open, member)) for member in members]


def _attributes(path: Path) -> tuple[tuple[str, ...], dict[str, list[bool]]]:
    """The names of the attributes, and for each picture whether it has them."""
    lines = path.read_text("utf-8").splitlines()
    names = tuple(lines[1].split()) if len(lines) > 1 else ()
    rows = {}
    for line in lines[2:]:
        file, *signs = line.split() or [""]
        if len(signs) != len(names) or not set(signs) <= {"-1", "1"}:
            raise ValueError(f"{path}: expected {len(names)} times -1 or 1 after a file name, got {line!r}")
        rows[file] = [sign == "1" for sign in signs]
    if not rows or lines[0].strip() != str(len(rows)):
        raise ValueError(
            f"{path}: expected the number of rows, a line of names and that many rows, got {lines[:1]} and "
            f"{len(rows)} rows"
        )
    return names, rows


def _found(path: Path) -> str:
    if not path.is_dir():
        return f"a file, {path.name}" if path.exists() else "nothing of that name"
    inside = sorted(p.name for p in path.iterdir())
    return f"{len(inside)} entries in {path}: {', '.join(inside[:5])}" if inside else f"an empty {path}"
