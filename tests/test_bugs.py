"""Every bug of the gallery is seen by its check, and the right lines pass the same check.

That all train, and how much each changes what is true of its net, is asserted where they are all trained: on the page
of the gallery (book/bugs.md). Checks are asserted exactly: each has the error bar that it states.
"""

import dataclasses
import importlib
import inspect
import math

import pytest
import torch

from course_pkg import bugs, elbo
from course_pkg.bugs import data as bugs_data
from course_pkg.bugs import evaluation, likelihood, mmd, own, prior_term, record, sampling, trained
from course_pkg.metrics import kim_mnih_exact
from course_pkg.tables import code
from helpers import ROOT, said

GALLERY = bugs.every()
each = pytest.mark.parametrize("bug", GALLERY.values(), ids=GALLERY.keys())


@pytest.fixture(scope="module")
def runs():
    """Both trainings of two bugs that share their right lines."""
    return bugs.compared([bugs.UNIFORM_NOISE, bugs.LITTLE_NOISE])


def test_the_gallery_is_found_by_place_and_by_name():
    assert len(GALLERY) >= 20 and set(bugs.SYMPTOMS) == {bug.symptom for bug in GALLERY.values()}
    for name, bug in GALLERY.items():
        assert bug.name == name and getattr(bugs, name) is bug
    with pytest.raises(AttributeError, match="no bug NO_BUG: there are"):
        bugs.NO_BUG  # noqa: B018


@each
def test_the_check_sees_the_wrong_lines_and_passes_the_right_ones(bug):
    everyones = torch.get_rng_state()
    right, wrong = bug.check(bug.right), bug.check(bug.wrong)
    assert torch.equal(torch.get_rng_state(), everyones), "a check draws from a generator of its own"
    assert right.holds, right.told
    assert not wrong.holds, wrong.told
    assert right.told != wrong.told, "what is told must tell them apart"
    assert right == bug.check(bug.right), "what is told must be the same a second time"


@each
def test_the_check_asks_a_function_of_the_course(bug):
    assert bug.by.__module__.startswith("course_pkg.") and not bug.by.__module__.startswith("course_pkg.bugs")
    found = importlib.import_module(bug.by.__module__)
    for part in bug.by.__qualname__.split("."):
        found = getattr(found, part)
    assert found is bug.by
    room = importlib.import_module(bug.check.__module__)
    called = {name for name in vars(room) if name in inspect.getsource(bug.check)}
    reach = inspect.getsource(bug.check) + "".join(
        inspect.getsource(vars(room)[name]) for name in called if inspect.isfunction(inspect.unwrap(vars(room)[name]))
    )
    assert bug.by.__name__ in reach, f"{bug.name}: its check does not ask {bug.by.__name__}"


@pytest.mark.parametrize("bug", [b for b in GALLERY.values() if b.blind], ids=lambda b: b.name)
def test_a_blind_test_holds_of_both(bug):
    everyones = torch.get_rng_state()
    assert bug.blind(bug.right).holds and bug.blind(bug.wrong).holds
    assert torch.equal(torch.get_rng_state(), everyones)


def test_a_blind_test_can_fail():
    """Each sees something, if not the bug that it stands beside."""
    assert not sampling.entropy(sampling.uniform_noise).holds
    assert not sampling.mean_of_codes(sampling.uniform_noise).holds
    assert not likelihood.all_images(lambda x, logits: likelihood.bernoulli(x, logits) / 2).holds
    assert not prior_term.slope_of_kinds(prior_term.of_kinds_negated).holds
    assert not GALLERY["LOG_K_FORGOTTEN"].blind(lambda log_w: log_w.mean(0) * 2).holds
    assert not GALLERY["NEVER_SHUFFLED"].blind(lambda n, g: torch.randint(n, (n,), generator=g)).holds
    order = GALLERY["NEVER_SHUFFLED"]
    assert order.blind(order.right).told == "an epoch holds every image once"
    assert order.blind(lambda n, g: torch.zeros(n).long()).told == "an epoch lacks images"
    assert GALLERY["MEANS_JUDGED"].blind(GALLERY["MEANS_JUDGED"].right).told == "each latent keeps its values"
    for part in (lambda q, z: 0 * z, lambda q, z: z**2):  # that of MEANS_JUDGED cannot: it compares a deck with itself
        assert GALLERY["MEANS_JUDGED"].blind(part).holds


