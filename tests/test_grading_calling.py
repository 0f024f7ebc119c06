"""How an answer is called: which argument goes where, what comes out of it, and what is kept of an error."""

import functools
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from course_pkg.grading import Case, calling, clock
from course_pkg.grading.calling import (
    HEAD,
    TAIL,
    OtherArguments,
    Outcome,
    as_function,
    as_vae,
    bound,
    call_answer,
    made,
    ordered,
    own_line,
    reason,
    slopes,
)
from course_pkg.grading.clock import Endless, Stopped, one_thread, within
from course_pkg.grading.plain import Recorded, decode, encode, key
from course_pkg.questions.shared import numbers

GIVEN = {"a": 1, "b": 2, "c": 3}

# --- arguments --------------------------------------------------------------------------------------------------------


def by_name_only(a, *, c, b):
    return a, b, c


def by_place_only(a, b, /, c):
    return a, b, c


CALLED = [
    (lambda a, b, c: (a, b, c), (1, 2, 3)),
    (lambda c, a, b: (a, b, c), (1, 2, 3)),
    (lambda x, y, z: (x, y, z), (1, 2, 3)),
    (lambda b, x, y: (b, x, y), (2, 1, 3)),  # b takes its own, the others what is left
    (lambda x, b, c: (x, b, c), (1, 2, 3)),
    (lambda a, b, c, d=9: (a, b, c, d), (1, 2, 3, 9)),
    (lambda a, b, x=9: (a, b, x), (1, 2, 3)),
    (lambda *args: args, (1, 2, 3)),
    (lambda a, *args: (a, *args), (1, 2, 3)),
    (lambda b, *args: (b, *args), (1, 2, 3)),  # called by place
    (lambda a, b, c, *args: (a, b, c, args), (1, 2, 3, ())),
    (lambda **named: tuple(named.items()), (("a", 1), ("b", 2), ("c", 3))),
    (lambda a, **named: (a, named), (1, {"b": 2, "c": 3})),
    (lambda x, **named: (x, named), (1, {"b": 2, "c": 3})),
    (lambda a, eps=9, **named: (a, eps, named), (1, 9, {"b": 2, "c": 3})),  # what has a default waits for its name
    (lambda *args, **named: (args, named), ((1, 2, 3), {})),
    (lambda a, *args, **named: (a, args, named), (1, (), {"b": 2, "c": 3})),
    (by_name_only, (1, 2, 3)),
    (by_place_only, (1, 2, 3)),
    (functools.partial(lambda x, a, b, c: (x, a, b, c), 7), (7, 1, 2, 3)),
]


@pytest.mark.parametrize(("answer", "gives"), CALLED)
def test_which_argument_goes_where(answer, gives):
    args, named = bound(answer, GIVEN)
    assert answer(*args, **named) == gives == as_function(answer, GIVEN)


def test_what_is_written_in_c_is_called_by_place():
    assert bound(max, GIVEN) == ((1, 2, 3), {})
    assert as_function(max, GIVEN) == 3


TAKES = "it is called with a, b, c; yours takes {}: {}"
REFUSED = [
    (lambda a: a, TAKES.format("a", "no place for b, c")),
    (lambda: 0, TAKES.format("nothing", "no place for a, b, c")),
    (lambda x, y: 0, TAKES.format("x, y", "no place for c")),
    (lambda a, b, c, d: 0, TAKES.format("a, b, c, d", "nothing is there for d")),
    (lambda v, w, x, y, z: 0, TAKES.format("v, w, x, y, z", "nothing is there for y, z")),
    (lambda a, b, c, d, **named: 0, TAKES.format("a, b, c, d", "nothing is there for d")),
]


@pytest.mark.parametrize(("answer", "says"), REFUSED)
def test_too_few_or_too_many_are_refused(answer, says):
    with pytest.raises(OtherArguments) as error:
        bound(answer, GIVEN)
    assert str(error.value) == says
    assert call_answer(answer, [Case("random", GIVEN)]) == [Outcome("arguments", detail=says)]


def test_a_call_with_nothing():
    assert bound(lambda: 0, {}) == ((), {}) == bound(lambda *a: 0, {}) == bound(lambda **k: 0, {})
    with pytest.raises(OtherArguments, match="called with nothing; yours takes x: nothing is there for x"):
        bound(lambda x: 0, {})


# --- what one case gave -----------------------------------------------------------------------------------------------


def one(answer, given=None, **keywords):
    return call_answer(answer, [Case("random", {"x": numbers([1.0, 2.0]), "k": 3} if given is None else given)],
                       **keywords)[0]  # fmt: skip


