"""Parquet: read back by Polars and DuckDB, with the run's identity, whole or not at all."""

import numpy as np
import pytest

import tachograph

pq = pytest.importorskip("pyarrow.parquet")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")


def test_it_carries_the_identity_of_the_run(recorder, tmp_path):
    recorder.log_epoch(0, 0.5)
    path = recorder.export_to_parquet(tmp_path / "new" / "a.parquet")

    metadata = pq.read_schema(path).metadata
    assert metadata[b"tachograph.run_id"].decode() == recorder.run_id
    assert metadata[b"tachograph.experiment"] == b"experiment"
    assert metadata[b"tachograph.table"] == b"epochs"
    assert metadata[b"tachograph.format_version"] == b"1"
    assert duckdb.sql(f"select train_loss from '{path}'").fetchall() == [(0.5,)]


def test_batches_make_large_row_groups(make_recorder, tmp_path):
    with make_recorder() as recorder:
        for start in range(0, 60_000, 20_000):
            recorder.log_steps(np.arange(start, start + 20_000), {"x": np.ones(20_000)})
            for step in range(start, start + 3_000):
                recorder.log_step(step, {"y": 1.0})
    run = tachograph.open(recorder.path)
    path = run.export_to_parquet(tmp_path / "a.parquet", "steps")

    assert pq.ParquetFile(path).num_row_groups == 1
    assert pl.read_parquet(path).equals(run.steps.to_polars(), null_equal=True)


def test_an_empty_table_is_a_file_without_rows(recorder, tmp_path):
    path = recorder.export_to_parquet(tmp_path / "a.parquet", "steps")

    assert pl.read_parquet(path).columns == ["step", "attempt", "wall_time"]


def test_a_failure_leaves_the_older_file(recorder, tmp_path, monkeypatch):
    recorder.log_step(0, {"x": 1.0})
    path = recorder.export_to_parquet(tmp_path / "a.parquet", "steps")
    before = path.read_bytes()

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fail)
    with pytest.raises(OSError, match="disk full"):
        recorder.export_to_parquet(path, "steps")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["a.parquet"]
