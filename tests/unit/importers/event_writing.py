"""Event files written with TensorBoard's own messages, and read by its own reader."""

from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.util import tensor_util


def framed(content: bytes) -> bytes:
    """A record of TFRecord."""
    length = np.uint64(len(content)).tobytes()
    crcs = [np.uint32(masked_crc32c(part)).tobytes() for part in (length, content)]
    return length + crcs[0] + content + crcs[1]


def write_events(path: Path, events: list[Event], *, version: str = "brain.Event:2") -> list[bytes]:
    """Writes a file; returns its records."""
    head = Event(wall_time=1_700_000_000.0, file_version=version)
    records = [framed(event.SerializeToString()) for event in (head, *events)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(records))
    return records


def simple(step: int, wall_time: float, **values: float) -> Event:
    """An event as torch writes it."""
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=v) for tag, v in values.items()])
    return Event(step=step, wall_time=wall_time, summary=summary)


def judged(log_dir: Path) -> dict[str, list[tuple[int, float, float]]]:
    """(step, wall time, value) of each scalar of either encoding, as TensorBoard reads them."""
    sizes = {"scalars": 0, "tensors": 0}
    events = event_accumulator.EventAccumulator(
        str(log_dir), size_guidance=sizes, purge_orphaned_data=False
    )
    events.Reload()
    tags = events.Tags()
    found = {
        tag: [(e.step, e.wall_time, e.value) for e in events.Scalars(tag)]
        for tag in tags["scalars"]
    }
    for tag in tags["tensors"]:
        if events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            found[tag] = [
                (e.step, e.wall_time, tensor_util.make_ndarray(e.tensor_proto).item())
                for e in events.Tensors(tag)
            ]
    return found
