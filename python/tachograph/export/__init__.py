"""Files made of a run; functions over the compiled core's handles.

Names are imported when they are first used: a run has all of these as methods, and few runs are
exported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tachograph.export.csv_file import write_csv as write_csv
    from tachograph.export.data_frame import to_numpy as to_numpy
    from tachograph.export.data_frame import to_pandas as to_pandas
    from tachograph.export.data_frame import to_polars as to_polars
    from tachograph.export.event_file import write_events as write_events
    from tachograph.export.json_file import write_record_json as write_record_json
    from tachograph.export.json_file import write_steps_json as write_steps_json
    from tachograph.export.parquet_file import write_parquet as write_parquet
    from tachograph.export.pickle_file import read_pickle as read_pickle
    from tachograph.export.pickle_file import write_pickle as write_pickle

_HOMES: dict[str, str] = {
    "read_pickle": "tachograph.export.pickle_file",
    "to_numpy": "tachograph.export.data_frame",
    "to_pandas": "tachograph.export.data_frame",
    "to_polars": "tachograph.export.data_frame",
    "write_csv": "tachograph.export.csv_file",
    "write_events": "tachograph.export.event_file",
    "write_parquet": "tachograph.export.parquet_file",
    "write_pickle": "tachograph.export.pickle_file",
    "write_record_json": "tachograph.export.json_file",
    "write_steps_json": "tachograph.export.json_file",
}

__all__ = [
    "read_pickle",
    "to_numpy",
    "to_pandas",
    "to_polars",
    "write_csv",
    "write_events",
    "write_parquet",
    "write_pickle",
    "write_record_json",
    "write_steps_json",
]


def __getattr__(name: str) -> Any:
    from tachograph._lazy import attribute

    return attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
