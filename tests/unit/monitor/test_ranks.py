"""Metrics of two processes are those of one that saw all of the data."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("torch")

CODE = """
import json, sys
import torch
from tachograph.monitor import ClassificationMetrics, RegressionMetrics, evaluate

rank, world = int(sys.argv[1]), int(sys.argv[2])
logits = torch.randn(90, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
labels = torch.arange(90) % 3
parts = [(logits[at : at + 10], labels[at : at + 10]) for at in range(0, 90, 10)]
own = parts[:2] if rank == 0 else parts[2:]
if world == 1:
    own = parts
else:
    store = torch.distributed.FileStore(sys.argv[3], world)
    torch.distributed.init_process_group("gloo", store=store, rank=rank, world_size=world)
epoch = evaluate(torch.nn.Identity(), own, "cpu", all_ranks=world > 1)
regression = RegressionMetrics(3)
for outputs, _ in own:
    regression.update(outputs, outputs + 1 / (1 + outputs.square()), 0.5)
nothing = ClassificationMetrics(3)  # of which one rank sees no batch
for outputs, targets in parts if rank == world - 1 else []:
    nothing.update(outputs, targets)
if world > 1:
    regression.merge_ranks()
    nothing.merge_ranks()
print(json.dumps([epoch, regression.compute(), nothing.compute()]))
if world > 1:
    torch.distributed.destroy_process_group()
"""


def started(*arguments):
    command = [sys.executable, "-c", CODE, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_all_ranks_get_the_metrics_of_all_the_data(tmp_path):
    running = [started(rank, 2, tmp_path / "store") for rank in (0, 1)] + [started(0, 1)]
    results = []
    for process in running:
        out, err = process.communicate()
        assert process.returncode == 0, err
        results.append(json.loads(out.splitlines()[-1]))

    for rank in results[:2]:
        for found, expected in zip(rank, results[2], strict=True):
            matrices = found.pop("confusion_matrix", None), expected.get("confusion_matrix")
            assert matrices[0] == matrices[1]
            flat = {name: value for name, value in expected.items() if name != "confusion_matrix"}
            assert found == pytest.approx(flat, abs=1e-12)
