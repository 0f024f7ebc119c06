"""Another value: which searches are made of a wrong answer, in which order, and how what they find is told."""

import pytest
import torch

from course_pkg.grading import Case, Wrong, judging
from course_pkg.grading.calling import Outcome
from course_pkg.grading.evidence import EXACT, SINGLE, Trials
from course_pkg.grading.judging import LONG, judge
from course_pkg.grading.plain import encode
from course_pkg.grading.probes.partly import PARTLY
from course_pkg.grading.question import RUNGS
from course_pkg.grading.relations import KINDS, Relation
from course_pkg.grading.verdict import GENERAL
from probing import question

NOTHING = {"named_slips": [], "nearly": ("", []), "related": None, "as_if": None, "scaled_slips": None, "structure": [],
           "located": [], "conditions": ([], []), "asked_again": []}  # fmt: skip
SEED = 3


@pytest.fixture
def search(monkeypatch):
    """The rows of the verdict on an answer that is off in some entries, where the searches find what a test says, and
    the searches that were made, each with what it was given."""

    def judged(entries=("",), off=None, change=lambda a, k: a + 1, derived=None, **finds):
        shown = lambda values: values[""] if "" in values else values
        right = lambda a: {e: a for e in entries}
        made = []

        def stub(name):
            def looks(trials, *given):
                assert isinstance(trials, Trials) and len(trials.all) == len(cases)
                judged.rounding = trials.rounding
                made.append((name, *([*g] if isinstance(g, list) else g for g in given)))
                found = finds.get(name, NOTHING[name])
                return found(*given) if callable(found) else found

            return looks

        for name in NOTHING:
            monkeypatch.setattr(judging, name, stub(name))
        cases = tuple(Case(rung, {"a": 1.5 + k}) for k, rung in enumerate(RUNGS))
        asked = question(lambda a: shown(right(a)), cases=lambda _: cases, points=2, trains={}, returns="numbers",
                         relation="it\n holds", hints={"different": "look"}, derived=derived or {})  # fmt: skip
        answers = [{e: change(v, k) if off is None or e in off else v for e, v in right(c.arguments["a"]).items()}
                   for k, c in enumerate(cases)]  # fmt: skip
        found = judge(asked, [Outcome("value", encode(shown(answer))) for answer in answers], SEED)
        assert (found.question, found.earned, found.points) == ("asked", 0, 2)
        assert found.rows[0][0] == "rung" and found.rows[1] == ("should hold", "it holds")
        assert found.status == ("slip" if finds.get("named_slips") else "different")
        return found.rows[2:], made

    return judged


def says(rows, what="observed"):
    return [text for word, text in rows if word == what]


def names(made):
    return [name for name, *_ in made]


def of(**told):
    """What a search tells of each entry."""
    return lambda name, *_: told.get(name or "plain")


TWICE = Relation("factor", "exactly twice")
NEAR = Relation("near", "near in every case")
SLIP, OTHER = Wrong("a slip", abs, "it is\n a slip"), Wrong("another", abs, "it is another")
ASK = ("asked_again", [""], [], "")
SIZE = "in 4 of 4 cases off, never too small; here too large"


def test_a_search_is_made_while_those_before_found_nothing(search):
    rows, made = search()
    assert made == [("named_slips",), ("nearly",), ("related", ""), ("as_if", ""), ("scaled_slips", ""),
                    ("structure", "", 1e-6), ("located", "", SEED), ("conditions",), ASK]  # fmt: skip
    assert rows == (("observed", SIZE), ("hint", "look"))  # the size is told last
    assert search.rounding == EXACT
    single = lambda a, k: torch.tensor(a + 1, dtype=torch.float32) if k == 0 else a + 1
    assert ("structure", "", SINGLE) in search(change=single)[1] and search.rounding == SINGLE


@pytest.mark.parametrize("name", ["related", "as_if", "scaled_slips"])
def test_a_relation_ends_the_search(search, name):
    rows, made = search(**{name: TWICE})
    order = ["named_slips", "nearly", "related", "as_if", "scaled_slips"]
    assert names(made) == [*order[: order.index(name) + 1], "conditions"]
    assert rows == (("observed", "exactly twice"), ("hint", GENERAL["factor"]))


def test_where_is_asked_of_what_is_so_in_part_alone(search):
    part = Relation("factor", PARTLY + "exactly twice")
    place = Relation("place", "wrong in the first row")
    rows, made = search(related=part, located=[place])
    assert names(made) == ["named_slips", "nearly", "related", "located", "conditions"]
    assert says(rows) == [f"{part.text}; {place.text}"]
    assert says(search(structure=[NEAR], located=[place])[0]) == [f"{NEAR.text}; {place.text}"]
    assert says(search(structure=[place], located=[place])[0]) == [place.text]  # once


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_answer_is_asked_again_where_only_a_pattern_was_found(search, kind):
    """What says how the numbers come about is enough; what says where or how near they are is not."""
    more = [Relation("response", "it follows `a`")]
    rows, made = search(structure=[Relation(kind, "so")], asked_again=more)
    if kind in ("near", "condition", "whole", "grid", "place"):
        assert made[-1] == ("asked_again", [""], [kind], "so") and says(rows) == ["so; it follows `a`"]
    else:
        assert names(made)[-1] == "conditions" and says(rows) == ["so"]


