"""Every test here has a directory of its own, so that default places are its own, too."""

import pytest


@pytest.fixture(autouse=True)
def _in_own_directory(own_directory):
    pass
