"""Labels of runs that stand side by side."""

from hypothesis import given
from hypothesis import strategies as st

from tachograph.overview.labels import labels_of


def test_a_name_of_its_own_is_enough():
    assert labels_of([("a", "x-1"), ("b", "x-2")]) == ["a", "b"]


def test_runs_of_one_name_have_the_end_of_their_ids():
    runs = [("same", "20261122-sa74"), ("b", "20261122-xx"), ("same", "20261122-lo7s")]

    assert labels_of(runs) == ["same · sa74", "b", "same · lo7s"]


def test_the_same_run_twice_and_runs_without_names_or_ids():
    assert labels_of([("a", "x-1"), ("a", "x-1")]) == ["a · 1", "a · 1 (2)"]
    assert labels_of([("", ""), ("", "")]) == ["unnamed", "unnamed (2)"]


def test_names_that_differ_in_what_is_cut():
    runs = [("n" * 100 + end, f"id-{end}") for end in "ab"]

    assert labels_of(runs, max_chars=12) == ["nnnnnnn… · a", "nnnnnnn… · b"]


@given(st.lists(st.tuples(st.text("a ·()2", max_size=30), st.text("a-2", max_size=30)), max_size=9))
def test_no_two_are_the_same_nor_too_long(runs):
    labels = labels_of(runs, max_chars=28)

    assert len(set(labels)) == len(runs)
    assert all(0 < len(label) <= 28 for label in labels)
