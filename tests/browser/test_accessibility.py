"""Of words of code that look alike one is looked at: a weak colour is still found, wherever it stands."""

import pytest
from accessibility import ALL_AGAIN, FEWER, violations
from standalone import standalone

WORDS = '<span class="k">def</span> <span class="k">with</span>'
WEAK = {
    "a colour": f'<pre>{WORDS} <span style="color: #bbb">faint</span> {WORDS}</pre>',
    "a class": f'<pre>{WORDS} <span class="weak">faint</span> {WORDS}</pre><style>.weak {{ color: #bbb }}</style>',
    "a ground": f'<pre>{WORDS}</pre><pre style="background: #333">{WORDS}</pre>',
    "a ground far above": f'<pre>{WORDS}</pre><div style="background: #333"><div><pre>{WORDS}</pre></div></div>',
    "half seen": f'<pre>{WORDS}</pre><section style="opacity: 0.3"><pre>{WORDS}</pre></section>',
    "within a word": f'<pre>{WORDS} <span style="color: #bbb"><span class="k">def</span></span></pre>',
    "after one that is not seen": f'<details><summary>more</summary><pre class="weak">{WORDS}</pre></details>'
    f'<pre class="weak">{WORDS}</pre><style>.weak .k {{ color: #bbb }}</style>',
    "not code": f'<pre>{WORDS}</pre><p style="color: #bbb">faint</p>',
}


def test_words_that_can_be_read_are_no_violation_and_the_page_is_as_it_was(tmp_path):
    with standalone(tmp_path, f"<pre>{WORDS}</pre>" * 2) as page:
        before = page.content()
        page.evaluate(FEWER)
        assert page.locator("pre").evaluate_all("all => all.map(e => [e.childElementCount, e.textContent])") == [
            [1, "def with"],
            [0, "def with"],
        ]
        page.evaluate(ALL_AGAIN)
        assert violations(page) == []
        assert page.evaluate("delete window.axe") and page.content() == before


@pytest.mark.parametrize("part", WEAK.values(), ids=WEAK)
def test_a_weak_colour_is_found(part, tmp_path):
    with standalone(tmp_path, part) as page:
        (found,) = violations(page)
        assert found.startswith("color-contrast: ")


def test_where_axe_cannot_tell_of_the_first_word_the_others_are_not_taken_for_readable(tmp_path):
    over = '<div style="position: absolute; inset: 0; background: #fff"></div>'
    with standalone(tmp_path, f'<pre style="position: relative">{WORDS}{over}</pre>') as page:
        (found,) = violations(page)
        assert found.startswith("color-contrast: axe cannot tell")
