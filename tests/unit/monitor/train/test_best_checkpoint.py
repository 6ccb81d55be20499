"""The best checkpoint: when it is written, and that it loads without trust."""

import math

import pytest

torch = pytest.importorskip("torch")

from tachograph.monitor.train.best_checkpoint import BestCheckpoint  # noqa: E402 -- it needs torch


@pytest.fixture
def trained():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    model(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    return model, optimizer


def offer(best, trained, epoch, acc):
    train = {"epoch": epoch, "loss": 0.5, "class_1_acc": math.nan}
    return best.offer(*trained, train, {"epoch": epoch, "acc": acc, "matrix": [[1, 0], [0, 2]]})


def load(path):
    return torch.load(path, weights_only=True)


def test_it_loads_without_trust_and_goes_on(tmp_path, trained):
    best = BestCheckpoint(tmp_path / "deeper" / "best.pt", {"d_model": 128, "data_dir": None})

    assert offer(best, trained, 1, 0.75)

    content = load(best.path)
    assert list(content) == [
        "epoch",
        "model",
        "optimizer",
        "config",
        "train_metrics",
        "val_metrics",
        "best_val_acc",
    ]
    assert (content["epoch"], content["best_val_acc"]) == (1, 0.75)
    assert content["config"] == {"d_model": 128, "data_dir": None}
    assert content["val_metrics"] == {"epoch": 1, "acc": 0.75, "matrix": [[1, 0], [0, 2]]}
    model, optimizer = trained
    other = torch.nn.Linear(3, 2)
    other.load_state_dict(content["model"])
    assert torch.equal(other.weight, model.weight)
    again = torch.optim.AdamW(other.parameters(), lr=0.5)
    again.load_state_dict(content["optimizer"])
    assert again.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize(
    ("accuracies", "kept"),
    [
        ([0.0, 0.0], [1]),
        ([0.0, 0.5, 0.5, 0.4, 0.6], [1, 2, 5]),
        ([1.0, 0.5], [1]),
        ([math.nan, 0.0, math.nan], [1, 2]),
        ([math.nan, math.nan], [1]),
        ([0.5, math.nan, 0.6], [1, 3]),
    ],
)
def test_the_first_epoch_counts_and_then_what_is_better(tmp_path, trained, accuracies, kept):
    best = BestCheckpoint(tmp_path / "best.pt", {})

    offered = [epoch for epoch, acc in enumerate(accuracies, 1) if offer(best, trained, epoch, acc)]

    assert offered == kept
    assert best.epoch == load(best.path)["epoch"] == kept[-1]


def test_what_an_earlier_training_left_is_replaced(tmp_path, trained):
    offer(BestCheckpoint(tmp_path / "best.pt", {}), trained, 9, 1.0)

    assert offer(BestCheckpoint(tmp_path / "best.pt", {}), trained, 1, 0.0)
    assert load(tmp_path / "best.pt")["epoch"] == 1


def test_a_write_that_fails_leaves_the_checkpoint_of_before(tmp_path, trained, monkeypatch):
    best = BestCheckpoint(tmp_path / "best.pt", {})
    offer(best, trained, 1, 0.5)

    def fails(content, out):
        out.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(OSError, match="No space"):
        offer(best, trained, 2, 0.9)

    assert (best.epoch, load(best.path)["epoch"]) == (1, 1)
    assert list(tmp_path.iterdir()) == [best.path]
