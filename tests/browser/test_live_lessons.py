"""The live figure of all lessons in headless Chromium: each script beside the page holds the decoder that Python has,
each choice shows its own numbers and picture, and a page without the scripts says what to call."""

import pytest
import torch
from accessibility import violations
from chromium import HTML, PATIENCE
from reading import says
from standalone import drawn, module, standalone

from course_pkg.models.baselines import LinearCode
from course_pkg.models.weights import lesson, lesson_names, rounded
from course_pkg.show import live
from course_pkg.show.live.lessons import lesson_script
from helpers import tool

NAMES = lesson_names()
LESSONS = {name: lesson(name) for name in NAMES}
SHOWN = "name => document.querySelector('.live-lessons').dataset.shown === name"
TILES = """() => { const strip = document.querySelector('.strip');
  return +strip.dataset.tiles === 9 * strip.querySelectorAll('canvas').length; }"""
GREY = (
    """e => Array.from(e.getContext('2d').getImageData(0, 0, e.width, e.height).data).filter((_, i) => i % 4 === 0)"""
)


@pytest.fixture(scope="module")
def scripts():
    return {f"_static/lessons/{name}.js": lesson_script(name) for name in NAMES}


def settled(page, name):
    page.wait_for_function(SHOWN, arg=name)
    drawn(page)


def choose(page, name):
    page.get_by_label("Trained model").select_option(name)
    settled(page, name)


def loaded(page):
    return page.evaluate("Object.keys(window.course_lessons ?? {}).sort()")


def decoded(model, codes):
    """The pictures (n, pixels) of codes (n, d), or (n, d + 1) with the number of the value, as torch decodes them."""
    values = getattr(model, "values", 0)
    if values:
        codes = torch.cat([codes[:, :-1], torch.eye(values)[codes[:, -1].long()]], 1)
    with torch.no_grad():
        drawn = rounded(model).decode(codes).flatten(1)
        return drawn if isinstance(model, LinearCode) else drawn.sigmoid()


def is_told(page, name):
    """The line below the choice has the numbers of this card, each by its words."""
    card, text = LESSONS[name][1], page.locator(".live-lessons .told").inner_text()
    if "split" in card:
        nats, errors = card["split"]["nats"], card["split"]["errors"]
        says(
            text,
            "Rate {} nats, over all {} images: information {} ±",
            nats["rate"],
            card["split"]["images"],
            nats["information"],
        )
        parts = {"information": "information", "total correlation": "tc", "the latents' own divergences": "dimwise"}
        for words, part in parts.items():
            says(text, words + " {} ± {}", nats[part], errors[part])
    else:
        says(text, "Rate {} nats, over some of the images; its card does not split it into parts.", card["rate"])
    if "steps" in card:
        says(text, "Seed {}, {} steps.", card["seed"], card["steps"])
    else:
        assert f"Seed {card['seed']}, {card['fitted']}." in text
    assert ("Its codes: " in text) == ("codes" in card) and card.get("codes", "") in text


def test_each_script_holds_the_decoder_that_python_has(scripts, tmp_path):
    call = """async ([figure, latents, name, codes]) => { const state = await figure.weights_of(name);
      const decode = latents.make_decoder(Uint8Array.from(atob(state.weights), c => c.charCodeAt(0)), state.layers);
      const one_of = value => Array.from({ length: state.values }, (_, v) => +(v === value));
      return codes.map(z => Array.from(decode(state.values ? [...z.slice(0, -1), ...one_of(z.at(-1))] : z))); }"""
    errors = {}
    with standalone(tmp_path, "", beside=scripts) as page:
        modules = [module(page, live.module(name)) for name in ("lessons", "latents")]
        for seed, (name, (model, card)) in enumerate(LESSONS.items()):
            g, values = torch.Generator().manual_seed(seed), getattr(model, "values", 0)
            codes = torch.randn(20, model.latents, generator=g)
            if values:
                codes = torch.cat([codes, torch.randint(values, (20, 1), generator=g).float()], 1)
            found = torch.tensor(page.evaluate(call, [*modules, name, codes.tolist()]))
            expected = decoded(model, codes)
            errors[name] = (found - expected).abs().max().item()
            mute = "split" in card and card["split"]["nats"]["information"] < 0.1  # it draws one picture of all codes
            assert mute or expected.std(0).max() > 100 * errors[name], f"{name}: the pictures are all alike"
        assert loaded(page) == NAMES
    print({name: f"{error:.1e}" for name, error in errors.items()})
    assert max(errors.values()) < 1e-4, errors


