"""The reader written from docs/format.md alone reads what the core writes, as the core reads it."""

import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tachograph import TrainingRecorder
from tachograph._core import Reader, Writer, pack
from tachograph.exceptions import UnsupportedFormatError

pytest.importorskip("pcodec", exc_type=ImportError)
pytest.importorskip("zstandard", exc_type=ImportError)

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden" / "v1"
TABLES = {"epochs": 1, "steps": 2}


def load_reader():
    spec = importlib.util.spec_from_file_location("conformance_reader", HERE / "reader.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


reader = load_reader()


# ---- what is compared


def as_python(value):
    """A structured value of the twin as the core gives it to Python."""
    match value:
        case reader.BigInt(digits):
            return int(digits)
        case reader.Array(dtype, shape, data):
            return np.frombuffer(data, dtype).reshape(shape)
        case reader.Time(micros):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
        case reader.Opaque(_, text):
            return text
        case list():
            return [as_python(item) for item in value]
        case dict():
            return {key: as_python(item) for key, item in value.items()}
    return value


def same(first, second):
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return (
            first.dtype == second.dtype
            and first.shape == second.shape
            and first.tobytes() == second.tobytes()
        )
    if isinstance(first, float):
        return isinstance(second, float) and struct.pack("d", first) == struct.pack("d", second)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    return type(first) is type(second) and first == second


def assert_same_table(core, twin, table):
    rows = twin.rows(TABLES[table])
    label, wall, attempt, seq = (array.tolist() for array in core.index(table))
    assert [row.label for row in rows] == label
    assert [row.wall for row in rows] == wall
    assert [row.attempt for row in rows] == attempt
    assert [row.seq for row in rows] == seq
    keys = {key for row in rows for key in row.values}
    schema = core.schema(table)
    assert keys <= {(role, name) for role, name, _ in schema}
    for role, name, kind in schema:
        _, values = core.column(table, role, name)
        places = core.column_rows(table, role, name).tolist()
        mine = [
            (at, row.values[role, name])
            for at, row in enumerate(rows)
            if (role, name) in row.values
        ]
        assert [at for at, _ in mine] == places
        assert [word for _, (_, word) in mine] == values.view(np.uint64).tolist()
        assert {kind for _, (kind, _) in mine} <= {{"float": 0, "int": 1}[kind]}
    groups = ["fields", "metrics", "train", "val"]
    for row, given in zip(rows, core.rows(table, 0, len(rows)), strict=True):
        for (role, name), value in row.extras.items():
            assert same(as_python(value), given[groups[role]][name])


def assert_same(path, *, by_index=True):
    core, twin = Reader.open(str(path)), reader.Run(Path(path), by_index=by_index)
    for table in TABLES:
        assert_same_table(core, twin, table)
    records = core.records()
    assert same({key: as_python(value) for key, value in twin.put().items()}, records)
    report = core.report()
    assert twin.closed == core.closed
    assert twin.rows_lost == report["rows_lost"]
    assert bool(twin.damage) == bool(report["damage"])
    return core, twin


# ---- what is recorded


def record_much(recorder, start, n_steps):
    """Everything that a call may say, and enough of it to fill segments."""
    odd = ["step", "epoch", "attempt", "rank", "wall_time", "a/b", "\0", "é☃", "x" * 3000, ""]
    specials = [float("nan"), float("inf"), -0.0, 5e-324, -1e308]
    for step in range(start, start + n_steps):
        recorder.log_step(step, {"loss": float(np.float32(1 / (step + 1))), "lr": 0.1 * step})
        if step % 7 == 0:
            recorder.log_step(
                step, {"extra": step, "flag": step % 2 == 0, "loss": specials[step % 5]}
            )
        if step % 50 == 0:
            recorder.log_step(-step, dict.fromkeys(odd, step / 3))
        if step % 500 == 0:
            epoch = step // 500
            recorder.log_epoch(
                epoch,
                1.0 / (epoch + 1),
                None if epoch % 2 else 2.0,
                {"n": epoch, "text": "é" * epoch, "grid": np.arange(6, dtype="<i2").reshape(2, 3)},
                {"deep": {"list": [1, None, 2**70, -(2**63), b"\0", {"k": 0.1}], "": True}},
                sample_predictions={"y": np.array([[0.5, -1.5]], np.float32)},
            )
    steps = np.arange(start, start + 3000)
    noise = np.random.default_rng(start).standard_normal(3000)
    recorder.log_steps(steps, {"loss": noise, "n": steps * 3, "gap": [None, *noise[1:].tolist()]})
    recorder.epochs[0].train_loss = 0.125
    recorder.epochs[-1].train_metrics["n"] = 12


def record_bulk(recorder, start, n_steps):
    """Rows that get segments of their own."""
    recorder.log_step(start, {"before": 1})
    values = np.random.default_rng(0).standard_normal(n_steps)
    recorder.log_steps(np.arange(start, start + n_steps), {"x": values, "i": np.arange(n_steps)})


CALLS = {"much": record_much, "bulk": record_bulk}


def recorder_for(directory, mechanism="auto", **options):
    return TrainingRecorder(
        "conformance",
        {"layers": (1, 2)},
        dir=directory,
        run_id="run",
        capture_environment=False,
        mechanism=mechanism,
        **options,
    )


def killed(directory, calls, start, n_steps, mechanism="auto", resume="never"):
    """Records in a process of its own, which then kills itself."""
    code = f"""
import os, signal, sys
sys.path[:0] = {sys.path!r}
import importlib.util
spec = importlib.util.spec_from_file_location("conformance", {str(Path(__file__))!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
recorder = module.recorder_for({str(directory)!r}, {mechanism!r}, resume={resume!r})
module.CALLS[{calls!r}](recorder, {start}, {n_steps})
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=240)
    assert done.returncode < 0
    return directory / "conformance" / "run"


@pytest.mark.parametrize("mechanism", ["auto", "write"])
def test_a_closed_run(tmp_path, mechanism):
    with recorder_for(tmp_path, mechanism) as recorder:
        record_much(recorder, 0, 4000)

    core, twin = assert_same(recorder.path)
    assert core.closed
    assert twin.torn == 0
    assert_same(recorder.path, by_index=False)


@pytest.mark.parametrize("mechanism", ["auto", "write"])
def test_a_crashed_run(tmp_path, mechanism):
    path = killed(tmp_path, "much", 0, 2500, mechanism)

    core, twin = assert_same(path)
    assert list(path.glob("run.tacho.tail-*"))
    assert not core.closed
    assert twin.rows_lost == 0
    assert not twin.damage


def test_a_run_that_was_resumed_in_its_middle_and_killed_again(tmp_path):
    path = killed(tmp_path, "much", 0, 2000)
    killed(tmp_path, "much", 1200, 1000, resume="must")

    core, _ = assert_same(path)
    assert len(core.attempts()) == 2
    labels, _, attempts, _ = core.index("steps")
    assert labels[attempts == 1].max() < 1200

    with recorder_for(tmp_path, resume="must") as recorder:
        record_much(recorder, 1500, 200)
    assert_same(path)
    assert_same(path, by_index=False)


def test_many_rows_at_once(tmp_path):
    path = killed(tmp_path, "bulk", 0, 50_000)
    assert_same(path)

    with recorder_for(tmp_path, resume="must") as recorder:
        record_bulk(recorder, 50_000, 300)
    assert_same(path)


def test_packed_runs(tmp_path):
    path = killed(tmp_path, "much", 0, 800)
    pack(str(path), str(tmp_path / "crashed.tacho"))
    with recorder_for(tmp_path, resume="must") as recorder:
        record_much(recorder, 1000, 100)
    pack(str(path), str(tmp_path / "closed.tacho"))

    _, twin = assert_same(tmp_path / "crashed.tacho")
    assert not twin.closed
    _, twin = assert_same(tmp_path / "closed.tacho")
    assert twin.closed


def test_a_live_run(tmp_path):
    with recorder_for(tmp_path) as recorder:
        record_much(recorder, 0, 1000)
        deadline = time.monotonic() + 60
        while recorder.status.queued_bytes:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert_same(recorder.path)


@pytest.mark.parametrize("name", ["tiny", "crashed", "resumed", "codecs.tacho"])
def test_golden_runs(name):
    assert_same(GOLDEN / name)


def assert_merged_alike(path):
    import tachograph

    with tachograph.open(path) as run:
        have = [(record.step, record.attempt, record.metrics) for record in run.steps]
    groups = reader.Run(path).merged_steps()
    assert [(step, attempt, set(metrics)) for step, attempt, metrics in have] == [
        (group[0].label, group[0].attempt, {name for row in group for _, name in row.values})
        for group in groups
    ]
    return len(have)


def test_steps_that_several_calls_logged_are_merged_alike(tmp_path):
    calls = [(0, "a"), (0, "b"), (0, "a"), (1, "a"), (0, "c"), (0, "d"), (1, ""), (1, "a")]
    with recorder_for(tmp_path) as recorder:
        for step, metrics in calls:
            recorder.log_step(step, dict.fromkeys(metrics, 1.0))
    assert assert_merged_alike(recorder.path) == 4


def test_late_rows_are_merged_alike(tmp_path):
    with recorder_for(tmp_path) as recorder:
        for step in range(700):
            recorder.log_step(step, {"a": 1.0})
            late = step - (300 if step % 10 == 9 else step % 4)
            recorder._log_late(max(late, 0), 1, {"b": 1.0, f"c{step % 3}": step})
    n_merged = assert_merged_alike(recorder.path)
    assert 700 < n_merged < 1400
    with recorder_for(tmp_path, resume="must") as recorder:
        assert recorder._next_step == 700
        recorder.log_step(650, {"a": 2.0})
        recorder._log_late(650, 1, {"b": 2.0})
    assert assert_merged_alike(recorder.path) < n_merged


# ---- crashes and damage


def sealed_and_tail(tmp_path):
    """A run before and after its segment was sealed."""
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(GOLDEN / "crashed", before)
    shutil.copytree(GOLDEN / "crashed", after)
    writer = Writer()
    writer._open(str(after), run_id="x", create=False)
    writer._close()
    return before, after / "run.tacho"


def frame_ends(main):
    run = reader.Run(main, by_index=False)
    return sorted(frame.end for parts in run._frames.values() for frame in parts.values())


def test_sealing_that_was_interrupted_at_any_byte_changes_no_row(tmp_path):
    before, main = sealed_and_tail(tmp_path)
    whole = main.read_bytes()
    expected = reader.Run(before)
    for end in range(64, len(whole), 5):
        (before / "run.tacho").write_bytes(whole[:end])
        core, twin = Reader.open(str(before)), reader.Run(before)
        for table, number in TABLES.items():
            assert_same_table(core, twin, table)
            if end <= frame_ends(main)[-1]:
                assert twin.rows(number) == expected.rows(number)


@pytest.mark.parametrize("name", ["tiny", "crashed", "resumed"])
def test_a_file_cut_anywhere_reads_alike(tmp_path, name):
    for file in sorted((GOLDEN / name).iterdir()):
        for end in range(0, file.stat().st_size, 7):
            run = tmp_path / f"{file.name}-{end}"
            shutil.copytree(GOLDEN / name, run)
            os.truncate(run / file.name, end)
            assert_readers_agree(run)


@pytest.mark.parametrize("name", ["tiny", "crashed", "resumed"])
def test_a_changed_byte_reads_alike(tmp_path, name):
    for file in sorted((GOLDEN / name).iterdir()):
        for at in range(0, file.stat().st_size, 3):
            run = tmp_path / f"{file.name}-{at}"
            shutil.copytree(GOLDEN / name, run)
            data = bytearray(file.read_bytes())
            data[at] ^= 1 << at % 8
            (run / file.name).write_bytes(data)
            assert_readers_agree(run)


def assert_readers_agree(run):
    try:
        core = Reader.open(str(run))
    except UnsupportedFormatError:
        with pytest.raises((reader.BadBytesError, reader.UnsupportedError)):
            reader.Run(run)
        return
    twin = reader.Run(run)
    for table in TABLES:
        assert_same_table(core, twin, table)
    report = core.report()
    assert twin.rows_lost == report["rows_lost"], run
    assert bool(twin.damage) == bool(report["damage"]), run


def test_the_worked_examples_are_what_the_tool_prints():
    root = HERE.parents[1]
    document = (root / "docs" / "format.md").read_text()
    for name, file in [("tiny", "run.tacho"), ("crashed", "run.tacho.tail-00000001")]:
        done = subprocess.run(
            [sys.executable, str(root / "tools" / "dump.py"), str(GOLDEN / name / file)],
            capture_output=True,
            text=True,
            check=True,
        )
        block = f"<!-- {name}: begin -->\n```\n{done.stdout}```\n<!-- {name}: end -->"
        assert block in document


def test_expected_values_of_golden_runs_hold_for_the_twin_too():
    expected = json.loads((GOLDEN / "expected.json").read_text())
    for name in ("tiny", "crashed", "resumed"):
        twin = reader.Run(GOLDEN / name)
        for table, number in TABLES.items():
            assert [row.seq for row in twin.rows(number)] == [
                row["seq"] for row in expected[name][table]
            ]
