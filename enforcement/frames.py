"""When a frame was captured, and how far that can be trusted.

Time is capture time: it comes from the presentation time stamps (PTS) of the stream with an
uncertainty of its own, never from a frame count or from arrival. Pixels are not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStamp:
    """Identity and capture time of one decoded frame.

    index: position in the stream since it was opened (decoded frames, from 0).
    pts: presentation time stamp in the stream's own ticks, None where the stream has none.
    t_s: capture time in seconds since the first frame of the stream epoch, from PTS.
    sigma_t_s: standard uncertainty of t_s against true capture time, seconds.
    captured_at: the same instant as an aware datetime.
    concealed: the decoder reported an error or a missing reference: never measured on.
    regular: False where the clock stepped, ran backwards or had no PTS near this frame.
    """

    index: int
    pts: int | None
    t_s: float
    sigma_t_s: float
    captured_at: datetime
    concealed: bool = False
    regular: bool = True

    def __post_init__(self) -> None:
        if self.captured_at.tzinfo is None:
            raise ValueError("captured_at needs a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockHealth:
    """What is known about a stream's clock, logged per camera and kept with evidence.

    interval_median_s: median PTS interval. jitter_s: robust standard deviation of PTS intervals.
    rate_ppm: PTS rate against the host's clock, parts per million (None for files).
    rate_sigma: standard uncertainty of the clock's rate, a fraction (1e-3 means 0.1 %).
    steps: jumps seen. backwards: PTS that ran backwards. missing: frames without PTS.
    """

    interval_median_s: float
    jitter_s: float
    rate_sigma: float
    rate_ppm: float | None = None
    steps: int = 0
    backwards: int = 0
    missing: int = 0
