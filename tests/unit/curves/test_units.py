"""Units are told by names."""

import pytest

from tachograph.curves import unit_of


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("epoch_time", "s"),
        ("memory_usage", "MiB"),
        ("step_ms", "ms"),
        ("time_s", "s"),
        ("seconds", "s"),
        ("gpu/memory_mib", "MiB"),
        ("memory_mb", "MB"),
        ("Tokens_per_Sec", "Tokens/s"),
        ("samples per step", "samples/step"),
        ("gpu.util.percent", "%"),
        ("loss", None),
        ("theta_s", None),
        ("s", None),
        ("per_s", None),
        ("", None),
        ("/", None),
        ("val/acc", None),
    ],
)
def test_the_last_word_tells(name, unit):
    assert unit_of(name) == unit


def test_a_name_of_any_length_takes_no_time():
    assert unit_of("a" * 10_000_000 + "_ms") == "ms"
