"""Everything that changes while a run goes on, and therefore everything that a checkpoint holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from course_pkg.training.batches import Draw, Epochs
from course_pkg.training.players import Player, loss_of


@dataclass
class History:
    """What training logged: steps (n,), and for each term its value (n,) or (n, d), in nats per image."""

    steps: list[int] = field(default_factory=list)
    terms: dict[str, list[Tensor]] = field(default_factory=dict)

    def log(self, step: int, values: Mapping[str, Tensor]) -> None:
        self.steps.append(step)
        for name, value in values.items():
            self.terms.setdefault(name, []).append(value.detach().clone())

    def __getitem__(self, name: str) -> Tensor:
        return torch.stack(self.terms[name]).cpu()


class TrainingState:
    """The nets, their prices with a state, Adam's moments, the place in the data, the generator, the history."""

    def __init__(self, players: Mapping[str, Player], data: Draw, device: torch.device, seed: int):
        self.players, self.data, self.device = players, data, device
        self.nets = {name: player.net.to(device).train() for name, player in players.items()}
        self.prices = {
            f"{name}.{term}": price.to(device)
            for name, player in players.items()
            for term, price in player.weights.items()
            if isinstance(price, nn.Module)
        }
        self.optimisers = {
            name: torch.optim.Adam(player.net.parameters(), player.lr, player.betas, fused=True)
            for name, player in players.items()
        }
        self.generator = torch.Generator(device).manual_seed(seed)
        self.history, self.step = History(), 0

    def move(self, means: Mapping[str, Tensor]) -> None:
        """One step of every player: all gradients first, each for its own weights alone, then all moves."""
        losses = {}
        claimed = {term for name, player in self.players.items() if name != "model" for term in player.weights}
        for name, player in self.players.items():
            own = dict.fromkeys(means.keys() - claimed, 1.0) if name == "model" else {}
            losses[name] = loss_of(means, {**own, **player.weights}, self.step)
        for k, (name, loss) in enumerate(losses.items()):
            self.optimisers[name].zero_grad(set_to_none=True)
            learning = [weight for weight in self.nets[name].parameters() if weight.requires_grad]
            loss.backward(inputs=learning, retain_graph=k < len(losses) - 1)
        for optimiser in self.optimisers.values():
            optimiser.step()

    def capturable(self) -> None:
        """Let Adam keep its count of steps on the device, as a CUDA graph needs it."""
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["capturable"] = True

    def log(self, means: Mapping[str, Tensor]) -> None:
        state = {f"{key.split('.')[1]}.{n}": b for key, price in self.prices.items() for n, b in price.named_buffers()}
        self.history.log(self.step, {**means, **state})

    def parts(self) -> dict[str, nn.Module]:
        nets = {f"net.{name}": net for name, net in self.nets.items()}
        return nets | {f"price.{name}": price for name, price in self.prices.items()}

    def weights(self) -> dict[str, Tensor]:
        """The state of all parts by the names that it has in a checkpoint."""
        return {
            f"{name}.{key}": value for name, part in self.parts().items() for key, value in part.state_dict().items()
        }

    def tensors(self) -> dict[str, Tensor]:
        """All of it as named tensors."""
        out = self.weights()
        for name, optimiser in self.optimisers.items():
            for k, moments in optimiser.state_dict()["state"].items():
                out |= {f"adam.{name}.{k}.{key}": value for key, value in moments.items()}
        if isinstance(self.data, Epochs):
            out |= {f"data.{key}": value for key, value in self.data.state().items()}
        out |= {f"history.{name}": self.history[name] for name in self.history.terms}
        return out | {"generator": self.generator.get_state(), "steps": torch.tensor([self.step, *self.history.steps])}

    def needed(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What a checkpoint with these tensors must hold, each by a tensor of its shape and type.

        Adam knows nothing of a weight that no loss reaches, and either all or nothing of another one; of every player
        some weight has moved.
        """
        out = {**self.weights(), "generator": self.generator.get_state(), "steps": torch.tensor([0])}
        for name, net in self.nets.items():
            known = [
                k for k, _ in enumerate(net.parameters()) if any(t.startswith(f"adam.{name}.{k}.") for t in tensors)
            ]
            for k, weight in enumerate(net.parameters()):
                if k in (known or [0]):
                    out |= {f"adam.{name}.{k}.{key}": weight.detach() for key in ("exp_avg", "exp_avg_sq")}
                    out[f"adam.{name}.{k}.step"] = torch.tensor(0.0)
        if isinstance(self.data, Epochs):
            out |= {"data.before": self.generator.get_state(), "data.used": torch.tensor(0)}
        return out

    def may_be_infinite(self) -> set[str]:
        """The names of what is no weight and no moment: buffers of nets (a mask) and the state of prices."""
        return {f"{name}.{key}" for name, part in self.parts().items() for key, _ in part.named_buffers()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Be the run that gave these tensors."""

        def below(prefix: str) -> dict[str, Tensor]:
            return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

        for name, part in self.parts().items():
            part.load_state_dict(below(f"{name}."))
        for name, optimiser in self.optimisers.items():
            moments: dict[int, dict[str, Tensor]] = {}
            weights = list(self.nets[name].parameters())
            for key, value in below(f"adam.{name}.").items():
                k, moment = key.split(".")
                # The fused Adam walks through memory: moments must lie as their weights do, channels last or not.
                like = torch.empty_like(weights[int(k)]).copy_(value) if value.ndim else value
                moments.setdefault(int(k), {})[moment] = like
            optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
        if isinstance(self.data, Epochs):
            self.data.restore(below("data."), self.generator)
        self.generator.set_state(tensors["generator"])
        self.step, *steps = tensors["steps"].tolist()
        terms = {name: list(value.to(self.device)) for name, value in below("history.").items()}
        self.history = History(steps, terms)
