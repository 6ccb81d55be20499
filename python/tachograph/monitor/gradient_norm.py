"""`calculate_gradient_norm`: one number for a model's gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError
from tachograph.monitor.gradient_kinds import norm_vector
from tachograph.monitor.gradient_norms import joined

if TYPE_CHECKING:
    from torch import Tensor, nn

torch = require("torch", "torch")

__all__ = ["calculate_gradient_norm"]


def calculate_gradient_norm(model: nn.Module | Iterable[Tensor]) -> float:
    """The global L2 norm of a model's gradients: the square root of the sum of all squares.

    Waits once for each device, however many parameters there are. Half precisions are summed in
    float32 or wider, shared parameters count once, of sparse gradients the stored values do. Where
    gradients lie in shards on several processes (`fully_shard`), all must call, and get the same.

    Args:
        model: A module, or parameters.

    Returns:
        The norm; 0.0 without gradients; NaN or infinite where a gradient is.

    Raises:
        ArgumentTypeError: `model` is neither.

    Example:
        >>> loss.backward()
        >>> recorder.log_epoch(0, loss.item(), gradient_norm=calculate_gradient_norm(model))
    """
    vector = norm_vector([parameter.grad for parameter in _parameters(model)])
    return 0.0 if vector is None else joined(vector.values.tolist())


def _parameters(model: Any) -> list[Tensor]:
    if isinstance(model, torch.nn.Module):
        return list(model.parameters())
    if isinstance(model, Iterable) and not isinstance(model, torch.Tensor):
        parameters = list({id(parameter): parameter for parameter in model}.values())
        if all(isinstance(parameter, torch.Tensor) for parameter in parameters):
            return parameters
    message = f"model must be a torch.nn.Module or parameters, not {type(model).__name__}"
    raise ArgumentTypeError(message, argument="model")
