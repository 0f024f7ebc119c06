"""What a reader has read and answered is kept in the browser, leaves it as a file, and is forgotten on request."""

import json

import pytest
from chromium import HTML, PATIENCE, settle

KEPT = 'JSON.parse(localStorage.getItem("course-progress"))'


@pytest.fixture
def page(chromium):
    with chromium.new_context(accept_downloads=True) as reader:
        found = reader.new_page()
        found.set_default_timeout(PATIENCE)
        yield found


def go(page, name):
    page.goto((HTML / name).as_uri())
    settle(page, unfold=False)


def test_a_page_is_marked_as_read_shown_saved_brought_back_and_forgotten(page, tmp_path):
    go(page, "book/notation.html")
    button = page.locator("button.course-read")
    assert button.inner_text() == "Mark as read" and button.get_attribute("aria-pressed") == "false"
    button.click()
    assert button.inner_text().startswith("Read on 20") and button.get_attribute("aria-pressed") == "true"
    go(page, "book/intro.html")
    panel = page.locator(".course-progress")
    assert panel.locator(".sum").inner_text() == "Pages read: 1. Quiz questions answered: 0."
    assert page.locator("article dt a", has_text="Notation").locator(".read-mark").count() == 1
    with page.expect_download() as download:
        panel.get_by_role("button", name="Save to a file").click()
    download.value.save_as(tmp_path / "saved.json")
    assert list(json.loads((tmp_path / "saved.json").read_text("utf-8"))["read"]) == ["book/notation"]
    panel.get_by_role("button", name="Forget everything").click()
    assert page.evaluate(KEPT) is not None, "one press must not forget"
    panel.get_by_role("button", name="Really?").click()
    assert page.evaluate(KEPT) is None and panel.get_by_role("status").inner_text() == "Forgotten."
    assert page.locator(".read-mark").count() == 0
    panel.locator("input[type=file]").set_input_files(tmp_path / "saved.json")
    page.wait_for_function(f"{KEPT} !== null")
    assert page.evaluate(f"Object.keys({KEPT}.read)") == ["book/notation"]


def test_a_file_of_another_kind_changes_nothing(page, tmp_path):
    go(page, "book/intro.html")
    for text in ('{"read": ["a"], "quiz": {}}', "no JSON", '{"read": {"a": 1}, "quiz": {}}', "null"):
        (tmp_path / "other.json").write_text(text, "utf-8")
        page.locator(".course-progress [role=status]").evaluate("e => { e.textContent = ''; }")
        page.locator(".course-progress input[type=file]").set_input_files(tmp_path / "other.json")
        page.wait_for_function("document.querySelector('.course-progress [role=status]').textContent !== ''")
        assert page.locator(".course-progress [role=status]").inner_text().startswith("Expected a file"), text
        assert page.evaluate(KEPT) is None, text


def answered(page, n):
    """Answers question n of a quiz, choice by choice until one is right; before that nothing more is kept."""
    form, kept = page.locator("course-quiz form").nth(n - 1), f"{KEPT}?.quiz ?? {{}}"
    radios, before = form.get_by_role("radio"), page.evaluate(kept)
    for k in range(radios.count()):
        radios.nth(k).check()
        form.get_by_role("button", name="Check").click()
        page.wait_for_function("() => true")
        if form.get_attribute("data-verdict") == "right":
            return page.evaluate(kept)
        assert page.evaluate(kept) == before
    pytest.fail("no choice was right")


def test_a_question_counts_when_it_is_answered_right(page):
    go(page, "book/elbo.html")
    assert answered(page, 2) == {"book/elbo": [2]}


def test_the_sum_counts_answers_and_pages_read_each_by_their_own_number(page):
    """Three answers on two pages, and one page read: no two of these numbers are one."""
    go(page, "book/elbo.html")
    for n in (2, 1):
        answered(page, n)
    assert answered(page, 2) == {"book/elbo": [1, 2]}, "one question counts once"
    go(page, "book/mmd.html")
    assert answered(page, 1) == {"book/elbo": [1, 2], "book/mmd": [1]}
    page.locator("button.course-read").click()
    go(page, "book/intro.html")
    assert page.locator(".course-progress .sum").inner_text() == "Pages read: 1. Quiz questions answered: 3."
