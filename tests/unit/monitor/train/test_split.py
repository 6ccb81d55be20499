"""The split: every window in one part, every class in both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph import InvalidArgumentError
from tachograph.monitor.train.split import stratified_split


@given(
    labels=st.lists(st.integers(0, 3), min_size=8, max_size=60).map(np.array),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 100),
)
def test_every_window_is_in_one_part_and_every_class_in_both(labels, share, seed):
    train, val = stratified_split(labels, share, seed)

    assert sorted([*train, *val]) == list(range(len(labels)))
    for label in set(labels):
        n_label, n_val = (labels == label).sum(), (labels[val] == label).sum()
        if n_label > 1:
            assert 1 <= n_val < n_label
            assert abs(n_val - share * n_label) <= 1
        else:
            assert n_val == 0


def test_the_seed_decides():
    labels = np.arange(100) % 2
    first, again, other = (stratified_split(labels, 0.2, seed)[1].tolist() for seed in (0, 0, 1))

    assert len(first) == 20
    assert first == again != other


@pytest.mark.parametrize("labels", [[0], [0, 1]])
def test_too_few_windows_are_refused(labels):
    with pytest.raises(InvalidArgumentError, match="two windows of one class") as caught:
        stratified_split(np.array(labels), 0.5, 0)

    assert caught.value.argument == "val_split"
