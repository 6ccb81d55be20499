"""The batches of a loader, on the model's device, and what the model makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["batches_on", "cross_entropy", "logits_of"]

_PAIR = 2


def batches_on(loader: Iterable[Any], device: Any) -> Iterator[tuple[Any, Any]]:
    """Inputs and labels of each batch; copies to an accelerator do not wait.

    Args:
        loader: Batches: a pair of inputs and labels, or a mapping with ``"labels"``, whose other
            entries are the inputs. Inputs are a tensor, or a mapping, tuple or list with tensors.
        device: A torch device.

    Raises:
        ArgumentTypeError: The loader is none, or a batch is of another form.
        InvalidArgumentError: There was no batch.
    """
    if not isinstance(loader, Iterable):
        message = f"loader must give batches, as a DataLoader does: {type(loader).__name__}"
        raise ArgumentTypeError(message, argument="loader")
    inputs = None
    for batch in loader:
        inputs, labels = _pair(batch)
        yield _moved(inputs, device), _moved(labels, device)
    if inputs is None:
        message = "loader gave no batch: is the data set empty, or smaller than a dropped last one?"
        raise InvalidArgumentError(message, argument="loader")


def logits_of(model: Any, inputs: Any) -> Tensor:
    """The model's logits: what it returns, or the `logits` of that.

    Args:
        model: Called with the inputs; a mapping gives keyword arguments, a tuple or list
            positional ones.
        inputs: The inputs.

    Raises:
        ArgumentTypeError: It returns no tensor, and nothing that has logits.
    """
    torch = require("torch", "torch")
    if isinstance(inputs, torch.Tensor):
        outputs = model(inputs)
    elif isinstance(inputs, Mapping):
        outputs = model(**inputs)
    else:
        outputs = model(*inputs) if isinstance(inputs, tuple | list) else model(inputs)
    logits = outputs if isinstance(outputs, torch.Tensor) else getattr(outputs, "logits", None)
    if not isinstance(logits, torch.Tensor):
        message = (
            "model must return a tensor of logits, or an object with `logits`, not "
            f"{type(outputs).__name__}"
        )
        raise ArgumentTypeError(message, argument="model")
    return logits


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean cross entropy; of a model with one logit, that of its two classes.

    Args:
        logits: ``[samples, classes, ...]``, or ``[samples]`` or ``[samples, 1]`` for the logit of
            class 1 of two.
        labels: ``[samples, ...]`` of integers.
    """
    functional = require("torch.nn.functional", "torch")
    if logits.ndim == 1 or logits.shape[1:] == (1,):
        flat = logits.reshape(-1)
        targets = labels.reshape(-1).to(flat.dtype)
        loss: Tensor = functional.binary_cross_entropy_with_logits(flat, targets)
    else:
        loss = functional.cross_entropy(logits, labels)
    return loss


def _pair(batch: Any) -> tuple[Any, Any]:
    if isinstance(batch, tuple | list):
        if len(batch) == _PAIR:
            return batch[0], batch[1]
        message = f"a batch must be a pair of inputs and labels; it has {len(batch)} parts"
    elif isinstance(batch, Mapping):
        if "labels" in batch:
            rest = {name: value for name, value in batch.items() if name != "labels"}
            return rest, batch["labels"]
        message = f"a batch that is a mapping needs an entry 'labels'; it has {list(batch)!r}"
    else:
        message = f"a batch must be a pair or a mapping, not {type(batch).__name__}"
    raise ArgumentTypeError(f"loader: {message}", argument="loader")


def _moved(value: Any, device: Any) -> Any:
    if isinstance(value, require("torch", "torch").Tensor):
        # What arrives on the host without blocking may be read before it is there.
        return value.to(device, non_blocking=device.type != "cpu")
    if isinstance(value, Mapping):
        return {name: _moved(each, device) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_moved(each, device) for each in value]
    return value.to(device) if hasattr(value, "to") else value
