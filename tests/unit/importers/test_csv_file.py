"""CSV of loggers and of our own exports becomes runs."""

import csv
import gzip
import math
import os
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tachograph
from tachograph import Run, TrainingRecorder
from tachograph.exceptions import RecordFormatError, RunExistsError, RunNotFoundError
from tachograph.importers import csv_table, import_csv

WRITTEN = 1_700_000_000
NOTE = 'a, "b"\nc'


def write(path, text):
    path.write_text(text, newline="")
    os.utime(path, (WRITTEN, WRITTEN))
    return path


def raw_rows(run):
    return [(row.step, row.attempt, row.wall_time, dict(row.metrics)) for row in run.follow()]


def test_metrics_csv_as_lightning_writes_it(tmp_path):
    text = (
        "epoch,lr,step,train_loss,val_acc\r\n"
        "0,,9,0.5,\r\n0,0.1,9,,\r\n0,,9,,0.75\r\n1,,19,0.25,\r\n1,,19,,nan\r\n"
    )
    (tmp_path / "version_0").mkdir()
    write(tmp_path / "version_0" / "metrics.csv", text)

    run = Run.from_csv(tmp_path / "version_0", dest=tmp_path / "run")

    written = datetime.fromtimestamp(WRITTEN, UTC)
    assert [row[:3] for row in raw_rows(run)] == [(s, 1, written) for s in (9, 9, 9, 19, 19)]
    assert [row[3] for row in raw_rows(run)][:4] == [
        {"epoch": 0, "train_loss": 0.5},
        {"epoch": 0, "lr": 0.1},
        {"epoch": 0, "val_acc": 0.75},
        {"epoch": 1, "train_loss": 0.25},
    ]
    assert math.isnan(run.history("val_acc")[1][1])
    assert run.history("epoch")[1].dtype == np.int64
    assert run.experiment_name == "version_0"
    assert run.status.state == "closed"


