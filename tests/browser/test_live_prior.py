"""A draw from the prior, in the figure of a decoder's latents: for each kind of code that there is, its law."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
from standalone import as_widget, standalone
from test_live_controls import REPEATABLE

from course_pkg.models.adversarial import Critic, Generator, Paired
from course_pkg.models.weights import lesson, lesson_names
from course_pkg.show.live.decoder import latent_state
from course_pkg.show.live.widgets import LatentExplorer

DRAWS = 600
SEEN = """n => { const buttons = [...document.querySelectorAll("button")], found = [];
  const button = buttons.find(b => b.textContent === "a draw from the prior");
  for (let i = 0; i < n; i++) { button.click(); found.push([...model.sent.at(-1).z]); }
  return found; }"""
EDGE = math.sqrt(3)
NORMAL, UNIFORM = scipy.stats.norm(), scipy.stats.uniform(-EDGE, 2 * EDGE)


def pair(values=0):
    """A generator and its critic, which no lesson ships: their codes are uniform numbers, and one value."""
    return Paired(Generator((1, 32, 32), 4, 0, values, 3), Critic((1, 32, 32), 4, 0, values))


def kind(model):
    return type(model) is Paired, getattr(model, "values", 0) > 0


def models():
    """{its name: a model} of each kind of code, numbers of either law with and without a value; a lesson where one has
    it."""
    every = {name: lesson(name)[0] for name in lesson_names()} | {"pair": pair(), "pair with a value": pair(3)}
    found = {}
    for name, model in every.items():
        found.setdefault(kind(model), (name, model))
    return dict(found.values())


MODELS = models()


def test_each_kind_of_code_is_tried():
    assert sorted(map(kind, MODELS.values())) == [(a, b) for a in (False, True) for b in (False, True)]


@pytest.mark.parametrize("name", MODELS)
def test_a_draw_from_the_prior_has_the_law_that_the_model_is_trained_on(name, tmp_path):
    """600 codes: mean, variance, ends and law of the numbers, the share of each value, and no two of them together.
    Error bars are four deviations; with this generator the draws are the same at every run."""
    model = MODELS[name]
    weights, state = latent_state(model)
    with standalone(tmp_path, "") as page:
        as_widget(page, LatentExplorer(weights=weights, **state), *state, "weights")
        page.evaluate(REPEATABLE)
        drawn = np.array(page.evaluate(SEEN, DRAWS))
        stand = [float(slider.input_value()) for slider in page.locator("input[type=range]").all()]
    inside = np.clip(drawn[-1][state["order"]], -4, 4)
    assert stand == pytest.approx(inside, abs=0.026), "the sliders do not stand at the last draw"
    uniform, discrete = kind(model)
    assert drawn.shape == (DRAWS, model.latents + discrete)
    numbers, law = drawn[:, : model.latents], UNIFORM if uniform else NORMAL
    fourth = {True: 9 / 5, False: 3}[uniform]  # the mean fourth power, of variance one
    n = numbers.size
    assert abs(numbers.mean()) < 4 / math.sqrt(n)
    assert abs((numbers**2).mean() - 1) < 4 * math.sqrt((fourth - 1) / n)
    assert scipy.stats.kstest(numbers.ravel(), law.cdf).pvalue > 1e-3
    if uniform:  # the largest of n lies within 10 / n of the end, but for once in e^10
        assert np.abs(numbers).max() <= EDGE and EDGE - np.abs(numbers).max() < 10 * EDGE / n
    together = np.corrcoef(drawn.T)[np.triu_indices(drawn.shape[1], 1)]
    assert np.abs(together).max() < 4 / math.sqrt(DRAWS), "each part of a code is drawn by itself"
    if discrete:
        counts = np.bincount(drawn[:, -1].astype(int), minlength=model.values)
        assert set(drawn[:, -1]) == set(range(model.values))
        assert scipy.stats.chisquare(counts).pvalue > 1e-3, counts


def test_the_law_that_is_stated_is_that_of_the_generator():
    codes = pair().generator.draw(5000, torch.Generator().manual_seed(0)).flatten().double().numpy()
    assert scipy.stats.kstest(codes, UNIFORM.cdf).pvalue > 1e-3
