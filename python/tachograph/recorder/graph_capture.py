"""Asking a CUDA device for something while another thread captures a graph.

A question to the device (`cudaEventQuery`) from any thread fails, and takes the capture down with
it, while some thread captures a CUDA graph in the usual, global mode, as `torch.compile` does with
``mode="reduce-overhead"``. The driver lets a thread say that its questions have nothing to do with
captures (`cuThreadExchangeStreamCaptureMode` of the CUDA driver API), which is what torch's own
allocators and watchdogs do around theirs.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

__all__ = ["can_relax", "relaxed"]

# CU_STREAM_CAPTURE_MODE_RELAXED of cuda.h.
_RELAXED: Final = 2


def can_relax() -> bool:
    """Whether there is a driver that can be told so. ROCm's fails at it, so it is not asked."""
    return _exchange() is not None


@contextmanager
def relaxed() -> Iterator[None]:
    """Lets this thread ask about what no capture contains, where there is a driver to be told."""
    exchange = _exchange()
    mode = ctypes.c_int(_RELAXED)
    told = exchange is not None and exchange(ctypes.byref(mode)) == 0
    try:
        yield
    finally:
        if told and exchange is not None:
            exchange(ctypes.byref(mode))  # it holds the thread's own mode now


@cache
def _exchange() -> Any | None:
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return None
    return getattr(driver, "cuThreadExchangeStreamCaptureMode", None)
