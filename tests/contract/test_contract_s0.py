"""The contract of the recorder, row by row; the numbers are those of its rows.

Those of gradients (S0-11, S0-61) stand beside the monitored training's.
TensorBoard (S0-39, S0-40) and plots (S0-45) have tests of their own.
"""

import csv
import dataclasses
import inspect
import json
import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from enum import Enum
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph import EpochRecord, TrainingRecorder

NAN, INF = math.nan, math.inf
FIELDS = [
    "epoch",
    "timestamp",
    "train_loss",
    "val_loss",
    "train_metrics",
    "val_metrics",
    "learning_rate",
    "epoch_time",
    "memory_usage",
    "gradient_norm",
    "is_best",
    "sample_predictions",
]
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def fail(token):
    raise AssertionError(f"bare {token} is no JSON")


def strict_json(path):
    return json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=fail)


def rows_of(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def with_losses(train, val=(), *, first=0, name="experiment"):
    recorder = TrainingRecorder(name, dir=None, capture_environment=False)
    for at, loss in enumerate(train):
        recorder.log_epoch(first + at, loss, val[at] if at < len(val) else None)
    return recorder


# ---- construction, metadata


def test_s0_01_two_files_of_re_exports_make_the_guides_imports_work(tmp_path):
    """The guide's module exists as a shim, with torch blocked, and pulls in no plotting."""
    shim = tmp_path / "social_xlstm" / "training"
    shim.mkdir(parents=True)
    (shim / "recorder.py").write_text(
        "from tachograph.recorder import TrainingRecorder, EpochRecord\n"
    )
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from social_xlstm.training.recorder import TrainingRecorder, EpochRecord\n"
        "assert not {'matplotlib', 'tensorboard', 'seaborn'} & set(sys.modules)\n"
        "TrainingRecorder('x', dir=None).log_epoch(0, 1.0)\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})


def test_s0_02_three_arguments_by_position_or_keyword():
    positional = TrainingRecorder("n", {"a": 1}, {"b": 2}, dir=None)
    keyword = TrainingRecorder(
        training_config={"b": 2}, model_config={"a": 1}, experiment_name="n", dir=None
    )

    for recorder in (positional, keyword):
        assert recorder.experiment_name == "n"
        assert recorder.model_config == {"a": 1}
        assert recorder.training_config == {"b": 2}


def test_s0_02_configurations_of_anything_do_not_break_save(tmp_path):
    class Activation(Enum):
        RELU = "relu"

    @dataclasses.dataclass
    class Optimizer:
        name: str = "adam"

    config = {
        "path": Path("data"),
        "scalar": np.float32(0.5),
        "class": dict,
        "function": print,
        "enum": Activation.RELU,
        "dataclass": Optimizer(),
        "object": object(),
        "int": 3,
        "nested": {"deep": {"list": [1, 2.5, None, True]}},
        1: "int key",
        "nan": NAN,
    }
    recorder = TrainingRecorder("n", config, dir=None)
    saved = strict_json(recorder.save(tmp_path / "r.json"))["model_config"]

    assert recorder.model_config.keys() == config.keys()
    assert recorder.model_config["nested"] == config["nested"] == saved["nested"]
    assert (saved["int"], saved["scalar"], saved["enum"]) == (3, 0.5, "relu")
    assert type(saved["int"]) is int
    assert saved["dataclass"] == {"name": "adam"}
    assert saved["1"] == "int key"  # keys of JSON are text


def test_s0_03_the_beginning(recorder):
    assert len(recorder.epochs) == 0
    assert recorder.best_epoch is None
    assert recorder.best_val_loss == INF
    assert isinstance(recorder.start_time, datetime)
    assert recorder.early_stopping_info == {}
    assert isinstance(recorder.experiment_metadata, dict)


def test_s0_03_epochs_behave_as_a_list_whose_records_persist(recorder, tmp_path):
    for epoch in range(3):
        recorder.log_epoch(epoch, 1.0)
    for record in recorder.epochs:
        record.memory_usage = 100.0 + record.epoch

    assert (recorder.epochs[1].memory_usage, recorder.epochs[-1].memory_usage) == (101.0, 102.0)
    assert [record.epoch for record in recorder.epochs[1:]] == [1, 2]
    rows = rows_of(recorder.export_to_csv(tmp_path / "x.csv"))
    assert [row["memory_usage"] for row in rows] == ["100.0", "101.0", "102.0"]


def test_s0_04_metadata_has_its_keys_without_torch_and_git(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setenv("PATH", "")
    metadata = TrainingRecorder("n", dir=None).experiment_metadata

    assert metadata["git_commit"] is None
    assert isinstance(metadata["python_version"], str)
    assert (metadata["pytorch_version"], metadata["cuda_version"]) == (None, None)
    assert metadata["device_info"] == {"cuda_available": False, "cuda_device_count": 0}
    assert metadata["system_info"]["cpu_count"] == os.cpu_count()
    assert metadata["system_info"]["memory_total"] > 2**20
    assert metadata["system_info"]["platform"]


def test_s0_05_the_commit_is_head_of_the_working_directory(tmp_path, capfd):
    assert TrainingRecorder("n", dir=None).experiment_metadata["git_commit"] is None
    assert capfd.readouterr().err == ""

    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True)

    assert TrainingRecorder("n", dir=None).experiment_metadata["git_commit"] == head.stdout.strip()


# ---- log_epoch and EpochRecord


def test_s0_06_log_epoch_signature():
    parameters = inspect.signature(TrainingRecorder.log_epoch).parameters
    positional = [name for name, one in parameters.items() if one.kind is one.POSITIONAL_OR_KEYWORD]
    keyword_only = [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY]

    assert positional[1:] == [
        "epoch",
        "train_loss",
        "val_loss",
        "train_metrics",
        "val_metrics",
        "learning_rate",
        "epoch_time",
        "gradient_norm",
    ]
    assert keyword_only == ["memory_usage", "timestamp", "sample_predictions"]
    assert [parameters[name].default for name in positional[3:]] == [
        None,
        None,
        None,
        0.0,
        0.0,
        None,
    ]
    assert {parameters[name].default for name in keyword_only} == {None}


def test_s0_06_seven_by_position_and_the_least(recorder):
    recorder.log_epoch(3, 1.0, 0.5, {"a": 1.0}, {"b": 2.0}, 0.1, 60.0)
    recorder.log_epoch(4, 0.9)

    full, least = recorder.epochs
    assert (full.epoch, full.train_loss, full.val_loss) == (3, 1.0, 0.5)
    assert (full.train_metrics, full.val_metrics) == ({"a": 1.0}, {"b": 2.0})
    assert (full.learning_rate, full.epoch_time, full.gradient_norm) == (0.1, 60.0, None)
    assert (least.epoch, least.train_loss, least.val_loss) == (4, 0.9, None)


def test_s0_07_an_unknown_keyword_is_an_error_that_names_it(recorder):
    with pytest.raises(TypeError, match="grad_norm"):
        recorder.log_epoch(0, 1.0, grad_norm=3.0)

    assert len(recorder.epochs) == 0


def test_s0_08_the_fields_of_a_record():
    record = EpochRecord(epoch=0, timestamp=NOW, train_loss=1.0)

    assert [field.name for field in dataclasses.fields(EpochRecord)] == FIELDS
    assert (record.val_loss, record.memory_usage, record.gradient_norm) == (None, None, None)
    assert record.train_metrics == record.val_metrics == record.sample_predictions == {}
    assert (record.learning_rate, record.epoch_time) == (0.0, 0.0)
    assert record.is_best is False
    assert record == EpochRecord(0, NOW, 1.0) != EpochRecord(1, NOW, 1.0)
    assert repr(record).startswith("EpochRecord(epoch=0, timestamp=datetime.datetime(2026")


def test_s0_08_logged_flags_are_bools(recorder):
    recorder.log_epoch(0, 1.0)
    recorder.log_epoch(1, 2.0)

    assert recorder.epochs[0].is_best is True
    assert recorder.epochs[1].is_best is False


def test_s0_09_timestamps_keep_their_microseconds_everywhere(recorder, tmp_path):
    before = datetime.now(UTC)
    recorder.log_epoch(0, 1.0)
    after = datetime.now(UTC)
    recorder.log_epoch(1, 1.0, timestamp=max(NOW, datetime.now(UTC)).replace(microsecond=123456))
    stamps = [record.timestamp for record in recorder.epochs]

    assert before - timedelta(seconds=5) < stamps[0] < after + timedelta(seconds=5)
    saved = strict_json(recorder.save(tmp_path / "r.json"))["epochs"]
    assert [datetime.fromisoformat(epoch["timestamp"]) for epoch in saved] == stamps
    rows = rows_of(recorder.export_to_csv(tmp_path / "r.csv"))
    assert [datetime.fromisoformat(row["timestamp"]) for row in rows] == stamps
    assert stamps[1].microsecond == 123456
    assert all(stamp.utcoffset().total_seconds() == 0 for stamp in stamps)


def test_s0_10_memory_is_the_resident_set_in_mib(recorder):
    recorder.log_epoch(0, 1.0)
    ballast = np.ones(200 * 2**20, dtype=np.uint8)
    recorder.log_epoch(1, 1.0)
    recorder.log_epoch(2, 1.0, memory_usage=12.5)
    recorder.log_epoch(3, 1.0, memory_usage=0)

    first, second, third, fourth = (record.memory_usage for record in recorder.epochs)
    assert second - first == pytest.approx(ballast.nbytes / 2**20, rel=0.1)
    assert (third, fourth) == (12.5, 0.0)


@pytest.mark.parametrize(
    ("train", "val", "best"),
    [
        ([1, 0.9, 0.95, 0.85], [], [0, 1, 1, 3]),
        ([9, 9, 9, 9], [1, 0.9, 0.95, 0.85], [0, 1, 1, 3]),
        ([1, 1, 1], [], [0, 0, 0]),
        ([NAN, 1, NAN, 0.5], [], [None, 1, 1, 3]),
        ([NAN, NAN], [], [None, None]),
        ([INF, 1], [], [None, 1]),
        ([1, 2, 3], [NAN, NAN, 0.5], [None, None, 2]),
        ([0.1, 0.1, 0.01], [None, 0.3, None], [0, 1, 1]),
    ],
)
@pytest.mark.parametrize("first", [0, 1, 10])
def test_s0_12_the_best_epoch(train, val, best, first):
    recorder = TrainingRecorder("n", dir=None, capture_environment=False)
    for at, loss in enumerate(train):
        recorder.log_epoch(first + at, loss, val[at] if at < len(val) else None)

        assert recorder.best_epoch == (None if best[at] is None else first + best[at])


def test_s0_12_labels_with_gaps():
    recorder = TrainingRecorder("n", dir=None, capture_environment=False)
    for epoch, loss in ((5, 0.5), (50, 0.1), (500, 0.9)):
        recorder.log_epoch(epoch, 1.0, loss)

    assert (recorder.best_epoch, recorder.best_val_loss) == (50, 0.1)


def test_s0_13_flags_are_the_history_of_improvements(tmp_path):
    recorder = with_losses([1, 0.9, 0.95, 0.85])
    loaded = TrainingRecorder.load(recorder.save(tmp_path / "r.json"))

    for one in (recorder, loaded):
        assert [record.is_best for record in one.epochs] == [True, True, False, True]
        assert one.get_best_epoch().is_best is True


def test_s0_14_scalars_of_all_kinds_are_numbers(recorder, tmp_path):
    given = {
        "f4": np.float32(1.5),
        "i8": np.int64(3),
        "zero-d": np.array(2.5),
        "bool": True,
        "int": 7,
        "float": 0.1,
        "exact": Fraction(1, 4),
    }
    recorder.log_epoch(0, np.float32(0.5), np.array(0.25), given, learning_rate=np.float64(0.1))
    loaded = TrainingRecorder.load(recorder.save(tmp_path / "r.json"))

    for one in (recorder, loaded):
        metrics = one.epochs[0].train_metrics
        assert metrics == given
        assert all(isinstance(value, int | float) for value in metrics.values())
        assert (one.epochs[0].train_loss, one.epochs[0].val_loss) == (0.5, 0.25)


def test_s0_14_tensors_of_one_number(recorder):
    torch = pytest.importorskip("torch")
    recorder.log_epoch(0, torch.tensor(2.0, requires_grad=True), None, {"x": torch.tensor(3)})

    assert recorder.epochs[0].train_loss == 2.0
    assert recorder.epochs[0].train_metrics == {"x": 3}


def test_s0_15_metrics_that_are_no_numbers_are_kept(recorder, tmp_path):
    importance = np.linspace(0, 1, 5).astype("f4")
    nested = {"per_class": [0.1, {"deep": None}], "name": "x"}
    recorder.log_epoch(0, 1.0, None, {"importance": importance, "nested": nested, "mae": 0.5})
    recorder.log_epoch(1, 1.0, None, {"mae": 0.25})
    loaded = TrainingRecorder.load(recorder.save(tmp_path / "r.json"))

    for one in (recorder, loaded):
        metrics = one.epochs[0].train_metrics
        assert metrics["importance"].dtype == np.float32
        np.testing.assert_array_equal(metrics["importance"], importance)
        assert metrics["nested"] == nested
        history = one.get_metric_history("importance", "train")
        np.testing.assert_array_equal(history[0], importance)
        assert one.get_training_summary()["total_epochs"] == 2
    row = rows_of(recorder.export_to_csv(tmp_path / "r.csv"))[0]
    assert json.loads(row["train_nested"]) == nested


def test_s0_16_sample_predictions_come_back_bit_for_bit(recorder, tmp_path):
    big = np.random.default_rng(0).normal(size=2000).astype(np.float32)
    big[7] = NAN
    samples = {"sample_inputs": big.reshape(50, 40), "names": ["a", "b"], "flags": [True, None]}
    recorder.log_epoch(0, 1.0, sample_predictions=samples)
    recorder.log_epoch(1, 1.0, sample_predictions=None)
    loaded = TrainingRecorder.load(recorder.save(tmp_path / "r.json"))

    for one in (recorder, tachograph.open(recorder.path), loaded):
        found = one.epochs[0].sample_predictions
        assert type(found["sample_inputs"]) is np.ndarray
        assert found["sample_inputs"].dtype == np.float32
        assert found["sample_inputs"].tobytes() == samples["sample_inputs"].tobytes()
        assert found["sample_inputs"].shape == (50, 40)
        assert (found["names"], found["flags"]) == (["a", "b"], [True, None])
        assert one.epochs[1].sample_predictions == {}


def test_s0_17_later_changes_by_the_caller_do_not_reach_the_record(recorder):
    metrics, array = {"mae": 1.0, "list": [1]}, np.zeros(3)
    metrics["array"] = array
    recorder.log_epoch(0, 1.0, train_metrics=metrics, sample_predictions={"x": array})
    metrics["mae"] = 2.0
    metrics["list"].append(2)
    array[:] = 9

    record = recorder.epochs[0]
    assert (record.train_metrics["mae"], record.train_metrics["list"]) == (1.0, [1])
    assert not record.train_metrics["array"].any()
    assert not record.sample_predictions["x"].any()


@pytest.mark.parametrize("labels", [[1, 2, 3], [10, 11, 12], [0, 1, 1, 2], [-3, 2**40]])
def test_s0_18_labels_are_kept_as_given(recorder, labels):
    for at, label in enumerate(labels):
        recorder.log_epoch(label, float(at))

    assert [record.epoch for record in recorder.epochs] == labels
    assert recorder.epochs.get(labels[1]).train_loss == max(
        at for at, label in enumerate(labels) if label == labels[1]
    )


def test_s0_18_labels_of_other_types_and_refused_duplicates():
    recorder = TrainingRecorder("n", dir=None, on_duplicate="error", capture_environment=False)
    for label in (1.5, "1", True, None):
        with pytest.raises(TypeError, match="epoch"):
            recorder.log_epoch(label, 1.0)
    recorder.log_epoch(np.int32(1), 1.0)
    with pytest.raises(ValueError, match="epoch 1"):
        recorder.log_epoch(1, 1.0)

    assert len(recorder.epochs) == 1


# ---- queries and analysis


def test_s0_19_metric_histories():
    recorder = TrainingRecorder("n", dir=None, capture_environment=False)
    for epoch in range(5):
        train = {"mae": 1.0 / (epoch + 1)}
        if epoch in (2, 4):
            train["rare"] = float(epoch)
        recorder.log_epoch(epoch, 1.0, None, train, {"mse": 2.0} if epoch % 2 else None)

    history = recorder.get_metric_history("mae", "train")
    assert history == [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5]
    assert recorder.get_metric_history("mae") == history
    assert all(value == 0 for value in recorder.get_metric_history("unknown"))
    rare = recorder.get_metric_history("rare")
    assert len(rare) == 5
    assert [value for value in rare if not math.isnan(value)] == [2.0, 4.0]
    assert recorder.get_metric_history("mse", "val") == [2.0, 2.0]


@pytest.mark.parametrize("split", ["test", "", None, "Train"])
def test_s0_20_an_unknown_split_is_an_error(recorder, split):
    with pytest.raises(ValueError, match="split"):
        recorder.get_metric_history("mae", split)
    with pytest.raises(ValueError, match="split"):
        recorder.get_series("mae", split)


def test_s0_21_loss_histories(recorder):
    assert recorder.get_loss_history() == ([], [])
    for epoch in range(9):
        recorder.log_epoch(epoch, 1.0 - epoch / 10, 2.0 + epoch if epoch % 3 == 2 else None)

    train, val = recorder.get_loss_history()
    assert train == [1.0 - epoch / 10 for epoch in range(9)]
    assert val == [4.0, 7.0, 10.0]


def test_s0_22_aligned_series(recorder):
    for epoch in range(9):
        validated = epoch in (2, 5, 8)
        recorder.log_epoch(
            epoch,
            1.0,
            0.5 if validated else None,
            {"loss": 7.0, "mae": float(epoch)},
            {"mae": 2.0} if validated else {},
            0.1,
            60.0,
            None if epoch else 0.0,
            memory_usage=10.0,
        )

    assert recorder.get_series("loss", "val") == ([2, 5, 8], [0.5] * 3)
    assert recorder.get_series("val_loss") == ([2, 5, 8], [0.5] * 3)
    assert recorder.get_series("loss", "train")[1] == [1.0] * 9
    assert recorder.get_series("train/loss")[1] == [7.0] * 9
    assert recorder.get_series("mae", "val") == ([2, 5, 8], [2.0] * 3)
    assert recorder.get_series("mae") == (list(range(9)), [float(epoch) for epoch in range(9)])
    assert recorder.get_series("learning_rate")[1] == recorder.get_series("lr")[1] == [0.1] * 9
    assert recorder.get_series("epoch_time")[1] == [60.0] * 9
    assert recorder.get_series("gradient_norm") == ([0], [0.0])
    assert recorder.get_series("memory_usage")[1] == [10.0] * 9
    assert recorder.get_series("nothing") == ([], [])


@pytest.mark.parametrize(
    ("first", "losses", "best"), [(1, [0.5, 0.1, 0.9], 2), (1, [3, 2, 1], 3), (10, [1, 2], 10)]
)
def test_s0_23_the_best_record_whatever_the_labels(first, losses, best):
    recorder = with_losses(losses, losses, first=first)

    assert recorder.get_best_epoch().epoch == best
    assert recorder.get_best_epoch().val_loss == min(losses)


def test_s0_23_no_best_record(recorder):
    assert recorder.get_best_epoch() is None
    recorder.log_epoch(0, NAN)
    assert recorder.get_best_epoch() is None


def test_s0_24_the_summary(recorder):
    assert recorder.get_training_summary() == {}
    for epoch in range(1, 5):
        recorder.log_epoch(epoch, 1.0 / epoch, 2.0 / epoch, None, None, 0.1 / epoch, 10.0 * epoch)

    summary = recorder.get_training_summary()
    assert list(summary) == [
        "total_epochs",
        "total_time",
        "avg_epoch_time",
        "best_epoch",
        "best_train_loss",
        "best_val_loss",
        "final_learning_rate",
        "convergence_info",
        "stability_analysis",
    ]
    assert (summary["total_epochs"], summary["total_time"]) == (4, 100.0)
    assert (summary["avg_epoch_time"], summary["best_epoch"]) == (25.0, 4)
    assert (summary["best_train_loss"], summary["best_val_loss"]) == (0.25, 0.5)
    assert summary["final_learning_rate"] == 0.1 / 4
    json.dumps(summary, allow_nan=False)
    assert f"{summary['total_time']:.2f} {summary['best_val_loss']:.4f}" == "100.00 0.5000"


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ([1.0], []),
        ([1.0, 0.9], [None, 0.5]),
        ([NAN, NAN, 1.0], [NAN]),
        ([NAN], [NAN]),
        ([INF, -INF, 1e308, -1e308], [INF, 1e308]),
        ([5e-324] * 12, [5e-324] * 12),
    ],
)
def test_s0_24_every_history_has_a_summary_that_is_saved(train, val, tmp_path):
    recorder = with_losses(train, val)

    assert recorder.get_training_summary()["total_epochs"] == len(train)
    strict_json(recorder.save(tmp_path / "r.json"))


