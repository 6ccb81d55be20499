"""Optional packages: what is told where one is missing, or too old."""

import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from tachograph import MissingExtraError, _optional


@pytest.fixture
def torch_of(monkeypatch):
    def installed(version):
        module = ModuleType("torch")
        module.__version__ = version
        monkeypatch.setitem(sys.modules, "torch", module)
        monkeypatch.setattr(_optional, "_fit", set())
        return module

    return installed


@pytest.mark.parametrize("version", ["2.2.0", "2.5.1+cu124", "1.13.1"])
def test_a_release_that_is_too_early_is_told_with_the_one_that_is_needed(torch_of, version):
    torch_of(version)

    with pytest.raises(MissingExtraError) as raised:
        _optional.require("torch", "torch")
    assert str(raised.value) == (
        f"torch {version} is installed, and this needs 2.6 or later; install it with: "
        "pip install 'tachograph[torch]'"
    )


@pytest.mark.parametrize("version", ["2.6.0", "2.15.0+cu132", "3.0", "of our own making"])
def test_later_ones_and_those_that_cannot_be_told_are_taken(torch_of, version):
    module = torch_of(version)

    assert _optional.require("torch", "torch") is module
    assert _optional.require("torch", "torch") is module


def test_the_extra_asks_for_the_same_release():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    for package, least in _optional._LEAST.items():
        needed = f"{package}>={'.'.join(map(str, least))}"
        assert project["optional-dependencies"][package] == [needed]
