"""The memory that a training takes: on CUDA devices, of the process, and what NVML knows."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError, RecordingWarning
from tachograph.monitor.nvml_sampler import NvmlSampler
from tachograph.recorder.resident_memory import resident_mib

if TYPE_CHECKING:
    import torch

__all__ = ["MemoryReader"]

Device: TypeAlias = "torch.device | str | int"

_MIB = 2**20


class MemoryReader:
    """Reads memory figures without waiting for a device, and without initialising CUDA.

    A figure that does not apply is absent: those of CUDA as long as PyTorch has not initialised
    it, or for a device of another kind. With several devices a name ends in the device's index,
    as in ``cuda_memory_allocated_mb/1``.

    What PyTorch's allocator holds is read from its own books, in some microseconds. Utilisation
    and temperature are NVML's, whose calls take milliseconds: a thread asks it once a second, and
    `read` gives its last answer. `close` ends the thread, and so does the end of the process; in
    a forked child there are no such figures.

    Example::

        with MemoryReader(host=True) as memory:
            recorder.log_step(step, memory.read())
    """

    def __init__(
        self,
        device: Device | Iterable[Device] | None = None,
        *,
        host: bool = False,
        nvml: bool = False,
        reset_peak: bool = False,
    ) -> None:
        """Chooses what is read.

        Args:
            device: One device or several, as PyTorch names them (1 is ``"cuda:1"``); None for the
                one that is current at the first reading for which CUDA is initialised.
            host: Read this process's resident memory too.
            nvml: Read utilisation and temperature too.
            reset_peak: Let `begin_epoch` reset PyTorch's peak, so that `cuda_memory_peak_mb` is
                the epoch's. Off, because the training may measure its own peaks by it.

        Raises:
            ArgumentTypeError: A device of another type.
            InvalidArgumentError: PyTorch knows no such device.
            MissingExtraError: PyTorch is not installed, or for `nvml` its bindings are not.
        """
        self._torch = require("torch", "torch")
        self._pynvml = require("pynvml", "nvml") if nvml else None
        self._devices = None if device is None else _devices(device)
        self._indices: list[int] | None = None  # of CUDA devices, once CUDA is there
        self._host = host
        self._reset_peak = reset_peak
        self._sampler: NvmlSampler | None = None
        self._has_books = True
        self._closed = False

    def read(self) -> dict[str, float]:
        """The figures of this moment, those of NVML at most about a second old.

        Returns:
            In MiB (bytes / 2**20) of each CUDA device:

            - `cuda_memory_allocated_mb`, what tensors take;
            - `cuda_memory_reserved_mb`, what PyTorch's allocator holds;
            - `cuda_memory_peak_mb`, the most that tensors took since the process began, or since
              anybody last reset PyTorch's peak: `torch.cuda.max_memory_allocated`.

            With `host`: `host_memory_mb`, the process's resident memory. With `nvml`:
            `gpu_utilisation_percent`, the share of time that a kernel ran, and
            `gpu_temperature_c`, in degrees Celsius.
        """
        found: dict[str, float] = {}
        for index in self._cuda_indices():
            found |= self._allocator(index)
        if self._host and (resident := resident_mib()) is not None:
            found["host_memory_mb"] = resident
        if self._sampler is not None:
            found |= self._sampler.latest()
        return found

    def begin_epoch(self) -> None:
        """Resets PyTorch's peak of the devices, if that was asked for; else does nothing."""
        if self._reset_peak:
            for index in self._cuda_indices():
                self._torch.cuda.reset_peak_memory_stats(index)

    def close(self) -> None:
        """Ends the thread that asks NVML; `read` still gives the rest. May be called again."""
        self._closed = True
        if self._sampler is not None:
            self._sampler.close()
            self._sampler = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _cuda_indices(self) -> list[int]:
        cuda = self._torch.cuda
        if not cuda.is_initialized():  # nor is it in a forked child, whatever the parent did
            return []
        if self._indices is None:
            asked = [self._torch.device("cuda")] if self._devices is None else self._devices
            current = cuda.current_device()
            here = [
                current if device.index is None else device.index
                for device in asked
                if device.type == "cuda"
            ]
            self._indices = list(dict.fromkeys(here))
            _check_present(self._indices, cuda.device_count())
        if self._pynvml and self._sampler is None and self._indices and not self._closed:
            self._sampler = self._start_sampler(self._pynvml, self._indices)
        return self._indices

    def _start_sampler(self, pynvml: Any, indices: list[int]) -> NvmlSampler:
        uuids = {self._suffix(index): self._uuid(index) for index in indices}
        return NvmlSampler(pynvml, uuids)

    def _suffix(self, index: int) -> str:
        return f"/{index}" if self._indices is not None and len(self._indices) > 1 else ""

    def _uuid(self, index: int) -> str:
        # NVML counts all devices of the machine, PyTorch those that CUDA_VISIBLE_DEVICES leaves.
        properties = self._torch.cuda.get_device_properties(index)
        # The first versions of PyTorch tell none; NVML then answers that it knows no such device.
        return f"GPU-{getattr(properties, 'uuid', 'unknown to this version of PyTorch')}"

    def _allocator(self, index: int) -> dict[str, float]:
        if not self._has_books:
            return {}
        try:
            books = self._torch.cuda.memory_stats_as_nested_dict(index)
        except RuntimeError as error:
            self._has_books = False  # an allocator of the program's own; it will not learn
            warnings.warn(
                f"this CUDA allocator tells no memory figures: {error}", RecordingWarning, 3
            )
            return {}
        suffix = self._suffix(index)
        allocated, reserved = books["allocated_bytes"]["all"], books["reserved_bytes"]["all"]
        return {
            f"cuda_memory_allocated_mb{suffix}": allocated["current"] / _MIB,
            f"cuda_memory_reserved_mb{suffix}": reserved["current"] / _MIB,
            f"cuda_memory_peak_mb{suffix}": allocated["peak"] / _MIB,
        }


def _devices(device: Device | Iterable[Device]) -> list[torch.device]:
    torch = require("torch", "torch")
    one = isinstance(device, str | int | torch.device)
    asked: list[Any] = [device] if one or not isinstance(device, Iterable) else list(device)
    return [_device(each) for each in asked]


def _device(device: Any) -> torch.device:
    torch = require("torch", "torch")
    if isinstance(device, bool) or not isinstance(device, str | int | torch.device):
        raise ArgumentTypeError(
            'device is a torch.device, text such as "cuda:0", or an index: '
            f"{type(device).__name__}",
            argument="device",
        )
    try:
        return torch.device("cuda", device) if isinstance(device, int) else torch.device(device)
    except (RuntimeError, ValueError, OverflowError) as error:
        raise InvalidArgumentError(
            f'device must be one that PyTorch knows, such as "cuda:0": {device!r}',
            argument="device",
        ) from error


def _check_present(indices: list[int], count: int) -> None:
    for index in indices:
        if not 0 <= index < count:
            raise InvalidArgumentError(
                f"device must be one of the {count} CUDA devices of this process: {index}",
                argument="device",
            )
