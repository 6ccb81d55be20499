"""One epoch of training, watched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.monitor.custom_metrics import with_custom_metrics
from tachograph.monitor.epoch_arguments import autocast_to, checked_bound, checked_device
from tachograph.monitor.epoch_classes import EpochClasses
from tachograph.monitor.epoch_gradients import EpochGradients
from tachograph.monitor.loader_batches import batches_on, cross_entropy, logits_of
from tachograph.monitor.module_mode import module_mode
from tachograph.monitor.weight_statistics import WeightStatistics

if TYPE_CHECKING:
    from torch import Tensor, nn, optim

    LossFunction = Callable[[Tensor, Tensor], Tensor]

__all__ = ["train_one_epoch"]


def train_one_epoch(  # noqa: PLR0913 -- what training loops differ in, each with a default
    model: nn.Module,
    loader: Iterable[Any],
    optimizer: optim.Optimizer,
    device: Any,
    *,
    loss_function: LossFunction | None = None,
    clip_norm: float | None = None,
    scaler: Any = None,
    autocast: Any = None,
    num_classes: int | None = None,
    epoch: int | None = None,
    all_ranks: bool = False,
) -> dict[str, Any]:
    """Trains a classifier for one epoch, and tells how it went.

    Beside the training's own work, each batch costs the norms of the gradients and, where its
    logits are on a device or many, three small copies there; what is measured is read when the
    epoch is over. Parameters come out bit by bit as from the same loop without measuring.

    Args:
        model: Gives logits ``[samples, classes]``, or an object with such `logits`; for two
            classes also the one logit ``[samples]`` or ``[samples, 1]`` of class 1. It is on
            `device` already. It trains in training mode; its modules get theirs back.
        loader: Batches: a pair of inputs and labels, or a mapping with ``"labels"``, whose other
            entries the model gets as keyword arguments. Labels are integers; -100 is left out.
        optimizer: Its gradients are zeroed before each batch.
        device: A torch device, or its name.
        loss_function: Takes logits and labels, returns their mean loss; None for cross entropy.
        clip_norm: What the global gradient norm is clipped to, above 0; None for no clipping. The
            norms that are told are those before.
        scaler: A `torch.amp.GradScaler`, whose scale is taken out of the norms.
        autocast: A type, as `torch.bfloat16`, in which the model computes under `torch.autocast`;
            None for none.
        num_classes: How many classes; None for as many as the first logits.
        epoch: The epoch's number, from 1; told as `epoch`.
        all_ranks: Whether, in a distributed job, `loss`, `acc` and all else that comes from
            predictions is that of all ranks; every rank must ask for it.

    Returns:
        Floats and ints by name. `loss` is the mean over the samples; `acc` correct ones among
        them. `grad_norm_mean`, `_std` (population) and `_max` are over the batches, of the global
        norm; `grad_norm_param_mean` and `_param_max` of the parameters' own norms;
        `grad_norm_nonfinite` counts batches with a NaN or an infinity, left out of the others.
        `batch_loss_std` is the population standard deviation of the finite batch losses,
        `batch_loss_nonfinite` counts the others. Then `class_X_acc`, `confidence_mean`, `_std`,
        `_min`, `_max`, `nonfinite_samples`; `weight_mean_after`, `weight_std_after`,
        `weight_max_after` (of absolute values), `weight_change` (of the mean) and
        `weight_change_l2` (relative) over all parameters; `lr` of the first parameter group;
        `epoch` if it was given; registered metrics. What is undefined is NaN.

    Raises:
        ArgumentTypeError: An argument, or a batch, has the wrong type.
        InvalidArgumentError: The loader gave no batch, labels are out of range, or an argument's
            value makes no sense.
        MissingExtraError: torch is not installed.
    """
    torch = require("torch", "torch")
    device = checked_device(device)
    bound = checked_bound(clip_norm, "clip_norm")
    loss_of = cross_entropy if loss_function is None else loss_function
    classes = EpochClasses(num_classes, "train")
    gradients = EpochGradients(model.parameters())
    weights = WeightStatistics(model.parameters())
    weights.mark()
    with module_mode(model, training=True):
        for inputs, labels in batches_on(loader, device):
            optimizer.zero_grad(set_to_none=True)
            with autocast_to(autocast, device):
                logits = logits_of(model, inputs)
                loss = loss_of(logits, labels)
            classes.add(logits, labels, loss)
            (loss if scaler is None else scaler.scale(loss)).backward()
            if scaler is not None:
                scaler.unscale_(optimizer)
            gradients.measure()
            if bound is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), bound)
            if scaler is None:
                optimizer.step()
            else:
                scaler.step(optimizer)
                scaler.update()
    metrics, totals = classes.read(all_ranks=all_ranks)
    metrics |= gradients.read()
    metrics |= _weight_metrics(weights.read())
    metrics["lr"] = float(optimizer.param_groups[0]["lr"])
    if epoch is not None:
        metrics["epoch"] = epoch
    return with_custom_metrics(metrics, "train", totals)


def _weight_metrics(read: dict[str, float]) -> dict[str, float]:
    """By the names that histories have: what is a state says that it is the one afterwards."""
    states = ("weight_mean", "weight_std", "weight_max")
    return {f"{name}_after" if name in states else name: value for name, value in read.items()}
