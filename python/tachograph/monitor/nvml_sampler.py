"""A thread that asks NVML for utilisation and temperature, so that the training need not."""

from __future__ import annotations

import os
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tachograph.exceptions import RecordingWarning

__all__ = ["NvmlSampler"]

_INTERVAL_SECS = 1.0
_JOIN_SECS = 5.0


@dataclass(slots=True)
class _Shared:
    """What the thread and its owner share; the thread knows nothing else of the owner."""

    stop: threading.Event = field(default_factory=threading.Event)
    latest: dict[str, float] = field(default_factory=dict)  # replaced whole, never changed
    failure: str | None = None  # the first one


class NvmlSampler:
    """Asks NVML at an interval, and keeps the last answer.

    A figure that NVML refuses is absent; the first refusal is warned of once, from `latest`. The
    thread ends with `close`, with this object, or with the process.
    """

    def __init__(
        self, pynvml: Any, uuids: Mapping[str, str], *, interval_secs: float = _INTERVAL_SECS
    ) -> None:
        """Starts the thread.

        Args:
            pynvml: The module of that name.
            uuids: The device by what ends the names of its figures: ``{"": "GPU-..."}``.
            interval_secs: Seconds between two readings.
        """
        self._pid = os.getpid()
        self._warned = False
        self._shared = _Shared()
        self._thread = threading.Thread(
            target=_run,
            args=(pynvml, dict(uuids), interval_secs, self._shared),
            name="tachograph-nvml",
            daemon=True,
        )
        # Whoever forgets to close leaves no thread behind.
        weakref.finalize(self, self._shared.stop.set)
        self._thread.start()

    def latest(self) -> dict[str, float]:
        """`gpu_utilisation_percent` and `gpu_temperature_c` of each device, as far as known.

        Empty before the first answer, and in a forked child, where there is no thread.
        """
        if os.getpid() != self._pid:
            return {}
        failure = self._shared.failure
        if failure is not None and not self._warned:
            self._warned = True
            warnings.warn(f"NVML does not give every figure: {failure}", RecordingWarning, 3)
        return dict(self._shared.latest)

    def close(self) -> None:
        """Ends the thread and waits for it, five seconds at most. May be called again."""
        if os.getpid() != self._pid:
            return
        self._shared.stop.set()
        self._shared.latest = {}
        if self._thread is not threading.current_thread():
            self._thread.join(_JOIN_SECS)


def _run(pynvml: Any, uuids: dict[str, str], interval_secs: float, shared: _Shared) -> None:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        shared.failure = str(error)
        return
    try:
        handles = {
            suffix: handle
            for suffix, uuid in uuids.items()
            if (handle := _asked(partial(pynvml.nvmlDeviceGetHandleByUUID, uuid), pynvml, shared))
            is not None
        }
        while handles and not shared.stop.is_set():
            found = _sample(pynvml, handles, shared)
            if not shared.stop.is_set():
                shared.latest = found
            shared.stop.wait(interval_secs)
    finally:
        # NVML counts its users: those of others, PyTorch's among them, go on.
        _asked(pynvml.nvmlShutdown, pynvml, shared)


def _sample(pynvml: Any, handles: dict[str, Any], shared: _Shared) -> dict[str, float]:
    found: dict[str, float] = {}
    for suffix, handle in handles.items():
        rates = _asked(partial(pynvml.nvmlDeviceGetUtilizationRates, handle), pynvml, shared)
        if rates is not None:
            found[f"gpu_utilisation_percent{suffix}"] = float(rates.gpu)
        celsius = _asked(partial(_celsius, pynvml, handle), pynvml, shared)
        if celsius is not None:
            found[f"gpu_temperature_c{suffix}"] = float(celsius)
    return found


def _celsius(pynvml: Any, handle: Any) -> int:
    sensor = pynvml.NVML_TEMPERATURE_GPU
    # The older call is to go with CUDA 14; drivers and bindings of long ago lack the newer one.
    newer = getattr(pynvml, "nvmlDeviceGetTemperatureV", None)
    if newer is not None:
        try:
            return int(newer(handle, sensor))
        except pynvml.NVMLError_FunctionNotFound:
            pass
    return int(pynvml.nvmlDeviceGetTemperature(handle, sensor))


def _asked(ask: Callable[[], Any], pynvml: Any, shared: _Shared) -> Any:
    """An answer of NVML; None where it refuses, as some devices and drivers do."""
    try:
        return ask()
    except pynvml.NVMLError as error:
        if shared.failure is None:
            shared.failure = str(error)
        return None