def test_lightnings_own_logger(tmp_path):
    loggers = pytest.importorskip("lightning.pytorch.loggers")
    logger = loggers.CSVLogger(tmp_path, name="", version="log")
    for step in range(20):
        logger.log_metrics({"loss": 1 / (step + 1)}, step)
        if step % 10 == 9:
            logger.log_metrics({"val/acc": step / 20, "epoch": step // 10}, step)
    logger.save()

    run = Run.from_csv(tmp_path / "log", dest=tmp_path / "run")

    steps, loss = run.history("loss")
    assert steps.tolist() == list(range(20))
    assert loss.tolist() == [1 / (step + 1) for step in range(20)]
    assert run.history("val/acc")[1].tolist() == [9 / 20, 19 / 20]


def test_a_log_as_keras_writes_it(tmp_path):
    text = (
        "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n"
        '0,0.5,0.001,1.5,0.4,1.25\n1,0.75,0.001,0.5,0.6,NA\n2,"[0.8, 0.9]",0.0005,0.25,0.7,0.75\n'
    )

    run = Run.from_csv(write(tmp_path / "training.csv", text), dest=tmp_path / "run")

    assert [epoch.epoch for epoch in run.epochs] == [0, 1, 2]
    assert [epoch.train_loss for epoch in run.epochs] == [1.5, 0.5, 0.25]
    assert [epoch.val_loss for epoch in run.epochs] == [1.25, None, 0.75]
    assert [epoch.learning_rate for epoch in run.epochs] == [0.001, 0.001, 0.0005]
    assert run.epochs[2].train_metrics == {"accuracy": [0.8, 0.9]}
    assert run.epochs[1].val_metrics == {"accuracy": 0.6}
    assert [epoch.is_best for epoch in run.epochs] == [True, False, True]
    assert run.epochs[0].timestamp == datetime.fromtimestamp(WRITTEN, UTC)
    assert run.epochs[0].memory_usage is None
    assert run.best_epoch == 2


def sorted_rows(steps):
    return [(r.step, r.attempt, r.wall_time, sorted(r.metrics.items())) for r in steps]


def record_steps(tmp_path, n=200):
    with TrainingRecorder("trip", dir=tmp_path / "runs", run_id="r") as recorder:
        for step in range(n):
            recorder.log_step(step, {"loss": math.sin(step), "step": step * 2, "n": step})
        recorder.log_step(n, {"late": math.nan, "metric.step": 1.0, "attempt": -0.0})
        recorder.log_step(n, {"loss": math.inf, "wall_time": 5e-324})
    with TrainingRecorder("trip", dir=tmp_path / "runs", run_id="r", resume="must") as recorder:
        for step in range(n + 5, n + 50):
            recorder.log_step(step, {"loss": math.cos(step), "n": step})
    return tachograph.open(recorder.path)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.zst"])
def test_our_steps_come_back(tmp_path, ending):
    original = record_steps(tmp_path)
    original.export_to_csv(tmp_path / f"steps{ending}", "steps")

    run = Run.from_csv(tmp_path / f"steps{ending}", dest=tmp_path / "run")

    # A file has a row a step; what two calls logged at one is in it.
    assert repr(sorted_rows(run.steps)) == repr(sorted_rows(original.steps))
    assert len(run.attempts) == 2
    assert run.history("n")[1].dtype == np.int64
    run.export_to_csv(tmp_path / "again.csv", "steps")
    original.export_to_csv(tmp_path / "steps.csv", "steps")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "steps.csv").read_bytes()


def test_our_epochs_come_back(tmp_path):
    with TrainingRecorder("trip", dir=tmp_path / "runs") as recorder:
        for epoch in range(30):
            recorder.log_epoch(
                epoch * 2 - 5,
                1 / (epoch + 1),
                None if epoch % 3 else math.nan,
                {"loss": 5.0, "metric_loss": 7, "note": NOTE, "list": [1, 2.5]},
                {"acc": epoch} if epoch > 3 else None,
                0.1,
                2.5,
                gradient_norm=0.0 if epoch else None,
                memory_usage=12.25,
            )
    recorder.export_to_csv(tmp_path / "epochs.csv")

    run = Run.from_csv(tmp_path / "epochs.csv", dest=tmp_path / "run")

    assert run.epochs[7].train_metrics == recorder.epochs[7].train_metrics
    assert [repr(epoch) for epoch in run.epochs] == [repr(epoch) for epoch in recorder.epochs]
    run.export_to_csv(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "epochs.csv").read_bytes()


# `metric.step` alone would be taken for a metric called `step`, which is the likelier one.
NAMES = st.sampled_from(["a", "step", "metric.a", "attempt", "wall_time", "metrics.step", "é, \n"])
NUMBERS = st.one_of(st.floats(), st.integers(-(2**53), 2**53), st.none())


@settings(max_examples=60)
@given(rows=st.lists(st.dictionaries(NAMES, NUMBERS, min_size=1), min_size=1, max_size=8))
def test_any_steps_come_back(tmp_path_factory, rows):
    directory = tmp_path_factory.mktemp("trip")
    recorder = TrainingRecorder("trip", dir=directory / "runs", capture_environment=False)
    with recorder:
        for step, metrics in enumerate(rows):
            recorder.log_step(step, metrics)
    recorder.export_to_csv(directory / "steps.csv", "steps")

    run = Run.from_csv(directory / "steps.csv", dest=directory / "run")

    assert repr(raw_rows(run)) == repr(raw_rows(tachograph.open(recorder.path)))


def test_lines_that_are_damaged_torn_or_no_numbers_are_counted(tmp_path):
    text = (
        "step,loss,note\n0,0.5,hello\n1,0.25\nfive,1.0,\n\n"
        "2,0.125,1_000\n3,99999999999999999999,True\n4,0.06"
    )

    report = import_csv(write(tmp_path / "a.csv", text), tmp_path / "run")

    assert (report.steps, report.malformed, report.torn_bytes) == (3, 2, 6)
    assert report.skipped == {"text": 3}
    assert report.is_damaged
    run = tachograph.open(report.path)
    assert [row[3] for row in raw_rows(run)] == [{"loss": 0.5}, {"loss": 0.125}, {"note": 1}]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no header"),
        (b"time,loss\n1,2\n", "step or epoch"),
        (b"step,a,a\n1,2,3\n", "two columns are called 'a'"),
        (b"\xff\xfe\x00step\n", "not a readable CSV"),
        (b"step,a\n1,\xff\n", "not a readable CSV"),
    ],
)
def test_what_is_no_table_of_a_training_is_refused(tmp_path, content, reason):
    (tmp_path / "a.csv").write_bytes(content)

    with pytest.raises(RecordFormatError, match=reason):
        import_csv(tmp_path / "a.csv", tmp_path / "run")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_a_gzip_file_that_is_none(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(b"step,a\n1,2\n")
    with pytest.raises(RecordFormatError, match="not a readable CSV"):
        import_csv(tmp_path / "a.csv.gz", tmp_path / "run")


def test_nothing_there_and_something_in_the_way(tmp_path):
    with pytest.raises(RunNotFoundError):
        import_csv(tmp_path / "a.csv", tmp_path / "run")
    write(tmp_path / "a.csv", "step,a\n1,2\n")
    with pytest.raises(RunExistsError):
        import_csv(tmp_path / "a.csv", tmp_path)


def test_the_limit_of_cells_is_put_back(tmp_path):
    before = csv.field_size_limit()
    long = "[" + ",".join(["1"] * 100_000) + "]"
    write(tmp_path / "a.csv", f'epoch,loss,x\n0,1.0,"{long}"\n')

    run = Run.from_csv(tmp_path / "a.csv", dest=tmp_path / "run")

    assert len(run.epochs[0].train_metrics["x"]) == 100_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("levels", [60, 300, 100_000])
def test_a_list_that_nests_too_deep_stays_text(tmp_path, levels):
    deep = "[" * levels + "]" * levels
    write(tmp_path / "a.csv", f"epoch,loss,x\n0,1.0,{deep}\n")

    run = Run.from_csv(tmp_path / "a.csv", dest=tmp_path / "run")

    assert run.epochs[0].train_metrics == {"x": deep}


def test_steps_that_pandas_has_made_floats(tmp_path):
    write(tmp_path / "a.csv", "step,a\n0.0,1\n10.,2\n10.5,3\n")

    report = import_csv(tmp_path / "a.csv", tmp_path / "run")

    assert tachograph.open(report.path).history("a")[0].tolist() == [0, 10]
    assert report.malformed == 1


def test_quotes_that_lead_nowhere_are_told(tmp_path):
    rows = "".join(f"{step},{step}.5\n" for step in range(4, 50))
    write(tmp_path / "a.csv", f'step,a\n1,1.5\n2,"2"5\n3,3.5\n4,"4.5\n{rows}')

    report = import_csv(tmp_path / "a.csv", tmp_path / "run")

    assert (report.steps, report.malformed) == (2, 2)
    assert report.is_damaged


def test_a_line_or_a_cell_without_an_end_is_not_read_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_table, "_MAX_LINE_CHARS", 1000)
    monkeypatch.setattr(csv_table, "_MAX_CELL_CHARS", 500)
    write(tmp_path / "line.csv", "step,a\n" + "1" * 5000)
    rows = "".join(f"{step},{step}.5\n" for step in range(200))
    write(tmp_path / "cell.csv", f'step,a\n0,"0.5\n{rows}')

    with pytest.raises(RecordFormatError, match="a line of over 1,000 characters"):
        import_csv(tmp_path / "line.csv", tmp_path / "run")
    report = import_csv(tmp_path / "cell.csv", tmp_path / "run")

    # What follows the five hundred characters is read again.
    assert report.malformed == 1
    assert tachograph.open(report.path).history("a")[1].tolist()[-1] == 199.5


