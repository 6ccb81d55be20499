"""The thread that asks NVML: what it answers, what it survives, and that it ends."""

import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tachograph.exceptions import RecordingWarning
from tachograph.monitor.nvml_sampler import NvmlSampler

# What a test waits for has a minute, which only something broken reaches.
LIMIT_SECS = 60.0
FAKE = Path(__file__).with_name("conftest.py")


def wait_until(holds):
    deadline = time.monotonic() + LIMIT_SECS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "tachograph-nvml"]


@pytest.fixture
def make_sampler(nvml):
    made = []

    def make(uuids, interval_secs=0.001):
        made.append(NvmlSampler(nvml, uuids, interval_secs=interval_secs))
        return made[-1]

    yield make
    for sampler in made:
        sampler.close()
    assert not threads()


def test_figures_are_read_on_a_thread_and_never_by_the_caller(nvml, make_sampler):
    nvml.devices = {"GPU-a": (97, 61)}
    sampler = make_sampler({"": "GPU-a"})
    wait_until(sampler.latest)
    assert sampler.latest() == {"gpu_utilisation_percent": 97.0, "gpu_temperature_c": 61.0}
    sampler.close()
    assert nvml.threads == {"tachograph-nvml"}


def test_devices_are_told_apart_by_the_end_of_the_name(nvml, make_sampler):
    nvml.devices = {"GPU-a": (1, 40), "GPU-b": (2, 50)}
    sampler = make_sampler({"/0": "GPU-b", "/3": "GPU-a"})
    wait_until(sampler.latest)
    assert sampler.latest() == {
        "gpu_utilisation_percent/0": 2.0,
        "gpu_temperature_c/0": 50.0,
        "gpu_utilisation_percent/3": 1.0,
        "gpu_temperature_c/3": 40.0,
    }


def test_figures_follow_the_device(nvml, make_sampler):
    nvml.devices = {"GPU-a": (10, 40)}
    sampler = make_sampler({"": "GPU-a"})
    wait_until(sampler.latest)
    nvml.devices = {"GPU-a": (20, 41)}
    wait_until(lambda: sampler.latest()["gpu_temperature_c"] == 41.0)


def test_a_long_interval_does_not_hold_up_the_close(nvml, make_sampler):
    nvml.devices = {"GPU-a": (10, 40)}
    sampler = make_sampler({"": "GPU-a"}, interval_secs=1e6)
    wait_until(sampler.latest)
    sampler.close()
    sampler.close()
    assert not threads()
    assert nvml.users == 0
    assert sampler.latest() == {}


def test_a_sampler_that_is_forgotten_leaves_no_thread(nvml):
    nvml.devices = {"GPU-a": (10, 40)}
    sampler = NvmlSampler(nvml, {"": "GPU-a"}, interval_secs=1e6)
    wait_until(sampler.latest)
    del sampler
    gc.collect()
    wait_until(lambda: not threads())
    assert nvml.users == 0


@pytest.mark.parametrize(
    ("device", "left"),
    [((None, 55), {"gpu_temperature_c": 55.0}), ((5, None), {"gpu_utilisation_percent": 5.0})],
    ids=["utilisation", "temperature"],
)
def test_a_figure_that_is_refused_is_absent_and_said_once(nvml, make_sampler, device, left):
    nvml.devices = {"GPU-a": device}
    sampler = make_sampler({"": "GPU-a"})
    wait_until(lambda: sampler._shared.failure and sampler._shared.latest)
    with pytest.warns(RecordingWarning, match="does not give every figure: Not Supported"):
        assert sampler.latest() == left
    assert sampler.latest() == left, "and no second warning, which would be an error here"


def test_a_refusal_that_passes_brings_the_figure_back(nvml, make_sampler):
    nvml.devices = {"GPU-a": (None, 55)}
    sampler = make_sampler({"": "GPU-a"})
    wait_until(lambda: sampler._shared.failure)
    with pytest.warns(RecordingWarning):
        sampler.latest()
    nvml.devices = {"GPU-a": (7, 55)}
    wait_until(lambda: sampler.latest().get("gpu_utilisation_percent") == 7.0)


@pytest.mark.parametrize("fault", ["driver", "device"])
def test_without_driver_or_device_there_are_no_figures_and_one_warning(nvml, make_sampler, fault):
    nvml.no_driver = fault == "driver"
    sampler = make_sampler({"": "GPU-unknown"})
    wait_until(lambda: not threads())
    with pytest.warns(RecordingWarning, match="Not Found"):
        assert sampler.latest() == {}
    assert sampler.latest() == {}
    assert nvml.users == 0


@pytest.mark.parametrize("old", ["driver", "bindings"])
def test_drivers_and_bindings_of_long_ago_tell_the_temperature_too(
    nvml, make_sampler, monkeypatch, old
):
    nvml.devices = {"GPU-a": (10, 40)}
    if old == "driver":
        nvml.no_new_calls = True
    else:
        monkeypatch.delattr(nvml, "nvmlDeviceGetTemperatureV")
    sampler = make_sampler({"": "GPU-a"})
    wait_until(sampler.latest)
    assert sampler.latest()["gpu_temperature_c"] == 40.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_no_figures_and_does_not_hang(nvml, make_sampler):
    nvml.devices = {"GPU-a": (10, 40)}
    sampler = make_sampler({"": "GPU-a"})
    wait_until(sampler.latest)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            found = sampler.latest()
            sampler.close()
            status = 0 if found == {} else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sampler.latest(), "the parent's goes on"


def test_the_process_ends_with_the_thread_running(tmp_path):
    script = tmp_path / "forgets.py"
    script.write_text(
        "import sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "import importlib.util, threading\n"
        f"spec = importlib.util.spec_from_file_location('fake', {os.fspath(FAKE)!r})\n"
        "fake = importlib.util.module_from_spec(spec); spec.loader.exec_module(fake)\n"
        "nvml = fake.FakeNvml(); nvml.devices = {'GPU-a': (1, 2)}\n"
        "from tachograph.monitor.nvml_sampler import NvmlSampler\n"
        "sampler = NvmlSampler(nvml, {'': 'GPU-a'}, interval_secs=1e6)\n"
        "nvml.asked.acquire()\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, check=False, text=True, timeout=LIMIT_SECS
    )
    assert (done.returncode, done.stderr) == (0, "")