def test_s0_25_trend_and_volatility_equal_closed_forms():
    chance = np.random.default_rng(0)
    train, val = chance.normal(size=50), chance.normal(size=50)

    analysis = with_losses(train, val).analyze_training_stability()

    for split, losses in (("train", train), ("val", val)):
        expected = np.polyfit(np.arange(50), losses, 1)[0]
        assert analysis[f"{split}_trend"] == pytest.approx(expected, rel=1e-9)
        assert analysis[f"{split}_volatility"] == pytest.approx(np.std(losses), rel=1e-12)


def test_s0_25_sparse_validation_keeps_its_positions():
    val = [None, None, 1.0, None, None, 0.7, None, None, 0.4]

    analysis = with_losses([1.0] * 9, val).analyze_training_stability()

    assert analysis["val_trend"] == pytest.approx(-0.1, rel=1e-12)
    assert analysis["train_trend"] == 0.0


def test_s0_25_non_finite_losses_are_left_out_and_counted():
    analysis = with_losses([1.0, NAN, 0.8, INF, 0.6], [0.5]).analyze_training_stability()

    assert analysis["train_trend"] == pytest.approx(-0.1, rel=1e-12)
    assert (analysis["non_finite_train"], analysis["non_finite_val"]) == (2, 0)
    assert analysis["val_trend"] == 0.0


