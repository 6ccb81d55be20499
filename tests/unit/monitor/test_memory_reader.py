"""Memory figures: their names, their units, and that reading them disturbs nothing."""

import os
import subprocess
import sys
import time
import types

import numpy as np
import pytest

from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    MissingExtraError,
    RecordingWarning,
)
from tachograph.monitor import MemoryReader
from tachograph.recorder.resident_memory import resident_mib

torch = pytest.importorskip("torch")

MIB = 2**20
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


class FakeCuda:
    """The books of two devices, as PyTorch hands them out; no machine at hand has two."""

    def __init__(self):
        self.initialized = True
        self.resets = []
        self.broken = False

    def is_initialized(self):
        return self.initialized

    def current_device(self):
        return 1

    def device_count(self):
        return 2

    def get_device_properties(self, index):
        return types.SimpleNamespace(uuid=f"uuid-{index}")

    def reset_peak_memory_stats(self, index):
        self.resets.append(index)

    def memory_stats_as_nested_dict(self, index):
        if self.broken:
            raise RuntimeError("this allocator keeps no books")
        current, peak, reserved = ((n + 10 * index) * MIB for n in (1, 2, 3))
        return {
            "allocated_bytes": {"all": {"current": current, "peak": peak}},
            "reserved_bytes": {"all": {"current": reserved, "peak": 99 * MIB}},
        }


@pytest.fixture
def cuda(monkeypatch):
    fake = FakeCuda()
    for name in dir(FakeCuda):
        if not name.startswith("_"):
            monkeypatch.setattr(torch.cuda, name, getattr(fake, name))
    return fake


def test_without_cuda_there_are_no_figures_and_nothing_is_initialised():
    if torch.cuda.is_initialized():
        pytest.skip("another test initialised CUDA")
    for reader in (MemoryReader(), MemoryReader("cuda:0"), MemoryReader("cpu", reset_peak=True)):
        reader.begin_epoch()
        assert reader.read() == {}
        reader.close()
    assert not torch.cuda.is_initialized()


def test_host_memory_is_the_resident_set_in_mib():
    if resident_mib() is None:
        pytest.skip("this system does not tell it")
    with MemoryReader("cpu", host=True) as reader:
        before = reader.read()
        held = np.ones(200 * MIB, dtype=np.uint8)
        after = reader.read()
    assert set(before) == {"host_memory_mb"}
    assert after["host_memory_mb"] - before["host_memory_mb"] == pytest.approx(200, rel=0.1)
    assert held.nbytes == 200 * MIB


def test_host_memory_is_absent_where_the_system_does_not_tell_it(monkeypatch):
    monkeypatch.setattr("tachograph.monitor.memory_reader.resident_mib", lambda: None)
    assert MemoryReader("cpu", host=True).read() == {}


def test_one_device_has_plain_names_in_mib(cuda):
    assert MemoryReader().read() == {  # the current one, 1
        "cuda_memory_allocated_mb": 11.0,
        "cuda_memory_reserved_mb": 13.0,
        "cuda_memory_peak_mb": 12.0,
    }
    assert MemoryReader("cuda:0").read()["cuda_memory_allocated_mb"] == 1.0
    assert MemoryReader(torch.device("cuda")).read()["cuda_memory_allocated_mb"] == 11.0
    assert MemoryReader(0).read()["cuda_memory_peak_mb"] == 2.0


def test_names_of_several_devices_end_in_their_index(cuda):
    found = MemoryReader(["cuda:0", torch.device("cuda:1"), "cpu", 0]).read()
    assert found == {
        "cuda_memory_allocated_mb/0": 1.0,
        "cuda_memory_reserved_mb/0": 3.0,
        "cuda_memory_peak_mb/0": 2.0,
        "cuda_memory_allocated_mb/1": 11.0,
        "cuda_memory_reserved_mb/1": 13.0,
        "cuda_memory_peak_mb/1": 12.0,
    }


def test_cuda_that_comes_later_is_read_then(cuda):
    cuda.initialized = False
    reader = MemoryReader()
    assert reader.read() == {}
    cuda.initialized = True
    assert len(reader.read()) == 3
    cuda.initialized = False  # as PyTorch says it in a forked child
    assert reader.read() == {}


