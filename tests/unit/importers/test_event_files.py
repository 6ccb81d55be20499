"""Event files become runs; TensorBoard's own reader is the judge."""

import math
import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tachograph
from tachograph import Run, TrainingRecorder
from tachograph.exceptions import (
    InvalidArgumentError,
    RunExistsError,
    RunNotFoundError,
    UnsupportedFormatError,
)
from tachograph.importers import (
    import_any,
    import_tensorboard,
    planned_imports,
    read_scalars,
)

pytest.importorskip("tensorboard")

from event_writing import framed, judged, simple, write_events
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo
from tensorboard.plugins.scalar import summary_v2
from tensorboard.util import tensor_util

T0 = 1_700_000_000.0
NAME = "events.out.tfevents.1.host"


def points(run, tag):
    """(step, wall time, value) of a metric, row by row."""
    return [
        (row.step, row.wall_time.timestamp(), row.metrics[tag])
        for row in run.follow()
        if tag in row.metrics
    ]


def assert_same_as_judged(log_dir, run, *, within_secs=0.0):
    wanted = judged(log_dir)
    assert set(run.metrics) == set(wanted)
    for tag, expected in wanted.items():
        got = points(run, tag)
        assert [step for step, _, _ in got] == [step for step, _, _ in expected]
        np.testing.assert_array_equal([v for *_, v in got], [v for *_, v in expected])
        np.testing.assert_allclose(
            [wall for _, wall, _ in got],
            [w for _, w, _ in expected],
            rtol=0,
            atol=within_secs + 1e-6,
        )


@pytest.mark.parametrize("module", ["torch.utils.tensorboard", "tensorboardX"])
def test_what_summary_writers_write(tmp_path, module):
    writers = pytest.importorskip(module)
    log_dir = tmp_path / "log"
    writer = writers.SummaryWriter(str(log_dir))
    for step in range(50):
        for metric in range(10):
            writer.add_scalar(f"m/{metric}", math.sin(step) / (metric + 1), step)
        writer.add_histogram("weights", np.arange(5.0), step)
    writer.add_text("note", "hello", 3)
    writer.add_image("image", np.zeros((3, 4, 4), np.uint8), 3)
    writer.close()

    run = Run.from_tensorboard(log_dir, dest=tmp_path / "run")

    assert run.status.state == "closed"
    assert run.status.steps == 50
    assert_same_as_judged(log_dir, run, within_secs=run.imported["wall_time_moved_secs"])
    assert run.imported["wall_times_merged"] > 0
    skipped = run.imported["skipped"]
    assert (skipped["histograms"], skipped["images"], skipped["text"]) == (50, 1, 1)
    exact = Run.from_tensorboard(log_dir, dest=tmp_path / "exact", merge_within_secs=0)
    assert exact.imported["wall_times_merged"] == 0
    assert_same_as_judged(log_dir, exact)


def test_hyperparameters_of_a_summary_writer(tmp_path):
    writers = pytest.importorskip("tensorboardX")
    writer = writers.SummaryWriter(str(tmp_path / "log"))
    given_values = {"lr": 0.1, "optimizer": "adam", "amp": True, "model.layers": 4}
    writer.add_hparams(given_values, {"accuracy": 0.5}, name="trial")
    writer.close()

    run = Run.from_tensorboard(tmp_path / "log" / "trial", dest=tmp_path / "run")

    assert run.training_config == {"lr": 0.1, "optimizer": "adam", "amp": True}
    assert run.model_config == {"layers": 4.0}
    assert run.experiment_name == "trial"


def test_many_hyperparameters_take_no_longer_each(tmp_path):
    # What takes as long again for each one that is known would not end here.
    start = SessionStartInfo()
    for number in range(100_000):
        start.hparams[f"h{number}"].number_value = number
    content = HParamsPluginData(session_start_info=start).SerializeToString()
    value = Summary.Value(tag="_hparams_/session_start_info")
    value.metadata.plugin_data.plugin_name = "hparams"
    value.metadata.plugin_data.content = content
    event = Event(wall_time=T0, summary=Summary(value=[value]))
    write_events(tmp_path / "log" / NAME, [event, simple(0, T0, x=1.0)])

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert len(run.training_config) == 100_000
    assert run.training_config["h99999"] == 99_999


