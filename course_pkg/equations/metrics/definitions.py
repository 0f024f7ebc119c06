"""What each metric asks of a table of codes: definitions of the chapter `metrics`, in the order of the page."""

from course_pkg.derivation.chain import Definition

POINT = Definition(
    label="metrics-point",
    latex=r"\bar{\Delta}_j := \frac{1}{L} \sum_{l=1}^{L} \left|z_j(x_l) - z_j(x_l')\right|",
    symbol=r"\bar{\Delta}_j",
    meaning="how far apart latent j is on average in L pairs of images; those of a pair share factor k's setting",
    code="metrics.higgins.differences",
    source="Higgins et al. (2017), section 3",
)
HIGGINS = Definition(
    label="metrics-higgins",
    latex=r"S_{\mathrm{H}} := \mathrm{Pr}\left[\hat{k}(\bar{\Delta}) = k\right]",
    symbol=r"S_{\mathrm{H}}",
    meaning="the metric of Higgins et al.: how often a linear classifier names the factor that the pairs share",
    code="metrics.higgins",
    source="Higgins et al. (2017), section 3",
)
WINNER = Definition(
    label="metrics-winner",
    latex=r"\hat{w} := \operatorname*{arg\,min}_j \frac{\widehat{\mathrm{Var}}_L(z_j)}{\mathrm{Var}(z_j)}",
    symbol=r"\hat{w}",
    meaning="the latent that a vote goes to: it moves least among L images that share the setting of a factor",
    code="metrics.kim_mnih.drawn_votes",
    source="Kim and Mnih (2018), section 4",
)
KIM_MNIH = Definition(
    label="metrics-kim-mnih",
    latex=r"S_{\mathrm{KM}} := \frac{\sum_j \max_k C_{kj}}{\sum_{k, j} C_{kj}}",
    symbol=r"S_{\mathrm{KM}}",
    meaning="the metric of Kim and Mnih: C_kj votes for factor k went to latent j; a latent stands for one factor",
    code="metrics.kim_mnih",
    source="Kim and Mnih (2018), section 4",
)
LIMIT = Definition(
    label="metrics-limit",
    latex=r"w(k, v) := \operatorname*{arg\,min}_j \frac{\mathrm{Var}(z_j \mid f_k = v)}{\mathrm{Var}(z_j)}",
    symbol="w(k, v)",
    meaning="the latent that every vote for setting v of factor k goes to once L is large",
    code="metrics.kim_mnih.within_settings",
)
MIG = Definition(
    label="metrics-mig",
    latex=r"\mathrm{MIG} := \frac{1}{K} \sum_{k=1}^{K} \frac{I(f_k; z_{(1)}) - I(f_k; z_{(2)})}{H(f_k)}",
    symbol=r"\mathrm{MIG}",
    meaning="mutual information gap, from the latent that says most about factor k to the one that says second most",
    code="metrics.mig",
    source="Chen et al. (2018), eq. 6",
)
SAP = Definition(
    label="metrics-sap",
    latex=r"\mathrm{SAP} := \frac{1}{K} \sum_{k=1}^{K} \left(r_{k(1)}^2 - r_{k(2)}^2\right)",
    symbol=r"\mathrm{SAP}",
    meaning="separated attribute predictability, from the latent that predicts factor k best to the second best",
    code="metrics.sap",
    source="Kumar et al. (2018), section 3",
)
DCI = Definition(
    label="metrics-dci",
    latex=r"\mathrm{DCI} := \sum_{j=1}^{d} \frac{\sum_k W_{kj}}{\sum_{k, j} W_{kj}}"
    r" \left(1 - \frac{H(W_j)}{\log K}\right)",
    symbol=r"\mathrm{DCI}",
    meaning="disentanglement of Eastwood and Williams: of latent j's weights over factors, their share and entropy",
    code="metrics.dci",
    source="Eastwood and Williams (2018), section 2",
)
INFOM = Definition(
    label="metrics-infom",
    latex=r"\mathrm{InfoM} := \frac{K}{K - 1} \left(\frac{1}{d} \sum_{j=1}^{d}"
    r" \frac{\max_k N_{kj}}{\sum_k N_{kj}} - \frac{1}{K}\right)",
    symbol=r"\mathrm{InfoM}",
    meaning="modularity: of what latent j says, in shares N_kj of H(f_k), how much is about one factor",
    code="metrics.infomec",
    source="Hsu et al. (2023), section 4",
)
