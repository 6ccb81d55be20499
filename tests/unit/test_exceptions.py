import builtins
import pickle

import pytest

from tachograph import exceptions
from tachograph._optional import require

BUILTINS = {
    "RunNotFoundError": FileNotFoundError,
    "RunExistsError": FileExistsError,
    "RunLockedError": BlockingIOError,
    "CorruptLogError": ValueError,
    "UnsupportedFormatError": ValueError,
    "RecordFormatError": ValueError,
    "RecorderClosedError": RuntimeError,
    "InvalidArgumentError": ValueError,
    "NonFiniteGradientError": ValueError,
    "ArgumentTypeError": TypeError,
    "UnsupportedValueError": TypeError,
    "ReadOnlyRecordError": AttributeError,
    "LogIOError": OSError,
    "UnknownMetricError": KeyError,
    "MissingExtraError": ImportError,
    "NotebookError": RuntimeError,
}
MESSAGE = "it's \"so\": 'x'"


@pytest.mark.parametrize(("name", "builtin"), BUILTINS.items())
def test_every_error_stands_under_the_base_and_the_builtin_that_fits(name, builtin):
    kind = getattr(exceptions, name)

    assert issubclass(kind, exceptions.TachographError)
    assert issubclass(kind, builtin)


def test_the_table_above_is_complete():
    public = set(exceptions.__all__) - {"TachographError", "RecordingWarning", "MonitorWarning"}

    assert public == set(BUILTINS)
    assert not public & set(dir(builtins))


@pytest.mark.parametrize(
    "name", [*BUILTINS, "TachographError", "RecordingWarning", "MonitorWarning"]
)
def test_every_class_can_be_made_of_one_message_and_shows_it_unquoted(name):
    error = getattr(exceptions, name)(MESSAGE)

    assert str(error) == MESSAGE


@pytest.mark.parametrize("name", [*BUILTINS, "TachographError"])
def test_every_error_survives_pickling(name):
    error = getattr(exceptions, name)(MESSAGE)
    error.extra = 3

    back = pickle.loads(pickle.dumps(error))

    assert type(back) is type(error)
    assert (str(back), back.extra) == (MESSAGE, 3)


def test_attributes_are_none_until_they_are_known():
    locked = exceptions.RunLockedError("held", path="/r", holder="pid 4")

    assert (locked.path, locked.holder) == ("/r", "pid 4")
    assert exceptions.RunLockedError("held").holder is None
    assert exceptions.CorruptLogError("bad").offset is None
    assert exceptions.InvalidArgumentError("bad").argument is None
    assert exceptions.UnsupportedValueError("bad").metric is None
    assert exceptions.UnknownMetricError("bad").near == ()


def test_a_missing_package_names_the_extra_to_install():
    with pytest.raises(exceptions.MissingExtraError, match=r"pip install 'tachograph\[plot\]'"):
        require("no_such_package.pyplot", "plot")


def test_a_broken_package_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "broken_package.py").write_text("import something_it_needs")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="something_it_needs"):
        require("broken_package", "plot")
