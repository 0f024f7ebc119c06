"""The loop that a careful newcomer writes: a DataLoader, torch's own layers as they come, plain Adam.

The same net, the same terms and the same steps as the package: only how it is done differs.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from course_pkg.density_ratio import permute_dims
from course_pkg.elbo import bernoulli_log_likelihood, gaussian_kl, negative_elbo, reparameterise
from course_pkg.mmd import mmd_vae, rbf
from course_pkg.models.networks import VAE, discriminator
from course_pkg.total_correlation import beta_tcvae


class Sprites(Dataset):
    """Bytes of 0 and 1 (N, 64, 64), one image at a time."""

    def __init__(self, images: Tensor):
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, k: int) -> Tensor:
        return self.images[k][None].float()


def burgess(latents: int) -> VAE:
    convolutions = [nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU()]
    for _ in range(3):
        convolutions += [nn.Conv2d(32, 32, 4, 2, 1), nn.ReLU()]
    dense = [nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 2 * latents)]
    encoder = nn.Sequential(*convolutions, nn.Flatten(), *dense)
    dense = [nn.Linear(latents, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 512)]
    convolutions = []
    for _ in range(3):
        convolutions += [nn.ReLU(), nn.ConvTranspose2d(32, 32, 4, 2, 1)]
    convolutions += [nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1)]
    decoder = nn.Sequential(*dense, nn.Unflatten(1, (32, 4, 4)), *convolutions, nn.Flatten())
    return VAE((1, 64, 64), latents, encoder, decoder)


class Loop:
    """Batches of one epoch after another; each `step()` draws one and moves the weights."""

    def __init__(self, system: str, images: Tensor, batch: int, latents: int, device: torch.device):
        self.system, self.n, self.device, self.steps = system, len(images), device, 0
        self.generator = torch.Generator(device).manual_seed(0)
        self.model = burgess(latents).to(device)
        self.optimiser = torch.optim.Adam(self.model.parameters(), 5e-4)
        size = 2 * batch if system == "factor-vae" else batch
        self.loader = DataLoader(Sprites(images), size, shuffle=True, drop_last=True)
        self.batches = self.forever()
        if system == "factor-vae":
            self.critic = discriminator(latents).to(device)
            self.its_optimiser = torch.optim.Adam(self.critic.parameters(), 1e-4, (0.5, 0.9))

    def forever(self) -> Iterator[Tensor]:
        while True:
            yield from self.loader

    def step(self) -> None:
        x = next(self.batches).to(self.device)
        if self.system == "factor-vae":
            return self.adversarial(*x.chunk(2))
        self.steps += 1
        if self.system == "beta-tcvae":
            terms = beta_tcvae(self.model, x, self.generator, 737_280)
            rate = terms["information"] + 6 * terms["tc"] + terms["dimwise"].sum(1)
        elif self.system == "mmd-vae":
            terms = mmd_vae(self.model, x, self.generator, rbf(self.model.latents**0.5))
            rate = 100 * terms["mmd"]
        else:
            terms = negative_elbo(self.model, x, self.generator)
            kl = terms["kl"].sum(1)
            if self.system == "capacity":
                rate = 100 * (kl.mean() - 0.5 - 24.5 * min(self.steps / 100_000, 1)).abs()
            else:
                rate = {"vae": 1, "beta-vae": 4}[self.system] * kl
        loss = (terms["reconstruction"] + rate).mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    def adversarial(self, x: Tensor, other: Tensor) -> None:
        """FactorVAE as its algorithm is printed: the model moves, then the classifier sees the codes again."""
        mu, log_var = self.model.encode(x)
        z = reparameterise(mu, log_var, self.generator)
        reconstruction = -bernoulli_log_likelihood(x, self.model.decode(z))
        loss = (reconstruction + gaussian_kl(mu, log_var).sum(1) + 10 * self.critic(z)).mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            z_perm = permute_dims(reparameterise(*self.model.encode(other), self.generator), self.generator)
        loss = 0.5 * (F.softplus(-self.critic(z.detach())) + F.softplus(self.critic(z_perm))).mean()
        self.its_optimiser.zero_grad()
        loss.backward()
        self.its_optimiser.step()
