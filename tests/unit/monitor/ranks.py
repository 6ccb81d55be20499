"""One process of a distributed job on CPUs: `python ranks.py DIRECTORY RANK WORLD CASE...`.

Writes the norms of its monitor's rows, and those that it computed otherwise, as JSON.
"""

import json
import sys
from pathlib import Path

import torch
import torch.distributed as dist

from tachograph import TrainingRecorder
from tachograph.monitor import attach, calculate_gradient_norm

STEPS = 3


def make_model():
    torch.manual_seed(0)
    layers = [torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)]
    return torch.nn.Sequential(*layers).double()


def batches():
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(8, 5, generator=generator, dtype=torch.float64) for _ in range(STEPS)]


def sharded(case, model):
    """The model as the case wants it."""
    if case == "ddp":
        return torch.nn.parallel.DistributedDataParallel(model)
    if case.startswith("fully_shard"):
        from torch.distributed.fsdp import fully_shard

        fully_shard(model[0])
        return fully_shard(model)
    return model


def watched(case, directory, rank, world):
    """Trains, and returns the monitor's rows and the norms that the helper gives."""
    model = sharded(case, make_model())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = TrainingRecorder(
        case, dir=directory / f"rank{rank}", run_id="r", capture_environment=False
    )
    latest, helper = [], []
    with recorder, attach(model, recorder, optimizer, per_layer=True) as monitor:
        for batch in batches():
            optimizer.zero_grad()
            model(batch[rank::world]).square().mean().backward()
            helper.append(calculate_gradient_norm(model))
            if case.endswith("clipped"):
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.05)
            optimizer.step()
            latest.append(monitor.latest)
    return {"latest": latest, "helper": helper}


def refused():
    """What is said of a model that hides its gradients."""
    from torch.distributed.fsdp import FullyShardedDataParallel

    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    # Wrapping itself wants an accelerator; the class is what is refused.
    model[1].__class__ = FullyShardedDataParallel
    try:
        attach(model, None, optimizer)
    except ValueError as error:
        return str(error)
    return "not refused"


def main(directory, rank, world, cases):
    store = dist.FileStore(str(directory / "store"), world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
    seen = {
        case: refused() if case == "fsdp1" else watched(case, directory, rank, world)
        for case in cases
    }
    (directory / f"{rank}.json").write_text(json.dumps(seen))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
