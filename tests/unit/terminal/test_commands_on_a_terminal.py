"""Commands that print and end, on terminals of some width."""

import pytest

from tachograph import TrainingRecorder

CALL = "import sys; sys.argv = ['tacho', *{words!r}]\nfrom tachograph.cli import main; main()"


@pytest.fixture
def call(on_terminal):
    """Calls the command; its exit code and what it shows."""

    def called(*words, **options):
        terminal = on_terminal(CALL.format(words=[str(word) for word in words]), **options)
        return terminal.finish(), terminal.text

    return called


@pytest.fixture
def runs(own_directory):
    for name in ("a", "b" * 60):
        with TrainingRecorder(name, dir=own_directory / "runs") as recorder:
            recorder.log_step(0, {"loss": 1.0})
            recorder.log_epoch(0, 0.123456)
    return own_directory / "runs"


@pytest.mark.parametrize(("columns", "has"), [(36, "best loss"), (60, "run id"), (100, "epochs")])
def test_a_list_of_runs_leaves_out_columns_before_it_folds(call, runs, columns, has):
    code, text = call("ls", runs, columns=columns)

    headings, *rows = text.splitlines()
    assert code == 0
    assert has in headings
    assert len(rows) == 2
    assert all(row.split()[0][:8] in {"a", "b" * 8, "b" * 7 + "…"} for row in rows)
    assert all("0.123456 (train)" in row for row in rows)


def test_parquet_is_not_written_to_a_terminal(call, runs):
    code, text = call("export", runs / "a", "--parquet")

    assert code == 2
    assert text.endswith("--parquet is no text for a terminal: -o FILE, or a pipe")


@pytest.mark.parametrize("form", ["--csv", "--long-csv", "--json", "--jsonl"])
def test_what_is_exported_to_a_terminal_does_not_act_on_it(on_terminal, own_directory, form):
    metrics = {"\x1b[2J\x9b31m\u202eloss \r": 1.0, "t": "\x1b[8m\x9b31m"}
    with TrainingRecorder("bad \x1b]0;x\x07", dir=own_directory) as recorder:
        recorder.log_epoch(0, 1.0, train_metrics=metrics)
    terminal = on_terminal(CALL.format(words=["export", str(recorder.path), form]))

    assert terminal.finish() == 0
    shown = terminal.raw.decode()
    assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(shown)
    assert r"[2J\x9b31m\u202eloss" in shown
