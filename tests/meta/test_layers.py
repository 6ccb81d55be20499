"""What import-linter cannot see: the compiled core is not in its graph."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "python" / "tachograph"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT_CORE = {
    "analysis",
    "export",
    "health",
    "importers",
    "monitor",
    "overview",
    "recorder",
    "records",
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}


def imported(path: Path) -> Iterator[str]:
    """Full names of everything that a module imports, at any depth, types included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_packages_over_the_core_import_it(path):
    names = [name for name in imported(path) if name.startswith("tachograph._core")]
    if path == PACKAGE / "__init__.py":
        assert set(names) <= {"tachograph._core.__version__"}
    elif names:
        assert package_of(path) in MAY_IMPORT_CORE, f"imports {names}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_a_drawer_for_odds_and_ends(path):
    assert path.stem.strip("_") not in FORBIDDEN_NAMES
