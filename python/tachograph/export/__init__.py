"""Files made of a run; functions over the compiled core's handles."""

from tachograph.export.csv_file import write_csv
from tachograph.export.data_frame import to_numpy, to_pandas, to_polars
from tachograph.export.event_file import write_events
from tachograph.export.json_file import write_record_json, write_steps_json
from tachograph.export.parquet_file import write_parquet
from tachograph.export.pickle_file import read_pickle, write_pickle

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
