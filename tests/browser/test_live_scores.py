"""The live figure of the metrics in headless Chromium: the same numbers as Python, and every control moves it."""

import json

import numpy as np
import pytest
import torch
from reading import attributes, each, says, texts
from standalone import as_widget, drawn, module, spoken, standalone

from course_pkg.metrics import infomec, kim_mnih_exact, mig, sap
from course_pkg.show import live

AS_IT_WAS = {"turn": 0, "packed": False, "twice": False, "scrambled": False, "dropped": False}
DONE = [
    {},
    {"turn": 30},
    {"turn": 60, "twice": True},
    {"packed": True},
    {"scrambled": True, "turn": 5},
    {"dropped": True},
    {"packed": True, "twice": True},
]


def in_python(codes, factors):
    by_info = infomec(codes, factors, generator=torch.Generator().manual_seed(0), train=200, test=100)
    return {
        "Kim-Mnih": kim_mnih_exact(codes, factors).value,
        "MIG": mig(codes, factors).value,
        "SAP": sap(codes, factors).value,
        "InfoM": by_info.value,
        "InfoC": by_info.further["InfoC"],
    }


def random_table(seed, latents, images=150):
    g = torch.Generator().manual_seed(seed)
    factors = torch.stack([torch.randint(n, (images,), generator=g) for n in (3, 4, 2)], 1)
    mix = torch.randn(3, latents, generator=g, dtype=torch.float64)
    codes = factors.double() @ mix + 0.3 * torch.randn(images, latents, generator=g, dtype=torch.float64)
    if latents > 3:
        codes[:, 1] = 0.25  # constant
    return codes, factors


def test_scores_as_in_the_package(tmp_path):
    """On random tables, with and without a constant latent, and on what the figure makes of its own codes."""
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("scores"))
        tables = [random_table(seed, latents) for seed in range(3) for latents in (1, 2, 3, 5)]
        factors = page.evaluate("m => m.grid()", figure)
        for done in DONE:
            codes = page.evaluate("([m, f, s]) => m.encode(f, s)", [figure, factors, AS_IT_WAS | done])
            tables.append((torch.tensor(codes, dtype=torch.float64), torch.tensor(factors)))
        assert len(tables[-1][0]) == 256 and tables[-1][0].shape[1] == 2
        for codes, f in tables:
            found = page.evaluate("([m, z, f]) => m.scores(z, f)", [figure, codes.tolist(), f.tolist()])
            assert found == pytest.approx(in_python(codes, f), abs=1e-9)


def test_what_is_done_to_the_codes(tmp_path):
    """As in the chapter: votes hear packing and dropping, and no turn; MIG hears what comes twice, and no packing."""
    with standalone(tmp_path, "") as page:
        figure = module(page, live.module("scores"))
        call = "([m, s]) => { const f = m.grid(); return m.scores(m.encode(f, s), f); }"
        said = [page.evaluate(call, [figure, AS_IT_WAS | done]) for done in DONE]
    assert all(v > 0.97 for v in said[0].values())
    assert said[1]["Kim-Mnih"] == 1 and said[1]["SAP"] == pytest.approx(0.5, abs=0.03) and said[1]["MIG"] < 0.5
    assert said[2]["Kim-Mnih"] == 1 and said[2]["MIG"] == pytest.approx(0, abs=1e-9) == said[2]["SAP"]
    assert said[3]["Kim-Mnih"] == 0.5 and said[3]["MIG"] > 0.999 and said[3]["InfoC"] == 1 and said[3]["InfoM"] < 0.1
    assert said[4]["Kim-Mnih"] == 1 and said[4]["SAP"] < 0.2
    assert said[5]["Kim-Mnih"] == 0.5 and said[5]["MIG"] == pytest.approx(0.5, abs=0.03)


FAULTS = {"modularity": "packed", "compactness": "twice", "straight lines": "scrambled"}


def test_what_each_score_is_said_to_hear_is_what_it_hears(tmp_path):
    """By the chapter's rule: a score hears a fault that takes a tenth of it. One that hears the scrambled settings,
    which a straight line cannot read, is said to hear straight lines; each other hears one fault alone."""
    with standalone(tmp_path, live.scores_figure()) as page:
        figure = module(page, live.module("scores"))
        factors = page.evaluate("m => m.grid()", figure)
        codes = lambda done: page.evaluate("([m, f, s]) => m.encode(f, s)", [figure, factors, AS_IT_WAS | done])
        score = lambda done: in_python(torch.tensor(codes(done), dtype=torch.float64), torch.tensor(factors))
        best, spoiled = score({}), {what: score({how: True}) for what, how in FAULTS.items()}
        svg = page.locator("live-scores svg")
        said = {y: words for words, _, y, _ in texts(svg, "text.tick")}
        for name, value in best.items():
            heard = [what for what in FAULTS if spoiled[what][name] < 0.9 * value]
            [y] = [y for words, _, y, _ in texts(svg) if words == name]
            assert said[y] in heard and (said[y] == "straight lines" or heard == [said[y]]), f"{name} hears {heard}"


