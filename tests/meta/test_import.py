"""Importing the package costs next to nothing, and pulls in nothing but NumPy."""

import json
import subprocess
import sys

import pytest

import tachograph
from tachograph import analysis

THIRD_PARTY = {
    "torch",
    "matplotlib",
    "plotly",
    "polars",
    "pandas",
    "pyarrow",
    "tensorboard",
    "rich",
    "click",
    "sklearn",
    "IPython",
}
SLOW = {"asyncio", "multiprocessing", "importlib.metadata", "http", "email", "unittest"}


def modules_after(code, *, python_flags=()):
    printing = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, *python_flags, "-c", printing], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_the_package_alone_imports_no_part_of_itself():
    loaded = modules_after("import tachograph") - modules_after("import typing")

    assert {name for name in loaded if name.startswith("tachograph")} == {"tachograph"}
    assert len(loaded) < 5


@pytest.mark.parametrize(
    "code",
    [
        "from tachograph import TrainingRecorder, EpochRecord, Run",
        "import tachograph; tachograph.open",
        "from tachograph.recorder import TrainingRecorder, EpochRecord",
        "import tachograph.monitor",
        "from tachograph.monitor import read_history, write_history, export_history_to_tensorboard",
        "import tachograph.nptrain",
        "from tachograph.nptrain import train_model, plot_training_curves, LSTM, RelationalRNN",
    ],
)
def test_what_people_use_imports_nothing_but_numpy(code):
    added = modules_after(code) - modules_after("import numpy")
    top = {name.partition(".")[0] for name in added}

    assert top & {*THIRD_PARTY, *SLOW} == set()
    foreign = {
        name
        for name in top
        if name not in sys.stdlib_module_names and name not in ("tachograph", "numpy")
    }
    assert foreign == set()


def test_what_records_does_not_import_the_training_toolkit():
    loaded = modules_after("from tachograph import TrainingRecorder, Run; import tachograph.cli")

    assert not {name for name in loaded if name.startswith("tachograph.nptrain")}


def test_the_training_toolkit_imports_no_layer_above_the_recorder():
    loaded = modules_after("from tachograph.nptrain import train_model, plot_training_curves")
    parts = {name.split(".")[1] for name in loaded if name.startswith("tachograph.")}

    assert parts <= {
        "_core",
        "_optional",
        "analysis",
        "exceptions",
        "export",
        "nptrain",
        "recorder",
        "records",
    }


def test_recording_works_where_optional_packages_are_blocked(tmp_path):
    blocked = (
        "import sys\nfor name in ('torch', 'psutil', 'matplotlib'): sys.modules[name] = None\n"
    )
    code = f"""{blocked}
from tachograph import TrainingRecorder
with TrainingRecorder("b", dir={str(tmp_path)!r}) as recorder:
    recorder.log_epoch(0, 1.0)
    # It says what it knows after three seconds, which may be nothing yet.
    while "pytorch_version" not in recorder.experiment_metadata:
        pass
assert recorder.experiment_metadata["pytorch_version"] is None
assert recorder.epochs[0].memory_usage > 0
"""
    assert "tachograph.recorder" in modules_after(code)


def test_every_public_name_is_there_and_listed():
    assert tachograph.__all__ == sorted(tachograph.__all__)
    for name in [*tachograph.__all__, "open"]:
        assert getattr(tachograph, name) is not None
        assert name in dir(tachograph)


def test_every_name_of_the_analysis_is_there_and_listed():
    assert analysis.__all__ == sorted(analysis._HOMES)
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None
        assert name in dir(analysis)


def test_a_star_import_leaves_the_builtin_open_alone():
    assert "open" not in tachograph.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'TrainingRecoder'"):
        _ = tachograph.TrainingRecoder


def test_annotations_travel_with_the_package():
    from importlib.resources import files

    assert files("tachograph").joinpath("py.typed").is_file()