@pytest.mark.parametrize("train", [[], [1.0]])
def test_s0_25_fewer_than_two_epochs_have_no_analysis(train):
    assert with_losses(train).analyze_training_stability() == {}


@pytest.mark.parametrize(
    ("train", "val", "is_overfitting"),
    [
        ([1 - at / 30 for at in range(20)], [0.5 + at / 30 for at in range(20)], True),
        ([1 - at / 30 for at in range(20)], [1.1 - at / 30 for at in range(20)], False),
        ([1.0] * 20, [0.5 + at / 30 for at in range(20)], True),
        ([1 - at / 30 for at in range(4)], [0.5 + at / 30 for at in range(4)], False),
    ],
)
def test_s0_26_overfitting(train, val, is_overfitting):
    score = with_losses(train, val).analyze_training_stability()["overfitting_score"]

    assert (score > 1e-9) is is_overfitting
    assert score >= 0


def test_s0_26_sparse_validation_pairs_the_same_epochs():
    train = [1 - at / 60 for at in range(60)]
    val = [loss + 0.1 if at % 3 == 0 else None for at, loss in enumerate(train)]

    score = with_losses(train, val).analyze_training_stability()["overfitting_score"]

    assert score == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e6])
@pytest.mark.parametrize(
    ("train", "status"),
    [
        ([1, 0.9, 0.8, 0.7], "insufficient_data"),
        ([1.0, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3], "converged"),
        ([1.0, 0.5, 0.4, 0.3, 0.2, 0.1], "converging"),
        ([1.0, 0.99, 0.95, 0.93, 0.9, 0.88], "not_converged"),
        ([NAN, 1.0, 0.5, 0.4, 0.3, 0.2, 0.1], "converging"),
    ],
)
def test_s0_27_convergence_status_at_any_scale(train, status, scale):
    recorder = with_losses([loss * scale for loss in train])

    assert recorder.analyze_training_stability()["convergence_status"] == status


