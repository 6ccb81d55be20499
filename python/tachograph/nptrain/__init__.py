"""A training toolkit in plain NumPy: losses, gradients, optimizers, loops.

Nothing but NumPy and the recorder under it.
"""

from tachograph.nptrain.losses import accuracy as accuracy
from tachograph.nptrain.losses import cross_entropy_loss as cross_entropy_loss
from tachograph.nptrain.losses import mse_loss as mse_loss
from tachograph.nptrain.losses import softmax as softmax
from tachograph.nptrain.objectives import Objective as Objective
from tachograph.nptrain.objectives import objective as objective

__all__ = [
    "Objective",
    "accuracy",
    "cross_entropy_loss",
    "mse_loss",
    "objective",
    "softmax",
]
