"""Two processes of a job see the norms of one process with the whole batch; one run, no doubles."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tachograph
from tachograph import TrainingRecorder

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch

SCRIPT = Path(__file__).with_name("ranks.py")
WORLD = 2
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not torch.distributed.is_available() or not torch.distributed.is_gloo_available(),
        reason="this torch has no gloo",
    ),
]


def ranks_module():
    spec = importlib.util.spec_from_file_location("ranks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases():
    fsdp = importlib.import_module("torch.distributed.fsdp")
    shards = ["fully_shard", "fully_shard_clipped"] if hasattr(fsdp, "fully_shard") else []
    return ["ddp", *shards, "fsdp1"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("job")


@pytest.fixture(scope="module")
def job(directory):
    """What each rank saw, by case: one job for all of them, since it is torch that takes long."""
    package = Path(tachograph.__file__).parents[1]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(package)}
    processes = [
        subprocess.Popen(
            [sys.executable, SCRIPT, directory, str(rank), str(WORLD), *cases()],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(WORLD)
    ]
    for process in processes:
        output, _ = process.communicate(timeout=250)
        assert process.returncode == 0, output
    return [json.loads((directory / f"{rank}.json").read_text()) for rank in range(WORLD)]


@pytest.fixture
def alone():
    """The rows of one process that has the whole batch."""

    def rows(*, clips):
        ranks = ranks_module()
        model = ranks.make_model()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        found = []
        with (
            TrainingRecorder("one", dir=None, capture_environment=False) as recorder,
            attach(model, recorder, optimizer, per_layer=True) as monitor,
        ):
            for batch in ranks.batches():
                optimizer.zero_grad()
                # The mean over ranks of each one's mean, as all of them average gradients.
                sum(model(batch[r::WORLD]).square().mean() / WORLD for r in range(WORLD)).backward()
                if clips:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.05)
                optimizer.step()
                found.append(monitor.latest)
        return found

    return rows


@pytest.mark.parametrize("case", ["ddp", "fully_shard", "fully_shard_clipped"])
def test_norms_are_global_on_every_rank(directory, job, alone, case):
    if case not in job[0]:
        pytest.skip("this torch has no fully_shard")
    expected = alone(clips=case.endswith("clipped"))

    names = [name for name in expected[-1] if name.startswith("grad_norm")]
    assert len(names) >= 5
    for rank in (seen[case] for seen in job):
        assert rank["helper"] == pytest.approx([row["grad_norm"] for row in expected])
        for mine, one in zip(rank["latest"], expected, strict=True):
            assert {name: mine[name] for name in names} == pytest.approx(
                {name: one[name] for name in names}, rel=1e-9
            )
    runs = [tachograph.open(directory / f"rank{rank}" / case / "r") for rank in range(WORLD)]
    assert [step.step for step in runs[0].steps] == [0, 1, 2]
    assert len(runs[1].steps) == 0


def test_what_hides_its_gradients_is_refused_by_name(job):
    for seen in job:
        assert "FullyShardedDataParallel" in seen["fsdp1"]
        assert "fully_shard" in seen["fsdp1"]