def test_s0_28_convergence():
    train = [1 / (epoch + 1) for epoch in range(15)]
    recorder = with_losses(train)

    found = recorder._analyze_convergence()

    assert found == recorder.analyze_convergence()
    assert found["status"] == "converging"
    assert found["improvement"] == pytest.approx(np.mean(train[:5]) - np.mean(train[-5:]))
    assert found["stability"] == pytest.approx(np.std(train[-5:]))
    assert type(found["stability"]) is float
    assert with_losses([1.0] * 12)._analyze_convergence()["status"] == "plateaued"
    assert with_losses([1.0] * 9)._analyze_convergence() == {"status": "insufficient_data"}


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_s0_29_statistics_equal_exact_arithmetic(offset):
    losses = (np.random.default_rng(1).normal(size=200) + offset).tolist()
    exact = [Fraction(loss) for loss in losses]
    x_mean, y_mean = Fraction(199, 2), sum(exact) / 200
    spread = sum((x - x_mean) ** 2 for x in range(200))
    slope = sum((x - x_mean) * (y - y_mean) for x, y in enumerate(exact)) / spread
    variance = sum((y - y_mean) ** 2 for y in exact) / 200

    analysis = with_losses(losses).analyze_training_stability()

    std = math.sqrt(variance)
    tolerance = 1e-12 * (abs(slope) + std / math.sqrt(spread / 200))
    assert abs(Fraction(analysis["train_trend"]) - slope) <= tolerance
    assert analysis["train_volatility"] == pytest.approx(std, rel=1e-12)


