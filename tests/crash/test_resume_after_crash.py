"""A run that crashed is resumed with everything that it said and held."""

import subprocess
import sys

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder
from tachograph.exceptions import InvalidArgumentError

_CHILD = """
import os, sys
from tachograph import TrainingRecorder
recorder = TrainingRecorder("crash", {"width": 3}, {"rate": 0.5}, dir=sys.argv[1], run_id="r")
for step in range(3000):
    recorder.log_step(step, loss=step / 2)
    if step % 1000 == 999:
        recorder.log_epoch(step // 1000, 1.0 - step / 3000, 2.0 - step / 3000)
os._exit(1)
"""


@pytest.fixture
def crashed(tmp_path):
    subprocess.run([sys.executable, "-c", _CHILD, str(tmp_path)], check=False, timeout=240)
    return tmp_path


def test_what_it_said_of_itself_is_known_at_once(crashed):
    with TrainingRecorder("crash", dir=crashed, run_id="r", resume="must") as recorder:
        assert (recorder.model_config, recorder.training_config) == ({"width": 3}, {"rate": 0.5})
        assert [record.epoch for record in recorder.epochs] == [0, 1, 2]
        assert recorder.best_epoch == 2
        recorder.log_step(None, loss=-1.0)

    run = tachograph.open(recorder.path)
    steps, loss = run.history("loss")
    np.testing.assert_array_equal(steps, np.arange(3001))
    np.testing.assert_array_equal(loss, [*(np.arange(3000) / 2), -1.0])
    assert run.model_config == {"width": 3}
    assert not [path for path in recorder.path.iterdir() if ".tail-" in path.name]


def test_rows_of_a_resumed_run_have_places_of_their_own(crashed):
    """An amendment is addressed by a row's place in the log, which no other row may have."""
    for attempt in range(3):
        recorder = TrainingRecorder("crash", dir=crashed, run_id="r", resume="must")
        recorder.log_epoch(3 + attempt, 0.5)
        recorder.log_step(None, loss=0.0)
        recorder.close()
    with TrainingRecorder("crash", dir=crashed, run_id="r", resume="must") as recorder:
        recorder.epochs[1].val_loss = 7.0
        assert [record.val_loss == 7.0 for record in recorder.epochs].count(True) == 1

    places = [
        place
        for table in ("epochs", "steps")
        for place in tachograph.open(recorder.path)._columns().index(table)[3].tolist()
    ]
    assert len(set(places)) == len(places)


def test_an_amendment_keeps_to_what_its_column_can_hold(tmp_path):
    with TrainingRecorder("exact", dir=tmp_path) as recorder:
        recorder.log_epoch(0, 1.0, train_metrics={"n": 2**60 + 1})
        recorder.log_epoch(1, 1.0, train_metrics={"n": 1})
        with pytest.raises(InvalidArgumentError, match="n: "):
            recorder.epochs[1].train_metrics = {"n": 0.5}
        assert recorder.epochs[0].train_metrics["n"] == 2**60 + 1