@pytest.mark.parametrize("width, holds", [(1.0, True), (1.01, True), (1.025, False), (0.975, False)])
def test_a_check_of_noise_is_as_exact_as_it_says(width, holds):
    """The average of log q moves by (width^2 - 1) / 2, the error bar of 40,000 draws is 5 / sqrt(80,000) = 0.018."""
    noise = lambda mu, log_var, g: mu + width * (0.5 * log_var).exp() * sampling.normal(mu, g)
    assert sampling.entropy(noise).holds == holds


def test_without_a_run_a_comparison_trains_both():
    run = lambda name: record.Run([20], [1.0], {"held-out": float(len(name))})
    bug = dataclasses.replace(bugs.LITTLE_NOISE, train=lambda part: (part, run(part.__name__)))
    alone, given = bug.compare(), bug.compare(run("x"))
    assert (alone.right, alone.wrong) == (run("right_noise"), run("little_noise"))
    assert (given.right, given.wrong) == (run("x"), run("little_noise")) and given.harm == (1.0, 12.0)


def test_what_was_trained_is_not_trained_again():
    asked = []
    run = record.Run([20], [1.0], {"held-out": 1.0})
    bug = dataclasses.replace(bugs.LITTLE_NOISE, train=lambda part: asked.append(part) or (part, run))
    assert bug.compare() == bug.compare() and asked == [bug.right, bug.wrong]


def test_the_right_lines_of_many_are_the_vae_of_the_course():
    plain = trained.plain()[1]
    for bug in GALLERY.values():
        if bug.plain:
            assert bug.train(bug.right)[1].loss == pytest.approx(plain.loss, abs=1e-3), bug.name
            break
    assert bugs.SIGMOID_TWICE.compare(plain).right is plain


def test_every_training_is_that_of_the_gallery_but_for_what_a_bug_asks(monkeypatch):
    """Of one length and rate, on the CPU, logged often enough to be drawn, and without a bar: a page shows none."""
    monkeypatch.setattr(trained, "train", lambda model, objective, data, **settings: (model, objective, data, settings))
    usual = {"steps": 600, "lr": 2e-3, "device": "cpu", "log_every": 20, "progress": False}
    assert trained.trained("a", "b", "c") == ("a", "b", "c", usual)
    assert trained.trained("a", "b", "c", lr=1.0, batches=2)[3] == {**usual, "lr": 1.0, "batches": 2}


@pytest.fixture
def short(monkeypatch):
    """Every training of the gallery, forty steps of it, with nothing kept of longer ones."""
    kept = (trained.plain, evaluation.two_latents, evaluation.evidence, evaluation.of_sprites)
    for cached in kept:
        cached.cache_clear()
    monkeypatch.setattr(trained, "STEPS", 40)
    yield
    for cached in kept:
        cached.cache_clear()


