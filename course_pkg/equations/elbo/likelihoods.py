"""What the likelihood assumes, and what a mean over pixels does: equations of the chapter `elbo`."""

import math

import scipy.optimize
import scipy.stats
import torch
import torch.nn.functional as F
from torch import Tensor

from course_pkg.derivation.chain import Derivation, Step, Worlds
from course_pkg.elbo import bernoulli_log_likelihood, gaussian_kl, gaussian_log_likelihood

Images = tuple[Tensor, Tensor, Tensor]


def random_images(seed: int) -> Images:
    """Two binary images of 3 x 4 x 4 pixels, logits for them, and a sigma."""
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 3, 4, 4, generator=g, dtype=torch.float64)
    x = torch.bernoulli(logits.sigmoid(), generator=g)
    return x, logits, torch.randn((), generator=g, dtype=torch.float64).exp()


PIXELS = Worlds("random images", random_images, count=10)


def normal_scipy(w: Images) -> Tensor:
    x, mean, sigma = w
    return torch.as_tensor(scipy.stats.norm(mean.numpy(), sigma.item()).logpdf(x.numpy())).sum((1, 2, 3))


def normal_torch(w: Images) -> Tensor:
    x, mean, sigma = w
    covariance = sigma**2 * torch.eye(48, dtype=x.dtype)
    return torch.distributions.MultivariateNormal(mean.flatten(1), covariance).log_prob(x.flatten(1))


GAUSSIAN_LIKELIHOOD = Derivation(
    label="elbo-gaussian-likelihood",
    steps=(
        Step(
            r"\log \mathcal{N}(x; f_\theta(z), \sigma^2 I)",
            normal_scipy,
            "pixels are independent given z: one log density each, summed",
            also={"torch.distributions": normal_torch},
        ),
        Step(
            r"-\frac{D}{2} \log (2 \pi \sigma^2) - \frac{1}{2 \sigma^2} \|x - f_\theta(z)\|^2",
            lambda w: gaussian_log_likelihood(*w),
            "one normaliser a pixel, D of them; the covariance is sigma squared times I",
        ),
    ),
    source="Kingma and Welling (2014), appendix C.2",
    worlds=(PIXELS,),
)


def best_variance(w: Images) -> Tensor:
    """The root of the likelihood's slope in log sigma, for each image, by scipy."""
    x, mean, _ = w

    def slope(log_sigma: float, image: int) -> float:
        s = torch.tensor(log_sigma, dtype=x.dtype, requires_grad=True)
        return torch.autograd.grad(gaussian_log_likelihood(x, mean, s.exp())[image], s)[0].item()

    roots = [scipy.optimize.brentq(slope, -5, 5, args=(image,)) for image in range(len(x))]
    return (2 * torch.tensor(roots, dtype=x.dtype)).exp()


OPTIMAL_SIGMA = Derivation(
    label="elbo-optimal-sigma",
    steps=(
        Step(
            r"\operatorname*{arg\,max}_{\sigma^2} \log \mathcal{N}(x; f_\theta(z), \sigma^2 I)",
            best_variance,
            "found by scipy",
        ),
        Step(
            r"\frac{1}{D} \|x - f_\theta(z)\|^2",
            lambda w: F.mse_loss(w[1], w[0], reduction="none").mean((1, 2, 3)),
            "the slope in sigma vanishes where the variance is the mean squared error",
        ),
    ),
    source="Rybkin et al. (2021)",
    worlds=(Worlds("random images, best sigma by scipy", random_images, 5, 1e-10),),
    follows=("elbo-gaussian-likelihood",),
)


def bernoulli_torch(w: Images) -> Tensor:
    return torch.distributions.Bernoulli(logits=w[1]).log_prob(w[0]).sum((1, 2, 3))


def bernoulli_scipy(w: Images) -> Tensor:
    return torch.as_tensor(scipy.stats.bernoulli.logpmf(w[0].numpy(), w[1].sigmoid().numpy())).sum((1, 2, 3))


BERNOULLI_LIKELIHOOD = Derivation(
    label="elbo-bernoulli-likelihood",
    steps=(
        Step(
            r"\log p_\theta(x \mid z)",
            bernoulli_torch,
            "each pixel is a coin whose probability the decoder gives",
            also={"scipy": bernoulli_scipy},
        ),
        Step(
            r"\sum_{i=1}^{D} \left[x_i \log p_i + (1 - x_i) \log (1 - p_i)\right]",
            lambda w: bernoulli_log_likelihood(*w[:2]),
            "minus the cross-entropy, summed over pixels and channels",
        ),
    ),
    source="Kingma and Welling (2014), appendix C.1",
    worlds=(PIXELS,),
)

Codes = tuple[Tensor, Tensor, Tensor, Tensor]


def random_codes(seed: int) -> Codes:
    """Images, logits, and a posterior's mu and log variance."""
    x, logits, _ = random_images(seed)
    mu, log_var = torch.randn(2, 2, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return x, logits, mu, log_var


def loss_of_means(w: Codes) -> Tensor:
    x, logits, mu, log_var = w
    return F.binary_cross_entropy_with_logits(logits, x) + gaussian_kl(mu, log_var).sum(1).mean()


def scaled_beta_loss(w: Codes) -> Tensor:
    x, logits, mu, log_var = w
    pixels = math.prod(x.shape[1:])
    reconstruction = -bernoulli_log_likelihood(x, logits)
    return (reconstruction + pixels * gaussian_kl(mu, log_var).sum(1)).mean() / pixels


MEANS = Derivation(
    label="elbo-means",
    steps=(
        Step(
            r"\frac{1}{D} \sum_{i=1}^{D} \left(-\log p_\theta(x_i \mid z)\right)"
            r" + D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)",
            loss_of_means,
            "the loss with torch's default reduction, a mean over pixels",
        ),
        Step(
            r"\frac{1}{D} \left[-\log p_\theta(x \mid z)"
            r" + D \cdot D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p(z)\right)\right]",
            scaled_beta_loss,
            "factor out 1 / D: the KL is now weighed by the number of pixels",
        ),
    ),
    source="Higgins et al. (2017), on normalising beta",
    worlds=(Worlds("random images and codes", random_codes, 10),),
    follows=("elbo-bernoulli-likelihood", "notation-kl"),
)
