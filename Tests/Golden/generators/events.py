"""Writes the event file that Tests/Reports compares ours with, into Tests/Golden/events, with TensorBoard's own messages
and record writer.

Run from the package folder: python3 Tests/Golden/generators/events.py
Needs tensorboard 2.x. The same version writes the same bytes.
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

folder = pathlib.Path(__file__).resolve().parent.parent / "events"
folder.mkdir(exist_ok=True)
start = 1_700_000_000.25


def scalars(step, **values):
    summary = summary_pb2.Summary(
        value=[
            summary_pb2.Summary.Value(tag=tag.replace("__", "/"), simple_value=value)
            for tag, value in sorted(values.items())
        ]
    )
    return event_pb2.Event(wall_time=start + step, step=step, summary=summary)


with open(folder / "events.out.tfevents.golden", "wb") as file:
    writer = RecordWriter(file)
    events = [
        event_pb2.Event(wall_time=start, file_version="brain.Event:2"),
        scalars(1, loss=0.5, validation__IoU=0.731),
        scalars(2, loss=float("nan"), validation__IoU=-1e-5),
        scalars(300, Größe=3e38),
    ]
    for event in events:
        writer.write(event.SerializeToString())
    writer.flush()
