"""The console's block: the guide's own, from its own numbers."""

import io
import math
import subprocess
import sys

import numpy as np
import pytest

from tachograph import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor import metrics_text, print_metrics

# As the monitoring guide shows it.
GUIDES_BLOCK = """\
================================================================================
                         Training Metrics - Epoch 1
================================================================================
  loss                : 0.693147
  acc                 : 0.500000

  Gradient Norms      :
    grad_norm_max     : 12.345678
    grad_norm_mean    : 2.345678
    grad_norm_std     : 1.234567

  Per-Class Metrics   :
    class_0_acc       : 0.480000
    class_1_acc       : 0.520000

  Confidence Stats    :
    confidence_max    : 0.876543
    confidence_mean   : 0.543210
    confidence_min    : 0.234567
    confidence_std    : 0.123456

  Other Metrics       :
    batch_loss_std    : 0.012345
    epoch             : 1
    lr                : 0.000300
    weight_change     : 0.001234
"""

GUIDES_NUMBERS = {
    "weight_change": 0.001234,
    "lr": 3e-4,
    "epoch": 1,
    "batch_loss_std": 0.012345,
    "confidence_std": 0.123456,
    "confidence_min": 0.234567,
    "confidence_mean": 0.54321,
    "confidence_max": 0.876543,
    "class_1_acc": 0.52,
    "class_0_acc": 0.48,
    "grad_norm_std": 1.234567,
    "grad_norm_mean": 2.345678,
    "grad_norm_max": 12.345678,
    "acc": 0.5,
    "loss": 0.693147,
}


def test_the_guides_block_comes_from_its_numbers(capsys):
    print_metrics("Training Metrics - Epoch 1", GUIDES_NUMBERS)
    printed = capsys.readouterr().out.split("\n")
    expected = GUIDES_BLOCK.split("\n")

    # The guide's headline stands two columns left of the middle.
    assert printed[1] == " " * 27 + "Training Metrics - Epoch 1"
    assert printed.pop(1).strip() == expected.pop(1).strip()
    assert printed == expected


def test_counts_of_two_classes_are_a_block():
    text = metrics_text(
        "Validation", {"true_neg": 1, "false_pos": 22, "false_neg": 333, "true_pos": 44444}
    )

    assert text.split("\n")[3:] == [
        "",
        "  Confusion Matrix    :",
        "    TN:    1  FP:   22",
        "    FN:  333  TP: 44444",
    ]


def test_some_of_the_counts_alone_are_lines():
    assert metrics_text("x", {"true_neg": 1}).endswith("\n    true_neg          : 1")


@pytest.mark.parametrize("kind", [list, tuple, np.asarray])
def test_a_matrix_is_its_rows(kind):
    text = metrics_text("x", {"confusion_matrix": kind([[1, 20, 3], [4, 5, 600], [7, 8, 9]])})

    assert text.split("\n")[-3:] == ["      1  20   3", "      4   5 600", "      7   8   9"]


def test_a_matrix_that_is_too_wide_is_its_size():
    text = metrics_text("x", {"confusion_matrix": [[1000] * 30] * 30}, width=80)

    assert text.endswith("    confusion_matrix  : 30 x 30")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, "1"),
        (1.0, "1.000000"),
        (True, "1"),
        (np.float32(0.5), "0.500000"),
        (np.int64(3), "3"),
        (math.nan, "nan"),
        (None, "nan"),
        (-math.inf, "-inf"),
        ("text", "text"),
    ],
)
def test_values_of_every_kind(value, shown):
    assert metrics_text("x", {"mine": value}).endswith(f"    mine              : {shown}")


def test_a_name_that_is_too_long_pushes_its_value_on():
    assert metrics_text("x", {"a_name_of_more_than_18": 1}).endswith("a_name_of_more_than_18: 1")


def test_width_and_file_are_chosen():
    file = io.StringIO()
    print_metrics("ab", {"loss": 1.0}, width=6, file=file)

    assert file.getvalue() == "======\n  ab\n======\n  loss                : 1.000000\n"


def test_no_metrics_are_a_headline():
    assert metrics_text("x", {}, 3) == "===\n x\n==="


@pytest.mark.parametrize(
    ("metrics", "width", "error"),
    [
        ([1.0], 80, ArgumentTypeError),
        ({1: 1.0}, 80, ArgumentTypeError),
        ({}, 0, InvalidArgumentError),
        ({}, 1.5, ArgumentTypeError),
    ],
)
def test_wrong_arguments_are_refused(metrics, width, error):
    with pytest.raises(error):
        metrics_text("x", metrics, width)


def test_neither_printing_nor_registering_needs_torch():
    code = """
import sys
sys.modules["torch"] = None
from tachograph import MissingExtraError
from tachograph.monitor import ClassificationMetrics, evaluate, print_metrics, register_metric
register_metric("mine", lambda _: 1.0)
print_metrics("x", {"mine": 1.0})
for use in (lambda: ClassificationMetrics(2), lambda: evaluate(None, [], "cpu")):
    try:
        use()
    except MissingExtraError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "    mine              : 1.000000" in done.stdout
    assert done.stdout.count("pip install 'tachograph[torch]'") == 2
