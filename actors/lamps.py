"""Lamps of all signal heads of a scene, read from each frame.

Only the part of the frame around a head is converted. A frame with a decode error is not read: unknown
is never red.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.video_stream import Frame
from enforcement.scene import SignalHead
from enforcement.signals import SignalReading


def lamp_reader(heads: Sequence[SignalHead]) -> Callable[[Frame], Sequence[SignalReading]]:
    """A function from frames to one reading per head."""
    if not heads:
        return lambda frame: ()
    from adapters.signal_head import read_head  # noqa: PLC0415

    def read(frame: Frame) -> Sequence[SignalReading]:
        if frame.stamp.concealed:
            return ()
        return [read_head(head, frame) for head in heads]

    return read