def test_what_a_case_gave():
    found = one(lambda x, k: k * x)
    assert found == Outcome("value", encode(numbers([3.0, 6.0]))) and found.changed == () and found.slopes is None
    assert one(None) == Outcome("missing")
    assert one(lambda x, k: {1: 2}) == Outcome("type", detail="dict")
    assert one(lambda x, k: object) == Outcome("type", detail="type")
    itself = []
    itself.append(itself)
    assert one(lambda x, k: itself) == Outcome("type", detail="list")
    assert one(lambda x, k: x, seconds=None).status == "value"


def test_each_case_has_a_copy_of_the_arguments():
    case = Case("random", {"x": numbers([1.0]), "y": numbers([1.0]), "given": [1.0]})

    def writes(x, y, given):
        x += 1
        given.append(2.0)
        return x + y

    first, second = call_answer(writes, [case, case])
    assert first == second and first.changed == ("x", "given") and decode(first.value).tolist() == [3.0]
    assert case.arguments["x"].tolist() == [1.0] and case.arguments["given"] == [1.0]


def test_an_error_is_kept_with_the_line_of_the_answer():
    def breaks(x, k):
        return x @ x.reshape(3, 1)  # this line

    found = one(breaks)
    assert found.status == "exception" and found.detail.startswith("RuntimeError: shape '[3, 1]' is invalid")
    assert found.line == "return x @ x.reshape(3, 1)  # this line"

    def stub(x, k):
        raise NotImplementedError("to do")

    assert one(stub) == Outcome("not started")
    assert one(lambda x, k: nn.Module()(x)).status == "exception"  # a NotImplementedError of torch's, not of theirs
    assert one(lambda x, k: exec("raise SystemExit('bye')")).detail == "SystemExit: bye"


@pytest.mark.parametrize("error", [KeyboardInterrupt, Stopped])
def test_who_presses_stop_is_heard(error):
    def pressed(x, k):
        raise error

    with pytest.raises(error):
        one(pressed, seconds=None)


def test_what_an_endless_answer_leaves(monkeypatch):
    def within_(stopped, seconds, call):
        raise Endless(seconds, stopped)

    cases = [Case("random", {"x": 1.0})] * 3
    for stopped, left in ((True, ""), (False, "; it catches every exception and runs on: restart the kernel")):
        monkeypatch.setattr(calling, "within", functools.partial(within_, stopped))
        found = call_answer(lambda x: x, cases, seconds=2.5)
        assert found == [Outcome("endless", detail=f"no answer after 2.5 seconds{left}"), *[Outcome("not tried")] * 2]


def test_what_was_recorded_is_given_back():
    case, other = Case("random", {"x": 1.0}), Case("random", {"x": 2.0})
    answer = Recorded({key(case.arguments): {"status": "value", "value": 7.0, "changed": ["x"]}})
    assert call_answer(answer, [case, other]) == [Outcome("value", 7.0, changed=["x"]), Outcome("not tried")]


# --- derivatives ------------------------------------------------------------------------------------------------------


def test_the_derivatives_of_an_entry():
    given = {"x": numbers([1.0, 2.0]), "y": numbers([3.0, 4.0]), "k": 2}
    product = lambda x, y, k: {"sum": x + y, "product": k * x * y}
    fresh = lambda: {n: v.clone() if isinstance(v, torch.Tensor) else v for n, v in given.items()}
    found = slopes(product, fresh(), "function", "product", ("x", "y"))
    assert {n: v.tolist() for n, v in found.items()} == {"x": [6.0, 8.0], "y": [2.0, 4.0]}
    found = slopes(lambda x, y, k: k * x, fresh(), "function", "", ("x", "y"))
    assert found["x"].tolist() == [2.0, 2.0] and found["y"] is None


def test_the_derivatives_are_kept_by_argument_and_entry():
    given = {"x": numbers([1.0, 2.0]), "y": numbers([3.0, 4.0])}
    with torch.no_grad():  # whatever stands around it
        found = one(lambda x, y: x * y, given, trains={"": ("x", "y")})
        both = one(lambda x, y: {"a": x, "b": x * y}, given, trains={"a": ("x",), "b": ("y",)})
    assert {n: v.tolist() for n, v in decode(found.slopes).items()} == {"x": [3.0, 4.0], "y": [1.0, 2.0]}
    assert list(decode(both.slopes)) == ["x, of a", "y, of b"] and both.slopes_error == found.slopes_error == ""
    none = one(lambda x, y: x.detach() * 2, given, trains={"": ("x",)})
    assert none.status == "value" and none.slopes is None and none.slopes_error.startswith("RuntimeError: element 0")
    plain = one(lambda x, y: x.sum().item(), given, trains={"": ("x",)})
    assert plain.slopes_error == "TypeError: what it returns is no tensor: float"
    last = one(lambda x, y: {"a": x, "b": x.detach()}, given, trains={"a": ("x",), "b": ("y",)})
    assert last.slopes is None and last.slopes_error.endswith(", of b")
    first = one(lambda x, y: {"a": x.detach(), "b": y}, given, trains={"a": ("x",), "b": ("y",)})
    assert first.slopes is None and first.slopes_error.endswith(", of a")


