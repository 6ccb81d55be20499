"""Whatever is recorded: JSON is strict, CSV gives every float back, and all frames are the same."""

import csv
import io
import json
import math
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tachograph import TrainingRecorder

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pq = pytest.importorskip("pyarrow.parquet")

FLOATS = st.one_of(
    st.floats(),
    st.integers(0, 2**64 - 1).map(lambda word: struct.unpack("<d", word.to_bytes(8, "little"))[0]),
)
SCALARS = st.one_of(FLOATS, st.integers(-(2**63), 2**63 - 1), st.booleans())
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.one_of(
    st.sampled_from(
        ["a", "b", "step", "attempt", "wall_time", "metric.step", "loss", "metric_loss", "epoch"]
    ),
    st.sampled_from(["\0", "a,b", '"', "x\r\ny", "=1+1", "'", " ", "é", "\ufeff", "NaN", ""]),
    TEXT,
)
VALUES = st.one_of(
    SCALARS,
    SCALARS,
    st.none(),
    TEXT,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(TEXT, SCALARS, max_size=2),
)
# A column is of floats, or of whatever comes: mixed ones would mostly be text.
STEPS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3),
        st.dictionaries(NAMES, FLOATS | st.integers(-(2**53), 2**53), max_size=4),
    ),
    max_size=12,
)
EPOCHS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        FLOATS,
        st.none() | FLOATS,
        st.dictionaries(NAMES, VALUES, max_size=3),
        st.dictionaries(NAMES, FLOATS, max_size=3),
    ),
    max_size=8,
)
RECORDS = given(steps=STEPS, epochs=EPOCHS)
some = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def recorded(steps, epochs):
    recorder = TrainingRecorder("x\0y", {"n": math.nan}, dir=None, capture_environment=False)
    for step, metrics in steps:
        recorder.log_step(step, metrics)
    for label, train, val, train_metrics, val_metrics in epochs:
        try:
            recorder.log_epoch(label, train, val, train_metrics, val_metrics)
        except ValueError:  # an integer that the column's floats cannot hold is refused by name
            continue
    return recorder


def written(export, **options):
    return export(io.BytesIO(), **options).getvalue()


def strict(text):
    """JSON without a word that is no JSON, a name that comes twice, or a number that overflows."""

    def refuse(token):
        raise AssertionError(f"{token} is no JSON")

    def unique(pairs):
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    def finite(digits):
        assert math.isfinite(float(digits))
        return float(digits)

    return json.loads(
        text.decode("utf-8"), parse_constant=refuse, object_pairs_hook=unique, parse_float=finite
    )


def same_float(first, second):
    first, second = (np.asarray(values, dtype=np.float64) for values in (first, second))
    nan = np.isnan(first)
    assert np.array_equal(nan, np.isnan(second))
    assert first[~nan].tobytes() == second[~nan].tobytes()  # -0.0 is not 0.0


def restored(value):
    return float(value.replace("Infinity", "inf")) if isinstance(value, str) else value


@some
@RECORDS
def test_every_json_passes_a_strict_parser(steps, epochs):
    recorder = recorded(steps, epochs)

    record = strict(written(recorder.save))
    assert [epoch["epoch"] for epoch in record["epochs"]] == [e.epoch for e in recorder.epochs]
    same_float(
        [restored(epoch["train_loss"]) for epoch in record["epochs"]],
        [epoch.train_loss for epoch in recorder.epochs],
    )
    columns = strict(written(recorder.export_to_json, table="steps"))["steps"]
    assert columns["step"] == [step.step for step in recorder.steps]
    for name, values in columns["metrics"].items():
        found = [restored(value) for value in values if value is not None]
        same_float(found, [s.metrics[name] for s in recorder.steps if name in s.metrics])
    for table, rows in (("steps", recorder.steps), ("epochs", recorder.epochs)):
        lines = written(recorder.export_to_json, table=table, lines=True).splitlines(keepends=True)
        assert len([strict(line) for line in lines]) == len(rows)
        assert all(line.endswith(b"}\n") for line in lines)


@some
@RECORDS
def test_every_csv_gives_equal_floats_back(steps, epochs):
    recorder = recorded(steps, epochs)

    for table in ("steps", "epochs"):
        content = written(recorder.export_to_csv, table=table)
        own = pa.table(getattr(recorder, table))
        _header, *lines = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
        assert len(lines) == len(own)
        if not lines:
            continue
        places = [at for at, field in enumerate(own.schema) if field.type == pa.float64()]
        types = [pl.Float64 if at in places else pl.String for at in range(own.num_columns)]
        polars = pl.read_csv(content, schema_overrides=types)
        pandas = pd.read_csv(io.BytesIO(content), na_values=[""], keep_default_na=False)
        for at in places:
            expected = own.column(at).to_numpy()
            same_float([float(line[at] or "nan") for line in lines], expected)
            same_float(polars.to_series(at).to_numpy(), expected)
            same_float(pandas.iloc[:, at].to_numpy(np.float64), expected)


@some
@RECORDS
def test_arrow_parquet_csv_and_numpy_have_the_same_frame(steps, epochs):
    recorder = recorded(steps, epochs)

    for table in ("steps", "epochs"):
        sequence = getattr(recorder, table)
        arrow = pa.table(sequence)
        arrow.validate(full=True)
        parquet = pq.read_table(io.BytesIO(written(recorder.export_to_parquet, table=table)))
        text = written(recorder.export_to_csv, table=table, formula_guard=False)
        header, *lines = list(csv.reader(io.StringIO(text.decode("utf-8"), newline="")))
        arrays = sequence.to_numpy()
        polars = pl.DataFrame(sequence)
        header = [name.replace("\0", "␀") for name in header]  # Arrow's C interface has no NUL
        assert arrow.column_names == header == list(arrays) == polars.columns
        assert parquet.schema.equals(arrow.schema)
        assert len(arrow) == len(lines) == len(sequence) == polars.height
        for at, (name, column) in enumerate(zip(header, arrow.columns, strict=True)):
            own, texts = column.to_pylist(), [line[at] for line in lines]
            if column.type == pa.float64():
                values = column.to_numpy()
                same_float(values, parquet.column(at).to_numpy())
                same_float(values, arrays[name])
                same_float(values, [float(text or "nan") for text in texts])
                same_float(values, polars.to_series(at).to_numpy())
                assert column.is_null().to_pylist() == [text == "" for text in texts]
            else:
                assert parquet.column(at).to_pylist() == own == polars.to_series(at).to_list()
                assert [as_csv(value) for value in own] == texts
                if column.type != pa.timestamp("us", "UTC"):
                    assert arrays[name].tolist() == own


def as_csv(value):
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
