"""Two slips that no table shows: a large number that stands twice in a sentence, a setting that a factor has not."""

import re

import pytest

from amounts import read
from course_pkg.data import dsprites
from test_amounts import PAGES, TEXTS, name

SEVERAL = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d{3,})(?![\d,]*\d)(?! (?:by|×) \d)")
SETTING = re.compile(rf"(?<![\w-])({'|'.join(dsprites.NAMES)}) (\d+)(?!\d)( the largest)?", re.I)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_large_number_stands_once_in_a_sentence(path):
    told = []
    for text, _ in read(path).texts:
        for sentence in re.split(r"(?<=[.;:!?])\s|\|", text):
            found = SEVERAL.findall(sentence)
            told += [f"{n} twice in: {sentence}" for n in {*found} if found.count(n) > 1]
    assert not told, "one of them is another number, or the sentence can be divided:\n" + "\n".join(told)


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_a_setting_of_a_factor_is_one_that_it_has(path):
    size = {factor.lower(): n for factor, n in zip(dsprites.NAMES, dsprites.SIZES, strict=True)}
    for text, _ in read(path).texts:
        for factor, setting, largest in SETTING.findall(text):
            last = size[factor.lower()] - 1
            assert int(setting) == last if largest else int(setting) <= last, f"{factor} {setting}: {text}"
