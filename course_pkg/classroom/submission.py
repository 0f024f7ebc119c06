"""What students hand in, read without running it: any file that may be a notebook, whatever happened to it.

A folder for each student, or files whose names begin with the student and end with the sheet. Links are refused, so
that no submission points at another, and so are files that are too large. What cannot be read is said, never guessed.
"""

import codecs
import errno
import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LARGEST = 20 * 2**20  # bytes of a notebook; one with every figure of a chapter has less than one
CODE = 2 * 2**20  # letters of code in all its cells
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SHEET = re.compile(r"\bSheet\(\s*[\"'](\w+)[\"']")


class Unreadable(ValueError):
    """A file that cannot be read as a notebook: the reason, for the student."""


@dataclass(frozen=True)
class Handed:
    """A file that a student handed in. cells: its code; sheet: "" where nothing tells; reason: why it is not read."""

    student: str
    file: str
    sha256: str = ""
    submitted: str | None = None
    sheet: str = ""
    cells: tuple[str, ...] = ()
    reason: str = ""


def read_bytes(path: Path) -> tuple[bytes, float]:
    """The bytes of a plain file, and when it was written. Raises Unreadable for a link, a pipe, or a large one."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        what = "a link: hand in the file itself" if error.errno == errno.ELOOP else str(error.strerror)
        raise Unreadable(f"expected a file, got {what}") from None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise Unreadable("expected a file, got something else")
    with os.fdopen(handle, "rb") as file:
        if found.st_size > LARGEST:
            raise Unreadable(f"expected {LARGEST >> 20} MB at most, got {found.st_size >> 20}: clear the outputs")
        return file.read(LARGEST + 1)[:LARGEST], found.st_mtime


def text_of(data: bytes) -> str:
    """The text of a file in UTF-8, or in what its first bytes say, or else in Latin-1, as old editors write."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def code_cells(text: str) -> tuple[str, ...]:
    """The sources of the code cells of a notebook of any nbformat. Raises Unreadable."""
    try:
        data = json.loads(text, strict=False)
    except RecursionError:
        raise Unreadable("expected a notebook, got brackets within brackets") from None
    except ValueError as error:
        start = "an empty file" if not text.strip() else f"no JSON: {error}"
        raise Unreadable(f"expected a notebook, got {start}: save it in Jupyter and hand it in again") from None
    sheets = data.get("worksheets") if isinstance(data, dict) else None
    groups = [data, *(sheets if isinstance(sheets, list) else [])]
    lists = [g.get("cells") for g in groups if isinstance(g, dict)]
    if not any(isinstance(cells, list) for cells in lists):
        raise Unreadable("expected a notebook, got JSON without cells")
    found = [_source(c) for cells in lists if isinstance(cells, list) for c in cells]
    kept = tuple(source for source in found if source.strip())
    if sum(map(len, kept)) > CODE:
        raise Unreadable(f"expected {CODE >> 20} million letters of code at most")
    return kept


def _source(cell: Any) -> str:
    if not isinstance(cell, dict) or str(cell.get("cell_type")).lower() != "code":
        return ""
    source = cell.get("source", cell.get("input"))
    parts = source if isinstance(source, list) else [source]
    return "".join(part for part in parts if isinstance(part, str)).encode("utf-8", "replace").decode()


def sheet_of(name: str, cells: Sequence[str], sheets: Mapping[str, Sequence[str]]) -> str:
    """Which sheet it is: what it says itself, else whose questions it answers, else what its name says, else ""."""
    code = "\n".join(cells)
    said = [found for found in SHEET.findall(code) if found in sheets]
    if said:
        return said[0]
    count = {sheet: sum(bool(re.search(rf"^\s*(def|class) {q}\b|^{q} =", code, re.M)) for q in questions)
             for sheet, questions in sheets.items()}  # fmt: skip
    best = max(count, key=lambda sheet: count[sheet])
    return best if count[best] else _by_name(name, sheets)


def _by_name(name: str, sheets: Mapping[str, Sequence[str]]) -> str:
    stem = Path(name).stem.lower()
    inside = [s for s in sheets if re.search(rf"(^|[^a-z]){s}([^a-z]|$)", stem)]
    return max(inside, key=len, default="")


def read(path: Path, student: str, file: str, sheets: Mapping[str, Sequence[str]]) -> Handed:
    """One file; never raises for what is in it."""
    try:
        data, written = read_bytes(path)
    except Unreadable as error:
        return Handed(student, file, sheet=_by_name(path.name, sheets), reason=str(error))
    when = datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds")
    digest = hashlib.sha256(data).hexdigest()
    try:
        cells = code_cells(text_of(data))
    except Unreadable as error:
        return Handed(student, file, digest, when, _by_name(path.name, sheets), reason=str(error))
    sheet = sheet_of(path.name, cells, sheets)
    reason = "" if sheet else f"it belongs to no sheet of {', '.join(sheets)}"
    return Handed(student, file, digest, when, sheet, cells, reason)


def collect(folder: Path, sheets: Mapping[str, Sequence[str]]) -> list[Handed]:
    """All that was handed in, by student and file. Raises ValueError for what is no folder.

    A folder's name is a student; a file that lies in no folder belongs to who its name begins with. Where that names no
    one, as elbo.ipynb, the folder is that of one student.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder with one for each student, got none")
    found = []
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__MACOSX")))
        links = [f for f in folders if os.path.islink(os.path.join(base, f))]
        for name in sorted([*files, *links]):
            if (name.lower().endswith(".ipynb") or name in links) and not name.startswith("."):
                path = Path(base, name)
                inside = path.relative_to(folder)
                student = inside.parts[0] if len(inside.parts) > 1 or name in links else _owner(inside.stem, sheets)
                student = folder.resolve().name if student in sheets else student
                found.append(read(path, _shown(student), _shown(inside.as_posix()), sheets))
    return sorted(found, key=lambda h: (h.student, h.sheet, h.submitted or "", h.file))


def _owner(stem: str, sheets: Mapping[str, Sequence[str]]) -> str:
    """The student in a file's name: what stands before the sheet's, all of it where no sheet is named."""
    for sheet in sorted(sheets, key=len, reverse=True):
        found = re.match(rf"(.+?)[\s_\-.]+{sheet}([^a-z].*)?$", stem, re.I)
        if found:
            return found[1]
    return stem


def _shown(name: str) -> str:
    """A file's name as text, also where its bytes are none; é is one letter, which a Mac writes as two."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))


def counted(all_: Sequence[Handed]) -> tuple[list[Handed], list[Handed]]:
    """Which file counts where a student handed in a sheet more than once, and which do not: the last that can be
    read."""
    best: dict[tuple[str, str], Handed] = {}
    for handed in sorted(all_, key=lambda h: (not h.reason, h.submitted or "", h.file)):
        best[handed.student, handed.sheet] = handed
    kept = [handed for handed in all_ if best[handed.student, handed.sheet] is handed]
    return kept, [handed for handed in all_ if best[handed.student, handed.sheet] is not handed]
