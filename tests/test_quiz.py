"""Quizzes: the short text is read or refused, shows itself everywhere, and its numbers are true."""

import math
import re
import subprocess
import sys

import pytest
import torch

from course_pkg import elbo
from course_pkg.show.quiz import FOLDER, inline, parse, quiz

ONE = """A note to authors.

## Which?

- [ ] One
  because one
  and more
- [x] Two & `three`
  because two
- [ ] Four
  because four
"""


def test_a_text_becomes_a_question():
    (question,) = parse(ONE)
    assert question.text == "Which?" and [c.right for c in question.choices] == [False, True, False]
    assert question.choices[0].why == "because one and more"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("- [x]", "- [ ]"), "line 3: .* got 3 and 0"),
        (("- [ ] One", "- [x] One"), "line 3: .* got 3 and 2"),
        (("  because four\n", ""), "the choice 'Four' does not say why"),
        (("- [ ] Four\n  because four\n", ""), "expected 3 choices or more .* got 2"),
        (("- [ ] Four", "- Four"), "line 10: expected .* got '- Four'"),
        (("## ", "# "), "expected a question"),
    ],
)
def test_a_text_with_a_gap_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        parse(ONE.replace(*change))


def test_html_and_text():
    shown = quiz(ONE)
    page = shown._repr_html_()
    assert page == quiz(ONE)._repr_html_(), "nbval compares HTML: it must not differ from run to run"
    assert "Two &amp; <code>three</code>" in page and page.count('type="radio"') == 3
    assert page.count("data-right") == 1 and ' id="' not in page, "ids would clash where a page has two quizzes"
    assert "b) Two & `three`" in repr(shown) and "because" not in repr(shown), (
        "a terminal must not give the answer away"
    )


def test_inline_markup():
    assert inline("a *b* `c<d>` $e<f$") == (
        'a <em>b</em> <code>c&lt;d&gt;</code> <span class="math">\\(e&lt;f\\)</span>'
    )


def test_an_unknown_quiz():
    with pytest.raises(FileNotFoundError, match=r"no quiz called 'nothing'; there are: .*elbo"):
        quiz("nothing")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_quiz(path):
    shown = quiz(path.stem)
    assert len(shown.questions) >= 5
    places = [[c.right for c in q.choices].index(True) for q in shown.questions]
    assert len(set(places)) > 2, f"the right answers stand at {places}: a reader would guess by place"
    longest = [max(q.choices, key=lambda c: len(c.text)).right for q in shown.questions]
    assert sum(longest) <= len(longest) / 2, "the longest choice is too often the right one"
    assert "http" not in shown._repr_html_().replace("http://www.w3.org", "")


def test_a_quiz_needs_nothing_heavy():
    code = "import sys; from course_pkg.show.quiz import quiz; quiz('elbo'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


# --- the numbers of course_pkg/show/quiz/elbo.md: each is computed, and then looked for in the text ------------------

TEXT = re.sub(r"\s+", " ", (FOLDER / "elbo.md").read_text("utf-8"))


def said(*numbers):
    missing = [number for number in numbers if number not in TEXT]
    assert not missing, f"the quiz does not say {missing}"


def test_a_negative_log_var():
    mu, log_var = torch.zeros(1, 1), torch.full((1, 1), -4.0)
    said(f"variance is exp(−4) = {math.exp(-4):.3f}", f"exp(2) = {math.exp(abs(-4) / 2):.1f}")
    said(f"exp(−2) = {math.exp(-2):.3f}", f"costs {elbo.gaussian_kl(mu, log_var).item():.2f} nats")
    assert round(1 / math.exp(-2)) == 7 and math.exp(abs(-4) / 2) > 1
    said("about seven times sharper")
    assert elbo.gaussian_kl(mu, torch.zeros(1, 1)).item() == 0  # the collapsed latent


def test_a_rising_kl():
    said("rises by 3 nats", "falls by 5", f"risen by {5 - 3} nats")


def test_two_means():
    g = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 1, 64, 64, generator=g, dtype=torch.float64)
    x = torch.bernoulli(logits.sigmoid(), generator=g)
    mu, log_var = torch.randn(2, 6, 10, generator=g, dtype=torch.float64)
    kl = elbo.gaussian_kl(mu, log_var)
    program = torch.nn.functional.binary_cross_entropy_with_logits(logits, x) + kl.mean()
    beta = (program * 4096 + elbo.bernoulli_log_likelihood(x, logits).mean()) / kl.sum(1).mean()
    said(f"counts {beta:.1f} times", f"counts 1 / {beta:.1f} times", "4,096 / 10")


def test_a_sampled_kl():
    def phi(t):
        return 0.5 * (1 + math.erf(t / math.sqrt(2)))

    # log q(z) - log p(z) = 0.5 z - 0.125 at z ~ N(0.5, 1): normal, with mean 0.125 and deviation 0.5.
    mean, deviation = elbo.gaussian_kl(torch.tensor([[0.5]]), torch.zeros(1, 1)).item(), 0.5
    t = mean / deviation
    clamped = deviation * math.exp(-t * t / 2) / math.sqrt(2 * math.pi) + mean * phi(t)
    said(f"KL is {mean:.3f} nats", f"{phi(-t):.0%}".replace("%", " %"), f"average {clamped:.2f} nats")
    assert clamped > 2 * mean
    z = 0.5 + torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    samples = elbo.gaussian_log_prob(z[:, None], torch.full((1,), 0.5), torch.zeros(1)) - elbo.gaussian_log_prob(
        z[:, None], torch.zeros(1), torch.zeros(1)
    )
    assert abs(samples.clamp_min(0).mean() - clamped) < 0.005 and abs((samples < 0).double().mean() - phi(-t)) < 0.005


def test_a_halved_sigma():
    g = torch.Generator().manual_seed(0)
    x, mean, kl = (torch.rand(5, 1, 8, 8, generator=g, dtype=torch.float64) for _ in range(3))
    mean.requires_grad_()
    kl.requires_grad_()

    def gradients(sigma, beta):
        loss = -elbo.gaussian_log_likelihood(x, mean, sigma).sum() + beta * kl.sum()
        return torch.cat([grad.flatten() for grad in torch.autograd.grad(loss, [mean, kl])])

    ratio = gradients(0.1, 1.0) / gradients(0.2, 0.25)
    assert torch.allclose(ratio, torch.full_like(ratio, 4.0))
    said("A quarter of the weight", "counts four times")
