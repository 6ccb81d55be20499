"""Runs that other recorders have left behind, made into runs of this package."""

from tachograph.importers.csv_file import import_csv
from tachograph.importers.event_files import import_tensorboard, read_scalars
from tachograph.importers.import_report import ImportReport
from tachograph.importers.record_file import import_record
from tachograph.importers.source import import_any, planned_imports
from tachograph.importers.wandb_file import import_wandb

__all__ = [
    "ImportReport",
    "import_any",
    "import_csv",
    "import_record",
    "import_tensorboard",
    "import_wandb",
    "planned_imports",
    "read_scalars",
]
