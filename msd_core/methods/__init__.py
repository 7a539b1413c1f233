"""The methods: what a student learns from on the view `both`. A new one is a file here and a line in `METHODS`."""

from msd_core.methods.base import Batch, Method, Representations, Sizes
from msd_core.methods.ce import CE
from msd_core.methods.crd import CRD
from msd_core.methods.dist import DIST
from msd_core.methods.dkd import DKD
from msd_core.methods.fitnets import FitNets
from msd_core.methods.kd import KD
from msd_core.methods.rkd import RKD
from msd_core.methods.simkd import SimKD
from msd_core.methods.sp import SP

METHODS: dict[str, type[Method]] = {
    "ce": CE,
    "kd": KD,
    "dkd": DKD,
    "dist": DIST,
    "fitnets": FitNets,
    "simkd": SimKD,
    "rkd": RKD,
    "sp": SP,
    "crd": CRD,
}

__all__ = ["METHODS", "Batch", "Method", "Representations", "Sizes"]