def test_a_packed_file_that_is_damaged(tmp_path):
    packed = bytearray(
        gzip.compress(b"step,a\n" + b"".join(b"%d,0.%d\n" % (n, n) for n in range(999)))
    )
    for at in (len(packed) // 2, len(packed) - 6):
        broken = packed.copy()
        broken[at] ^= 0xFF
        (tmp_path / "a.csv.gz").write_bytes(broken)
        with pytest.raises(RecordFormatError, match="not a readable CSV"):
            import_csv(tmp_path / "a.csv.gz", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_values_of_a_column_that_changes_its_mind(tmp_path):
    # Several chunks: integers, then floats and gaps, then none, then text among integers.
    cells = ["7"] * 90_000 + ["0.1", ""] * 45_000 + [""] * 90_000 + ["8", "x"] * 45_000
    lines = "".join(f"{step},{cell}\n" for step, cell in enumerate(cells))
    write(tmp_path / "a.csv", f"step,a\n{lines}")

    report = import_csv(tmp_path / "a.csv", tmp_path / "run")

    wanted = [(step, float(cell)) for step, cell in enumerate(cells) if cell not in ("", "x")]
    steps, values = tachograph.open(report.path).history("a")
    assert list(zip(steps.tolist(), values.tolist(), strict=True)) == wanted
    assert (report.steps, report.values) == (len(cells), len(wanted))
    assert report.skipped == {"text": 45_000}


EARLY = "0001-01-01T00:00:00+14:00"


def test_an_instant_before_all_calendars_is_text_or_an_odd_wall_time(tmp_path):
    cell = '{""__datetime__"": ""' + EARLY + '""}'
    write(tmp_path / "a.csv", f'epoch,loss,x\n0,1.0,"{cell}"\n')
    write(tmp_path / "b.csv", f"step,attempt,wall_time,loss\n0,1,{EARLY},0.5\n")

    epochs = Run.from_csv(tmp_path / "a.csv", dest=tmp_path / "a")
    steps = Run.from_csv(tmp_path / "b.csv", dest=tmp_path / "b")

    assert epochs.epochs[0].train_metrics["x"] == cell.replace('""', '"')
    assert (steps.imported["odd_wall_times"], len(steps.steps)) == (1, 1)


def test_columns_called_metric_and_value_are_metrics_among_others(tmp_path):
    write(tmp_path / "a.csv", "step,loss,metric,value\n0,1,4,5\n")

    run = Run.from_csv(tmp_path / "a.csv", dest=tmp_path / "run")

    assert run.steps[0].metrics == {"loss": 1, "metric": 4, "value": 5}


def test_a_line_a_value_is_refused(tmp_path):
    record_steps(tmp_path).export_to_csv(tmp_path / "long.csv", "steps", layout="long")

    with pytest.raises(RecordFormatError, match="wide"):
        import_csv(tmp_path / "long.csv", tmp_path / "run")
    write(tmp_path / "bare.csv", "step,metric,value\n0,loss,1\n")
    with pytest.raises(RecordFormatError, match="wide"):
        import_csv(tmp_path / "bare.csv", tmp_path / "run")
    assert not (tmp_path / "run").exists()


FORMULAS = ["=1", "+cmd", "-1", "@a", "\tx", "\rx", "\nx", " =1", "\xa0=1", "＝1"]  # noqa: RUF001


@pytest.mark.parametrize("guard", [True, False])
def test_the_formula_guard_comes_off_again(tmp_path, guard):
    with TrainingRecorder("trip", dir=tmp_path / "runs") as recorder:
        recorder.log_step(0, {name: place for place, name in enumerate(FORMULAS)})
        recorder.log_step(1, {"plain": 1.0, "'quoted": 2.0, "\x1c=1": 3.0, "step": 4.0})
        for epoch, text in enumerate([*FORMULAS, "'quoted", "'", "x", "\x1c=1"]):
            recorder.log_epoch(epoch, 0.5, train_metrics={"note": text})
    recorder.export_to_csv(tmp_path / "steps.csv", "steps", formula_guard=guard)
    recorder.export_to_csv(tmp_path / "epochs.csv", formula_guard=guard)

    steps = Run.from_csv(tmp_path / "steps.csv", dest=tmp_path / "steps").steps
    epochs = Run.from_csv(tmp_path / "epochs.csv", dest=tmp_path / "epochs").epochs

    assert [dict(row.metrics) for row in steps] == [dict(row.metrics) for row in recorder.steps]
    notes = [epoch.train_metrics["note"] for epoch in recorder.epochs]
    if not guard:
        notes[FORMULAS.index("-1")] = -1
    assert [epoch.train_metrics["note"] for epoch in epochs] == notes


def test_names_that_the_guard_alone_tells_apart_stay_as_they_are(tmp_path):
    write(tmp_path / "a.csv", "step,attempt,wall_time,'@a,@a\n0,1,2026-01-01T00:00:00+00:00,1,2\n")

    run = Run.from_csv(tmp_path / "a.csv", dest=tmp_path / "run")

    assert dict(run.steps[0].metrics) == {"'@a": 1, "@a": 2}


def test_an_apostrophe_in_files_of_others_stays(tmp_path):
    write(tmp_path / "steps.csv", "step,'@a\n0,1\n")
    write(tmp_path / "epochs.csv", "epoch,loss,note\n0,1.0,'=1\n")

    steps = Run.from_csv(tmp_path / "steps.csv", dest=tmp_path / "steps").steps
    epochs = Run.from_csv(tmp_path / "epochs.csv", dest=tmp_path / "epochs").epochs

    assert dict(steps[0].metrics) == {"'@a": 1}
    assert epochs[0].train_metrics == {"note": "'=1"}


@pytest.mark.parametrize("content", [b"\x28\xb5\x2f\xfd rubbish", None])
def test_a_zstd_file_that_is_damaged(tmp_path, content):
    record_steps(tmp_path).export_to_csv(tmp_path / "a.csv.zst", "steps")
    packed = (tmp_path / "a.csv.zst").read_bytes()
    (tmp_path / "a.csv.zst").write_bytes(content or packed[: len(packed) // 2])

    with pytest.raises(RecordFormatError, match="not a readable CSV"):
        import_csv(tmp_path / "a.csv.zst", tmp_path / "run")
    assert not (tmp_path / "run").exists()
