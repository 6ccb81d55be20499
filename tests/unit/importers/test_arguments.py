"""What is no path, and no number, says so by the argument's name."""

import pytest

from tachograph import ArgumentTypeError, Run
from tachograph.importers import import_any, planned_imports, read_scalars


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda path: Run.from_tensorboard(5, dest=path / "run"), "log_dir"),
        (lambda path: Run.from_csv(None, dest=path / "run"), "path"),
        (lambda path: Run.from_record(b"x", dest=path / "run"), "path"),
        (lambda path: Run.from_wandb([], dest=path / "run"), "path"),
        (lambda path: Run.from_csv(path / "a.csv", dest=5), "dest"),
        (lambda path: read_scalars(5), "log_dir"),
        (lambda path: import_any(5, path / "run"), "source"),
        (lambda path: planned_imports(5, path / "run"), "source"),
        (lambda path: planned_imports(path, 5), "dest"),
        (
            lambda path: Run.from_tensorboard(
                path / "a.csv", dest=path / "run", merge_within_secs="1"
            ),
            "merge_within_secs",
        ),
    ],
)
def test_an_argument_of_the_wrong_type(tmp_path, make, argument):
    (tmp_path / "a.csv").write_text("step,a\n0,1\n")

    with pytest.raises(ArgumentTypeError, match=argument) as caught:
        make(tmp_path)

    assert caught.value.argument == argument
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]
