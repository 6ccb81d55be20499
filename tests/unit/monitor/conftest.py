"""A stand-in for NVML, which is the driver's: without an NVIDIA device there is nothing to ask."""

import sys
import threading
import types

import pytest


class NVMLError(Exception):
    pass


class FunctionNotFoundError(NVMLError):
    pass


class FakeNvml(types.ModuleType):
    """The calls of `pynvml` that are made, on devices that the test fills in.

    Attributes:
        devices: (utilisation in percent, degrees Celsius) by UUID; None is refused.
        users: Calls of `nvmlInit` less those of `nvmlShutdown`.
        threads: Names of the threads that called.
        asked: Let go of once for each utilisation.
    """

    def __init__(self):
        super().__init__("pynvml")
        self.devices = {}
        self.users = 0
        self.threads = set()
        self.no_driver = self.no_new_calls = False
        self.asked = threading.Semaphore(0)
        self.NVML_TEMPERATURE_GPU = 0
        self.NVMLError, self.NVMLError_FunctionNotFound = NVMLError, FunctionNotFoundError
        self.nvmlInit, self.nvmlShutdown = self._init, self._shutdown
        self.nvmlDeviceGetHandleByUUID = self._handle
        self.nvmlDeviceGetUtilizationRates = self._rates
        self.nvmlDeviceGetTemperature = self._temperature
        self.nvmlDeviceGetTemperatureV = self._new_temperature

    def _called(self):
        self.threads.add(threading.current_thread().name)

    def _init(self):
        self._called()
        if self.no_driver:
            raise NVMLError("NVML Shared Library Not Found")
        self.users += 1

    def _shutdown(self):
        self._called()
        self.users -= 1

    def _handle(self, uuid):
        self._called()
        if uuid not in self.devices:
            raise NVMLError("Not Found")
        return uuid

    def _rates(self, handle):
        self._called()
        self.asked.release()
        percent, _ = self.devices[handle]
        if percent is None:
            raise NVMLError("Not Supported")
        return types.SimpleNamespace(gpu=percent, memory=0)

    def _new_temperature(self, handle, sensor):
        if self.no_new_calls:
            raise FunctionNotFoundError("Function Not Found")
        return self._temperature(handle, sensor)

    def _temperature(self, handle, sensor):
        self._called()
        assert sensor == self.NVML_TEMPERATURE_GPU
        _, celsius = self.devices[handle]
        if celsius is None:
            raise NVMLError("Not Supported")
        return celsius


@pytest.fixture
def nvml(monkeypatch):
    fake = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    return fake