def test_what_asking_again_tells_chooses_the_hint(search):
    rows, made = search(asked_again=[Relation("response", "it follows `a`"), Relation("place", "there")])
    assert made[-1] == ASK
    assert rows == (("observed", "it follows `a`; there"), ("hint", GENERAL["response"]), ("hint", "look"))
    strong = search(structure=[NEAR], asked_again=[Relation("sign", "a sign")])[0]
    assert says(strong, "hint") == [GENERAL["near"]]  # beside what names a slip nothing else is advised


def test_conditions_count_as_found(search):
    rows, made = search(conditions=(["one", "two"], ["three", "four"]))
    assert made[-1] == ("asked_again", [""], ["condition"], "")
    assert says(rows, "not met") == ["one", "two"] and says(rows, "met") == ["three; four"] and says(rows) == [SIZE]
    assert search(conditions=([], ["three"]))[0] == search()[0]  # what is met is told beside what is not
    assert says(search(conditions=(["one"], []), related=TWICE)[0], "hint") == [GENERAL["factor"]]


def test_a_named_slip_and_what_is_told_beside_it(search):
    rows, made = search(named_slips=[SLIP, OTHER])
    assert names(made) == ["named_slips", "related", "conditions"]
    assert rows == (("slip", "a slip: it is a slip"), ("slip", "another: it is another"))
    for length, told in ((LONG, True), (LONG + 1, False)):
        rows, made = search(named_slips=[SLIP], related=Relation("terms", "x" * length))
        assert says(rows) == ["x" * length] * told and names(made) == ["named_slips", "related", "conditions"]
    part = Relation("factor", PARTLY + "twice")
    assert names(search(named_slips=[SLIP], related=part)[1]) == ["named_slips", "related", "conditions"]
    assert says(search(named_slips=[SLIP], conditions=(["one"], []))[0], "not met") == ["one"]
    long = Relation("terms", "x" * (LONG + 1))
    assert says(search(related=long)[0]) == [long.text]  # without a slip it is all that is known


def test_what_is_almost_a_slip(search):
    text = lambda slip: f"but for a trap exactly what this slip gives: {slip}"
    rows, made = search(nearly=("but for a trap exactly", [SLIP, OTHER]))
    assert names(made) == ["named_slips", "nearly", "related", "as_if", "scaled_slips", "conditions"]
    assert rows[0] == ("observed", f"{text('a slip: it is a slip')}; {text('another: it is another')}")
    assert not says(rows, "slip")
    both = search(nearly=("but for a trap exactly", [SLIP]), related=Relation("factor", PARTLY + "twice"))
    assert says(both[0]) == [f"{text('a slip: it is a slip')}; {PARTLY}twice"] and "located" not in names(both[1])


# --- several entries --------------------------------------------------------------------------------------------------

UV = ("u", "v")


def asked_of(made, name="related"):
    return [entry for search_, entry, *_ in (m for m in made if m[1:]) if search_ == name]


def test_each_entry_that_is_off_is_searched(search):
    for off in (("u",), ("v",), UV):
        assert asked_of(search(UV, off)[1]) == [*off] == asked_of(search(UV, off)[1], "located")
        assert search(UV, off)[1][-1] == ("asked_again", [*off], [], "")
    last = lambda a, k: a + (k == 3)  # in one case alone
    assert asked_of(search(UV, UV, last)[1]) == [*UV]
    assert says(search(UV, ("v",))[0]) == [f"v: {SIZE}"]


def test_an_entry_that_follows_from_others_is_searched_where_they_are_right(search):
    searched = lambda off, derived: asked_of(search(UV, off, derived={derived: UV})[1])
    assert searched(UV, "v") == ["u"] and searched(("v",), "v") == ["v"]
    assert searched(UV, "u") == [*UV]  # the first that is off is always spoken of


def test_the_entries_are_told_in_their_order(search):
    told = lambda **more: says(search(UV, UV, **more)[0])
    assert told(related=of(u=TWICE, v=Relation("sign", "minus"))) == ["u: exactly twice; v: minus"]
    acts = [Relation("place", text) for text in ("v: there", "of both", "u: here")]
    assert told(structure=lambda name, _: [NEAR] * (name == "v"), asked_again=acts) == [
        f"u: here; v: {NEAR.text}; v: there; of both"]  # fmt: skip


def test_the_first_entry_is_named_where_nothing_is_known_of_it(search):
    told = lambda **more: says(search(UV, UV, **more)[0])
    assert told(related=of(v=TWICE)) == ["u: wrong; v: exactly twice"]
    assert told(asked_again=[Relation("place", "of both")]) == ["u: wrong; of both"]
    assert told(named_slips=[SLIP], related=of(v=TWICE)) == ["v: exactly twice"]
    assert told(nearly=("but for a trap", [SLIP])) == ["but for a trap what this slip gives: a slip: it is a slip"]
    assert says(search(asked_again=[Relation("place", "of both")])[0]) == ["of both"]  # one number has no name
