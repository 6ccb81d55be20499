"""Recordings: NumPy files and their labels, and everything that can be wrong with them."""

import pickle

import numpy as np
import pytest

from tachograph import InvalidArgumentError, LogIOError
from tachograph.monitor.train.recordings import read_recordings

SHAPE = (2, 8)


@pytest.fixture
def place(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "a.npy", rng.normal(size=SHAPE).astype(np.float32))
    np.savez(tmp_path / "b.npz", eeg=rng.integers(-500, 500, SHAPE))
    (tmp_path / "deeper").mkdir()
    np.save(tmp_path / "deeper" / "c.npy", 1e6 + rng.normal(size=SHAPE))
    annotate(tmp_path, "a.npy,0", "b.npz,1", "deeper/c.npy,1")
    return tmp_path


def annotate(directory, *lines, head="file,label"):
    (directory / "annotations.csv").write_text("\n".join([head, *lines]) + "\n")


def read(directory, annotations=None, max_files=None):
    return read_recordings(directory, annotations, SHAPE, max_files)


def refused(directory, reason, argument):
    with pytest.raises(InvalidArgumentError, match=reason) as caught:
        read(directory)
    assert caught.value.argument == argument


def test_windows_are_read_and_brought_to_one_scale(place):
    data = read(place)

    assert len(data) == 3
    assert data.labels.tolist() == [0, 1, 1]
    for i in range(3):
        window, label = data[i]
        assert (window.shape, window.dtype, label) == (SHAPE, np.float32, data.labels[i])
        np.testing.assert_allclose(window.mean(axis=1), 0, atol=1e-6)
        np.testing.assert_allclose(window.std(axis=1), 1, atol=1e-5)
    raw = np.load(place / "b.npz")["eeg"].astype(float)
    expected = (raw - raw.mean(axis=1, keepdims=True)) / raw.std(axis=1, keepdims=True)
    np.testing.assert_allclose(data[1][0], expected, rtol=1e-6)


def test_a_flat_channel_is_zero(place):
    np.save(place / "a.npy", np.stack([np.full(8, 3.5), np.arange(8.0)]))

    assert (read(place)[0][0][0] == 0).all()


def test_they_can_be_sent_to_another_process(place):
    data = pickle.loads(pickle.dumps(read(place)))

    assert data[2][1] == 1


def test_at_most_so_many_are_taken(place):
    assert len(read(place, max_files=2)) == 2


def test_labels_may_lie_elsewhere_and_come_from_a_spreadsheet(place, tmp_path_factory):
    table = tmp_path_factory.mktemp("labels") / "mine.csv"
    table.write_bytes(b'\xef\xbb\xbflabel,file,who\r\n1, "a.npy",me\r\n0,b.npz,\r\n')

    assert read(place, table).labels.tolist() == [1, 0]


def test_a_directory_that_is_none_is_named(tmp_path):
    refused(tmp_path / "none", "none", "data_dir")


def test_labels_that_are_missing_are_an_error_of_the_disk(tmp_path):
    with pytest.raises(LogIOError, match=r"annotations\.csv"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a.npy", "line 3 does not have a file and a label"),
        (",1", "line 3 does not have a file and a label"),
        ("a.npy,seizure", "label in line 3 is no class .* 'seizure'"),
        ("a.npy,-1", "no class"),
        ("a.npy,1.0", "no class"),
        ("a.npy,9999999999999999999999", "no class"),
        ("../a.npy,1", "must lie in"),
        ("/etc/a.npy,1", "must lie in"),
        ("none.npy,1", "a file is missing"),
        ("a.edf,1", r"must end in \.npy or \.npz"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(place, line, reason):
    annotate(place, "a.npy,0", line)
    refused(place, reason, "annotations")


def test_a_table_without_the_columns_is_refused(place):
    annotate(place, "a.npy,0", head="name,class")
    refused(place, "no column 'file'", "annotations")


def test_a_table_without_lines_is_refused(place):
    annotate(place)
    refused(place, "at least one file", "annotations")


def test_a_table_that_is_no_text_is_refused(place):
    (place / "annotations.csv").write_bytes(b"file,label\n\xff\xfe,1\n")
    refused(place, "utf-8", "annotations")


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((3, 8)), r"shape is \[3, 8\], not \[2, 8\] as --channels"),
        (np.zeros((2, 9)), r"shape is \[2, 9\]"),
        (np.zeros(16), r"shape is \[16\]"),
        (np.zeros(SHAPE, complex), "complex128"),
        (np.zeros(SHAPE, "U3"), "<U3"),
        (np.zeros(SHAPE, bool), "bool"),
    ],
)
def test_an_array_of_another_form_is_refused_before_the_training(place, array, reason):
    np.save(place / "a.npy", array)
    refused(place, reason, "data_dir")


def test_a_pickle_is_not_opened(place):
    np.save(place / "a.npy", np.array([[print]], dtype=object), allow_pickle=True)
    refused(place, "a.npy", "data_dir")


@pytest.mark.parametrize("name", ["a.npy", "b.npz"])
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04 half", b"text"])
def test_a_damaged_file_is_named(place, name, content):
    (place / name).write_bytes(content)
    refused(place, name, "data_dir")


def test_an_archive_of_two_arrays_is_refused(place):
    np.savez(place / "b.npz", eeg=np.zeros(SHAPE), ecg=np.zeros(SHAPE))
    refused(place, "it has 2 arrays", "data_dir")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_window_that_is_not_finite_is_refused_when_it_is_read(place, value):
    window = np.zeros(SHAPE)
    window[1, 3] = value
    np.save(place / "a.npy", window)

    with pytest.raises(InvalidArgumentError, match=r"NaN or infinities.*a\.npy"):
        read(place)[0]
