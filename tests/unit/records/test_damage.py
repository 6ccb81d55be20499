"""Whatever byte of a run is damaged, what is read of it is right, and reading it ends."""

import io
import random

import pytest

import tachograph
from tachograph.records.salvage import verify

FACTORS = {"a": 1, "b": 2, "c": 3}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Values say which step and column they are of; rows of a step lie in two blocks at times."""
    directory = tmp_path_factory.mktemp("damage")
    with tachograph.TrainingRecorder("x", dir=directory, capture_environment=False) as recorder:
        for step in range(6000):
            for name, factor in FACTORS.items():
                recorder.log_step(step, {name: float(factor * step)})
            if step % 20 == 0:
                recorder.log_epoch(step, float(step), 2.0 * step, {"c": 3.0 * step})
    return recorder.path


def check(records):
    n = 0
    for record in records:
        for name, value in record.metrics.items():
            assert value == FACTORS[name] * record.step
        n += 1
    return n


def follow(run):
    check(run.follow())


def positions(run):
    assert check(run.steps) == len(run.steps)
    check(run.steps[::-1000])
    check([run.steps[0], run.steps[-1], run.steps[len(run.steps) // 2], run.steps.raw[-1]])
    assert check(run.steps.raw) == len(run.steps.raw)


def last_first(run):
    check([run.steps[-1]])
    assert run.epochs[-1].epoch >= run.epochs[0].epoch
    assert len(run.epochs[50:]) == len(run.epochs) - 50


def epochs(run):
    records = list(run.epochs)
    assert len(records) == len(run.epochs)
    for record in records:
        assert record.train_loss in (record.epoch, pytest.approx(float("nan"), nan_ok=True))
        assert record.val_loss in (2.0 * record.epoch, None)
        assert record.train_metrics.get("c") in (3.0 * record.epoch, None)
    assert run.epochs.get(records[-1].epoch) is not None


def exports(run, tmp_path):
    for table in ("epochs", "steps"):
        run.export_to_csv(io.BytesIO(), table)
        run.export_to_json(io.BytesIO(), table)
    path = run.export_to_pickle(tmp_path / "x.pkl")
    assert len(tachograph.TrainingRecorder.load(path).epochs) == len(run.epochs)


@pytest.mark.parametrize("seed", range(12))
def test_of_a_damaged_byte(sound, tmp_path, seed):
    log = tmp_path / "run.tacho"
    content = bytearray((sound / "run.tacho").read_bytes())
    content[random.Random(seed).randrange(100, len(content))] ^= 0x55
    log.write_bytes(content)

    for look in (follow, positions, last_first, epochs):
        look(tachograph.open(tmp_path))
    exports(tachograph.open(tmp_path), tmp_path)


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """A log of 101 rows, and where its frames begin."""
    directory = tmp_path_factory.mktemp("frames")
    with tachograph.TrainingRecorder("x", dir=directory, capture_environment=False) as recorder:
        for step in range(100):
            recorder.log_step(step, loss=1.0)
        recorder.log_epoch(1, 1.0)
    content = (recorder.path / "run.tacho").read_bytes()
    magic = content[64:68]
    return content, [at for at in range(len(content)) if content.startswith(magic, at)]


@pytest.mark.parametrize("name", ["run.tacho", "single.tacho"])
def test_lost_rows_are_counted_or_told_to_be_unknown(frames, tmp_path, name):
    content, places = frames
    uncounted = 0
    for place in places[:-1]:
        for with_index in (True, False):
            broken = bytearray(content)
            broken[place + 20] ^= 0xFF
            if not with_index:
                for at in (len(content) - 5, places[-1] + 100):
                    broken[at] ^= 0xFF
            (tmp_path / name).write_bytes(broken)
            source = tmp_path if name == "run.tacho" else tmp_path / name
            for report in (verify(source), tachograph.open(source).report):
                counted = report["rows"] + report["rows_lost"]
                assert counted == 101 or not report["rows_lost_known"]
                uncounted += counted < 101
    assert uncounted  # nothing behind the last frames tells how many rows they had


def test_a_damaged_trailer_loses_nothing_that_is_not_known(frames, tmp_path):
    content, _ = frames
    broken = bytearray(content)
    broken[-5] ^= 0xFF
    (tmp_path / "run.tacho").write_bytes(broken)
    for source in (tmp_path, tmp_path / "run.tacho"):
        report = verify(source)
        assert (report["rows"], report["rows_lost"], report["rows_lost_known"]) == (101, 0, True)


def test_a_damaged_index_is_one_place(frames, tmp_path):
    content, places = frames
    broken = bytearray(content)
    broken[places[-1] + 100] ^= 0xFF
    (tmp_path / "single.tacho").write_bytes(broken)
    report = tachograph.open(tmp_path / "single.tacho").report
    assert len(report["damage"]) == 1
    assert report["damage"][0]["length"] > 0
