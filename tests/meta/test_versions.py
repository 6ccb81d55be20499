"""The version stands once, in Cargo.toml, and everything agrees with it."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import tachograph

ROOT = Path(__file__).parents[2]
STATED = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def test_compiled_core_carries_the_workspace_version():
    assert tachograph.__version__ == STATED


def test_distribution_carries_the_workspace_version():
    assert version("tachograph") == STATED


def test_crates_inherit_the_version():
    for manifest in ROOT.glob("rust/tachograph*/Cargo.toml"):
        package = tomllib.loads(manifest.read_text())["package"]

        assert package["version"] == {"workspace": True}, manifest


def test_pyproject_states_no_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert "version" not in project
    assert project["dynamic"] == ["version"]


def test_changelog_has_a_section_for_the_version():
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert STATED in headings
