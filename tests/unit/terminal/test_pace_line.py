"""The line that says where a run stands fits, whatever stands in the log."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, Group

from tachograph.overview.glance import Glance
from tachograph.overview.totals import Totals
from tachograph.overview.wording import pace
from tachograph.terminal.pace_line import characters_of, pace_line, plain_line, values_line

numbers = st.none() | st.integers(-(2**63), 2**63 - 1)
spans = st.none() | st.floats(min_value=1e-9, max_value=1e300)
glances = st.builds(
    Glance,
    step=numbers,
    epoch=numbers,
    totals=st.builds(Totals, steps=st.none() | st.integers(1, 2**63), epochs=st.none()),
    steps_per_sec=spans,
    remaining_secs=spans,
    values=st.dictionaries(st.text(), st.floats() | st.integers(), max_size=5),
)


def drawn(line, width):
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=True, color_system=None).print(Group(line))
    return stream.getvalue()


@given(glances, st.text(), st.integers(4, 200))
def test_any_state_of_any_run_is_one_line_that_fits(glance, name, width):
    for line in (pace_line(glance, width, name=name), values_line(glance)):
        (shown,) = drawn(line, width).splitlines()
        assert cell_len(shown) <= width
        assert "\x1b" not in shown
    assert len(plain_line(glance, name=name).splitlines()) == 1


@pytest.mark.parametrize(
    ("width", "has_name", "has_bar"), [(120, True, True), (80, False, True), (45, False, False)]
)
def test_what_does_not_fit_is_left_out(width, has_name, has_bar):
    glance = Glance(step=49, totals=Totals(steps=100), steps_per_sec=10.0, remaining_secs=5.0)

    shown = pace_line(glance, width, name="digits").plain

    assert ("digits" in shown) is has_name
    assert ("━" in shown) is has_bar
    assert "step 49 of 100  50 %  10.0 steps/s  5.0 s left" in shown


def test_a_training_of_epochs_alone():
    glance = Glance(epoch=2, totals=Totals(epochs=4), epoch_values={"train_loss": 0.5})

    assert plain_line(glance, name="x") == "x: epoch 2 of 4, 75 %, train_loss 0.5"


def test_an_encoding_without_lines_gets_other_characters():
    assert characters_of("utf-8") == ("━", "─")
    assert characters_of("ascii") == characters_of(None) == characters_of("odd") == ("#", "-")


@pytest.mark.parametrize(
    ("per_sec", "shown"),
    [(12345.6, "12,346 steps/s"), (12.34, "12.3 steps/s"), (0.5, "2.0 s a step")],
)
def test_paces(per_sec, shown):
    assert pace(per_sec) == shown


@pytest.mark.parametrize("done", range(1, 101))
def test_percents_are_of_what_is_done(done):
    glance = Glance(step=done - 1, totals=Totals(steps=100))

    assert f"  {done} %" in pace_line(glance, 80).plain


def test_nearly_done_is_not_done():
    glance = Glance(step=999_998, totals=Totals(steps=1_000_000))

    assert "99 %" in pace_line(glance, 80).plain
