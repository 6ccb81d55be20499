"""Steps and epochs as frames of Arrow, Polars, pandas, DuckDB and NumPy: the same one in each."""

import csv
import gc
import math
import struct
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tachograph
from tachograph import MissingExtraError
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")

SPECIALS = [0.1, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1e308, 1 / 3]


def bits(value):
    """Floats to the bit, so that NaN equals NaN and -0.0 is not 0.0; a NaN counts as one."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    return value


def rows_of(frame):
    """The rows of an Arrow stream as tuples, nulls as None."""
    table = pa.table(frame)
    columns = [[bits(value) for value in column.to_pylist()] for column in table.columns]
    return table.column_names, list(zip(*columns, strict=True))


@pytest.fixture
def mixed(anywhere):
    """A loop and a monitor, a metric that comes late, an integer that becomes a float."""
    for step in range(300):
        anywhere.log_step(step, {"loss": SPECIALS[step % 8], "n": step if step < 200 else 0.5})
        anywhere.log_step(step, {"gpu": step, "step": -step})
        if step % 3 == 0:
            anywhere.log_step(step, {"loss": 2.0})
        if step >= 250:
            anywhere.log_step(step, {"late": step * 2, "wall_time": 1.5, "attempt": 7})
    return anywhere


def expected_rows(recorder, names):
    return [tuple(bits(row.metrics.get(name)) for name in names) for row in recorder.steps]


def test_arrow_has_the_merged_rows_of_the_sequence(mixed):
    names, rows = rows_of(mixed.steps)

    assert names == [
        "step", "attempt", "wall_time",
        "loss", "n", "gpu", "metric.step", "late", "metric.wall_time", "metric.attempt",
    ]  # fmt: skip
    metrics = ["loss", "n", "gpu", "step", "late", "wall_time", "attempt"]
    assert [row[3:] for row in rows] == expected_rows(mixed, metrics)
    assert [row[:3] for row in rows] == [
        (row.step, row.attempt, row.wall_time) for row in mixed.steps
    ]
    assert len(rows) == len(mixed.steps) < len(mixed.steps.raw)


def test_types_and_nulls(mixed):
    schema = pa.schema(mixed.steps)

    assert schema == pa.table(mixed.steps).schema
    assert schema.field("step").type == pa.int64()
    assert not schema.field("step").nullable
    assert schema.field("wall_time").type == pa.timestamp("us", "UTC")
    assert schema.field("loss").type == pa.float64()
    assert schema.field("n").type == pa.float64()
    assert schema.field("late").type == pa.int64()
    late = pa.table(mixed.steps)["late"]
    assert late.null_count == len(late) - 50
    pa.table(mixed.steps).validate(full=True)


def test_raw_rows_are_a_frame_too(mixed):
    _, rows = rows_of(mixed.steps.raw)

    assert len(rows) == len(mixed.steps.raw)
    assert [row[0] for row in rows] == [row.step for row in mixed.steps.raw]


def test_every_library_takes_it(mixed):
    steps = mixed.steps
    frame = pl.DataFrame(steps)
    assert frame.height == len(steps)
    assert frame.equals(steps.to_polars(), null_equal=True)
    assert frame.schema["wall_time"] == pl.Datetime("us", "UTC")
    arrow = pa.table(steps)
    assert duckdb.sql("select count(*), sum(gpu) from arrow").fetchall() == [
        (len(steps), sum(range(300)))
    ]
    assert duckdb.sql("select max(late) from steps").fetchall() == [(598,)]
    assert pd.DataFrame.from_arrow(steps).shape == (len(steps), len(arrow.column_names))


def test_numpy_says_absent_by_type(mixed):
    columns = mixed.steps.to_numpy()
    table = pa.table(mixed.steps)

    assert list(columns) == table.column_names
    assert columns["step"].dtype == np.int64
    assert columns["wall_time"].dtype == "datetime64[us]"
    absent = table["loss"].is_null().to_numpy()
    assert np.isnan(columns["loss"][absent]).all()
    kept = columns["loss"][~absent]
    given = np.array([row.metrics["loss"] for row in mixed.steps if "loss" in row.metrics])
    assert kept.tobytes() == given.tobytes()
    late = columns["late"]
    assert isinstance(late, np.ma.MaskedArray)
    assert late.mask.tolist() == table["late"].is_null().to_pylist()
    assert late.compressed().tolist() == table["late"].drop_null().to_pylist()
    columns["loss"][0] = 3.0  # they are the caller's own


def test_pandas_has_the_types_that_it_is_known_for(mixed):
    frame = mixed.steps.to_pandas()

    assert str(frame["wall_time"].dtype) == "datetime64[us, UTC]"
    assert frame["loss"].dtype == np.float64
    assert str(frame["late"].dtype) == "Int64"
    assert frame["late"].sum() == sum(range(500, 600, 2))
    assert frame["late"].isna().sum() == len(frame) - 50
    frame.loc[0, "loss"] = 1.0


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def as_csv(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@pytest.mark.parametrize("table", ["steps", "epochs"])
def test_csv_and_parquet_have_the_same_frame(mixed, tmp_path, table):
    log_epochs(mixed)
    sequence = getattr(mixed, table)
    arrow = pa.table(sequence)

    header, *lines = read_csv(mixed.export_to_csv(tmp_path / "a.csv", table, formula_guard=False))
    assert header == arrow.column_names
    for line, row in zip(lines, zip(*(c.to_pylist() for c in arrow.columns), strict=True),
                         strict=True):  # fmt: skip
        for text, value in zip(line, map(as_csv, row), strict=True):
            if isinstance(value, float):
                assert struct.pack("d", float(text)) == struct.pack("d", value)
            else:
                assert text == value
    parquet = pl.read_parquet(mixed.export_to_parquet(tmp_path / "a.parquet", table))
    assert parquet.equals(pl.DataFrame(sequence), null_equal=True)
    for name, column in sequence.to_numpy().items():
        if column.dtype == np.float64:
            assert np.array_equal(column, parquet[name].to_numpy(), equal_nan=True)
    floats = arrow.select([f.name for f in arrow.schema if f.type == pa.float64()]).column_names
    read = pl.read_csv(tmp_path / "a.csv", schema_overrides=dict.fromkeys(floats, pl.Float64))
    read_pd = pd.read_csv(tmp_path / "a.csv")
    for name in floats:
        values = arrow[name].to_numpy()
        assert np.array_equal(read[name].cast(pl.Float64).to_numpy(), values, equal_nan=True)
        assert np.array_equal(read_pd[name].to_numpy(np.float64), values, equal_nan=True)


def log_epochs(recorder):
    recorder.log_epoch(
        1,
        0.5,
        train_metrics={"acc": 1, "note": '=1+1, "x"', "loss": 3.0, "mix": 1.5},
        sample_predictions={"x": np.zeros(3)},
    )
    recorder.log_epoch(
        2, math.nan, 0.25, {"acc": 2, "mix": [1, None]}, {"auc": 1.0}, learning_rate=0.1
    )


def test_epochs_have_the_columns_of_csv(anywhere):
    log_epochs(anywhere)
    table = pa.table(anywhere.epochs)

    assert table.column_names[:9] == [
        "epoch", "timestamp", "train_loss", "val_loss", "learning_rate", "epoch_time",
        "memory_usage", "gradient_norm", "is_best",
    ]  # fmt: skip
    assert table["is_best"].to_pylist() == [True, True]
    assert table["val_loss"].to_pylist() == [None, 0.25]
    assert table["train_acc"].to_pylist() == [1, 2]
    assert table["train_note"].to_pylist() == ['=1+1, "x"', None]
    assert table["train_metric_loss"].to_pylist() == [3.0, None]
    assert table["train_mix"].to_pylist() == ["1.5", "[1,null]"]
    assert table.schema.field("train_mix").type == pa.large_string()
    assert "sample_predictions" not in table.column_names
    assert anywhere.epochs.to_numpy()["train_note"].tolist() == ['=1+1, "x"', None]
    assert anywhere.epochs.to_pandas()["train_note"].isna().tolist() == [False, True]


def test_amended_epochs_show_their_amendments(anywhere):
    log_epochs(anywhere)
    anywhere.epochs[0].val_loss = 9.0
    anywhere.epochs[1].train_metrics["acc"] = "lost"
    anywhere.epochs[1].train_metrics["new"] = 4

    table = pa.table(anywhere.epochs)
    assert table["val_loss"].to_pylist() == [9.0, 0.25]
    assert table["train_acc"].to_pylist() == ["1", "lost"]
    assert table["train_new"].to_pylist() == [None, 4]


def test_an_empty_run_is_an_empty_frame(anywhere):
    assert pa.table(anywhere.steps).column_names == ["step", "attempt", "wall_time"]
    assert pl.DataFrame(anywhere.epochs).shape == (0, 9)
    assert anywhere.steps.to_pandas().shape == (0, 3)
    assert anywhere.epochs.to_numpy()["is_best"].dtype == bool


def test_a_resumed_run_leaves_out_what_was_replaced(make_recorder):
    with make_recorder(run_id="r") as recorder:
        for step in range(100):
            recorder.log_step(step, {"loss": 1.0, "old": step})
    with make_recorder(run_id="r", resume="must") as recorder:
        for step in range(60, 80):
            recorder.log_step(step, {"loss": 2.0})

    run = tachograph.open(recorder.path)
    table = pa.table(run.steps)
    assert table["step"].to_pylist() == list(range(80))
    assert table["attempt"].to_pylist() == [1] * 60 + [2] * 20
    assert table["old"].to_pylist() == [*range(60), *[None] * 20]
    assert pa.table(run.steps.select(["old"], start=58, stop=62))["old"].to_pylist() == [
        58, 59, None, None,
    ]  # fmt: skip


def test_a_stream_shows_the_run_as_it_was(recorder):
    recorder.log_step(0, {"a": 1.0})
    run = tachograph.open(recorder.path)
    reader = pa.RecordBatchReader.from_stream(run.steps)
    recorder.log_step(0, {"b": 2.0})
    recorder.log_step(1, {"a": 3.0})

    assert run.steps.to_numpy()["step"].tolist() == [0, 1]
    assert reader.read_all().column_names == ["step", "attempt", "wall_time", "a"]
    assert pa.table(run.steps)["b"].to_pylist() == [2.0, None]


def test_arrays_outlive_the_run(make_recorder):
    with make_recorder() as recorder:
        recorder.log_steps(np.arange(100_000), {"x": np.arange(100_000) / 7})
    run = tachograph.open(recorder.path)
    frame = pl.DataFrame(run.steps)
    stream = run.steps.__arrow_c_stream__()
    run.close()
    del run, recorder
    gc.collect()

    assert frame["x"].to_numpy().tobytes() == (np.arange(100_000) / 7).tobytes()
    del stream  # one that was never read is let go


def test_damage_is_exported_around(make_recorder):
    with make_recorder() as recorder:
        for start in range(0, 400_000, 100_000):
            recorder.log_steps(
                np.arange(start, start + 100_000), {"x": np.random.default_rng(1).random(100_000)}
            )
    log = recorder.path / "run.tacho"
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)

    run = tachograph.open(recorder.path)
    table = pa.table(run.steps)
    assert 0 < len(table) - table["x"].null_count < 400_000
    assert run.report["damage"]


def test_from_several_threads(mixed):
    found = []
    steps = mixed.steps

    def work():
        found.append(pl.DataFrame(steps).height)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [len(steps)] * 4


# ---- types that a consumer asks for


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("gpu", pa.int32()),
        ("gpu", pa.uint16()),
        ("gpu", pa.float64()),
        ("loss", pa.float32()),
        ("wall_time", pa.timestamp("ns", "UTC")),
        ("wall_time", pa.timestamp("s")),
        ("late", pa.int16()),
    ],
)
def test_other_types_can_be_asked_for(mixed, name, wanted):
    own = pa.table(mixed.steps)
    at = own.schema.get_field_index(name)
    asked = own.schema.set(at, pa.field(name, wanted))

    table = pa.RecordBatchReader.from_stream(mixed.steps, schema=asked).read_all()

    assert table.schema.field(name).type == wanted
    expected = own[name].cast(wanted, safe=False)
    assert [bits(v) for v in table[name].to_pylist()] == [bits(v) for v in expected.to_pylist()]
    assert table["loss" if name != "loss" else "gpu"].type in (pa.float64(), pa.int64())


@pytest.mark.parametrize("wanted", [pa.string(), pa.string_view()])
def test_text_in_other_encodings(anywhere, wanted):
    log_epochs(anywhere)
    own = pa.schema(anywhere.epochs)
    asked = own.set(own.get_field_index("train_note"), pa.field("train_note", wanted))

    table = pa.RecordBatchReader.from_stream(anywhere.epochs, schema=asked).read_all()

    assert table.schema.field("train_note").type == wanted
    assert table["train_note"].to_pylist() == ['=1+1, "x"', None]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("loss", pa.int64()),
        ("gpu", pa.string()),
        ("wall_time", pa.int64()),
        ("step", pa.bool_()),
        ("loss", pa.dictionary(pa.int32(), pa.string())),
    ],
)
def test_types_that_would_lose_the_meaning_are_refused(mixed, name, wanted):
    own = pa.schema(mixed.steps)
    asked = own.set(own.get_field_index(name), pa.field(name, wanted))

    with pytest.raises(InvalidArgumentError, match=f'"{name}" is .* cannot be'):
        mixed.steps.__arrow_c_stream__(asked.__arrow_c_schema__())


def test_a_value_that_does_not_fit_is_an_error_of_the_stream(mixed):
    own = pa.schema(mixed.steps)
    asked = own.set(own.get_field_index("gpu"), pa.field("gpu", pa.int8()))

    with pytest.raises((pa.ArrowInvalid, OSError), match=r"299|128"):
        pa.RecordBatchReader.from_stream(mixed.steps, schema=asked).read_all()


def test_an_integer_that_no_float_equals_is_an_error_of_the_stream(anywhere):
    anywhere.log_step(0, {"n": 2**53 + 1})
    own = pa.schema(anywhere.steps)
    asked = own.set(own.get_field_index("n"), pa.field("n", pa.float64()))

    with pytest.raises((pa.ArrowInvalid, OSError), match="does not fit"):
        pa.RecordBatchReader.from_stream(anywhere.steps, schema=asked).read_all()


def test_other_columns_are_refused(mixed):
    asked = pa.schema([pa.field("loss", pa.float64())])
    with pytest.raises(InvalidArgumentError, match="must have the columns"):
        mixed.steps.__arrow_c_stream__(asked.__arrow_c_schema__())


@pytest.mark.parametrize("wrong", [1, "int32", object()])
def test_what_is_no_schema_is_a_type_error(mixed, wrong):
    with pytest.raises(ArgumentTypeError, match="requested_schema"):
        mixed.steps.__arrow_c_stream__(wrong)


def test_a_capsule_of_another_kind_is_a_type_error(mixed):
    with pytest.raises(ArgumentTypeError, match="arrow_schema"):
        mixed.steps.__arrow_c_stream__(mixed.steps.__arrow_c_stream__())


# ---- what is not installed


@pytest.mark.parametrize(
    ("package", "extra", "call"),
    [
        ("polars", "polars", lambda recorder: recorder.steps.to_polars()),
        ("pandas", "pandas", lambda recorder: recorder.epochs.to_pandas()),
        ("pyarrow", "parquet", lambda recorder: recorder.export_to_parquet("x.parquet")),
    ],
)
def test_a_missing_package_is_named_with_its_extra(recorder, monkeypatch, package, extra, call):
    monkeypatch.setitem(__import__("sys").modules, package, None)

    with pytest.raises(MissingExtraError) as caught:
        call(recorder)
    assert f"pip install 'tachograph[{extra}]'" in str(caught.value)


def test_a_polars_that_drops_rows_is_refused(recorder, monkeypatch):
    whole = pl.DataFrame
    recorder.log_steps(None, {"a": [1.0, 2.0]})
    monkeypatch.setattr(pl, "DataFrame", lambda stream: whole(stream).head(1))

    with pytest.raises(MissingExtraError, match=r"first part .* 'tachograph\[polars\]'"):
        recorder.steps.to_polars()


# ---- whatever comes

values = st.one_of(
    st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.just(math.nan), st.booleans()
)
names = st.one_of(
    st.sampled_from(["a", "b", "step", "attempt", "wall_time", "metric.step"]),
    st.text(max_size=5).filter(lambda text: text.isprintable()),
)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.dictionaries(names, values, max_size=3)), max_size=25)
)
def test_whatever_is_logged_is_in_the_frame(make_recorder, calls):
    recorder = make_recorder(dir=None)
    for step, metrics in calls:
        recorder.log_step(step, metrics)

    header, rows = rows_of(recorder.steps)
    assert len(set(header)) == len(header)
    seen = list(dict.fromkeys(name for _, metrics in calls for name in metrics))
    for row, record in zip(rows, recorder.steps, strict=True):
        assert row[0] == record.step
        kept = sorted(map(repr, (float(v) for v in record.metrics.values())))
        found = [v for v in row[3:] if v is not None]
        assert sorted(repr(plain(value)) for value in found) == kept
    assert len(header) == 3 + len(seen)


def plain(value):
    if value == "nan":
        return math.nan
    return struct.unpack("<d", value)[0] if isinstance(value, bytes) else float(value)
