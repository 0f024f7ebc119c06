"""The equations of the chapter `mmd`, in the order of the page."""

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.equations.mmd.chance import LEVEL, NULL_VARIANCE, P_VALUE
from course_pkg.equations.mmd.gaussian import CENTRED, CENTRED_GAUSSIAN, COLLAPSE, GAUSSIAN_MEAN
from course_pkg.equations.mmd.independence import HSIC, HSIC_MEANS, ROW_MEAN
from course_pkg.equations.mmd.means import FEATURE, KERNEL_TRICK, MEAN_FEATURE, MMD, TAYLOR
from course_pkg.equations.mmd.samples import BIAS, BIASED, UNBIASED, V_AND_U
from course_pkg.equations.mmd.spectrum import CHARACTERISTIC, SPECTRUM
from course_pkg.equations.mmd.uses import DIVERGENCE, INFOVAE, OBJECTIVE, ROTATION

EQUATIONS: tuple[Definition | Derivation, ...] = (
    MEAN_FEATURE,
    MMD,
    KERNEL_TRICK,
    FEATURE,
    TAYLOR,
    CHARACTERISTIC,
    SPECTRUM,
    GAUSSIAN_MEAN,
    BIASED,
    UNBIASED,
    V_AND_U,
    BIAS,
    CENTRED,
    NULL_VARIANCE,
    CENTRED_GAUSSIAN,
    P_VALUE,
    LEVEL,
    OBJECTIVE,
    COLLAPSE,
    DIVERGENCE,
    INFOVAE,
    ROTATION,
    HSIC,
    ROW_MEAN,
    HSIC_MEANS,
)
