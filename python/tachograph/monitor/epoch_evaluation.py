"""One pass over validation data, watched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.monitor.custom_metrics import with_custom_metrics
from tachograph.monitor.epoch_arguments import autocast_to, checked_device
from tachograph.monitor.epoch_classes import EpochClasses
from tachograph.monitor.loader_batches import batches_on, cross_entropy, logits_of
from tachograph.monitor.module_mode import module_mode

if TYPE_CHECKING:
    from torch import Tensor, nn

    LossFunction = Callable[[Tensor, Tensor], Tensor]

__all__ = ["evaluate"]


def evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    device: Any,
    *,
    loss_function: LossFunction | None = None,
    autocast: Any = None,
    num_classes: int | None = None,
    epoch: int | None = None,
    all_ranks: bool = False,
) -> dict[str, Any]:
    """Evaluates a classifier on all batches of a loader.

    The model runs in evaluation mode and without gradients; its modules get their modes back.

    Args:
        model: As for `train_one_epoch`.
        loader: As for `train_one_epoch`.
        device: A torch device, or its name.
        loss_function: Takes logits and labels, returns their mean loss; None for cross entropy.
        autocast: A type, as `torch.bfloat16`, in which the model computes under `torch.autocast`;
            None for none.
        num_classes: How many classes; None for as many as the first logits.
        epoch: The epoch's number, from 1; told as `epoch`.
        all_ranks: Whether, in a distributed job, the metrics are those of all ranks; every rank
            must ask for it.

    Returns:
        Floats and ints by name: `loss`, `acc`; `class_X_acc`, `class_X_precision` and
        `class_X_recall` of every class; `confidence_mean`, `_std`, `_min`, `_max` and
        `_wrong_mean`; `calibration_error`; `true_neg`, `false_pos`, `false_neg`, `true_pos` of two
        classes (1 is the positive one), of more `confusion_matrix`, a list of rows (labels) of
        counts (predictions); `nonfinite_samples`; `epoch` if it was given; registered metrics.
        What is undefined is NaN.

    Raises:
        ArgumentTypeError: An argument, or a batch, has the wrong type.
        InvalidArgumentError: The loader gave no batch, or labels are out of range.
        MissingExtraError: torch is not installed.
    """
    torch = require("torch", "torch")
    device = checked_device(device)
    loss_of = cross_entropy if loss_function is None else loss_function
    classes = EpochClasses(num_classes, "val")
    with module_mode(model, training=False), torch.inference_mode():
        for inputs, labels in batches_on(loader, device):
            with autocast_to(autocast, device):
                logits = logits_of(model, inputs)
                loss = loss_of(logits, labels)
            classes.add(logits, labels, loss)
    metrics, totals = classes.read(all_ranks=all_ranks)
    if epoch is not None:
        metrics["epoch"] = epoch
    return with_custom_metrics(metrics, "val", totals)