# ---- persistence and export


def test_s0_30_what_save_writes(recorder, tmp_path):
    recorder.log_epoch(0, 1.0, 0.5)
    path = recorder.save(str(tmp_path / "new" / "deep" / "record.json"))

    content = strict_json(path)
    assert {
        "experiment_name",
        "model_config",
        "training_config",
        "experiment_metadata",
        "epochs",
        "best_epoch",
        "best_val_loss",
        "early_stopping_info",
        "training_summary",
        "created_at",
        "saved_at",
        "format_version",
    } <= content.keys()
    assert list(content["epochs"][0]) == FIELDS
    assert (content["best_epoch"], content["best_val_loss"]) == (0, 0.5)
    assert datetime.fromisoformat(content["created_at"]) == recorder.start_time


def test_s0_31_json_is_strict_and_non_finite_numbers_come_back(recorder, tmp_path):
    assert strict_json(recorder.save(tmp_path / "empty.json"))["best_val_loss"] == "Infinity"
    recorder.log_epoch(0, NAN, INF, {"x": -INF, "text": "NaN"})
    path = recorder.save(tmp_path / "r.json")

    epoch = strict_json(path)["epochs"][0]
    assert (epoch["train_loss"], epoch["val_loss"]) == ("NaN", "Infinity")
    assert epoch["train_metrics"]["x"] == "-Infinity"
    loaded = TrainingRecorder.load(path)
    assert loaded.epochs == recorder.epochs
    assert loaded.epochs[0].train_metrics == {"x": -INF, "text": "NaN"}


