"""Images per second of training: the package, the plain loop, and pythae, a public package of the same systems.

    PYTHONPATH=. OMP_NUM_THREADS=1 python tests/bench/peers.py [--steps 100] [--turns 5] [--systems NAME ...] [--keep]

needs `pip install pythae`, here or in an environment of its own that also finds the course's. The loops run in turns,
one thread each, in a process each; a step that comes before the timed ones is where pythae's trainer has started.
"""

import argparse
import json
import logging
import math
import re
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import ours
import plain
import torch
from crew import Plainly, Worker, some_sprites
from run import summary
from tabulate import tabulate
from watch import Watch, machine

from course_pkg.data import dsprites
from course_pkg.elbo import negative_elbo
from course_pkg.models.networks import VAE, burgess
from course_pkg.runs.systems import SYSTEMS
from course_pkg.training import checkpoint

BATCH, LATENTS, IMAGES = 64, 10, 4096
CPU = torch.device("cpu")
TRAINED = {  # by pythae, whose name comes first, with the settings that the course's own defaults mean there
    "vae": ("VAE", {}),
    "beta-vae": ("BetaVAE", {"beta": 4.0}),
    "capacity": ("DisentangledBetaVAE", {"beta": 100.0, "C": 25.0, "warmup_epoch": 100_000 * BATCH // IMAGES}),
    "factor-vae": ("FactorVAE", {"gamma": 10.0}),
    "beta-tcvae": ("BetaTCVAE", {"alpha": 1.0, "beta": 6.0, "gamma": 1.0}),
    "mmd-vae": ("INFOVAE_MMD", {"alpha": 1.0, "lbd": 100.0, "kernel_choice": "rbf", "kernel_bandwidth": 1.0}),
}
KINDS = ("plain", "peer", "peer, the course's net", "ours")


def as_peers(system: str, net: VAE):
    """The system as pythae has it, with the layers of that net; it wants probabilities where the course has logits."""
    from pythae import models
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.layers = net.encoder

        def forward(self, x):
            mu, log_var = self.layers(x).chunk(2, dim=1)
            return ModelOutput(embedding=mu, log_covariance=log_var)

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.layers = net.decoder

        def forward(self, z):
            return ModelOutput(reconstruction=self.layers(z).sigmoid().unflatten(1, net.shape))

    name, settings = TRAINED[system]
    config = getattr(models, f"{name}_Config" if name == "INFOVAE_MMD" else f"{name}Config")
    config = config(input_dim=net.shape, latent_dim=net.latents, reconstruction_loss="bce", **settings)
    return getattr(models, name)(config, encoder=Encoder(), decoder=Decoder())


class Peer:
    """pythae's own trainer, timed as `ours.Loop` is; without evaluation and checkpoints, as it is by default.

    Its FactorVAE halves each batch and reconstructs one half, so it is given twice as many images a step, which is what
    the others draw.
    """

    def __init__(self, system: str, bits: torch.Tensor, net: VAE):
        self.system, self.model, self.turns = system, net, 0
        self.images, self.peer = dsprites.unpack(bits)[:, None].float(), as_peers(system, net)

    def steps(self, n: int) -> dict[str, float]:
        from pythae import trainers
        from pythae.data.datasets import BaseDataset
        from pythae.trainers.training_callbacks import TrainingCallback

        watch, took = Watch(CPU), {}

        class Clock(TrainingCallback):
            done = 0

            def on_train_step_end(self, training_config, **kwargs):
                self.done += 1
                if self.done == 1:
                    watch.start()
                if self.done == n + 1:
                    took.update(watch.stop())

        kind, size, rates = "Base", BATCH, {"learning_rate": 5e-4}
        if self.system == "factor-vae":
            kind, size, rates = "Adversarial", 2 * BATCH, {"autoencoder_learning_rate": 5e-4}
            rates |= {"discriminator_learning_rate": 1e-4, "discriminator_optimizer_params": {"betas": (0.5, 0.9)}}
        images = self.images[: (n + 1) * size]
        rates |= {"per_device_train_batch_size": size, "num_epochs": math.ceil((n + 1) * size / len(images))}
        self.turns += 1
        with tempfile.TemporaryDirectory() as folder:
            config = getattr(trainers, f"{kind}TrainerConfig")(folder, seed=self.turns, no_cuda=True, **rates)
            data = BaseDataset(images, torch.zeros(len(images)))
            getattr(trainers, f"{kind}Trainer")(self.peer, data, training_config=config, callbacks=[Clock()]).train()
        return took


def loss(model: VAE, images: torch.Tensor) -> float:
    """-ELBO in nats per image, of the same images and the same noise for every loop."""
    with torch.no_grad():
        terms = negative_elbo(model, images, torch.Generator().manual_seed(0))
    return (terms["reconstruction"] + terms["kl"].sum(1)).mean().item()


def work(kind: str) -> None:
    """A process of one kind: a line in says which system and how many steps, a line out what they took."""
    logging.disable(logging.INFO)
    torch.set_num_threads(1)
    bits, loops = some_sprites(IMAGES), {}
    some = dsprites.unpack(bits[:256])[:, None].float()
    for line in sys.stdin:
        system, steps = (asked := json.loads(line))["system"], asked["steps"]
        if system not in loops:
            torch.manual_seed(0)
            if kind.startswith("peer"):
                loop = Peer(system, bits, plain.burgess(LATENTS) if kind == "peer" else burgess(1, LATENTS))
            else:
                loop = (Plainly if kind == "plain" else ours.Loop)(system, bits, BATCH, LATENTS, CPU)
            model = loop.loop.model if kind == "plain" else loop.model
            loops[system] = loop, model, {"untrained": loss(model, some)}
        loop, model, began = loops[system]
        took = loop.steps(steps) | began
        took |= {"trained": loss(model, some), "weights": sum(p.numel() for p in model.parameters())}
        print(json.dumps(took), flush=True)


def row(system: str, turns: list[dict[str, dict[str, float]]], steps: int) -> dict:
    """What is kept of a system: seconds and ratios as `run.summary` has them, and where the loss began and ended."""
    about = {"name": f"peers[{system}]", "system": system, "peer": TRAINED[system][0], "images": steps * BATCH}
    about |= summary({kind: [turn[kind] for turn in turns] for kind in KINDS})
    for kind, part in about["parts"].items():
        part |= {key: turns[-1][kind][key] for key in ("untrained", "trained", "weights")}
    return about


def check_alike(rows: list[dict]) -> None:
    """SystemExit unless the nets of a system are of one size and have learned about as much: seen at the end."""
    for one in rows:
        fell = {kind: part["untrained"] - part["trained"] for kind, part in one["parts"].items()}
        sizes = {part["weights"] for part in one["parts"].values()}
        if len(sizes) > 1 or not all(0.9 < value / fell["ours"] < 1.1 for value in fell.values()):
            raise SystemExit(f"{one['system']}: not the same work: -ELBO fell by {fell}; weights: {sizes}")


def show(rows: list[dict]) -> None:
    table = []
    for one in rows:
        for kind, part in one["parts"].items():
            low, high = part["cpu_ratio_quartiles"]
            rates = [f"{one['images'] / part[clock]:,.0f}" for clock in ("cpu", "wall")]
            ratio, fell = f"{part['cpu_ratio']:.2f} ({low:.2f} to {high:.2f})", (part["untrained"], part["trained"])
            table.append([one["system"], kind, *rates, ratio, "{:,.0f} -> {:,.0f}".format(*fell)])
    head = ["system", "loop", "images/CPU s", "images/s", "CPU time over ours (quartiles)", "-ELBO, nats"]
    print(tabulate(table, head, disable_numparse=True))
    print("no peer:", ", ".join(sorted(set(SYSTEMS) - set(TRAINED))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100, help="timed steps a turn")
    parser.add_argument("--turns", type=int, default=5, help="two at least")
    parser.add_argument("--systems", nargs="+", choices=TRAINED, default=list(TRAINED))
    parser.add_argument("--keep", action="store_true", help="write the numbers to results/, after each turn")
    options = parser.parse_args()
    try:
        peer = f"pythae {version('pythae')}"
    except PackageNotFoundError:
        raise SystemExit("pythae is not there: pip install pythae, here or in an environment of its own") from None
    began, workers = time.perf_counter(), {kind: Worker(kind, 1, CPU, __file__) for kind in KINDS}
    about = {**machine(CPU), **checkpoint.provenance(CPU), "threads": 1, "peer": peer}
    about |= {"when": time.strftime("%Y-%m-%d"), "command": " ".join(["tests/bench/peers.py", *sys.argv[1:]])}
    slug = re.sub(r"[^a-z0-9]+", "-", f"peers {about['processor']} {about['processors']} cpu".lower())
    path = Path(__file__).resolve().parent / "results" / f"{slug}.json"
    turns = {system: [] for system in options.systems}
    for k in range(options.turns):
        for system, found in turns.items():
            found.append({kind: worker(system=system, steps=options.steps) for kind, worker in workers.items()})
        rows = [row(system, found, options.steps) for system, found in turns.items()] if k else []
        if options.keep and rows:  # so that what was measured stays if the time is up
            kept = {"machine": {**about, "seconds": round(time.perf_counter() - began)}, "rows": rows}
            path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    for worker in workers.values():
        worker.close()
    show(rows)
    check_alike(rows)


if __name__ == "__main__":
    work(sys.argv[1]) if sys.argv[1:2] and sys.argv[1] in KINDS else main()
