"""The names that a lower layer reaches for are there, and are imported only when they are used."""

import subprocess
import sys

import pytest

from tachograph.records.upward import UPWARD, reach


@pytest.mark.parametrize("name", UPWARD)
def test_every_name_of_the_table_is_there(name):
    assert callable(reach(name))


def test_no_other_name_is_reached():
    with pytest.raises(KeyError):
        reach("open")


def test_reading_a_run_imports_no_higher_layer():
    homes = sorted(set(UPWARD.values()))
    code = (
        f"import sys, tachograph; tachograph.Run; print([n for n in {homes} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