def test_s0_32_a_failed_save_leaves_the_old_file(recorder, tmp_path):
    path = recorder.save(tmp_path / "record.json")
    before = path.read_bytes()
    loop = []
    loop.append(loop)
    recorder.model_config = {"loop": loop}

    with pytest.raises(ValueError, match="model_config"):
        recorder.save(path)

    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["record.json", "runs"]


@pytest.mark.parametrize("form", ["json", "pickle", "run"])
def test_s0_33_load_restores_every_field(recorder, tmp_path, form, monkeypatch):
    recorder.log_epoch(
        5,
        1.0,
        NAN,
        {"a": 1, "b": np.arange(3)},
        {"c": None, "d": "x"},
        0.1,
        2.0,
        0.0,
        sample_predictions={"y": np.eye(2)},
    )
    recorder.log_epoch(6, 0.5, 0.25)
    recorder.early_stopping_info = {"patience": 3, "counter": 1}
    recorder.close()
    path = {
        "json": lambda: recorder.save(tmp_path / "r.json"),
        "pickle": lambda: recorder.export_to_pickle(tmp_path / "r.pkl"),
        "run": lambda: recorder.path,
    }[form]()
    monkeypatch.setattr(subprocess, "Popen", fail)

    loaded = TrainingRecorder.load(path)

    for mine, theirs in zip(loaded.epochs, recorder.epochs, strict=True):
        assert mine == theirs
    for name in (
        "experiment_name",
        "model_config",
        "training_config",
        "experiment_metadata",
        "best_epoch",
        "best_val_loss",
        "start_time",
        "early_stopping_info",
    ):
        assert getattr(loaded, name) == getattr(recorder, name)


