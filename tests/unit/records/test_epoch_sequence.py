import pytest

import tachograph


@pytest.fixture
def twenty(anywhere):
    for label in range(100, 120):
        anywhere.log_epoch(label, 1.0 / (label - 99))
    return anywhere.epochs


def labels(records):
    return [record.epoch for record in records]


def test_it_behaves_as_a_list(twenty):
    assert len(twenty) == 20
    assert twenty[0].epoch == 100
    assert twenty[-1].epoch == twenty[19].epoch == 119
    assert labels(twenty) == list(range(100, 120))
    assert labels(reversed(twenty)) == list(range(119, 99, -1))
    assert twenty[3] in twenty
    assert twenty.index(twenty[7]) == 7
    assert bool(twenty)


@pytest.mark.parametrize(
    "cut",
    [
        slice(None),
        slice(3, 7),
        slice(-3, None),
        slice(None, None, -1),
        slice(18, 2, -5),
        slice(0, 20, 19),
        slice(7, 7),
        slice(90, 99),
        slice(-90, 3),
    ],
)
def test_slices_are_lists_as_of_a_list(twenty, cut):
    piece = twenty[cut]

    assert type(piece) is list
    assert labels(piece) == list(range(100, 120))[cut]


@pytest.mark.parametrize("position", [20, -21, 10**30])
def test_a_position_outside_is_an_index_error(twenty, position):
    with pytest.raises(IndexError, match="20 epochs"):
        twenty[position]


def test_a_position_must_be_an_integer(twenty):
    with pytest.raises(TypeError):
        twenty["100"]


def test_get_finds_by_label(twenty):
    assert twenty.get(105).epoch == 105
    assert twenty.get(5) is None
    assert twenty.get(5, "none") == "none"


def test_get_gives_the_last_of_duplicates(anywhere):
    for loss in (1.0, 2.0):
        anywhere.log_epoch(7, loss)

    assert len(anywhere.epochs) == 2
    assert anywhere.epochs.get(7).train_loss == 2.0


def test_it_equals_a_list_of_equal_records(twenty):
    assert twenty == list(twenty)
    assert twenty != list(twenty)[1:]
    assert twenty != 3


def test_the_repr_is_short(twenty, make_recorder):
    assert repr(twenty) == "<EpochSequence: 20 epochs, labels 100 to 119>"
    assert repr(make_recorder(dir=None).epochs) == "<EpochSequence: no epochs>"


def test_it_grows_with_the_run(recorder):
    epochs = recorder.epochs
    recorder.log_epoch(0, 1.0)
    of_run = tachograph.open(recorder.path).epochs
    assert (len(epochs), len(of_run)) == (1, 1)

    recorder.log_epoch(1, 1.0)

    assert (len(epochs), len(of_run)) == (2, 2)


def test_iteration_crosses_its_chunks(make_recorder):
    recorder = make_recorder(dir=None)
    for label in range(2500):
        recorder.log_epoch(label, 1.0, memory_usage=1.0)

    assert labels(recorder.epochs) == list(range(2500))