@pytest.mark.parametrize("width", [1280, 390])
def test_each_bar_and_each_number_stands_by_its_name_and_each_point_at_its_code(width, tmp_path):
    with standalone(tmp_path, live.scores_figure(turn=20), width=width) as page:
        page.get_by_role("button", name="every latent twice").press("Enter")
        drawn(page)
        svg, figure = page.locator("live-scores svg"), module(page, live.module("scores"))
        factors, state = page.evaluate("m => m.grid()", figure), AS_IT_WAS | {"turn": 20, "twice": True}
        codes = np.array(page.evaluate("([m, f, s]) => m.encode(f, s)", [figure, factors, state]))
        expected = in_python(torch.tensor(codes), torch.tensor(factors))
        says(svg.get_attribute("aria-label"), "Turned by {} degrees, every latent twice. Kim-Mnih {}, MIG {}, SAP {}, "
             "InfoM {}, InfoC {}.", 20, *expected.values())  # fmt: skip
        box = "e => { const b = e.getBBox(); return [b.y, b.width]; }"
        bars, frames = (dict(each(svg, css, box)) for css in ("path.bar", "path.frame"))
        shown = texts(svg)
        for name, value in expected.items():
            [y] = [y for words, _, y, _ in shown if words == name]
            assert bars[y + 8] / frames[y + 8] == pytest.approx(min(1, max(0, value)), abs=1e-3), name
            [number] = [words for words, _, at, _ in shown if at == y + 20]
            says(number, "{}", value)
        x, y = np.array(attributes(svg.locator("circle.dot"), "cx", "cy")).T
        for pixels, latent in ((x, codes[:, 0]), (-y, codes[:, 1])):
            slope, start = np.polyfit(latent, pixels, 1)
            assert slope > 0 and np.abs(start + slope * latent - pixels).max() < 0.1, "to a tenth of a pixel"
        names = {words: (at, up) for words, at, up, anchor in texts(svg, "text.name")}
        assert sorted(names) == [f"{letter}{digit}" for letter in "abcd" for digit in (1, 2, 3, 4)]
        for words, place in names.items():
            mine = [f == ["abcd".index(words[0]), int(words[1]) - 1] for f in factors]
            assert place == pytest.approx((x[mine].mean(), y[mine].mean() + 5), abs=0.2), words


@pytest.mark.parametrize("how", ["packed", "dropped"])
def test_a_single_number_is_drawn_along_a_line(how, tmp_path):
    with standalone(tmp_path, live.scores_figure(turn=20)) as page:
        page.locator(".live-scores .buttons button").nth([*AS_IT_WAS].index(how) - 1).press("Enter")
        drawn(page)
        svg, state = page.locator("live-scores svg"), AS_IT_WAS | {"turn": 20, how: True}
        codes = page.evaluate("([m, s]) => m.encode(m.grid(), s)", [module(page, live.module("scores")), state])
        x, y = np.array(attributes(svg.locator("circle.dot"), "cx", "cy")).T
        latent = np.array(codes)[:, 0]
        slope, start = np.polyfit(latent, x, 1)
        assert slope > 0 and np.abs(start + slope * latent - x).max() < 0.1
        [[level]] = attributes(svg.locator("line.axis"), "y1")
        assert set(y) == {level}


def press(page, control, key="Enter", times=1):
    control.focus()
    for _ in range(times):
        page.keyboard.press(key)
    drawn(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_by_keyboard(width, tmp_path):
    with standalone(tmp_path, live.scores_figure(), width=width) as page:
        picture, figure = page.locator("live-scores svg"), page.locator(".live-scores")
        scores = lambda: json.loads(figure.get_attribute("data-scores"))
        first = picture.inner_html()
        press(page, page.get_by_role("slider", name="turn"), "ArrowRight", 10)
        assert figure.get_attribute("data-turn") == "10" and scores()["Kim-Mnih"] == 1 > 0.95 > scores()["SAP"]
        assert page.get_by_role("slider", name="turn").get_attribute("aria-valuetext") == "10\u00b0"
        for name in ("pack both into one", "every latent twice", "scramble the settings", "drop the second latent"):
            button, before = page.get_by_role("button", name=name), picture.inner_html()
            press(page, button)
            assert picture.inner_html() != before and button.get_attribute("aria-pressed") == "true", name
            press(page, button)
            assert picture.inner_html() == before and button.get_attribute("aria-pressed") == "false", name
        press(page, page.get_by_role("button", name="as it was"))
        assert picture.inner_html() == first and page.get_by_role("slider", name="turn").input_value() == "0"
        assert "Kim-Mnih 1.00" in spoken(page, page.get_by_role("status"), picture)


def test_as_a_widget(tmp_path):
    widget = live.scores_explorer(turn=20)
    with standalone(tmp_path, "") as page:
        as_widget(page, widget, *AS_IT_WAS)
        press(page, page.get_by_role("button", name="every latent twice"))
        assert page.evaluate("model.sent.at(-1).twice") is True
        page.evaluate("model.from_python('turn', 50)")
        drawn(page)
        assert page.get_by_role("slider", name="turn").input_value() == "50"
        assert page.locator(".live-scores").get_attribute("data-turn") == "50"