# --- nets -------------------------------------------------------------------------------------------------------------


class Net(nn.Module):
    """A net whose decoder was made first, with a weight of its own."""

    def __init__(self, pixels, latents, hidden):
        super().__init__()
        self.sizes = (pixels, latents, hidden)
        self.decoder = nn.Linear(latents, pixels)
        self.own = nn.Parameter(torch.zeros(2))
        self.encoder = nn.Linear(pixels, 2 * latents)

    def forward(self, x, eps):
        mu, log_std = self.encoder(x).chunk(2, 1)
        z = mu + log_std.exp() * eps
        return self.decoder(z), z, mu, log_std

    def reconstruction(self, x, x_hat):
        return (x - x_hat).square().sum(1)

    def rate(self, z, mu, log_std):
        return mu.square().sum(1) + log_std.sum(1) + 10 * z.sum(1)

    def loss(self, x, x_hat, z, mu, log_std):
        return (self.reconstruction(x, x_hat) + self.rate(z, mu, log_std)).mean()


def net_arguments(hidden=4, seed=3):
    g = torch.Generator().manual_seed(1)
    draw = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)
    return {"x": draw(5, 3), "eps": draw(5, 2), "x_hat": draw(5, 3) + 1, "z": draw(5, 2) + 2, "mu": draw(5, 2) + 3,
            "log_std": draw(5, 2) - 1, "hidden": hidden, "seed": seed}  # fmt: skip


def test_the_weights_of_a_net_come_from_a_seed_the_encoders_first():
    net = made(Net, net_arguments())
    assert net.sizes == (3, 2, 4)
    weights = [*net.encoder.parameters(), *net.decoder.parameters(), net.own]
    assert all(w is o for w, o in zip(weights, ordered(net), strict=True)) and weights[0].dtype == torch.float64
    g = torch.Generator().manual_seed(3)
    drawn = [0.5 * torch.randn(w.shape, generator=g, dtype=torch.float64) for w in weights]
    assert all(torch.equal(w, d) for w, d in zip(weights, drawn, strict=True))
    assert not torch.equal(made(Net, net_arguments(seed=4)).own, net.own)
    alone = nn.Sequential(nn.Linear(2, 2))
    assert len(ordered(alone)) == 2  # without an encoder
    with pytest.raises(OtherArguments, match=r"^expected the class itself, not a net that was made from it$"):
        made(net, net_arguments())


def test_all_that_a_net_computes():
    given = net_arguments()
    found, net = as_vae(Net, given), made(Net, given)
    assert list(found) == ["mu", "log_std", "z", "x_hat", "reconstruction", "rate", "loss"]
    x_hat, z, mu, log_std = net(given["x"], given["eps"])
    of_given = [given[n] for n in ("x_hat", "z", "mu", "log_std")]  # no numbers of its own
    wanted = {"mu": mu, "log_std": log_std, "z": z, "x_hat": x_hat, "rate": net.rate(*of_given[1:]),
              "loss": net.loss(given["x"], *of_given),
              "reconstruction": net.reconstruction(given["x"], of_given[0])}  # fmt: skip
    assert all(torch.equal(found[n], wanted[n]) for n in wanted) and not found["mu"].requires_grad
    assert call_answer(Net, [Case("random", given)], "vae")[0].value == encode(found)


@pytest.mark.parametrize(("cut", "count"), [(lambda v: v[:3], 3), (lambda v: v[0], 1), (lambda v: (*v, v[0]), 5)])
def test_how_many_values_forward_gives_back(cut, count):
    class Other(Net):
        def forward(self, x, eps):
            return cut(super().forward(x, eps))

    with pytest.raises(ValueError, match=f"forward gives back {count} values; expected 4, in the order x_hat, z, mu"):
        as_vae(Other, net_arguments())


def test_four_values_in_a_list():
    class Listed(Net):
        def forward(self, x, eps):
            return list(super().forward(x, eps))

    assert torch.equal(as_vae(Listed, net_arguments())["z"], as_vae(Net, net_arguments())["z"])