def tensor_event(step, wall_time, tag, tensor, plugin="scalars", data_class=0):
    value = Summary.Value(tag=tag, tensor=tensor)
    if plugin is not None:
        data = SummaryMetadata.PluginData(plugin_name=plugin)
        value.metadata.CopyFrom(SummaryMetadata(plugin_data=data, data_class=data_class))
    return Event(step=step, wall_time=wall_time, summary=Summary(value=[value]))


DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "?"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("packed_as", ["content", "list"])
def test_tensors_of_one_number(tmp_path, dtype, packed_as):
    values = np.array([1, 0, 3] if dtype == "?" else [1, 0, 100], dtype)
    events = []
    for step, value in enumerate(values):
        tensor = tensor_util.make_tensor_proto(value)
        if packed_as == "content":
            tensor = TensorProto(
                dtype=tensor.dtype, tensor_shape=tensor.tensor_shape, tensor_content=value.tobytes()
            )
        events.append(tensor_event(step, T0 + step, "x", tensor))
    write_events(tmp_path / "log" / NAME, events)

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert [value for *_, value in points(run, "x")] == values.tolist()
    if (dtype, packed_as) != ("u4", "list"):  # TensorBoard's reader does not know that one
        assert_same_as_judged(tmp_path / "log", run)
    assert run.history("x")[1].dtype == (np.float64 if values.dtype.kind == "f" else np.int64)


def test_bfloat16_which_no_numpy_has(tmp_path):
    events = [
        tensor_event(0, T0, "x", TensorProto(dtype=14, half_val=[0x3FC0])),
        tensor_event(1, T0, "x", TensorProto(dtype=14, tensor_content=b"\xc0\xbf")),
    ]
    write_events(tmp_path / NAME, events)

    assert read_scalars(tmp_path)["x"][2].tolist() == [1.5, -1.5]


def test_summaries_as_tensorflow_2_writes_them(tmp_path):
    events = []
    for step in range(20):
        summary = summary_v2.scalar_pb("loss", np.float32(1 / (step + 1)))
        if step:  # metadata need stand only before the first
            summary.value[0].ClearField("metadata")
        events.append(Event(step=step, wall_time=T0 + step / 7, summary=summary))
    write_events(tmp_path / "log" / NAME, events)

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert_same_as_judged(tmp_path / "log", run)
    assert run.history("loss")[1][2] == np.float32(1 / 3)


def test_tensors_that_are_no_scalars_are_counted(tmp_path):
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=2)])
    several = TensorProto(dtype=1, tensor_shape=shape, float_val=[1, 2])
    one = TensorProto(dtype=1, float_val=[5])
    events = [
        tensor_event(0, T0, "two", several),
        tensor_event(0, T0, "empty", TensorProto(dtype=1)),
        tensor_event(0, T0, "text", TensorProto(dtype=7, string_val=[b"hello"]), "text"),
        tensor_event(0, T0, "own", one, "my_plugin"),
        tensor_event(0, T0, "unsaid", one, None),
        tensor_event(0, T0, "classed", one, "my_plugin", data_class=1),
        tensor_event(0, T0, "huge", TensorProto(dtype=23, uint64_val=[2**63])),
    ]
    write_events(tmp_path / "log" / NAME, events)

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert run.metrics == ["classed"]
    assert run.imported["skipped"] == {
        "my_plugin": 1,
        "scalars of no single number": 3,
        "tensors": 1,
        "text": 1,
    }


def test_values_steps_and_wall_times_that_are_hard_on_a_reader(tmp_path):
    values = [math.nan, math.inf, -math.inf, -0.0, 3.4e38, 1e-45, 0.1]
    steps = [-3, 2**62, 0, 0, -(2**63), 2**63 - 1, 9]
    write_events(
        tmp_path / "log" / NAME,
        [
            simple(step, T0 - place * 1000, **{"é☃" * 50: value})
            for place, (step, value) in enumerate(zip(steps, values, strict=True))
        ],
    )

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert_same_as_judged(tmp_path / "log", run)
    assert math.copysign(1, points(run, "é☃" * 50)[3][2]) == -1


def test_a_signalling_nan_keeps_its_payload(tmp_path):
    event = (
        simple(0, T0, x=1.0)
        .SerializeToString()
        .replace(struct.pack("<f", 1.0), struct.pack("<I", 0xFFA00001))
    )
    head = framed(Event(file_version="brain.Event:2").SerializeToString())
    (tmp_path / NAME).write_bytes(head + framed(event))

    assert read_scalars(tmp_path)["x"][2].view(np.uint64).tolist() == [0xFFF4000020000000]


