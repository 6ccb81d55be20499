"""The whole training: epochs of batches, validation, early stopping, the best parameters kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from tachograph.analysis.arrays import flag, whole_number
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.batches import Batch, create_batches, paired_arrays
from tachograph.nptrain.best_parameters import BestParameters
from tachograph.nptrain.early_stopping import EarlyStopping
from tachograph.nptrain.epoch_rates import EpochRates
from tachograph.nptrain.gradients import Gradient, chosen_way
from tachograph.nptrain.history import Epoch, EpochMeans, History, append_epoch, new_history
from tachograph.nptrain.model_protocol import Model, parameters_of
from tachograph.nptrain.optimizers import SGD, Optimizer
from tachograph.nptrain.progress_lines import ProgressLines
from tachograph.nptrain.run_log import RunLog
from tachograph.nptrain.seeding import Seed, generator
from tachograph.nptrain.step_arguments import checked_step
from tachograph.nptrain.training import evaluate, smoothed, train_step

if TYPE_CHECKING:
    from tachograph.recorder import TrainingRecorder

__all__ = ["train_model"]


def train_model(
    model: Model,
    train_data: tuple[Any, Any],
    val_data: tuple[Any, Any],
    epochs: int = 100,
    batch_size: int = 32,
    learning_rate: float = 0.001,
    lr_decay: float = 0.95,
    lr_decay_every: int = 10,
    clip_norm: float | None = 5.0,
    patience: int = 10,
    task: str = "classification",
    verbose: bool = True,
    *,
    shuffle: bool = True,
    seed: int | None = None,
    rng: Seed = None,
    min_delta: float = 1e-4,
    restore_best: bool = True,
    gradient: Gradient = "auto",
    optimizer: Optimizer | None = None,
    schedule: Callable[[int], float] | None = None,
    label_smoothing: float = 0.0,
    accumulation_steps: int = 1,
    recorder: TrainingRecorder | None = None,
    log_every: int = 1,
) -> History:
    """Trains a model until its validation loss no longer falls, or all epochs are done.

    Afterwards the model has the parameters of the epoch with the lowest validation loss, whichever
    way the training ended; where no validation loss was finite, those that it came with.

    Args:
        model: Anything with `forward`, `get_params` and `set_params`.
        train_data: Inputs and targets, samples along the first axis.
        val_data: Likewise, to choose the epoch and the end by.
        epochs: Passes over the training data at most; 0 trains nothing.
        batch_size: Samples a step, and a forward pass of the validation.
        learning_rate: The rate of the first epochs.
        lr_decay: What is left of it every `lr_decay_every` epochs: see `learning_rate_schedule`.
        lr_decay_every: Epochs.
        clip_norm: The largest global norm of the gradients to step with; None for no bound.
        patience: Epochs without improvement after which to stop: see `EarlyStopping`.
        task: ``"classification"`` or ``"regression"``.
        verbose: Whether to print a heading, a line for each epoch, and a summary.
        shuffle: Whether the training data are taken in a random order, another in each epoch.
        seed: Starts all randomness of the training; None for another every time.
        rng: A generator (or a seed) for it, in place of `seed`.
        min_delta: How far the validation loss must fall to count as an improvement.
        restore_best: False leaves the model with the parameters of the last step.
        gradient: As for `train_step`.
        optimizer: Likewise.
        schedule: The rate of each epoch, counted from 0, in place of `learning_rate` and its decay.
            If it has a method ``observe``, that is told each validation loss.
        label_smoothing: As for `train_step`; the validation loss is that of the targets as given.
        accumulation_steps: As for `train_step`.
        recorder: Where to log steps and epochs. Steps are counted from 0 and have ``loss``,
            ``metric``, ``grad_norm`` and ``learning_rate``; epochs, from 0, have what the history
            has, the metric as ``metric``, and their duration. It is not closed.
        log_every: Log the steps that are multiples of this.

    Returns:
        Six lists of floats with an element for each epoch that was run: ``train_loss`` and
        ``train_metric`` (means over the samples, each before its step), ``val_loss`` and
        ``val_metric`` (after the epoch), ``learning_rates``, and ``grad_norms`` (means over the
        steps, before clipping).

    Raises:
        NonFiniteGradientError: A gradient held NaN or an infinity: the training diverged. As after
            any error the model has its best parameters so far, and the log what was recorded.
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds, or data, targets and outputs do not go
            with each other.
    """
    n_epochs = whole_number(epochs, "epochs", at_least=0)
    whole_number(batch_size, "batch_size", at_least=1)
    asked = checked_step(
        model,
        task,
        clip_norm=clip_norm,
        optimizer=optimizer,
        label_smoothing=label_smoothing,
        accumulation_steps=accumulation_steps,
    )
    chosen_way(model, parameters_of(model), gradient)
    keeps_best = flag(restore_best, "restore_best")
    flag(shuffle, "shuffle")
    (X_train, y_train), val = _data(train_data, "train_data"), _data(val_data, "val_data")
    randomness = _randomness(seed, rng)
    rates = EpochRates(schedule, learning_rate, lr_decay, lr_decay_every)
    step = partial(
        train_step,
        model,
        clip_norm=clip_norm,
        task=task,
        gradient=gradient,
        optimizer=SGD() if optimizer is None else optimizer,
        accumulation_steps=accumulation_steps,
        rng=randomness,
    )
    stopping, best = EarlyStopping(patience, min_delta), BestParameters(model)
    printing = flag(verbose, "verbose")
    log, lines = RunLog(recorder, log_every), ProgressLines(n_epochs, task, printing=printing)
    if asked.label_smoothing:
        y_train = smoothed(model, X_train, y_train, asked.label_smoothing)
    history = new_history()
    lines.begin(len(X_train), len(val[0]))
    try:
        for index in range(n_epochs):
            begin = perf_counter()
            rate = rates(index)
            batches = create_batches(X_train, y_train, batch_size, shuffle, randomness)
            means = _train(step, batches, rate, log)
            val_loss, val_metric = evaluate(model, *val, task, batch_size)
            epoch = Epoch(means.loss, means.metric, val_loss, val_metric, rate, means.grad_norm)
            append_epoch(history, epoch)
            log.epoch(epoch, perf_counter() - begin)
            lines.epoch(epoch)
            best.consider(index, val_loss)
            rates.observe(val_loss)
            if stopping(val_loss):
                break
    finally:
        # Also after a gradient that was no number, or Ctrl-C in a notebook.
        if keeps_best:
            best.restore()
    lines.end(best, stopped=stopping.should_stop_training, restored=keeps_best)
    return history


def _train(
    step: Callable[..., tuple[float, float, float]],
    batches: Iterable[Batch],
    rate: float,
    log: RunLog,
) -> EpochMeans:
    """A step for each batch."""
    means = EpochMeans()
    for X, y in batches:
        outcome = step(X, y, rate)
        means.add(outcome, len(X))
        log.step(outcome, rate)
    return means


def _randomness(seed: int | None, rng: Seed) -> np.random.Generator:
    if seed is None:
        return generator(rng)
    if rng is None:
        return generator(seed, "seed")
    raise InvalidArgumentError("seed and rng are alternatives; give one", argument="seed")


def _data(pair: Any, argument: str) -> Batch:
    """Inputs and targets, one sample at least."""
    try:
        X, y = pair
    except (TypeError, ValueError) as error:
        came = type(pair).__name__
        if isinstance(pair, tuple | list):
            came += f" of {len(pair)}"
        message = f"{argument} must be a pair (X, y), not {came}"
        raise InvalidArgumentError(message, argument=argument) from error
    inputs, targets = paired_arrays(X, y, (f"{argument}[0]", f"{argument}[1]"))
    if not len(inputs):
        raise InvalidArgumentError(f"{argument} must have samples; it is empty", argument=argument)
    return inputs, targets