def test_each_lesson_is_one_choice_that_shows_its_numbers_and_its_picture(scripts, tmp_path):
    with standalone(tmp_path, live.lessons_figure(), beside=scripts) as page:
        options = page.get_by_label("Trained model").locator("option")
        assert sorted(options.evaluate_all("all => all.map(o => o.value)")) == NAMES
        for name, words in options.evaluate_all("all => all.map(o => [o.value, o.text])"):
            card = LESSONS[name][1]
            assert card["title"] == words
            choose(page, name)
            is_told(page, name)
            start = next(iter(card["starts"].values()))
            assert page.locator("live-latents").count() == 1, "the model before is still there"
            assert page.locator("live-latents input[type=range]").count() == len(start)
            picture = torch.tensor(page.locator("canvas.picture").evaluate(GREY))
            pixels = decoded(LESSONS[name][0], torch.tensor([start]))[0].clamp(0, 1)  # a linear code's may lie outside
            assert (picture - 255 * pixels).abs().max() < 1.5, name
            assert page.locator(".live-lessons .note").inner_text() == ""
        assert loaded(page) == NAMES


def test_a_model_loads_when_it_is_seen_or_chosen_and_not_before(scripts, tmp_path):
    with standalone(tmp_path, '<div style="height: 4000px"></div>', live.lessons_figure(), beside=scripts) as page:
        assert loaded(page) == [] and page.locator("canvas").count() == 0
        is_told(page, "beta-4")
        assert "can be moved where a browser shows" in page.locator(".live-lessons").inner_text()  # so on paper, too
        page.get_by_label("Trained model").scroll_into_view_if_needed()
        settled(page, "beta-4")
        page.get_by_label("Trained model").evaluate(
            "e => ['factor', 'tc'].forEach(name => { e.value = name; e.dispatchEvent(new Event('change')); })"
        )
        settled(page, "tc")
        assert loaded(page) == ["beta-4", "tc"], "a model that was passed by was loaded"


def test_what_comes_late_does_not_replace_what_was_chosen_after_it(scripts, tmp_path):
    come = "k => HTMLHeadElement.prototype.append.call(document.head, held[k])"
    with standalone(tmp_path, live.lessons_figure(), beside=scripts) as page:
        settled(page, "beta-4")
        page.evaluate("() => { window.held = []; document.head.append = script => { held.push(script); }; }")
        for count, name in enumerate(("hinge", "mmd"), 1):
            page.get_by_label("Trained model").select_option(name)
            page.wait_for_function("count => held.length === count", arg=count)
            assert page.locator("canvas.picture").is_hidden(), "a picture of another model stands below these numbers"
        page.evaluate(come, 1)
        settled(page, "mmd")
        page.evaluate(come, 0)
        page.wait_for_function("window.course_lessons.hinge")
        drawn(page)
        is_told(page, "mmd")
        assert page.evaluate(SHOWN, "mmd") and page.locator("canvas.picture").is_visible()


def labels_of(card):
    """What each slider is called: a name that the card gives, the value, or a number among those without a value."""
    parts, names = range(len(card["kl"])), [*card.get("names", []), *[""] * len(card["kl"])]
    order = sorted(parts, key=lambda k: -card["kl"][k])
    counted = [k for k in order if not (card.get("values", 0) and k == parts[-1])]
    plain = lambda k: f"latent {counted.index(k) + 1}" if k in counted else "value"
    return [f"{names[k] or plain(k)} ({card['kl'][k]:.2f} nats)" for k in order]


def test_each_slider_has_its_name_and_stands_where_its_number_says(scripts, tmp_path):
    """Also where a start lies beyond the usual four widths of the prior, as a constant code of JointVAE does."""
    with standalone(tmp_path, live.lessons_figure(), beside=scripts) as page:
        for name, (_, card) in LESSONS.items():
            choose(page, name)
            assert page.locator("live-latents label .name").all_inner_texts() == labels_of(card), name
            order = sorted(range(len(card["kl"])), key=lambda k: -card["kl"][k])
            for start, code in card["starts"].items():
                page.get_by_role("button", name=start, exact=True).click()
                found = page.locator("live-latents input[type=range]").evaluate_all("all => all.map(e => +e.value)")
                assert found == pytest.approx([code[k] for k in order], abs=0.026), (name, start)


def test_the_row_of_a_value_has_each_as_often(scripts, tmp_path):
    model, card = LESSONS["cascade"]
    with standalone(tmp_path, live.lessons_figure("cascade"), beside=scripts) as page:
        settled(page, "cascade")
        page.get_by_role("button", name="Show what each latent does").click()
        page.wait_for_function(TILES)
        rank = labels_of(card).index(next(label for label in labels_of(card) if label.startswith("value")))
        row = torch.tensor(page.locator(".strip canvas").nth(rank).evaluate(GREY)).view(64, -1)
    tiles = torch.stack([row[:, 65 * t : 65 * t + 64] for t in range(9)])
    code = torch.tensor(next(iter(card["starts"].values()))).repeat(9, 1)
    code[:, -1] = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert (tiles.flatten(1) - 255 * decoded(model, code)).abs().max() < 1.5


def test_by_keyboard(scripts, tmp_path):
    with standalone(tmp_path, live.lessons_figure(), beside=scripts) as page:
        settled(page, "beta-4")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.localName") == "select"
        page.keyboard.press("m")  # the first name that begins so
        settled(page, "mmd")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('type')") == "range"
        before = page.locator("canvas.picture").evaluate(GREY)
        for _ in range(3):
            page.keyboard.press("PageUp")
        drawn(page)
        assert page.locator("canvas.picture").evaluate(GREY) != before


