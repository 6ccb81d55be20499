"""`attach`: begins to watch a training."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor.monitor import Monitor
from tachograph.monitor.monitor_options import MonitorOptions, OnBudget
from tachograph.monitor.row_writer import next_step
from tachograph.monitor.step_clock import StepClock
from tachograph.monitor.step_hooks import bare_optimizer
from tachograph.monitor.watch_list import WatchList
from tachograph.recorder import TrainingRecorder

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

torch = require("torch", "torch")

__all__ = ["attach"]

_WRAPPINGS = ("module", "_orig_mod")
"""What data parallelism and `torch.compile` put before every name."""


def attach(  # noqa: PLR0913 -- every option of a monitor, by keyword
    model: nn.Module,
    recorder: TrainingRecorder | None,
    optimizer: Optimizer | Sequence[Optimizer] | None = None,
    *,
    step: Callable[[], int] | None = None,
    start_step: int | None = None,
    log_every_n_steps: int = 1,
    per_layer: bool = False,
    per_group: bool = False,
    weights: bool = False,
    memory: bool = True,
    host_memory: bool = False,
    nvml: bool = False,
    batch_size: int | None = None,
    every_rank: bool = False,
    budget: float = 0.01,
    on_budget: OnBudget = "warn",
) -> Monitor:
    """Watches the training of a model: at each step of its optimizer a row goes to the recorder.

    A row has `grad_norm`, the global L2 norm of the gradients after the last backward pass and all
    reductions, unscaled, before clipping; `grad_norm_applied`, what the optimizer then uses, from
    the first clipped step on; `grad_nonfinite`, how many gradients hold NaN or an infinity; `lr`;
    `step_time` in seconds, `steps_per_second`; and what is asked for below. docs/monitor.md says
    what each column means. The recorder's `log_epoch` adds what the steps come to.

    The training does not notice: gradients, parameters and random state are bit for bit the same,
    and no wait for a device is added. Numbers on a GPU are read some steps later, and recorded
    under their own step and time.

    Args:
        model: The model. All its parameters that have a gradient count, shared ones once.
        recorder: Where rows go; None for a monitor that is only asked (`latest`).
        optimizer: The optimizer whose steps count; several as a list, whose norms are recorded
            apart (`grad_norm/optimizer_0`) and together, in one row for a step of each. None for
            the first one that is found to move the model.
        step: Says the number of the present step. By default steps of the optimizer are counted:
            rows merge with the loop's own of the same number.
        start_step: Where that count begins; by default with the recorder's next step, which is 0
            of a new run, and the one after the last of a resumed run.
        log_every_n_steps: Measures one step in so many.
        per_layer: A column `grad_norm/<parameter>` for each parameter.
        per_group: A column `grad_norm/group_<i>` for each of the optimizer's parameter groups, or
            `grad_norm/<name>` of one that has a name.
        weights: `weight_norm`, `update_norm` and `update_ratio` of each measured step, and
            statistics of the weights per epoch. Copies the weights at each measured step, and
            keeps one copy.
        memory: Memory of the CUDA devices that the model is on, in MiB.
        host_memory: `host_memory_mb`, the resident memory of the process.
        nvml: Utilisation and temperature of those devices.
        batch_size: Samples of one step, for `samples_per_second`.
        every_rank: Whether in a distributed job the other ranks than 0 record as well, each to its
            own recorder; otherwise they measure and record nothing.
        budget: The share of the training's time above which the monitor warns, once.
        on_budget: ``"thin"`` to measure half as many steps then, and again, until it fits.

    Returns:
        The monitor: active at once, a context manager, ended by `detach`.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An option's value makes no sense; an optimizer has no parameter of
            the model; the model has no parameter, or is wrapped in `FullyShardedDataParallel`.

    Example:
        >>> with attach(model, recorder, optimizer) as monitor:
        ...     for step, (inputs, targets) in enumerate(batches):
        ...         optimizer.zero_grad()
        ...         loss = criterion(model(inputs), targets)
        ...         loss.backward()
        ...         optimizer.step()
        ...         recorder.log_step(step, loss=loss.item())
    """
    options = MonitorOptions(
        step=step,
        start_step=start_step,
        log_every_n_steps=log_every_n_steps,
        per_layer=per_layer,
        per_group=per_group,
        weights=weights,
        memory=memory,
        host_memory=host_memory,
        nvml=nvml,
        batch_size=batch_size,
        every_rank=every_rank,
        budget=budget,
        on_budget=on_budget,
    )
    _check_model(model)
    if recorder is not None and not isinstance(recorder, TrainingRecorder):
        message = f"recorder must be a TrainingRecorder or None, not {type(recorder).__name__}"
        raise ArgumentTypeError(message, argument="recorder")
    parameters = _named_parameters(model)
    optimizers = _optimizers(optimizer, parameters)
    if start_step is None:
        start_step = 0 if recorder is None else next_step(recorder)
    clock = StepClock(start_step, step, log_every_n_steps, batch_size)
    return Monitor(model, recorder, WatchList(parameters, optimizers, options), clock, options)


def _check_model(model: Any) -> None:
    if not isinstance(model, torch.nn.Module):
        message = f"model must be a torch.nn.Module, not {type(model).__name__}"
        raise ArgumentTypeError(message, argument="model")
    # Looked up, not imported: a model can be wrapped in it only where it was imported.
    fsdp = sys.modules.get("torch.distributed.fsdp")
    if fsdp is not None and any(
        isinstance(module, fsdp.FullyShardedDataParallel) for module in model.modules()
    ):
        message = (
            "model is wrapped in FullyShardedDataParallel, which hides whose gradients lie where; "
            "shard it with torch.distributed.fsdp.fully_shard instead, whose norms are global"
        )
        raise InvalidArgumentError(message, argument="model")


def _named_parameters(model: nn.Module) -> dict[str, Tensor]:
    named = {_bare_name(name): one for name, one in model.named_parameters()}
    if not named:
        raise InvalidArgumentError("model has no parameters", argument="model")
    return named


def _bare_name(name: str) -> str:
    """The name as the model itself has it."""
    return ".".join(part for part in name.split(".") if part not in _WRAPPINGS) or name


def _optimizers(given: Any, parameters: dict[str, Tensor]) -> list[Optimizer] | None:
    if given is None:
        return None
    listed = list(given) if isinstance(given, Iterable) else [given]
    ids = {id(parameter) for parameter in parameters.values()}
    found = []
    for one in listed:
        bare = bare_optimizer(one)
        if not isinstance(bare, torch.optim.Optimizer):
            message = f"optimizer must be a torch.optim.Optimizer, not {type(one).__name__}"
            raise ArgumentTypeError(message, argument="optimizer")
        if ids.isdisjoint(id(p) for group in bare.param_groups for p in group["params"]):
            message = f"optimizer ({type(bare).__name__}) has no parameter of the model"
            raise InvalidArgumentError(message, argument="optimizer")
        found.append(bare)
    if not found:
        raise InvalidArgumentError("optimizer is an empty list", argument="optimizer")
    return found