def test_the_derivatives_by_the_weights_of_a_net():
    given = net_arguments()
    found = slopes(Net, given, "vae", "", ("encoder", "decoder"))
    net = made(Net, given)
    net.loss(given["x"], *net(given["x"], given["eps"])).backward()
    for name in ("encoder", "decoder"):
        grads = torch.cat([w.grad.flatten() for w in getattr(net, name).parameters()])
        assert torch.allclose(found[name], grads)


# --- what is kept of an error -----------------------------------------------------------------------------------------


def test_the_reason_of_an_error():
    assert reason(ValueError("why")) == "ValueError: why" and reason(KeyError()) == "KeyError"
    error = ValueError("why")
    error.__cause__ = TypeError("how")
    assert reason(error) == "ValueError: why (because of TypeError: how)"
    head = "ValueError: "
    full = "a" * (HEAD + TAIL - len(head) - 1) + "z"
    assert reason(ValueError(full)) == head + full  # as long as may be
    assert reason(ValueError("b" + full)) == f"{(head + 'b' + full)[:HEAD]} [...] {full[-TAIL:]}"


def caught(call):
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("it does not raise")


def test_the_line_of_ones_own():
    assert own_line(ValueError()) == ("", False)  # never raised
    line, innermost = own_line(caught(lambda: {}["x"]))  # here
    assert line.endswith("# here") and innermost
    deeper = caught(lambda: torch.zeros(2).reshape(3))  # in torch
    assert own_line(deeper)[0].endswith("# in torch")
    line, innermost = own_line(caught(lambda: functools.reduce(lambda a, b: Path(a), [1, 2])))  # in the library
    assert line.endswith("# in the library") and not innermost
    code = compile("raise ValueError", "<frozen something>", "exec")
    assert not own_line(caught(lambda: exec(code)))[1]
    code = compile("raise ValueError", "<a cell>", "exec")
    assert own_line(caught(lambda: exec(code))) == ("", True)  # its source is not there
    long = "x" * 2000
    source = f"def f():\n    raise ValueError  # {long}\n"
    calling.linecache.cache["<cell 7>"] = (len(source), None, source.splitlines(keepends=True), "<cell 7>")
    scope = {}
    exec(compile(source, "<cell 7>", "exec"), scope)
    line, innermost = own_line(caught(scope["f"]))
    assert innermost and line == f"raise ValueError  # {long}"[: HEAD + TAIL]


def test_whose_code_it_is():
    assert all(map(calling._foreign, (torch.__file__, functools.__file__, calling.__file__)))
    assert not calling._foreign(__file__) and not calling._foreign("<a cell>")


# --- the clock --------------------------------------------------------------------------------------------------------


def test_a_call_within_its_time():
    assert within(None, lambda: 7) == within(60, lambda: 7) == 7
    assert within(None, threading.get_ident) == threading.get_ident() != within(60, threading.get_ident)
    for seconds in (None, 60):
        with pytest.raises(KeyError, match="x"):
            within(seconds, lambda: {}["x"])


def test_what_endless_says():
    assert str(Endless(0.5, True)) == "no answer after 0.5 seconds" and str(Endless(10.0, False)).endswith("10 seconds")
    assert Endless(1, True).stopped and not Endless(1, False).stopped


def test_a_call_that_waits_is_stopped():
    never, threads = threading.Event(), []

    def waits():
        threads.append(threading.current_thread())
        while not never.wait(0.001):
            pass

    with pytest.raises(Endless) as error:
        within(0.02, waits)
    assert error.value.stopped and str(error.value) == "no answer after 0.02 seconds"
    assert not threads[0].is_alive()


def test_who_presses_stop_while_it_runs_stops_it(monkeypatch):
    ended = threading.Event()

    def runs():
        try:
            while True:
                ended.wait(0.001)
        finally:
            ended.set()

    join, pressed = threading.Thread.join, []

    def presses(self, timeout=None):
        if not pressed:
            pressed.append(timeout)
            raise KeyboardInterrupt
        return join(self, timeout)

    monkeypatch.setattr(threading.Thread, "join", presses)
    with pytest.raises(KeyboardInterrupt):
        within(60, runs)
    assert ended.is_set() and pressed == [60]


def test_how_often_a_loop_is_asked_to_stop(monkeypatch):
    asked = []

    class Deaf:
        ident = 0

        def is_alive(self):
            return True

        def join(self, seconds):
            asked.append(seconds)

    assert not clock._stop(Deaf()) and asked == [clock.PAUSE] * clock.TRIES
    worker = threading.Thread(target=lambda: None)
    worker.start()
    worker.join()
    assert clock._stop(worker)


def test_torch_computes_on_one_thread_meanwhile():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyError), one_thread():
            assert torch.get_num_threads() == 1
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
