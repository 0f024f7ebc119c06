"""A derivation that its reader breaks, in headless Chromium: what is said equals Python's; by keyboard, by touch, in
both themes, for a screen reader, without scripts."""

import itertools

import pytest
from accessibility import violations
from standalone import standalone

from course_pkg.derivation import Derivation
from course_pkg.derivation.breaker import outcomes
from course_pkg.derivation.pages import all_equations
from course_pkg.equations.elbo import JENSEN, TIGHTENING
from course_pkg.equations.notation import GIBBS

CHAINS: dict[str, list[Derivation]] = {}
for name, equation in all_equations():
    if isinstance(equation, Derivation):
        CHAINS.setdefault(name, []).append(equation)


def lines(check):
    return check.locator("tbody > tr:not(.note)")


def opened(page, number=0):
    check = page.locator("details.check").nth(number)
    check.locator("> summary").click()
    for panel in check.locator(".believe > summary").all():
        panel.click()
    return check


@pytest.mark.parametrize("name", CHAINS)
def test_every_chain_of_the_book_breaks_where_python_says(name, tmp_path):
    """Every wrong line of every chain, chosen by keyboard: the outcome, word by word, and the lines that are marked."""
    with standalone(tmp_path, *(chain.check() for chain in CHAINS[name])) as page:
        for number, chain in enumerate(CHAINS[name]):
            check, expected = opened(page, number), outcomes(chain)
            assert check.get_by_role("radio").count() == len(expected) >= 2, chain.label
            for outcome in expected:
                radio = check.locator(f'input[value="{outcome.line}-{outcome.which}"]')
                radio.focus()
                page.keyboard.press("Space")
                said = [text for text in check.get_by_role("status").all_inner_texts() if text]
                assert said == [outcome.text], chain.label
                assert f"off by {outcome.broken.off_by}." in said[0]
                marked = [line.get_attribute("class") or "" for line in lines(check).all()]
                where = [(i, mark) for i, text in enumerate(marked) for mark in text.split()]
                assert sorted(where) == sorted([(outcome.line, "changed"), (outcome.broken.number, "breaks")])
                assert lines(check).nth(outcome.broken.number).locator(".verdict").inner_text() == "breaks"
                instead = lines(check).nth(outcome.line).locator(".instead").inner_text()
                assert instead == rf"\({outcome.relation} {outcome.wrong.latex}\)".replace("( ", "(", 1)


def test_by_keyboard_alone(tmp_path):
    with standalone(tmp_path, JENSEN.check()) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.locator("details.check").get_attribute("open") is not None
        page.keyboard.press("Tab")  # the code of line 0, which has no wrong lines
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "believe something else in line 1"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert "Line 1 breaks on tables, seed 0" in page.get_by_role("status").first.inner_text()
        page.keyboard.press("Enter")
        assert page.locator("course-breaker").count() == 1, "Enter must not send the form"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "As it stood"
        page.keyboard.press("Enter")
        assert page.locator("tr.changed, tr.breaks, .instead, .verdict").count() == 0
        assert page.get_by_role("status").first.inner_text() == ""
        assert page.evaluate("document.activeElement.value") == "1-0", "the focus must not be lost"


def test_one_line_is_wrong_at_a_time_and_two_chains_are_apart(tmp_path):
    with standalone(tmp_path, JENSEN.check(), TIGHTENING.check()) as page:
        one, two = opened(page, 0), opened(page, 1)
        one.locator('input[value="2-0"]').check()
        one.locator('input[value="4-1"]').check()
        two.locator('input[value="2-0"]').check()
        assert [one.locator("input:checked").get_attribute("value")] == ["4-1"]
        assert one.locator("tr.changed").count() == two.locator("tr.changed").count() == 1
        assert [text for text in one.get_by_role("status").all_inner_texts() if text] == [outcomes(JENSEN)[-1].text]


def test_to_touch_a_line_opens_what_one_could_believe(tmp_path):
    with standalone(tmp_path, JENSEN.check(), width=390, has_touch=True) as page:
        check = page.locator("details.check")
        check.locator("> summary").tap()
        lines(check).nth(2).tap()
        panel = check.locator(".believe").nth(1)
        assert panel.get_attribute("open") is not None
        panel.get_by_role("radio").first.tap()
        assert panel.get_by_role("status").inner_text().startswith("Line 2 breaks")
        lines(check).nth(2).tap()
        assert panel.get_attribute("open") is None


def test_for_a_screen_reader(tmp_path):
    with standalone(tmp_path, GIBBS.check()) as page:
        check = opened(page)
        group = check.get_by_role("group", name="What would you have written?")
        for wrong in GIBBS.steps[1].wrong:
            assert group.get_by_role("radio", name=wrong.believed).count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible_and_within_the_window(width, theme, tmp_path):
    with standalone(tmp_path, JENSEN.check(), GIBBS.check(), theme=theme, width=width) as page:
        for number in (0, 1):
            opened(page, number).get_by_role("radio").first.check()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ink = page.get_by_role("status").nth(0).evaluate("e => getComputedStyle(e).color")
        assert ink == {"light": "rgb(34, 40, 50)", "dark": "rgb(206, 214, 221)"}[theme], "text lost the page's colour"
        if width == 390:  # the cells of a line stand below one another, each over the whole width
            boxes = [
                cell.bounding_box() for cell in lines(page.locator("details.check").first).nth(1).locator("td").all()
            ]
            assert all(box["width"] > 300 for box in boxes)
            assert all(a["y"] + a["height"] <= b["y"] + 1 for a, b in itertools.pairwise(boxes))


def test_without_scripts_the_outcomes_are_text(tmp_path):
    with standalone(tmp_path, JENSEN.check(), java_script_enabled=False) as page:
        check = page.locator("details.check")
        check.locator("> summary").click()
        check.locator(".believe > summary").first.click()
        assert check.get_by_text(outcomes(JENSEN)[0].text).is_visible()
        assert check.locator("input").first.is_hidden() and check.locator("button").first.is_hidden()
