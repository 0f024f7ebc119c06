"""What students hand in: every shape of a notebook is read, what is none is said, and no link leads anywhere."""

import json
import os
import unicodedata

import pytest

from course_pkg.classroom.submission import (
    LARGEST,
    Unreadable,
    code_cells,
    collect,
    counted,
    read,
    read_bytes,
    sheet_of,
    text_of,
)
from course_pkg.commands.classroom.grade import students

SHEETS = {"kkt": ("nearest_point", "kkt_values"), "elbo": ("kl_between_gaussians",), "mmd": ("p_value",)}
CODE = "def nearest_point(a):\n    return 'é'"


def notebook(*sources, **more):
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}, ensure_ascii=False)


FORMS = {
    "text": notebook(CODE),
    "lines": notebook(CODE.splitlines(keepends=True)),
    "no format": json.dumps({"cells": [{"cell_type": "code", "source": CODE}]}),
    "format 3": json.dumps({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": CODE}]}]}),
    "other cells": json.dumps({"cells": [{"cell_type": "markdown", "source": "# x"}, None, 3, {"cell_type": 3},
                                         {"cell_type": "Code", "source": CODE}, {"cell_type": "code", "source": 7}]}),
    "a control character": notebook("@").replace("@", CODE.replace("\n", "\\n").replace("é", "é\t")).replace("\t", ""),
    "two keys": '{"cells": 3, ' + notebook(CODE)[1:],
    "unknown format": notebook(CODE, nbformat=99),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_notebook_gives_its_code(form):
    assert code_cells(FORMS[form]) == (CODE,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_encoding_gives_the_same_text(encoding):
    assert code_cells(text_of(notebook(CODE).encode(encoding))) == (CODE,)


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[]", "3", "null", "{}", '{"cells": {}}', "[" * 10**5, '{"a":' * 10**5, "<html>", "\x00" * 99,
     '{"cells": [1' + "0" * 5000 + "]}", "print(1)", FORMS["text"][:-3], "<<<<<<< HEAD\n" + FORMS["text"]],
    ids=lambda text: text[:10],
)  # fmt: skip
def test_what_is_no_notebook_is_told(text):
    with pytest.raises(Unreadable, match=r"^expected a notebook, got "):
        code_cells(text)


def test_half_a_letter_is_no_letter():
    assert code_cells('{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\'"}]}') == ("x = '?'",)


def test_a_sheet_is_told_by_itself_then_by_its_answers_then_by_its_name():
    assert sheet_of("mmd.ipynb", ['sheet = Sheet("kkt")', "def kl_between_gaussians(): 0"], SHEETS) == "kkt"
    assert sheet_of("mmd.ipynb", ["def kl_between_gaussians(): 0"], SHEETS) == "elbo"
    assert sheet_of("my MMD (2).ipynb", ["x = 1"], SHEETS) == "mmd"
    assert sheet_of("homework.ipynb", ['Sheet("other")'], SHEETS) == ""


def put(folder, name, text=FORMS["text"]):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_who_handed_in_what(tmp_path):
    others = ("ada/.ipynb_checkpoints/kkt-checkpoint.ipynb", "__MACOSX/x.ipynb", "ada/notes.txt", ".hidden.ipynb")
    for name in ("ada/kkt.ipynb", "bob/deep/er/final version.ipynb", "Eve_Doe_kkt.ipynb", "carl.ipynb", *others):
        put(tmp_path, name)
    found = [(h.student, h.file, h.sheet, h.reason) for h in collect(tmp_path, SHEETS)]
    assert found == [
        ("Eve_Doe", "Eve_Doe_kkt.ipynb", "kkt", ""), ("ada", "ada/kkt.ipynb", "kkt", ""),
        ("bob", "bob/deep/er/final version.ipynb", "kkt", ""), ("carl", "carl.ipynb", "kkt", ""),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="expected a folder"):
        collect(tmp_path / "nothing", SHEETS)


def test_links_pipes_and_large_files_are_refused(tmp_path):
    secret = put(tmp_path, "secret/kkt.ipynb")
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "kkt.ipynb").symlink_to(secret)
    (tmp_path / "in" / "bob").symlink_to(secret.parent)
    (tmp_path / "in" / "eve").mkdir()
    os.mkfifo(tmp_path / "in" / "eve" / "kkt.ipynb")
    (tmp_path / "in" / "max").mkdir()
    with open(tmp_path / "in" / "max" / "kkt.ipynb", "wb") as file:
        file.truncate(LARGEST + 1)
    (tmp_path / "in" / "zoe" / "kkt.ipynb").mkdir(parents=True)
    found = {h.student: (h.cells, h.reason) for h in collect(tmp_path / "in", SHEETS)}
    assert set(found) == {"ada", "bob", "eve", "max"} and not any(cells for cells, _ in found.values())
    assert "a link" in found["ada"][1] and "a link" in found["bob"][1] and "something else" in found["eve"][1]
    assert "expected 20 MB at most" in found["max"][1]
    with pytest.raises(Unreadable):
        read_bytes(tmp_path / "in" / "zoe" / "kkt.ipynb")


def test_of_two_files_the_last_that_can_be_read_counts(tmp_path):
    for k, (name, text) in enumerate([("old.ipynb", FORMS["text"]), ("new.ipynb", FORMS["text"]), ("kkt.ipynb", "{")]):
        os.utime(put(tmp_path, f"ada/{name}", text), (k, k))
    kept, others = counted(collect(tmp_path, SHEETS))
    assert [h.file for h in kept] == ["ada/new.ipynb"] and {h.file for h in others} == {
        "ada/old.ipynb",
        "ada/kkt.ipynb",
    }
    assert kept[0].submitted == "1970-01-01T00:00:01+00:00" and len(kept[0].sha256) == 64


def test_a_name_that_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff_kkt.ipynb"
    with open(path, "w", encoding="utf-8") as file:
        file.write(FORMS["text"])
    (found,) = collect(tmp_path, SHEETS)
    assert found.student == "\\xff" and found.sheet == "kkt" and found.cells


def test_a_name_with_accents_is_one_name_however_it_is_written(tmp_path):
    """A Mac writes é as two letters in the names of files, and a roster has it as one."""
    put(tmp_path / "in", unicodedata.normalize("NFD", "Brûlé, Noël") + "/kkt.ipynb")
    (tmp_path / "roster.csv").write_text('# name,number\n"Brûlé, Noël",17\n\n Ada ,\n', "utf-8-sig")
    (found,) = collect(tmp_path / "in", SHEETS)
    assert found.student == "Brûlé, Noël" and students(tmp_path / "roster.csv") == ["Ada", found.student]


def test_the_folder_of_one_student_says_who_it_is(tmp_path):
    put(tmp_path / "ada", "kkt.ipynb")
    assert [h.student for h in collect(tmp_path / "ada", SHEETS)] == ["ada"]


def test_too_much_code_is_no_answer(tmp_path):
    found = read(put(tmp_path, "a.ipynb", notebook("x" * (2**21 + 1))), "ada", "a.ipynb", SHEETS)
    assert found.reason.startswith("expected 2 million letters")
