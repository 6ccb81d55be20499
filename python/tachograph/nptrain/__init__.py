"""A training toolkit in plain NumPy: losses, gradients, optimizers, the training loop.

Start here::

    from tachograph.nptrain import evaluate, train_model

    history = train_model(model, (X_train, y_train), (X_val, y_val), epochs=50)
    loss, accuracy = evaluate(model, X_test, y_test)

A model is anything with `forward`, `get_params` and `set_params`. Nothing but NumPy is imported,
and beneath it only the recorder that `train_model` logs to.
"""

from tachograph.nptrain.batches import create_batches as create_batches
from tachograph.nptrain.class_targets import smooth_targets as smooth_targets
from tachograph.nptrain.clipping import clip_gradients as clip_gradients
from tachograph.nptrain.curves import plot_training_curves as plot_training_curves
from tachograph.nptrain.early_stopping import EarlyStopping as EarlyStopping
from tachograph.nptrain.fitting import train_model as train_model
from tachograph.nptrain.losses import accuracy as accuracy
from tachograph.nptrain.losses import cross_entropy_loss as cross_entropy_loss
from tachograph.nptrain.losses import mse_loss as mse_loss
from tachograph.nptrain.losses import softmax as softmax
from tachograph.nptrain.model_protocol import ExactGradients as ExactGradients
from tachograph.nptrain.model_protocol import Model as Model
from tachograph.nptrain.models import LSTM as LSTM
from tachograph.nptrain.models import RelationalRNN as RelationalRNN
from tachograph.nptrain.models import create_causal_mask as create_causal_mask
from tachograph.nptrain.models import multi_head_attention as multi_head_attention
from tachograph.nptrain.models import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from tachograph.nptrain.numerical_gradients import (
    compute_numerical_gradient as compute_numerical_gradient,
)
from tachograph.nptrain.numerical_gradients import (
    compute_numerical_gradient_fast as compute_numerical_gradient_fast,
)
from tachograph.nptrain.objectives import Objective as Objective
from tachograph.nptrain.objectives import objective as objective
from tachograph.nptrain.optimizers import SGD as SGD
from tachograph.nptrain.optimizers import Adam as Adam
from tachograph.nptrain.optimizers import AdamW as AdamW
from tachograph.nptrain.optimizers import Optimizer as Optimizer
from tachograph.nptrain.schedules import PlateauSchedule as PlateauSchedule
from tachograph.nptrain.schedules import cosine_schedule as cosine_schedule
from tachograph.nptrain.schedules import learning_rate_schedule as learning_rate_schedule
from tachograph.nptrain.schedules import warmup_schedule as warmup_schedule
from tachograph.nptrain.training import evaluate as evaluate
from tachograph.nptrain.training import train_step as train_step

__all__ = [
    "LSTM",
    "SGD",
    "Adam",
    "AdamW",
    "EarlyStopping",
    "ExactGradients",
    "Model",
    "Objective",
    "Optimizer",
    "PlateauSchedule",
    "RelationalRNN",
    "accuracy",
    "clip_gradients",
    "compute_numerical_gradient",
    "compute_numerical_gradient_fast",
    "cosine_schedule",
    "create_batches",
    "create_causal_mask",
    "cross_entropy_loss",
    "evaluate",
    "learning_rate_schedule",
    "mse_loss",
    "multi_head_attention",
    "objective",
    "plot_training_curves",
    "scaled_dot_product_attention",
    "smooth_targets",
    "softmax",
    "train_model",
    "train_step",
    "warmup_schedule",
]
