"""Watches torch's functions that clip gradients, while a monitor is attached."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from tachograph._optional import require
from tachograph.monitor.function_swap import FunctionSwap, swap_of
from tachograph.monitor.watchers import Watchers

if TYPE_CHECKING:
    from torch import Tensor

torch = require("torch", "torch")
clip_grad = require("torch.nn.utils.clip_grad", "torch")

__all__ = ["ClipWatcher", "clip_watchers"]

_Args: TypeAlias = tuple[Any, ...]
_Kwargs: TypeAlias = dict[str, Any]


class ClipWatcher(Protocol):
    """Who wants to know of clipping."""

    def on_clip(self, parameters: Sequence[Tensor], total_norm: Tensor | None) -> None:
        """Gradients are about to be clipped; `total_norm` is their L2 norm if it is known."""

    def on_clipped(self) -> None:
        """They have been clipped."""

    def __hash__(self) -> int: ...


class _Call(threading.local):
    """The call of `clip_grad_norm_` that this thread is in."""

    norm_type: float | None = None


_call: Final = _Call()


@contextmanager
def _told(parameters: Sequence[Tensor], total_norm: Tensor | None) -> Iterator[None]:
    watchers = tuple(clip_watchers)
    for watcher in watchers:
        watcher.on_clip(parameters, total_norm)
    yield
    for watcher in watchers:
        watcher.on_clipped()


def _make_swaps() -> Iterator[FunctionSwap]:
    # `clip_grad_norm_` ends in another function, which can be called alone. Its name is private; in
    # a release without it, the whole is watched.
    part = swap_of(clip_grad, "_clip_grads_with_norm_", _telling_with_norm)
    whole = _telling if part is None else _remembering_the_norm_type
    norm = swap_of(clip_grad, "clip_grad_norm_", whole)
    return filter(None, [norm, part, swap_of(clip_grad, "clip_grad_value_", _telling)])


clip_watchers: Final[Watchers[ClipWatcher]] = Watchers(_make_swaps)
"""Who is told of each clipping."""


def _remembering_the_norm_type(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def clip_grad_norm_(*args: Any, **kwargs: Any) -> Any:
        given = _argument(args, kwargs, 2, "norm_type")
        _call.norm_type = 2.0 if given is None else float(given)
        try:
            return original(*args, **kwargs)
        finally:
            _call.norm_type = None

    return clip_grad_norm_


def _telling_with_norm(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def clip_grads_with_norm_(*args: Any, **kwargs: Any) -> Any:
        args, kwargs, parameters = _listed(args, kwargs)
        # Called alone, nobody knows which norm it was given.
        known = _call.norm_type == 2.0  # noqa: PLR2004 -- the L2 norm
        norm = _argument(args, kwargs, 2, "total_norm") if known else None
        with _told(parameters, norm):
            return original(*args, **kwargs)

    return clip_grads_with_norm_


def _telling(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def clipping(*args: Any, **kwargs: Any) -> Any:
        args, kwargs, parameters = _listed(args, kwargs)
        with _told(parameters, None):
            return original(*args, **kwargs)

    return clipping


def _argument(args: _Args, kwargs: _Kwargs, place: int, name: str) -> Any:
    """An argument as a call has it; None where it has it not."""
    return args[place] if len(args) > place else kwargs.get(name)


def _listed(args: _Args, kwargs: _Kwargs) -> tuple[_Args, _Kwargs, list[Tensor]]:
    """The arguments of a call, with its parameters in a list: a generator is read only once."""
    given = _argument(args, kwargs, 0, "parameters")
    if isinstance(given, torch.Tensor):
        return args, kwargs, [given]
    parameters = list(given)
    if not parameters:  # torch warns of an empty generator, which an empty list is not
        return args, kwargs, parameters
    if args:
        return (parameters, *args[1:]), kwargs, parameters
    return args, {**kwargs, "parameters": parameters}, parameters
