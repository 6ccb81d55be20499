"""Units are told by names."""

import pytest

from tachograph.curves import role_of, unit_of


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
        ("samples/sec", "samples/s"),
        ("train/Tokens/second", "Tokens/s"),
        ("it/s", "it/s"),
        ("bytes/sec", "bytes/s"),
        ("train/seconds", "s"),
        ("loss/sec", "s"),
        ("samples/ms", "ms"),
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


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("train_loss", "train"),
        ("train/val", "train"),
        ("Training.acc", "train"),
        ("trainLoss", "train"),
        ("loss", "train"),
        ("val_loss", "val"),
        ("val/mae", "val"),
        ("valid-loss", "val"),
        ("eval-loss", "val"),
        ("dev/loss", "val"),
        ("loss/val", "val"),
        ("test.loss", "val"),
        ("loss_aux", "value"),
        ("learning_rate", "value"),
        ("device/memory", "value"),
        ("trainer", "value"),
        ("", "value"),
    ],
)
def test_a_word_tells_training_from_validation(name, role):
    assert role_of(name) == role


def test_a_name_of_any_length_takes_no_time():
    assert unit_of("a" * 10_000_000 + "_ms") == "ms"
