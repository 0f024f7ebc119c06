"""Tables show the same cells as aligned text and as escaped HTML."""

import html
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_pkg.tables import Cell, Table, as_cell, code, folded, in_turn, link, opens, to_equation, typeset

texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


class Cells(HTMLParser):
    """The text of every cell, as a browser reads it, and every tag that was opened."""

    def __init__(self, source):
        super().__init__()
        self.rows, self.tags, self.captions = [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.tags[-1][0] == "caption":
            self.captions.append(data)
        else:
            self.rows[-1][-1] += data


@given(st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=4))
def test_html_and_text_hold_the_same_cells(rows):
    table = Table(rows[0], rows[1:])
    assert Cells(table._repr_html_()).rows == rows
    lines = repr(table).splitlines()
    assert [line.split() for line in lines] == rows


@given(st.lists(st.lists(texts, min_size=2, max_size=2), min_size=2, max_size=4))
def test_columns_of_the_text_start_below_one_another(rows):
    lines = repr(Table(rows[0], rows[1:])).splitlines()
    start = max(len(row[0]) for row in rows) + 2
    assert [line[start:] for line in lines] == [row[1] for row in rows]


def test_the_text_of_a_table():
    table = Table(["a", "bb"], [[1, typeset("x")], ["long", ""]], caption="About")
    assert repr(table) == "About\na     bb\n1     x\nlong"
    assert repr(Table(["a"], [])) == "a"


def test_the_html_of_a_table():
    table = Table(["a"], [["<b>"]], caption="x < y", css="plain", notes=[Cell("", "<i>note</i>")])
    assert table._repr_html_() == (
        '<table class="plain"><caption>x &lt; y</caption><thead><tr><th scope="col">a</th></tr></thead>'
        '<tbody><tr><td>&lt;b&gt;</td></tr><tr class="note"><td colspan="1"><i>note</i></td></tr></tbody></table>'
    )
    assert Table(["a"], [])._repr_html_() == (
        '<table><thead><tr><th scope="col">a</th></tr></thead><tbody></tbody></table>'
    )


def test_a_note_stands_below_its_row_over_the_whole_width():
    rows, notes = [["1", "2"], ["3", "4"], ["5", "6"]], [folded("first"), folded(""), folded("third")]
    shown = Cells(Table(["a", "b"], rows, notes=notes)._repr_html_())
    assert shown.rows == [["a", "b"], ["1", "2"], ["codefirst"], ["3", "4"], ["5", "6"], ["codethird"]]
    assert [attributes["colspan"] for tag, attributes in shown.tags if "colspan" in attributes] == ["2", "2"]


def test_ragged_rows_are_refused():
    with pytest.raises(ValueError):
        repr(Table(["a", "b"], [["1", "2", "3"]]))


@given(texts)
def test_every_cell_escapes_what_it_is_given(text):
    for cell in (typeset(text), code(text), folded(text), link(text, "page.html"), as_cell(text)):
        assert html.escape(text) in cell.html.replace("<wbr>", "")


def test_formulae_are_marked_for_the_typesetter():
    assert typeset("a < b") == Cell("a < b", r'<span class="math">\(a &lt; b\)</span>')


def test_code_may_break_after_dots_and_underscores():
    assert code("a.b_c") == Cell("a.b_c", "<code>a.<wbr>b_<wbr>c</code>")
    assert code("") == Cell("", "")


def test_source_is_folded_in_a_page_and_left_out_of_a_terminal():
    assert folded("x < 1\n") == Cell("", "<details><summary>code</summary><pre>x &lt; 1\n</pre></details>")
    assert folded("") == Cell("", "")


def test_anything_may_stand_behind_one_line():
    assert opens("x < 1", "<b>y</b>", "check") == (
        '<details class="check"><summary>x &lt; 1</summary><b>y</b></details>'
    )
    assert opens("x", "y") == "<details><summary>x</summary>y</details>"


def test_links_cannot_leave_their_quotes():
    assert link("<x>", 'a"b').html == '<a href="a&quot;b">&lt;x&gt;</a>' and link("<x>", "a").text == "<x>"


def test_a_cell_is_kept_and_anything_else_is_text():
    cell = Cell("plain", "<b>bold</b>")
    assert as_cell(cell) is cell and as_cell(3) == Cell("3", "3")


def test_a_link_to_an_equation_leads_to_the_place_that_a_page_gives_it():
    assert to_equation("two_words-L", "two_words") == link("two_words-L", "two_words.html#equation-two-words-l")


def test_cells_in_turn_keep_both_faces():
    assert in_turn("<", link("a", "b")) == Cell("<, a", '&lt;, <a href="b">a</a>')
