"""Tables in pipes and on narrow terminals."""

import sys

import pytest

from tachograph.cli.table import Column, Fitted, print_pairs, print_table

COLUMNS = [Column("name", gives_way=True), Column("count", numeric=True), Column("state")]


@pytest.fixture
def terminal(monkeypatch):
    """Makes standard output a terminal of a given width."""

    def narrow(columns: int) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))

    return narrow


def test_a_pipe_gets_everything_aligned(capsys):
    print_table(COLUMNS, [["x" * 300, "1", "ok"], ["中文", "1,000", "no"]])

    lines = capsys.readouterr().out.splitlines()

    assert lines[1] == f"{'x' * 300}      1  ok"
    assert lines[2] == f"中文{' ' * 296}  1,000  no"


def test_a_narrow_terminal_cuts_only_what_gives_way(capsys, terminal):
    terminal(30)

    print_table(COLUMNS, [["x" * 300, "1,000,000", "closed"]])

    assert capsys.readouterr().out.splitlines()[1] == f"{'x' * 10}…  1,000,000  closed"


def test_too_narrow_a_terminal_folds_lines_rather_than_losing_numbers(capsys, terminal):
    terminal(10)

    print_table(COLUMNS, [["x" * 300, "1,000,000", "closed"]])

    assert capsys.readouterr().out.splitlines()[1] == "xxxxxxx…  1,000,000  closed"


def test_columns_that_may_leave_do_so_before_lines_fold(capsys, terminal):
    columns = [
        Column("name", gives_way=True),
        Column("first", leaves=1),
        Column("count"),
        Column("second", leaves=2),
    ]
    rows = [["x" * 300, "1", "2", "3"]]

    for width, headings in (
        (30, ["name", "first", "count", "second"]),
        (29, ["name", "first", "count"]),
        (21, ["name", "count"]),
        (3, ["name", "count"]),
    ):
        terminal(width)
        print_table(columns, rows)
        shown = capsys.readouterr().out.splitlines()
        assert shown[0].split() == headings
        assert shown[1].startswith("xxxxxxx")
        assert len(shown[1]) <= max(width, 15)


def test_a_pipe_gets_every_column(capsys):
    print_table([Column("a", leaves=1), Column("b", leaves=2)], [["1" * 200, "2"]])

    assert capsys.readouterr().out.split() == ["a", "b", "1" * 200, "2"]


def test_fitted_cells_are_drawn_to_their_width(capsys, terminal):
    terminal(20)

    print_table([Column("a"), Column("b", gives_way=True)], [["1", Fitted("#".__mul__, 60)]])

    assert capsys.readouterr().out.splitlines()[1] == "1  " + "#" * 17


def test_no_rows_leave_the_headings(capsys):
    print_table(COLUMNS, [])

    assert capsys.readouterr().out == "name  count  state\n"


def test_pairs_line_up(capsys):
    print_pairs([("a", "1"), ("long", "2")])

    assert capsys.readouterr().out == "a     1\nlong  2\n"
