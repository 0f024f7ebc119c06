"""The symbols of the book that need no equation: what is given, page by page where a letter has two meanings."""

from typing import NamedTuple


class Symbol(NamedTuple):
    """A symbol that the book takes as given: its LaTeX, what it stands for, its name in code, and where it does so.

    Without pages it means that on every page. A letter may have two meanings where the pages of both are named.
    """

    latex: str
    meaning: str
    code: str
    pages: str = ""


SYMBOLS = (
    Symbol("x", "an image, or any observation; D pixels, channels included", "x (B, C, H, W)"),
    Symbol("x_i", "pixel i of x", ""),
    Symbol("D", "how many pixels, channels included", ""),
    Symbol("z", "latents, or a sample of them; d in number", "z (B, d)"),
    Symbol("z_j", "latent j", "z[:, j]"),
    Symbol("z_k", "sample k of the latents", ""),
    Symbol("d", "how many latents", ""),
    Symbol("K", "how many samples", "samples", "elbo"),
    Symbol(r"p(x)", "the data distribution", "TabularWorld.log_p_x"),
    Symbol(r"p(z)", "the prior; unless said otherwise standard normal", "log_p_z"),
    Symbol(r"p_\theta(x \mid z)", "the likelihood: what the decoder with weights theta gives", "decode"),
    Symbol(r"q_\phi(z \mid x)", "the encoder's posterior, with weights phi: an approximation", "encode"),
    Symbol(r"\mathcal{N}(\mu, \sigma^2)", "a Gaussian with mean mu and variance sigma squared", ""),
    Symbol(r"\mu", "mean of the encoder's Gaussian", "mu (B, d)"),
    Symbol(r"\sigma", "standard deviation: of a latent, or of a pixel in the Gaussian likelihood", "sigma"),
    Symbol(r"\log \sigma^2", "what an encoder gives for the width", "log_var (B, d)"),
    Symbol(r"\varepsilon", "standard normal noise", "eps"),
    Symbol(r"f_\theta(z)", "the decoder's output as the mean of a Gaussian", "decode(z)"),
    Symbol(r"f(z)", "any function of z, with slope f'", ""),
    Symbol("p_i", "the decoder's probability that pixel i is one", "sigmoid(logits)"),
    Symbol(r"m, \Lambda", "mean and precision (inverse covariance) of a Gaussian posterior", "", "elbo"),
    Symbol(r"I, \mathrm{diag}\, \sigma^2", "the identity matrix; the matrix with these variances on its diagonal", ""),
    Symbol(r"\Phi", "the standard normal distribution function", "scipy.stats.norm.cdf"),
    Symbol(r"x', \mu'", "another image, and the mean of its posterior; but f' is the slope of f", ""),
    Symbol(r"\mathrm{Pr}", "probability", ""),
    Symbol(r"\mathrm{Var}", "variance", ""),
    Symbol("y", "an answer that goes with x: a class, another view", "joint (X, Y)", "bottleneck"),
    Symbol(r"p(x, y), p_\theta(y \mid z)", "data with answers; the likelihood of an answer", "", "bottleneck"),
    Symbol("z'", "another code", "", "bottleneck"),
    Symbol(r"\gamma, C", "weight of a penalty on the rate; the rate aimed at", "gamma, schedule", "capacity"),
    Symbol(r"\kappa, \delta, \delta^*", "how often a channel, a code, the best code flips", "flip", "bottleneck"),
    Symbol(r"\rho_i, \Sigma_{x \mid y}", "canonical correlations; covariance of x, given y", "canonical", "bottleneck"),
    Symbol("z^*", "the best code", "", "bottleneck"),
    Symbol(r"\mathrm{logit}\, p, \mathrm{artanh}", "log of p / (1 - p); inverse of tanh", "", "bottleneck"),
    Symbol(r"W(x)", "Lambert's function, the w whose w e^w is x", "scipy.special.lambertw", "capacity"),
    Symbol(
        r"a, U, u_i, b, \lambda", "of a regression: answer, columns, column i, coefficients, penalty", "", "capacity"
    ),
    Symbol(r"\lambda_i(A)", "eigenvalue i of a matrix A", ""),
    Symbol(r"V, c, S, m", "of a linear encoder: matrix, shift, noise; mean of the data", "worlds", "capacity"),
    Symbol(r"\Sigma_x, V^\top", "covariance of x; transpose", ""),
    Symbol("N", "how many images", "", "capacity total_correlation"),
    Symbol("S", "a batch, as the set of its images", "", "total_correlation"),
    Symbol(
        r"\alpha, \Sigma",
        "how far a square is turned, or a weight of InfoVAE; covariance of all codes",
        "",
        "total_correlation",
    ),
    Symbol(r"p, q", "any two distributions of one variable", "log_p, log_q"),
    Symbol(r"y, f(y), g_i(y)", "a point to choose, what is minimised, what may not be positive", "kkt.Problem", "kkt"),
    Symbol(r"y^*", "the point that is best among those allowed", "", "kkt"),
    Symbol(r"\beta_i, \beta", "price (multiplier) of constraint i; of the one on the rate", "beta"),
    Symbol(r"b_i, b", "room of constraint i; of all", "", "kkt"),
    Symbol(r"\nabla", "gradient", ""),
    Symbol(r"\epsilon", "the rate that is allowed, in nats per image (not the noise)", "eps", "kkt"),
    Symbol(r"\lambda_j", "eigenvalues of the data's covariance, the largest first", "eigenvalues", "kkt"),
    Symbol(r"C, N", "covariance of the pixels; what a silent decoder leaves each, on a diagonal", "", "kkt"),
    Symbol(r"W, W^*, Q_\omega", "a linear decoder; the best; a turn of two latents", "decoder.weight", "kkt"),
    Symbol(r"R_1, \mathcal{D}_1", "rate and distortion of the model of the first of two prices", "", "kkt"),
    Symbol("B", "how many codes, or images, in a batch", "batch", "density_ratio"),
    Symbol("T(z)", "logit of a classifier: an estimate of a log density ratio", "log_ratio", "density_ratio"),
    Symbol(r"n_1, n_0", "how many real codes, and how many shuffled ones", "", "density_ratio"),
    Symbol(r"z^{(i)}, z_{\neq j}", "code i of a batch; all latents but latent j", "", "density_ratio"),
    Symbol(r"\delta(u)", "one where u is zero and zero elsewhere; a density where u is continuous", ""),
    Symbol(r"\pi, b", "a partition of the latents, of |pi| blocks b", "partitions", "density_ratio"),
    Symbol(r"p_0, \ldots, p_n", "densities on a way from the first to the last", "", "density_ratio"),
    Symbol(r"\rho, m", "correlation of two latents; how far two Gaussians are apart", "rho", "density_ratio"),
    Symbol("n, m", "how many points two samples have; in a Gaussian, m is its mean", "", "mmd"),
    Symbol("u", "corner of a sprite at home; u_j is the j-th of J", "corners (V, 2)", "data"),
    Symbol(r"v_0, s, \alpha", "centre, scale and orientation of a sprite", "posX, posY, scale, orientation", "data"),
    Symbol(r"o_i", "centre of pixel i", "", "data"),
    Symbol(r"t", "where on a closed curve, from 0 to a full turn", "", "data"),
    Symbol("k", "orientation label of dSprites", "", "data"),
    Symbol(r"f_k, v, n_k, K", "factor k of K, a setting of it, how many it has", "factors (N, K)", "metrics"),
    Symbol(r"x_l, x_l'; L", "images of a pair, or of a vote; how many pairs or images", "pairs, samples", "metrics"),
    Symbol(r"\widehat{\mathrm{Var}}_L", "variance of a sample of L images, divided by L - 1", "", "metrics"),
    Symbol(
        r"C_{kj}, W_{kj}, N_{kj}",
        "of factor k and latent j: votes; weights; shares of H(f_k)",
        "Score.table",
        "metrics",
    ),
    Symbol(r"\hat{k}, m", "the factor that a classifier names; how many factors are missing", "", "metrics"),
    Symbol(
        r"z_{(1)}, r_{k(1)}^2",
        "latent that says most of a factor; the largest squared correlation with it",
        "",
        "metrics",
    ),
    Symbol(
        r"\lfloor B f_k \rfloor, t",
        "which of B cells of equal width factor k is in; an angle of turning",
        "bins",
        "metrics",
    ),
    Symbol(r"\eta, n", "share of wrong images, and how many were compared; n-fold symmetry of a sprite", "", "data"),
    Symbol(r"z_{1:i}, i", "the first i latents; the number of a latent", "order", "cascade"),
    Symbol(r"c, k, K", "a discrete code; a value of it, of K values", "Assigned.values", "cascade"),
    Symbol(r"\delta", "how often the coin of three images shows one", "coin", "cascade"),
    Symbol(r"a, u_{ik}", "an assignment of a value to each image; cost of image i at value k", "assign", "cascade"),
    Symbol(r"n_k, \lambda", "how many images of a batch take value k; price of a pair of them", "lam", "cascade"),
    Symbol(r"B, m", "how many images in a batch; a place at a value, from 0 on", "", "cascade"),
    Symbol(r"\ell, b, s^2", "variance of a direction, price of a nat, variance of a pixel", "variance", "cascade"),
    Symbol(
        r"\lambda_j, b_j", "variances of the data's directions, falling; prices of the latents, rising", "", "cascade"
    ),
    Symbol(r"\tau, v, t", "temperature; a direction in the simplex, and how far along it", "temperature", "cascade"),
    Symbol(r"y_k, \pi_k", "component k of a relaxed sample; probability of value k", "", "cascade"),
    Symbol(r"u, Q", "uniform factors; a rotation", "", "identifiability"),
    Symbol(r"f_k, K, k", "factor k of K; the settings of each, k in number", "factors (N, K)", "identifiability"),
    Symbol(r"A_i, e_j, z_i'", "rows of a matrix of bits; unit row j; new bit i", "invertible", "identifiability"),
    Symbol(r"W, W^*, w_j", "a linear decoder; the best one; column j", "", "identifiability"),
    Symbol(r"\lambda_1, \ldots, \lambda_d", "variances of the images along the best axes", "", "identifiability"),
    Symbol(r"\rho, v, \omega^*", "correlation of factors; variance of the first; the best turn", "", "identifiability"),
    Symbol(r"y_1, F", "a principal coordinate of the images; a distribution function", "", "identifiability"),
    Symbol(r"\Sigma_1, \Sigma_2, v_i'", "covariances in two segments; a variance in the second", "", "identifiability"),
    Symbol(r"n, y - \hat{y}", "how many labels; the error of a prediction on a new image", "", "identifiability"),
    Symbol(r"\tau", "deviation of a label that no line in the codes explains", "noise", "identifiability"),
    Symbol(r"\mathrm{Corr}, \mathrm{arcsin}", "correlation; inverse of the sine", "", "identifiability"),
)