def test_wall_times_that_no_calendar_has_are_counted(tmp_path):
    walls = [T0, math.nan, math.inf, -1e300, T0 + 1]
    events = [simple(step, wall, x=0.5) for step, wall in enumerate(walls)]
    write_events(tmp_path / "log" / NAME, events)

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert [wall for _, wall, _ in points(run, "x")] == [T0, T0, T0, T0, T0 + 1]
    assert run.imported["odd_wall_times"] == 3


def rows(run):
    return [(row.step, row.wall_time.timestamp(), dict(row.metrics)) for row in run.follow()]


def test_events_of_one_step_are_one_row_as_long_as_they_lie_together(tmp_path):
    events = [
        simple(1, T0, a=1),
        simple(1, T0 + 0.25, b=2),
        simple(1, T0 + 0.5, a=3),  # a second time: a row of its own
        simple(1, T0 + 60, c=4),  # too far away
        simple(2, T0 + 60, a=5),
        simple(1, T0 + 60, a=6, b=7),
    ]
    write_events(tmp_path / "log" / NAME, events)

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert rows(run) == [
        (1, T0, {"a": 1, "b": 2}),
        (1, T0 + 0.5, {"a": 3}),
        (1, T0 + 60, {"c": 4}),
        (2, T0 + 60, {"a": 5}),
        (1, T0 + 60, {"a": 6, "b": 7}),
    ]
    assert run.imported["wall_times_merged"] == 1
    assert run.imported["wall_time_moved_secs"] == 0.25
    wide = Run.from_tensorboard(
        tmp_path / "log", dest=tmp_path / "wide", merge_within_secs=math.inf
    )
    assert rows(wide)[1] == (1, T0 + 0.5, {"a": 3, "c": 4})


def test_files_of_a_directory_are_read_by_name_and_subdirectories_left_alone(nobody, tmp_path):
    log_dir = tmp_path / "log"
    for order, name in enumerate(["b.tfevents", "a.tfevents", "c.tfevents", "other.txt"]):
        write_events(log_dir / name, [simple(order, T0 + order, x=order)])
    write_events(log_dir / "sub" / NAME, [simple(9, T0, x=9)])
    (log_dir / "d.tfevents").touch()

    run = Run.from_tensorboard(log_dir, dest=tmp_path / "run")

    assert run.history("x")[0].tolist() == [1, 0, 2]
    assert run.imported["files"] == 4
    assert run.imported["skipped"] == {"directories below, with event files of other runs": 1}

    unreadable = log_dir / "locked"
    unreadable.mkdir(mode=0)
    tmp_path.chmod(0o777)
    with nobody(log_dir):
        again = Run.from_tensorboard(log_dir, dest=tmp_path / "again")
    unreadable.chmod(0o755)
    assert again.history("x")[0].tolist() == [1, 0, 2]

    (tmp_path / "empty").mkdir()
    (log_dir / "sub").rename(tmp_path / "empty" / "sub")
    with pytest.raises(RunNotFoundError, match=r"there are some in .*sub"):
        import_tensorboard(tmp_path / "empty", tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_session_that_goes_on_from_an_earlier_step_is_another_attempt(tmp_path):
    first = [simple(step, T0 + step, x=step) for step in range(10)]
    start = Event(step=5, wall_time=T0 + 20, session_log=SessionLog(status=SessionLog.START))
    second = [simple(step, T0 + 20 + step, x=-step) for step in range(5, 8)]
    write_events(tmp_path / "log" / "events.tfevents.1", [start, *first])
    write_events(tmp_path / "log" / "events.tfevents.2", [start, *second])

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert run.imported["restarts"] == 1
    assert len(run.attempts) == 2
    steps, values = run.history("x")
    assert steps.tolist() == list(range(8))
    assert values.tolist() == [0, 1, 2, 3, 4, -5, -6, -7]
    assert read_scalars(tmp_path / "log")["x"][0].tolist() == [*range(10), 5, 6, 7]


# ---- damage


def ten_records(path):
    return write_events(path, [simple(step, T0 + step, x=step) for step in range(10)])


@pytest.mark.parametrize("where", ["content", "content's checksum", "length", "length's checksum"])
def test_a_damaged_record_costs_itself_alone(tmp_path, where):
    records = ten_records(tmp_path / NAME)
    offset = {"length": 0, "length's checksum": 9, "content": 20, "content's checksum": -1}[where]
    broken = bytearray(records[4])
    broken[offset] ^= 0x10
    (tmp_path / NAME).write_bytes(b"".join([*records[:4], bytes(broken), *records[5:]]))

    report = import_tensorboard(tmp_path, tmp_path / "run")

    assert report.damaged == 1
    assert report.damaged_bytes == len(records[4])
    assert report.is_damaged
    assert tachograph.open(report.path).history("x")[0].tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_every_truncation_keeps_what_is_whole(tmp_path):
    records = ten_records(tmp_path / NAME)
    whole = b"".join(records)
    ends = np.cumsum([len(record) for record in records])
    for size in range(len(records[0]), len(whole)):
        (tmp_path / NAME).write_bytes(whole[:size])
        n_events = int((ends <= size).sum()) - 1

        found = read_scalars(tmp_path).get("x")

        assert (0 if found is None else len(found[0])) == n_events
    report = import_tensorboard(tmp_path, tmp_path / "run")
    assert report.torn_bytes == len(records[-1]) - 1
    assert not report.is_damaged


@settings(max_examples=150)
@given(data=st.data())
def test_no_change_of_bytes_makes_a_value_up(tmp_path_factory, data):
    directory = tmp_path_factory.mktemp("log")
    whole = bytearray(b"".join(ten_records(directory / NAME)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "zero"]))
        if kind == "flip":
            whole[at] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del whole[at : at + data.draw(st.integers(1, 40))]
        elif kind == "insert":
            whole[at:at] = data.draw(st.binary(min_size=1, max_size=40))
        else:
            whole[at : at + 30] = bytes(len(whole[at : at + 30]))
        if not whole:
            return
    (directory / NAME).write_bytes(whole)
    try:
        found = read_scalars(directory)
    except UnsupportedFormatError:
        return
    steps, walls, values = found.get("x", ([], [], []))
    assert all(step == value for step, value in zip(steps, values, strict=True))
    assert all(wall == (T0 + step) * 1e6 for step, wall in zip(steps, walls, strict=True))
    assert sorted(set(steps)) == list(steps)


