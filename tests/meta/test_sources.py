"""Nothing in the sources belongs to one machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (".ci", "benches", "docs", "python", "rust", "tests", "tools")
TEXT_SUFFIXES = {".md", ".py", ".pyi", ".rs", ".toml", ".sh", ""}
SKIPPED = {".git", "target", "corpus", "artifacts", "__pycache__"}
MACHINE_PATH = re.compile(r"""["'`\s(=]/(?:home|root|work|Users)/\w""")


def sources() -> list[Path]:
    below = (path for place in PLACES for path in (ROOT / place).rglob("*"))
    return sorted(
        path
        for path in (*ROOT.glob("*.*"), *below)
        if path.is_file()
        and path.suffix in TEXT_SUFFIXES
        and not SKIPPED & set(path.relative_to(ROOT).parts)
    )


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_names_no_place_of_a_single_machine(path):
    found = MACHINE_PATH.findall(path.read_text(errors="replace"))

    assert not found
