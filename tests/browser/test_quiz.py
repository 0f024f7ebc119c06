"""The quiz in headless Chromium: by keyboard, for a screen reader, on paper, without scripts."""

import pytest
from accessibility import violations
from standalone import standalone

from course_pkg.show.quiz import quiz

ELBO = quiz("elbo")
SHORT = quiz("## Which?\n- [ ] One\n  because one\n- [x] Two\n  because two\n- [ ] Three\n  because three")


def plain(text):
    return text.replace("`", "").replace("*", "")


def test_every_choice_is_explained(tmp_path):
    with standalone(tmp_path, ELBO) as page:
        forms = page.locator("course-quiz form").all()
        assert len(forms) == len(ELBO.questions)
        for form, question in zip(forms, ELBO.questions, strict=True):
            status = form.get_by_role("status")
            form.get_by_role("button", name="Check").click()
            assert status.inner_text() == "Choose one first."
            for k, choice in enumerate(question.choices):
                form.get_by_role("radio").nth(k).check()
                assert status.inner_text() == "", "the last verdict stayed"
                form.get_by_role("button", name="Check").click()
                verdict = "Right. " if choice.right else "Not this one. "
                assert status.inner_text() == verdict + plain(choice.why)


def test_by_keyboard(tmp_path):
    with standalone(tmp_path, ELBO) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.evaluate("document.activeElement.value") == "a"
        page.keyboard.press("ArrowDown")
        first = page.locator("course-quiz form").first
        assert first.locator("input:checked").get_attribute("value") == "b"
        assert first.get_by_role("status").inner_text() == "", "an arrow key must not give the answer away"
        page.keyboard.press("Enter")
        assert first.get_by_role("status").inner_text().startswith("Not this one. Both logarithms")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Check"
        page.keyboard.press("Enter")
        assert first.get_by_role("status").inner_text().startswith("Right. ")


def test_for_a_screen_reader(tmp_path):
    with standalone(tmp_path, ELBO) as page:
        for number, question in enumerate(ELBO.questions, 1):
            group = page.get_by_role("group", name=f"{number}. {plain(question.text)}", exact=True)
            for choice in question.choices:
                assert group.get_by_role("radio", name=plain(choice.text), exact=True).count() == 1


def test_two_quizzes_on_one_page(tmp_path):
    with standalone(tmp_path, SHORT, SHORT) as page:
        one, two = page.locator("course-quiz").all()
        one.get_by_role("radio").nth(0).check()
        two.get_by_role("radio").nth(1).check()
        assert one.get_by_role("radio").nth(0).is_checked()
        two.get_by_role("button").click()
        assert two.get_by_role("status").inner_text() == "Right. because two"
        assert one.get_by_role("status").inner_text() == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible_and_within_the_window(width, theme, tmp_path):
    with standalone(tmp_path, ELBO, theme=theme, width=width) as page:
        for form in page.locator("course-quiz form").all():
            form.get_by_role("radio").nth(0).check()
            form.get_by_role("button").click()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ink = page.locator("course-quiz .feedback").first.evaluate("e => getComputedStyle(e).color")
        assert ink == {"light": "rgb(34, 40, 50)", "dark": "rgb(206, 214, 221)"}[theme], "text lost the page's colour"


def test_answers_stand_at_the_end_on_paper_only(tmp_path):
    with standalone(tmp_path, SHORT) as page:
        answers = page.locator("course-quiz .answers")
        assert answers.is_hidden()
        page.emulate_media(media="print")
        assert answers.is_visible() and page.get_by_role("button", name="Check").is_hidden()
        assert "b: right. because two" in answers.inner_text()


def test_without_scripts(tmp_path):
    with standalone(tmp_path, SHORT, java_script_enabled=False) as page:
        assert page.get_by_text("a: no. because one").is_visible() and page.locator("course-quiz button").is_hidden()