def test_what_was_reserved_and_never_written_is_torn_not_damaged(tmp_path):
    records = ten_records(tmp_path / NAME)
    (tmp_path / NAME).write_bytes(b"".join(records) + bytes(5000))

    report = import_tensorboard(tmp_path, tmp_path / "run")

    assert (report.steps, report.torn_bytes, report.damaged) == (10, 5000, 0)


@pytest.mark.parametrize(
    "content",
    [b"hello, this is text", bytes(100), framed(b"\x0a\x03abc"), framed(b""), b"\x89PNG" * 9],
    ids=["text", "zeros", "another message", "an empty message", "an image"],
)
def test_what_is_no_event_file_is_refused_and_leaves_nothing(tmp_path, content):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / NAME).write_bytes(content)

    with pytest.raises(UnsupportedFormatError, match="no event of TensorBoard") as caught:
        import_tensorboard(tmp_path / "log", tmp_path / "run")

    assert caught.value.path == str(tmp_path / "log" / NAME)
    assert [entry.name for entry in tmp_path.iterdir()] == ["log"]


def test_a_foreign_file_among_others_is_named(tmp_path):
    ten_records(tmp_path / "log" / NAME)
    (tmp_path / "log" / "notes.tfevents.txt").write_text("not events")

    report = import_tensorboard(tmp_path / "log", tmp_path / "run")

    assert report.foreign_files == (tmp_path / "log" / "notes.tfevents.txt",)
    assert report.is_damaged
    assert report.steps == 10


# ---- the new run


def test_what_exists_is_never_overwritten(tmp_path):
    ten_records(tmp_path / "log" / NAME)
    for make in (lambda path: path.mkdir(), lambda path: path.write_text("mine")):
        dest = tmp_path / f"dest{len(list(tmp_path.iterdir()))}"
        make(dest)
        with pytest.raises(RunExistsError):
            import_tensorboard(tmp_path / "log", dest)
        assert dest.exists()
    assert not list(tmp_path.glob(".*"))


def test_an_interrupted_import_leaves_nothing(tmp_path):
    ten_records(tmp_path / "log" / NAME)

    def interrupt(_n_bytes):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_tensorboard(tmp_path / "log", tmp_path / "run", on_progress=interrupt)
    assert [entry.name for entry in tmp_path.iterdir()] == ["log"]