@pytest.mark.parametrize("form", ["json", "run"])
def test_s0_34_a_loaded_record_goes_on(recorder, tmp_path, form):
    losses = [0.9, 0.5, 0.7, 0.6, 0.8, 0.55, 0.4, 0.45]
    for epoch, loss in enumerate(losses[:5]):
        recorder.log_epoch(epoch, 1.0, loss)
    recorder.close()
    loaded = TrainingRecorder.load(
        recorder.path if form == "run" else recorder.save(tmp_path / "r.json")
    )
    for epoch, loss in enumerate(losses[5:], 5):
        loaded.log_epoch(epoch, 1.0, loss)

    uninterrupted = with_losses([1.0] * 8, losses)
    assert [(record.epoch, record.val_loss, record.is_best) for record in loaded.epochs] == [
        (record.epoch, record.val_loss, record.is_best) for record in uninterrupted.epochs
    ]
    assert loaded.best_epoch == uninterrupted.best_epoch == 6
    saved = strict_json(loaded.save(tmp_path / "union.json"))
    assert [epoch["epoch"] for epoch in saved["epochs"]] == list(range(8))
    loaded.close()


def test_s0_35_errors_of_load(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        TrainingRecorder.load(tmp_path / "missing.json")
    for text in ("", "no json", '{"epochs": [{"epoch": 0, "train_loss"', "[1]", '{"a": 1}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(ValueError, match=r"bad\.json"):
            TrainingRecorder.load(tmp_path / "bad.json")
    (tmp_path / "new.json").write_text('{"format_version": 1000, "epochs": []}')
    with pytest.raises(ValueError, match="newer"):
        TrainingRecorder.load(tmp_path / "new.json")


def test_s0_35_files_of_older_programs_load(tmp_path):
    (tmp_path / "old.json").write_text(
        """{"experiment_name": "x", "best_val_loss": Infinity, "epochs": [
        {"epoch": 0, "timestamp": "2024-01-02T03:04:05.678901", "train_loss": NaN,
         "val_loss": "Infinity", "train_metrics": {"mae": "1.5"}, "val_metrics": {},
         "learning_rate": 0.1, "epoch_time": 1.0, "memory_usage": null, "gradient_norm": null,
         "is_best": false, "sample_predictions": null}]}"""
    )

    record = TrainingRecorder.load(tmp_path / "old.json").epochs[0]

    assert math.isnan(record.train_loss)
    assert record.val_loss == INF
    assert record.timestamp == datetime(2024, 1, 2, 3, 4, 5, 678901).astimezone()


def test_s0_36_the_columns_of_csv(recorder, tmp_path):
    recorder.log_epoch(0, 0.1, 0.0, {"mae": 1 / 3}, None, 0.0, 0.0, 0.0, memory_usage=0.0)
    recorder.log_epoch(1, 1e-300, None, {"late": 1e22, "mae": 2}, {"mae": NAN})
    path = recorder.export_to_csv(tmp_path / "new" / "x.csv")

    rows = rows_of(path)
    assert list(rows[0]) == [
        "epoch",
        "timestamp",
        "train_loss",
        "val_loss",
        "learning_rate",
        "epoch_time",
        "memory_usage",
        "gradient_norm",
        "is_best",
        "train_mae",
        "train_late",
        "val_mae",
    ]
    first, second = rows
    assert [first[name] for name in ("val_loss", "memory_usage", "gradient_norm")] == ["0.0"] * 3
    assert (second["val_loss"], second["gradient_norm"], first["train_late"]) == ("", "", "")
    assert (first["is_best"], second["is_best"]) == ("True", "False")
    assert float(first["train_mae"]) == 1 / 3
    assert (float(second["train_loss"]), float(second["train_late"])) == (1e-300, 1e22)
    assert second["val_mae"] == "NaN"


def test_s0_37_a_metric_called_loss_has_a_column_of_its_own(recorder, tmp_path):
    recorder.log_epoch(0, 0.5, 0.25, {"loss": 9.0}, {"loss": 8.0})

    row = rows_of(recorder.export_to_csv(tmp_path / "x.csv"))[0]

    assert (row["train_loss"], row["val_loss"]) == ("0.5", "0.25")
    assert (row["train_metric_loss"], row["val_metric_loss"]) == ("9.0", "8.0")


def test_s0_38_csv_of_structured_values_and_of_nothing(recorder, tmp_path):
    header = recorder.export_to_csv(tmp_path / "empty.csv").read_text().splitlines()
    assert len(header) == 1
    recorder.log_epoch(0, 1.0, None, {"array": np.arange(3), "text": "=1+1", "@name": -5.0})

    guarded = rows_of(recorder.export_to_csv(tmp_path / "x.csv"))[0]
    plain = rows_of(recorder.export_to_csv(tmp_path / "y.csv", formula_guard=False))[0]

    json.loads(guarded["train_array"])
    assert (guarded["train_text"], plain["train_text"]) == ("'=1+1", "=1+1")
    assert guarded["train_@name"] == plain["train_@name"] == "-5.0"


def test_s0_41_a_pickle_of_plain_objects(recorder, tmp_path):
    recorder.log_epoch(0, 1.0, NAN, {"x": np.arange(3.0)}, sample_predictions={"y": [1]})
    path = recorder.export_to_pickle(tmp_path / "r.pkl")

    for load in (TrainingRecorder.load, TrainingRecorder.load_pickle):
        assert load(path).epochs == recorder.epochs
    code = (
        "import pickle, sys; sys.modules['tachograph'] = None\n"
        f"content = pickle.load(open({str(path)!r}, 'rb'))\n"
        "assert content['epochs'][0]['train_loss'] == 1.0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_s0_42_a_killed_run_comes_back_whole(tmp_path):
    code = """
import os, signal
from tachograph import TrainingRecorder
recorder = TrainingRecorder("b", run_id="r")
for epoch in range(7):
    recorder.log_step(epoch, loss=1.0)
    recorder.log_epoch(epoch, 1.0)
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    path = tmp_path / "runs" / "b" / "r"

    run = tachograph.open(path)
    assert (len(run.epochs), len(run.steps), run.status.state) == (7, 7, "crashed")
    loaded = TrainingRecorder.load(path)
    loaded.log_epoch(7, 1.0)
    loaded.close()
    assert len(tachograph.open(path).epochs) == 8


def test_s0_42_a_second_writer_is_refused(recorder):
    with pytest.raises(tachograph.RunLockedError) as caught:
        TrainingRecorder("experiment", run_id=recorder.run_id, resume="must")

    assert str(os.getpid()) in f"{caught.value} {caught.value.holder}"


def test_s0_43_comparison():
    first = with_losses([1.0, 0.9], [0.5, 0.4], name="first")
    second = with_losses([1.0, 0.9, 0.8], [0.6, 0.3, 0.35], name="second")

    comparison = first.compare_with(second)

    assert comparison["better_performer"] == "second"
    assert f"{comparison['loss_difference']:.4f}" == "0.1000"
    assert comparison["epoch_difference"] == 0
    assert comparison["experiment_names"] == ["first", "second"]
    assert comparison["total_epochs"] == [2, 3]
    assert comparison["best_val_loss"] == [0.4, 0.3]
    assert comparison["total_time"] == [0.0, 0.0]
    assert comparison["convergence_comparison"] == {
        name: comparison[name]
        for name in ("better_performer", "loss_difference", "epoch_difference")
    }


def test_s0_44_comparisons_at_the_edge():
    validated, trained = with_losses([0.9], [0.5], name="v"), with_losses([0.8], name="t")
    empty, twin = with_losses([], name="e"), with_losses([0.9], [0.5], name="v")
    keys = validated.compare_with(twin).keys()

    by_train = validated.compare_with(trained)
    assert (by_train["better_performer"], by_train["compared"]) == ("t", "train")
    assert by_train["best_val_loss"] == [0.5, None]
    tie = validated.compare_with(twin)
    assert (tie["better_performer"], tie["better_index"], tie["loss_difference"]) == (
        "tie",
        None,
        0,
    )
    nothing = validated.compare_with(empty)
    assert nothing.keys() == keys
    assert (nothing["better_performer"], nothing["epoch_difference"]) == (None, None)
    assert nothing["convergence_comparison"] == {"status": "insufficient_data"}
    assert with_losses([0.1], [0.1], name="v").compare_with(validated)["better_index"] == 0


def test_s0_46_a_metric_computed_afterwards(recorder, tmp_path):
    predictions, targets = np.array([1.0, 2.0]), np.array([1.5, 2.0])
    recorder.log_epoch(
        0, 1.0, sample_predictions={"sample_predictions": predictions, "sample_targets": targets}
    )
    loaded = TrainingRecorder.load(recorder.save(tmp_path / "r.json"))
    samples = loaded.epochs[0].sample_predictions

    mape = float(np.mean(np.abs(samples["sample_predictions"] - samples["sample_targets"])))
    loaded.epochs[0].val_metrics["late_mae"] = mape

    assert loaded.get_metric_history("late_mae", "val") == [0.25]


def test_s0_47_epochs_cost_no_objects_until_asked_for():
    import tracemalloc

    recorder = TrainingRecorder("n", dir=None, capture_environment=False)
    metrics = {f"m{at}": at / 7 for at in range(20)}
    for epoch in range(3000):
        recorder.log_epoch(epoch, 1.0, None, metrics, memory_usage=1.0)

    tracemalloc.start()
    epochs = recorder.epochs
    assert (len(epochs), epochs[-1].epoch) == (3000, 2999)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000
