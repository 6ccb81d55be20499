"""Every test here has a directory of its own, so that default places are its own, too."""

import importlib.util
from pathlib import Path

import pytest

STAND_IN = Path(__file__).with_name("stand_in_device.py")


@pytest.fixture(autouse=True)
def _in_own_directory(own_directory):
    pass


@pytest.fixture(scope="session")
def stand_in():
    """The module of the device that is none; torch is needed for it."""
    pytest.importorskip("torch")
    spec = importlib.util.spec_from_file_location(STAND_IN.stem, STAND_IN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def device(stand_in, monkeypatch):
    """A device with events, whose work is done when the test says so."""
    import torch

    made = stand_in.StandInDevice()
    monkeypatch.setattr(torch, stand_in.KIND, made, raising=False)
    # There is no accelerator that memory could be pinned for.
    monkeypatch.setattr(
        "tachograph.recorder.device_copies._pinned",
        lambda torch, like: torch.empty(like.shape, dtype=like.dtype),
    )
    return made


@pytest.fixture
def plain_device(stand_in):
    """A device without events: what is copied from it is waited for."""
    return stand_in.StandInDevice()