def test_the_peak_is_reset_only_if_that_was_asked_for(cuda):
    MemoryReader([0, 1]).begin_epoch()
    assert cuda.resets == []
    MemoryReader([0, 1], reset_peak=True).begin_epoch()
    assert cuda.resets == [0, 1]


def test_an_allocator_without_books_is_said_once_and_the_rest_is_read(cuda):
    cuda.broken = True
    reader = MemoryReader([0, 1], host=True)
    with pytest.warns(RecordingWarning, match="no memory figures: this allocator keeps") as seen:
        assert set(reader.read()) <= {"host_memory_mb"}
    assert len(seen) == 1
    assert set(reader.read()) <= {"host_memory_mb"}


def test_a_device_that_is_not_there_is_refused_at_the_first_reading(cuda):
    reader = MemoryReader("cuda:2")
    with pytest.raises(InvalidArgumentError, match=r"one of the 2 CUDA devices.*: 2$") as error:
        reader.read()
    assert error.value.argument == "device"


@pytest.mark.parametrize(
    ("device", "error"),
    [
        ("gpu", InvalidArgumentError),
        ("cuda:-1", InvalidArgumentError),
        (-1, InvalidArgumentError),
        (10**30, InvalidArgumentError),
        (1.0, ArgumentTypeError),
        (True, ArgumentTypeError),
        ([None], ArgumentTypeError),
        (["cuda:0", b"cuda:1"], ArgumentTypeError),
    ],
)
def test_what_is_no_device_is_refused(device, error):
    with pytest.raises(error) as raised:
        MemoryReader(device)
    assert raised.value.argument == "device"


def test_nvml_is_asked_for_the_devices_that_cuda_shows(cuda, nvml):
    nvml.devices = {"GPU-uuid-0": (30, 50), "GPU-uuid-1": (40, 60), "GPU-other": (99, 99)}
    with MemoryReader([0, 1], nvml=True) as reader:
        reader.read()  # starts the thread
        for _ in range(2):
            assert nvml.asked.acquire(timeout=60)
        sampler = reader._sampler
        while not sampler.latest():
            assert sampler._thread.is_alive()
            time.sleep(0.001)
        found = reader.read()
    assert {name: value for name, value in found.items() if name.startswith("gpu")} == {
        "gpu_utilisation_percent/0": 30.0,
        "gpu_temperature_c/0": 50.0,
        "gpu_utilisation_percent/1": 40.0,
        "gpu_temperature_c/1": 60.0,
    }
    assert not sampler._thread.is_alive()
    assert nvml.users == 0
    assert not any(name.startswith("gpu") for name in reader.read()), "closed stays closed"


def test_nvml_is_left_alone_until_cuda_is_there(cuda, nvml):
    cuda.initialized = False
    with MemoryReader(nvml=True) as reader:
        assert reader.read() == {}
        assert reader._sampler is None
    with MemoryReader(nvml=True):
        pass
    assert nvml.threads == set()


def test_without_its_bindings_nvml_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tachograph\[nvml\]'"):
        MemoryReader(nvml=True)
    MemoryReader().close()


@pytest.mark.parametrize("name", ["MemoryReader", "WeightMeter", "WeightStatistics"])
def test_without_torch_the_package_imports_and_says_what_to_install(name):
    arguments = "" if name == "MemoryReader" else "[]"
    script = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "import tachograph.monitor as monitor\n"
        "from tachograph.exceptions import MissingExtraError\n"
        f"meter = monitor.{name}\n"
        "try:\n"
        f"    meter({arguments})\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env=environment,
    )
    assert done.stderr == ""
    assert "torch is not installed" in done.stdout
    assert "pip install 'tachograph[torch]'" in done.stdout


@needs_cuda
def test_on_cuda_the_figures_are_pytorchs_own_and_nothing_waits():
    held = torch.ones(64 * MIB, dtype=torch.uint8, device="cuda")
    reader = MemoryReader(held.device, reset_peak=True)
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = reader.read()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert found == {
        "cuda_memory_allocated_mb": torch.cuda.memory_allocated() / MIB,
        "cuda_memory_reserved_mb": torch.cuda.memory_reserved() / MIB,
        "cuda_memory_peak_mb": torch.cuda.max_memory_allocated() / MIB,
    }
    assert found["cuda_memory_allocated_mb"] >= 64
    del held
    reader.begin_epoch()
    after = reader.read()
    assert after["cuda_memory_peak_mb"] <= found["cuda_memory_peak_mb"] - 64
