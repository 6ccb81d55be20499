"""What a watched training came to, as data and as text."""

import math

import pytest

from tachograph.overview.history_summary import best_of, summarize, summary_lines
from tachograph.overview.monitored_epochs import epochs_of_history

NAN = math.nan
HISTORY = {
    "train": [
        {"epoch": 1, "loss": 0.9, "acc": 0.5, "grad_norm_mean": 3.0, "grad_norm_max": 12.5},
        {"epoch": 2, "loss": 0.5, "acc": 0.75, "grad_norm_mean": 1.0, "grad_norm_max": 4.25},
        {"epoch": 3, "loss": 0.25, "acc": 0.875, "grad_norm_mean": 0.5, "grad_norm_max": 2.0},
    ],
    "val": [
        {"epoch": 1, "loss": 0.8, "acc": 0.5},
        {"epoch": 2, "loss": 0.45, "acc": 0.8125},
        {
            "epoch": 3,
            "loss": 0.6,
            "acc": 0.75,
            "true_neg": 40,
            "false_pos": 9,
            "false_neg": 16,
            "true_pos": 135,
        },
    ],
}


def lines(history):
    return summary_lines(summarize(epochs_of_history(history)))


def validated(*pairs):
    """A history whose validation has these losses and accuracies, from epoch 10."""
    val = [{"epoch": 10 + at, "loss": loss, "acc": acc} for at, (loss, acc) in enumerate(pairs)]
    return epochs_of_history({"train": [], "val": val})


def test_every_line():
    assert lines(HISTORY) == [
        "Training history: 3 epochs",
        "",
        "Final epoch: 3",
        "  train loss         0.25",
        "  train acc          0.875",
        "  val loss           0.6",
        "  val acc            0.75",
        "",
        "Best validation epoch: 2 (highest acc)",
        "  val loss           0.45",
        "  val acc            0.8125",
        "",
        "Gradient norm",
        "  mean, last epoch   0.5",
        "  max, last epoch    2",
        "  mean, all epochs   1.5",
        "  max, all epochs    12.5",
        "",
        "Confusion matrix of the validation, epoch 3 (rows: true class, columns: predicted)",
        "        0    1",
        "   0   40    9",
        "   1   16  135",
    ]


def test_of_no_epoch():
    assert lines({"train": [], "val": []}) == [
        "Training history: 0 epochs",
        "",
        "Final epoch",
        "  train loss         -",
        "  train acc          -",
        "  no validation",
        "",
        "Gradient norm: not recorded",
        "",
        "Confusion matrix: not recorded",
    ]


def test_of_one_epoch_whose_values_are_not_numbers():
    found = lines({"train": [{"epoch": 1, "loss": NAN, "acc": None}], "val": [{"loss": math.inf}]})

    assert found[:7] == [
        "Training history: 1 epoch",
        "",
        "Final epoch: 1",
        "  train loss         nan",
        "  train acc          -",
        "  val loss           inf",
        "  val acc            -",
    ]
    assert not any("Best" in one for one in found)


def test_a_last_validation_before_the_last_epoch_says_so():
    found = lines({**HISTORY, "val": HISTORY["val"][:2]})

    assert found[5:7] == [
        "  val loss           0.45 (epoch 2)",
        "  val acc            0.8125 (epoch 2)",
    ]
    assert found[-1] == "Confusion matrix: not recorded"


def test_many_classes_are_told_by_their_confusions():
    counts = [[100 * (row == column) for column in range(30)] for row in range(30)]
    counts[4][9], counts[9][4] = 7, 1234
    found = lines({"val": [{"confusion_matrix": counts}]})

    assert found[-3:] == [
        "Confusion matrix of the validation, epoch 1: 30 classes, most frequent confusions",
        "  9 taken for 4      1,234",
        "  4 taken for 9      7",
    ]


@pytest.mark.parametrize(
    ("pairs", "epoch", "by"),
    [
        ([(0.1, 0.5), (0.9, 0.8)], 11, "acc"),
        ([(0.3, 0.8), (0.2, 0.8), (0.4, 0.8)], 11, "acc"),
        ([(0.3, 0.8), (0.3, 0.8)], 10, "acc"),
        ([(NAN, 0.8), (9.0, 0.8)], 11, "acc"),
        ([(0.5, 0.0)], 10, "acc"),
        ([(0.5, NAN), (0.7, 0.1)], 11, "acc"),
        ([(0.5, None), (0.4, None), (NAN, None)], 11, "loss"),
    ],
)
def test_the_best_epoch(pairs, epoch, by):
    best = best_of(validated(*pairs))

    assert (best.epoch, best.by) == (epoch, by)


@pytest.mark.parametrize("pairs", [[], [(NAN, None)], [(None, math.inf), (math.inf, NAN)]])
def test_there_is_no_best_epoch_where_nothing_can_be_compared(pairs):
    assert best_of(validated(*pairs)) is None


def test_norms_near_the_largest_float_have_a_mean():
    train = [{"grad_norm_mean": 1.5e308, "grad_norm_max": 1.7e308}] * 3
    summary = summarize(epochs_of_history({"train": train}))

    assert summary.grad_norm_mean_all == pytest.approx(1.5e308)
    assert summary.grad_norm_max_all == 1.7e308


def test_norms_that_are_not_finite_take_no_part():
    train = [{"grad_norm_mean": 2.0}, {"grad_norm_mean": math.inf}, {"grad_norm_mean": NAN}]
    summary = summarize(epochs_of_history({"train": train}))

    assert (summary.grad_norm_mean, summary.grad_norm_mean_all) == (2.0, 2.0)
    assert summary.grad_norm_max is None