def test_the_strip_stays_open_from_model_to_model(scripts, tmp_path):
    with standalone(tmp_path, live.lessons_figure(), beside=scripts) as page:
        settled(page, "beta-4")
        assert page.locator(".strip").is_hidden()
        page.get_by_role("button", name="Show what each latent does").click()
        page.wait_for_function(TILES)
        choose(page, "cascade")
        page.wait_for_function(TILES)
        assert page.locator(".strip").is_visible() and page.locator(".strip canvas").count() == 7


INSTEAD = (
    'The weights are not beside this page: live.latent_figure("{}") of course_pkg.show draws this model in a notebook.'
)


def test_away_from_the_book_it_says_what_to_call_and_asks_for_nothing(tmp_path):
    with standalone(tmp_path, live.lessons_figure()) as page:
        note = page.locator(".live-lessons .note")
        for name in ("beta-4", "mmd"):
            page.get_by_label("Trained model").select_option(name)
            page.get_by_text(INSTEAD.format(name)).wait_for()
            assert note.inner_text() == INSTEAD.format(name) and page.locator("canvas").count() == 0
            is_told(page, name)


def test_a_file_that_is_missing_is_said_and_the_next_choice_works(chromium, scripts, tmp_path):
    file = tmp_path / "page.html"
    (tmp_path / "_static/lessons").mkdir(parents=True)
    (tmp_path / "_static/lessons/tc.js").write_text(scripts["_static/lessons/tc.js"], "utf-8")
    file.write_text(f'<html lang="en" data-content_root="./">{live.lessons_figure()._repr_html_()}</html>', "utf-8")
    with chromium.new_page() as page:
        page.set_default_timeout(PATIENCE)
        page.goto(file.as_uri())
        page.get_by_text(INSTEAD.format("beta-4")).wait_for()
        choose(page, "tc")
        assert page.locator("canvas.picture").is_visible() and page.locator(".live-lessons .note").inner_text() == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible_and_within_the_window(width, theme, scripts, tmp_path):
    with standalone(tmp_path, live.lessons_figure(), theme=theme, width=width, beside=scripts) as page:
        settled(page, "beta-4")
        page.get_by_role("button", name="Show what").click()
        widest = max(NAMES, key=lambda name: len(LESSONS[name][1]["title"]))
        # Each once: one that is chosen again is drawn again, and its strip is not there at once.
        for name in {widest, next(n for n in NAMES if "codes" in LESSONS[n][1])}:
            choose(page, name)
            page.wait_for_function(TILES)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        ink = {"light": "rgb(34, 40, 50)", "dark": "rgb(206, 214, 221)"}[theme]
        for part in ("label", "select", ".told"):
            assert page.locator(f".live-lessons {part}").first.evaluate("e => getComputedStyle(e).color") == ink


def test_on_paper_the_model_keeps_its_name_its_numbers_and_its_picture(scripts, tmp_path):
    with standalone(tmp_path, live.lessons_figure(), beside=scripts) as page:
        settled(page, "beta-4")
        page.emulate_media(media="print")
        assert all(page.locator(f".live-lessons {part}").is_visible() for part in ("select", ".told", "canvas.picture"))
        assert page.locator(".live-lessons .buttons").first.is_hidden()


def test_without_scripts_and_on_a_reading_device_it_says_what_is_missing(scripts, tmp_path, monkeypatch):
    with standalone(tmp_path, live.lessons_figure(), java_script_enabled=False) as page:
        assert f"{len(NAMES)} trained models to choose from" in page.locator("main").inner_text()
    monkeypatch.syspath_prepend(str(HTML.parents[1] / "tools"))
    epub = tool("epub")
    article = f'<article class="bd-article">{live.lessons_figure()._repr_html_()}</article>'
    with standalone(tmp_path, article, beside=scripts) as page:
        settled(page, "beta-4")
        text = page.evaluate(epub.TO_XHTML, epub.NEEDS_A_SCRIPT)
    assert epub.NEEDS_A_SCRIPT in text and "<select" not in text and "live-" not in text


def test_the_built_book_has_a_script_for_each_and_its_page_loads_them_from_the_disk(chromium):
    assert sorted(path.stem for path in (HTML / "_static/lessons").glob("*.js")) == NAMES
    errors = []
    with chromium.new_page() as page:
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda r: None if r.url.startswith(HTML.as_uri()) else errors.append(r.url))
        page.on("requestfailed", lambda r: errors.append(r.url))
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto((HTML / "book/benchmark.html").as_uri())
        assert loaded(page) == []
        page.get_by_label("Trained model").scroll_into_view_if_needed()
        settled(page, "beta-4")
        for name in (NAMES[0], NAMES[-1]):
            choose(page, name)
            is_told(page, name)
            assert page.locator(".live-lessons canvas.picture").is_visible()
    assert [e for e in errors if not e.startswith(("data:", "blob:"))] == []
