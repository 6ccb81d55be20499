"""`tachograph.nptrain` under the name that existing programs import: lay it beside them."""

from tachograph.nptrain import (
    EarlyStopping,
    accuracy,
    clip_gradients,
    compute_numerical_gradient,
    compute_numerical_gradient_fast,
    create_batches,
    cross_entropy_loss,
    evaluate,
    learning_rate_schedule,
    mse_loss,
    plot_training_curves,
    softmax,
    train_model,
    train_step,
)

__all__ = [
    "EarlyStopping",
    "accuracy",
    "clip_gradients",
    "compute_numerical_gradient",
    "compute_numerical_gradient_fast",
    "create_batches",
    "cross_entropy_loss",
    "evaluate",
    "learning_rate_schedule",
    "mse_loss",
    "plot_training_curves",
    "softmax",
    "train_model",
    "train_step",
]
