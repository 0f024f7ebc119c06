"""A sentence that puts one thing before another is judged by an assertion, or was read since it changed."""

import re

import pytest

import page_claims
from claimed import CLAIMED
from judges import quotes
from page_claims import Part, digest, name, needs, parts, problems, recorded, titled
from test_amounts import TEXTS

NUMBER = r"[−-]?(?:\d{1,3}(?:,\d{3})+|\d*\.?\d+)(?!\w)"
UP = "rises?|rising|rose|risen|grows?|grew|grown|growing|climbs?|increases?|raised"
DOWN = "falls?|fell|fallen|falling|shrinks?|shrank|drops?|dropped|sinks?|sank|decreases?|declines?|lowered"
# Of "two falling curves over a ratio from 1 to 4" the numbers are those of the ratio.
MOVES = re.compile(
    rf"(?<![\w-])(?:(?P<up>{UP})|(?P<down>{DOWN}))(?![\w-])(?P<between>[^.;:|,]{{0,50}}?) (?P<first>{NUMBER})"
    rf"(?: [a-z]+)? (?:down |up )?to (?:about |nearly |below |above )?(?P<last>{NUMBER})",
    re.I,
)
# "near 41 and near 37, above a dotted line at 36"
LIES = re.compile(
    rf"(?P<first>{NUMBER})(?: [a-z]+)?(?: and (?:near |about )?(?P<last>{NUMBER})(?: [a-z]+)?)?,? "
    rf"(?:(?P<up>above|more than|larger than|higher than)|(?P<down>below|less than|smaller than|lower than))"
    rf"(?: (?:an?|the|its|their))?(?: [a-z-]+){{0,4}}? (?P<other>{NUMBER})",
    re.I,
)
PATHS = {name(path): path for path in TEXTS}


def value(digits):
    return float(digits.replace(",", "").replace("−", "-"))


def lies_wrongly(sentence):
    """What is said to lie above a number, and is less, or below it, and is more."""
    return [
        m[0]
        for m in LIES.finditer(sentence)
        for side in filter(None, m.group("first", "last"))
        if (value(side) - value(m["other"])) * (1 if m["up"] else -1) <= 0
    ]


def moved_wrongly(sentence):
    """What rises to less, or falls to more."""
    found = [m for m in MOVES.finditer(sentence) if not re.search(r"\b(?:over|against|as)\b", m["between"])]
    return [m[0] for m in found if (value(m["last"]) - value(m["first"])) * (1 if m["up"] else -1) <= 0]


@pytest.mark.parametrize("page", PATHS)
def test_a_sentence_that_compares_is_judged_or_was_read(page):
    found = problems(PATHS[page], recorded().get(page, {}), tuple(CLAIMED.get(page, ())))
    assert not found, (
        f"{page}: read each again. If it is so, name its assertion in tests/claimed_*.py, or keep what you read:\n"
        f".venv/bin/python tools/read_claims.py {page}\n" + "\n".join(found)
    )


@pytest.mark.parametrize("page", PATHS)
def test_what_rises_rises(page):
    found = [moved for part in parts(PATHS[page]) for s in part.sentences for moved in moved_wrongly(s)]
    assert not found, f"{page}: {found}"


@pytest.mark.parametrize("page", CLAIMED)
def test_a_judged_phrase_and_its_assertion_stand_in_one_section(page):
    """Of a section without assertions, such as the take-aways, those of the whole page."""
    assertions = [test for part in parts(PATHS[page]) for test in part.tests]
    wrong = []
    for phrase, words in CLAIMED[page].items():
        where = [part for _, part in titled(PATHS[page]) if any(phrase in sentence for sentence in part.sentences)]
        wrong += [f"no sentence says {phrase!r}"] * (not where)
        for part in where:
            if not any(quotes(words, test) for test in part.tests or assertions):
                wrong.append(f"{phrase!r}: no assertion of '{part.title}' has {words!r}")
    assert not wrong, f"{page}: " + "\n".join(wrong)


@pytest.mark.parametrize("page", PATHS)
def test_what_lies_above_is_more(page):
    found = [lies for part in parts(PATHS[page]) for s in part.sentences for lies in lies_wrongly(s)]
    assert not found, f"{page}: {found}"


# What puts one thing before another ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The rate is larger than that.", ["larger"]),
        ("It falls, neither of them first.", ["falls", "neither", "first"]),
        ("It is the rate, not the information.", ["not", "the rate, not the information"]),
        ("FactorVAE beside beta-VAE and `tc`.", ["FactorVAE and `tc` and beta-VAE"]),
        ("Of 42 there are 17 here.", ["42 and 17"]),
        ("Of 11 there are 12 here.", []),  # they stand so in an assertion
        ("Of 12 there are 11 here.", ["12 and 11"]),
        ("Of 11 there are 13 here.", ["11 and 13"]),  # in one of them the other way
        ("The codes are dear, above all at 12.", []),
    ],
)
def test_words_that_need_a_judge(sentence, expected):
    assert needs(sentence, [[11, 12, 13], [13, 11]], ("are dear, above all",)) == expected


def test_a_change_is_seen_and_a_line_break_is_not():
    assert digest("It is  more,\nthan that.") == digest("It is more than that") != digest("It is less than that")


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("It rises from 4 to about 1,100 nats.", False),
        ("It falls from 4 to 1,100 nats.", True),
        ("The loss fell from about 26 to 10.", False),
        ("It grows from 10 to 2.", True),
        ("Two falling curves over a ratio from 1 to 4.", False),
        ("Falling from −4 to −2.", True),
    ],
)
def test_what_falls_to_more(sentence, wrong):
    assert bool(moved_wrongly(sentence)) == wrong


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("They start near 41 and near 37, above a dotted line at 36.", 0),
        ("They start near 41 and near 37, below a dotted line at 36.", 2),
        ("They start near 41 and near 35, above a dotted line at 36.", 1),
        ("At 20 nats, less than 21, it stops.", 0),
        ("At 20 nats, more than 21, it stops.", 1),
        ("Of 3 images one is above them.", 0),
    ],
)
def test_what_lies_above_less(sentence, wrong):
    assert len(lies_wrongly(sentence)) == wrong


def test_a_section_that_changed_is_read_again(monkeypatch):
    one = Part("One", ["The rate is larger than that."], ["a < b"])
    monkeypatch.setattr(page_claims, "titled", lambda path: [("One", one)])
    kept = page_claims.record("page")
    assert not problems("page", kept) and len(problems("page", {})) == 1
    one.tests[0] = "a < c"
    assert "still hold? It now asserts: a < c" in problems("page", kept)[0]
    one.texts[0] = "The rate is smaller than that."
    assert any("than that.  ['smaller']" in said for said in problems("page", kept))
    one.tests[0], one.texts[0] = "a < b", "The rate is that."
    assert "1 sentences that were kept are gone" in problems("page", kept)[0]
    kept["Two"] = kept["One"]
    assert problems("page", kept)[-1] == "'Two' was kept, and is gone"
