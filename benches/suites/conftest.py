"""What the suites share: their sizes, the data, and peers that may not be installed."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

from suites.given import Columns, Peer, Sizes
from tachograph.bench.calls import metric_names


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--small", action="store_true", help="a size that shows only that it runs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # What a peer warns about is no error of ours; some need their time.
        item.add_marker(pytest.mark.filterwarnings("ignore"))
        item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def sizes(request: pytest.FixtureRequest) -> Sizes:
    if request.config.getoption("--small"):
        return Sizes(rows=500, values=5000, calls=1000, slow_calls=10, rounds=3)
    return Sizes(rows=20_000, values=1_000_000, calls=5000, slow_calls=50, rounds=9)


@pytest.fixture(scope="session")
def columns(sizes: Sizes) -> Columns:
    """Ten metrics as a training has them: values of single precision."""
    random = np.random.default_rng(0)
    return {
        name: random.standard_normal(sizes.rows).astype(np.float32).astype(np.float64)
        for name in metric_names(10)
    }


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Peer:
    """Imports a peer, or skips its entry with a word."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")

    def load(name: str) -> Any:
        try:
            with warnings.catch_warnings(action="ignore"):
                return importlib.import_module(name)
        except ModuleNotFoundError as error:
            pytest.skip(f"{name} is not installed: no module {error.name}")

    return load