OF_ALL = {"held-out", "rate", "spread of the rate", "active", "information", "tc", "deviation of the codes"}
MEASURED = {
    "MEANS_JUDGED": {"tc in the log"}, "MMD_REWARDED": {"MMD² of the codes"}, "DISTANCE_OF_EACH": set(),
    "TC_REWARDED": set(), "SIZE_GUESSED": set(), "TC_OF_THE_WIDTH": set(), "RETURN_INSIDE": {"held-out, as reported"},
    "LOG_K_FORGOTTEN": {"reported, less -log p(x)"},
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_a_short_training_logs_its_loss_and_says_what_is_true_of_its_net(name, short):
    model, run = GALLERY[name].train(GALLERY[name].right)
    assert run.steps == [20, 40] and len(run.loss) == 2
    assert set(run.truth) == OF_ALL | MEASURED[name] and GALLERY[name].number in run.truth
    assert all(map(math.isfinite, [*run.loss, *run.truth.values()]))
    assert run.truth["held-out"] < 64 * math.log(2), "it knows more than a net that says one half of every pixel"
    with torch.no_grad():
        kl = elbo.gaussian_kl(*model.encode(trained.images()[1])).sum(1)
    assert run.truth["rate"] == pytest.approx(kl.mean().item(), rel=1e-5)
    assert run.truth["spread of the rate"] == pytest.approx(kl.std().item(), rel=1e-5)
    assert GALLERY[name].train(GALLERY[name].right)[1] == run, "another draw: a generator is not passed on"


def first_loss(name):
    """What a training pays at its first step, on average over images."""
    return GALLERY[name].train(GALLERY[name].right)[1].loss[0]


def test_at_its_first_step_each_pays_the_pixels_and_its_own_price(short, monkeypatch):
    """An untrained net says about one half of each pixel, 64 log 2 nats, and its codes are nearly the prior's."""
    monkeypatch.setattr(trained, "STEPS", 1)
    half, apart = 64 * math.log(2), {}
    for name in ("TC_REWARDED", "SIZE_GUESSED", "TC_OF_THE_WIDTH", "MEANS_JUDGED", "MMD_REWARDED"):
        apart[name] = first_loss(name) - half
    assert all(abs(more) < 3 for more in apart.values()), apart
    # at a rate near 0, gamma |rate - C| is 3 x 4.5
    assert first_loss("DISTANCE_OF_EACH") - half == pytest.approx(3 * 4.5, abs=1.5)


def test_discrete_codes_train_shortly_and_are_measured(short):
    bug = GALLERY[next(name for name, b in GALLERY.items() if b.number == "loss less -ELBO")]
    model, run = bug.train(bug.right)
    assert set(run.truth) == {"held-out", "rate", "loss less -ELBO"} and run.steps == [20, 40]
    with torch.no_grad():
        log_q = model.encode(trained.images()[1])
    assert log_q.shape == (297, 3, 10)
    torch.testing.assert_close(log_q.exp().sum(-1), torch.ones(297, 3))
    rate = (log_q.exp() * (log_q + math.log(10))).sum((1, 2)).mean().item()
    assert run.truth["rate"] == pytest.approx(rate, rel=1e-4, abs=1e-6)
    assert run.truth["loss less -ELBO"] == pytest.approx(0, abs=1e-4)
    assert rate < run.truth["held-out"] < run.loss[0] < 64 * math.log(2)


def test_a_score_of_sprites_is_that_of_the_codes_of_its_net(short):
    bug = GALLERY["VIEW_FOR_TRANSPOSE"]
    run = bug.train(bug.right)[1]
    _, history, codes, factors = evaluation.of_sprites()
    assert run.steps == history.steps and len(run.loss) == len(run.steps)
    assert run.truth == {"Kim-Mnih score": kim_mnih_exact(codes, factors).value}
    assert factors.shape == (128, 2) and codes.shape == (128, 3)


def test_a_training_is_the_same_again():
    again, once = (trained.vae()[1] for _ in range(2))
    assert again == once


# --- what is shown ----------------------------------------------------------------------------------------------------


@each
def test_the_lines_that_differ_are_few_and_say_how(bug):
    lines = bug.lines().splitlines()
    kinds = [line[0] for line in lines]
    assert set(kinds) <= {"+", "-", " "} and kinds.count("+") + kinds.count("-") >= 1
    assert len(lines) <= 8 and not any('"""' in line or "noqa" in line for line in lines)
    assert any(line.strip("+- ") for line in lines)


def test_a_bug_shows_itself():
    assert "+ return mu" in repr(bugs.VARIANCE_AS_WIDTH) and "<ins>" in bugs.VARIANCE_AS_WIDTH._repr_html_()
    assert "<del>" in record.coloured(bugs.VARIANCE_AS_WIDTH) and "issue 3" in repr(bugs.VARIANCE_AS_WIDTH)


def test_a_comparison_shows_itself(runs):
    one = runs["UNIFORM_NOISE"]
    assert "right" in repr(one) and "held-out" in repr(one) and one._repr_html_().count("<tr>") == 3
    shown = bugs.table([one])._repr_html_()
    assert "<details>" in shown and "dferendo" in shown and "gaussian_log_prob" in shown
    figure = bugs.curves([one, one, one])
    assert len(figure.axes) == 4 and sum(len(ax.lines) for ax in figure.axes) == 6


def test_a_figure_holds_the_two_logs_of_each_and_a_table_their_ends():
    right, wrong = (
        record.Run([20, 40], [30.0, 20.0], {"held-out": 25.0}),
        record.Run([20, 40], [9.0, 2.0], {"held-out": -5e4}),
    )
    one = record.Comparison(bugs.UNIFORM_NOISE, right, wrong)
    figure = bugs.curves([one, one, one])
    assert [ax.axison for ax in figure.axes] == [True, True, True, False], "a panel that is left over shows nothing"
    for ax in figure.axes[:3]:
        assert ax.get_title() == "UNIFORM_NOISE" and ax.get_xticks().tolist() == [0, trained.STEPS]
        assert [line.get_xydata().tolist() for line in ax.lines] == [[[20, 30], [40, 20]], [[20, 9], [40, 2]]]
        assert [line.get_linestyle() for line in ax.lines] == ["--", "-"]
    seen = one.verdicts
    assert one.table.rows == [
        ("right", "30.0 to 20.0", "25.00", seen[0].told), ("wrong", "9.0 to 2.0", "-50000.00", seen[1].told),
    ]  # fmt: skip
    table = bugs.table([one], "Of two")
    assert [str(cell) for cell in table.rows[0][1:]] == ["loss 20.00 → 2.00", "held-out: 25.00 → -5.0e+04"]
    assert repr(table).startswith("Of two\nbug ") and table.rows[0][0] == code("UNIFORM_NOISE")
    shown = table._repr_html_()
    assert all(f"<p>{kind}: {told.told}</p>" in shown for kind, told in zip(("Right", "Wrong"), seen, strict=True))
    styles = (ROOT / "book" / "_static" / "custom.css").read_text("utf-8")
    assert 'class="derivation gallery"' in shown and "table.derivation.gallery" in styles


# --- the checklist ----------------------------------------------------------------------------------------------------

OF_THE_COURSE = {
    "likelihood": elbo.bernoulli_log_likelihood, "kl": elbo.gaussian_kl, "sample": elbo.reparameterise,
    "kernel": mmd.MEANT, "cross_entropy": bugs.SOFTMAX_TWICE.right, "bound": bugs.LOG_K_FORGOTTEN.right,
}  # fmt: skip


def test_the_checklist_passes_what_the_course_does():
    found = bugs.checklist(**OF_THE_COURSE)
    assert found.holds, repr(found)
    assert not any(":" in row.asked or row.asked.endswith(".") for row in found.rows), "a sentence of each docstring"
    assert {row.role for row in found.rows} == set(own.CALLED) and not any(row.like for row in found.rows)


WRONG = [(bug.role, bug.name, bug.wrong) for bug in GALLERY.values() if bug.role]
WRONG += [(role, name, part) for role, parts in own.ELSEWHERE.items() for name, part in parts.items()]


@pytest.mark.parametrize("role, name, part", WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_the_checklist_names_each_known_slip(role, name, part):
    if name == "PRICE_BY_BATCH":
        part = lambda mu, log_var: prior_term.kl_by_batch(mu, log_var)
    found = bugs.checklist(**{role: part})
    assert not found.holds and "broken" in repr(found)
    assert all(row.like == (name,) for row in found.rows if not row.seen.holds), repr(found)


def test_the_checklist_shows_slips_of_the_gallery_as_code_and_others_as_words():
    found = bugs.checklist(likelihood=bugs.SIGMOID_TWICE.wrong, kl=lambda mu, t: 2 * elbo.gaussian_kl(mu, t))
    shown = [own.like(row) for row in found.rows if not row.seen.holds]
    assert {(cell.text, cell.html) for cell in shown} == {
        ("SIGMOID_TWICE", code("SIGMOID_TWICE").html), ("the half lost", "the half lost"),
    }  # fmt: skip


def test_the_checklist_finds_slips_that_it_does_not_know():
    found = bugs.checklist(kl=lambda mu, log_var: 0.9 * elbo.gaussian_kl(mu, log_var))
    assert not found.holds and all(row.like == () for row in found.rows)
    assert bugs.checklist(sample=lambda mu, log_var, g: mu + (log_var / 2).exp() * torch.randn(mu.shape)).holds
    assert bugs.checklist(kl=lambda mu, log_var: elbo.gaussian_kl(mu, log_var).sum(1)).holds  # of images, not latents


@pytest.mark.parametrize(
    "functions, told",
    [
        ({}, "got none"),
        ({"loss": elbo.gaussian_kl}, "expected functions by name, of likelihood, kl"),
        ({"kl": lambda mu, log_var: elbo.gaussian_kl(mu, log_var).mean()}, "kl: expected an answer of shape"),
    ],
)
def test_the_checklist_refuses(functions, told):
    with pytest.raises(ValueError, match=told):
        bugs.checklist(**functions)


# --- the quiz of the page ---------------------------------------------------------------------------------------------


def test_what_the_quiz_says_of_noise(runs):
    """A tenth of the width moves the average log density by .495 a latent, a shift by half its square."""
    z, mu, log_var = sampling.draws(sampling.right_noise)
    density = lambda z: elbo.gaussian_log_prob(z, mu, log_var).mean().item()
    error = 5 * math.sqrt(0.5 / len(z))
    assert density(mu + 0.1 * (z - mu)) - density(z) == pytest.approx(0.5 * (1 - 0.01), abs=error)
    shift = (0.5 * log_var).exp()
    assert density(z) - density(z + shift) == pytest.approx(0.5, abs=3 * error)
    good = {bug.name for bug in GALLERY.values() if bug.symptom == "too good"}
    noise = {"VARIANCE_AS_WIDTH", "UNIFORM_NOISE", "LITTLE_NOISE", "NOISE_FORGOTTEN", "EVALUATED_EVER_AFTER"}
    assert noise < good and 2 * len(noise) > len(good)
    assert runs["LITTLE_NOISE"].wrong.loss[-1] == pytest.approx(12, abs=2)
    assert runs["LITTLE_NOISE"].right.loss[-1] == pytest.approx(20, abs=2)
    said("bugs", "ends at 12 nats a digit. The same net in other hands ends at 20.")


def test_what_the_quiz_says_of_a_constant_and_of_a_name():
    assert 3 * (math.log(10) + 0.1) == pytest.approx(7.2, abs=0.02)
    said(
        "bugs",
        f"loss that is {3 * (math.log(10) + 0.1):.1f} nats lower",
        f"a tenth make {math.log(10) + 0.1:.1f} nats for",
    )
    one = torch.zeros(1, 1)
    assert bugs.TC_OF_THE_WIDTH.wrong(one, one, one) == 0 == elbo.gaussian_kl(one, one)


def test_what_the_quiz_says_of_order():
    """Averages over an epoch are those of the set; the spread of the batches is not."""
    images, still = bugs_data.sorted_digits(), trained.net()
    with torch.no_grad():
        paid = elbo.negative_elbo(still, images, torch.Generator().manual_seed(0))["reconstruction"]
    batches = [part.mean() for part in paid.split(50)]
    assert torch.stack(batches).mean().item() == pytest.approx(paid.mean().item(), rel=1e-5)