@pytest.mark.parametrize("secs", [-1.0, math.nan])
def test_a_span_that_is_none_is_refused(tmp_path, secs):
    ten_records(tmp_path / "log" / NAME)

    with pytest.raises(InvalidArgumentError, match="merge_within_secs"):
        import_tensorboard(tmp_path / "log", tmp_path / "run", merge_within_secs=secs)


def test_the_run_says_where_it_comes_from(tmp_path):
    ten_records(tmp_path / "mine" / NAME)

    run = Run.from_tensorboard(tmp_path / "mine", dest=tmp_path / "a" / "run-1")

    assert (run.run_id, run.experiment_name) == ("run-1", "mine")
    assert run.environment == {}
    assert run.imported["source"] == str(tmp_path / "mine")
    assert run.imported["kind"] == "tensorboard"
    with TrainingRecorder("mine", dir=tmp_path / "other", capture_environment=False) as recorder:
        recorder.log_step(0, x=1.0)
    assert tachograph.open(recorder.path).imported == {}


def test_our_own_export_comes_back(tmp_path):
    rng = np.random.default_rng(0)
    values = rng.standard_normal((500, 3)).astype(np.float32).astype(np.float64)
    config = {"lr": 0.5, "name": "x", "steps": 2.0**53, "seed": str(2**53 + 1)}
    given = {**config, "steps": 2**53, "seed": 2**53 + 1}
    with TrainingRecorder("trip", {"layers": 2}, given, dir=tmp_path / "runs") as recorder:
        for step, row in enumerate(values.tolist()):
            recorder.log_step(step * 3, dict(zip("abc", row, strict=True)))
    recorder.export_to_tensorboard(tmp_path / "log")

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    original = tachograph.open(recorder.path)
    assert run.imported["skipped"] == {}
    assert rows(run) == rows(original)
    for name in "abc":
        np.testing.assert_array_equal(run.history(name), original.history(name))
    assert (run.model_config, run.training_config) == ({"layers": 2.0}, config)
    first = next(iter(original.follow())).wall_time
    created = run._experiment_record().created
    assert created is not None
    assert datetime(2020, 1, 1, tzinfo=UTC) < created <= first


def test_a_run_without_a_configuration_has_none_when_it_comes_back(tmp_path):
    with TrainingRecorder("plain", dir=tmp_path / "runs") as recorder:
        recorder.log_step(0, x=1.0)
    recorder.export_to_tensorboard(tmp_path / "log")

    run = Run.from_tensorboard(tmp_path / "log", dest=tmp_path / "run")

    assert (run.model_config, run.training_config) == ({}, {})


def test_many_runs_where_one_is_asked_for_are_named(tmp_path):
    for name in "abcdefg":
        write_events(tmp_path / "logs" / name / NAME, [simple(0, T0, x=1.0)])

    with pytest.raises(RunNotFoundError, match="and 2 others: each is a run") as caught:
        Run.from_tensorboard(tmp_path / "logs", dest=tmp_path / "run")

    assert str(tmp_path / "logs" / "a") in str(caught.value)
    assert not (tmp_path / "run").exists()
    pairs = planned_imports(tmp_path / "logs", tmp_path / "runs")
    assert [import_any(*pair).steps for pair in pairs] == [1] * 7
    assert Run(tmp_path / "runs" / "g").history("x")[1].tolist() == [1.0]


def test_links_that_lead_round_end(tmp_path):
    write_events(tmp_path / "logs" / "b" / NAME, [simple(0, T0, x=1.0)])
    (tmp_path / "logs" / "a").symlink_to(tmp_path / "logs" / "b")
    (tmp_path / "logs" / "b" / "up").symlink_to(tmp_path / "logs")
    (tmp_path / "logs" / "gone").symlink_to(tmp_path / "nothing")

    pairs = planned_imports(tmp_path / "logs", tmp_path / "runs")

    assert pairs == [(tmp_path / "logs" / "b", tmp_path / "runs" / "b")]


def test_a_directory_of_wandb_is_one_run(tmp_path):
    offline = tmp_path / "wandb" / "offline-run-1"
    write_events(offline / "files" / NAME, [simple(0, T0, x=1.0)])
    (offline / "run-1.wandb").touch()

    assert planned_imports(tmp_path / "wandb", tmp_path / "runs") == [
        (offline, tmp_path / "runs" / "offline-run-1")
    ]
    pairs = planned_imports(tmp_path / "wandb", tmp_path / "runs", kind="tensorboard")
    assert [source for source, _ in pairs] == [offline / "files"]
