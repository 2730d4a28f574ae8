"""Turns presentation time stamps into capture time with an honest doubt.

Intervals alone cannot say whether an uneven stream was captured unevenly (stamps true) or
stamped unevenly (stamps wrong), so unevenness always counts as doubt. It must not know
containers, decoders or the host's clock: arrival times are given to it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from adapters.wall_rate import WallRate
from enforcement.frames import ClockHealth, FrameStamp

# Camera clocks are seen 0.1 % off; uncompared, that is a rectangular bound: 1e-3 / sqrt(3).
UNCOMPARED_RATE_SIGMA = 1e-3 / math.sqrt(3)

# RTP video is stamped in ticks of 1/90000 s (RFC 6184, RFC 7798).
_RTP_TIME_BASE = Fraction(1, 90000)

_FLOOR_S = 0.0005
_WINDOW = 128
_LOCAL_WINDOW = 32
_LEARN = 16
_REFRESH = 16
_UNEVEN_PART = 0.2
_UNEVEN_SHARE = 0.1
_UNSETTLED_FRAMES = 3
_JUMP_S = 2.0
_JUMP_INTERVALS = 8
# A hole up to this long is believed as a pause of the recording; more is a clock that jumped.
_BELIEVED_HOLE_S = 60.0
_ARRIVAL_AGREES_S = 1.0
_FALLBACK_INTERVAL_S = 0.04


class StreamClock:
    """Stamps the pictures of one stream in display order.

    start_at: the instant of t_s = 0. rate_sigma: doubt of the clock's rate as a fraction.
    prior_intervals_s: intervals known before the first picture (a file's packets), so that its
    first stamps are not needlessly doubtful.
    """

    def __init__(
        self,
        *,
        time_base: Fraction = _RTP_TIME_BASE,
        start_at: datetime | None = None,
        rate_sigma: float = UNCOMPARED_RATE_SIGMA,
        prior_intervals_s: Sequence[float] = (),
    ) -> None:
        self.start_at = start_at
        self.segment = 0
        self._tick_s = float(time_base)
        self._rate_sigma = rate_sigma
        self._intervals: deque[float] = deque(
            (i for i in prior_intervals_s if 0 < i < _JUMP_S), maxlen=_WINDOW
        )
        self._usual: float | None = None
        self._offset_s: float | None = None
        self._last_t_s = 0.0
        self._last_pts_s: float | None = None
        self._last_arrival_s: float | None = None
        self._unsettled = 0
        self._fresh = 0
        self._jitter_s = 0.0
        self._scatter_s = 0.0
        self._steps = self._backwards = self._missing = 0
        self._wall = WallRate()

    def use_time_base(self, time_base: Fraction) -> None:
        """The ticks of the source that is open now."""
        self._tick_s = float(time_base)

    def time_of(self, pts: int) -> float:
        """Capture time in seconds of a stamp under the map that holds now."""
        return pts * self._tick_s + (self._offset_s if self._offset_s is not None else 0.0)

    def stamp(
        self, pts: int | None, *, index: int, concealed: bool, arrival_s: float | None = None
    ) -> FrameStamp:
        """Stamp the next picture; arrival_s is the host's monotonic clock, None for files."""
        t_s = self._advance(pts, arrival_s)
        missing = pts is None
        regular = self._unsettled == 0
        self._unsettled = max(0, self._unsettled - 1)
        if arrival_s is not None and not missing:
            self._wall.add(t_s, arrival_s)
        self._last_t_s, self._last_arrival_s = t_s, arrival_s
        if self.start_at is None:
            raise ValueError("start_at is not set")
        return FrameStamp(
            index=index,
            pts=pts,
            t_s=t_s,
            sigma_t_s=self._sigma(missing=missing),
            captured_at=self.start_at + timedelta(seconds=t_s),
            concealed=concealed,
            regular=regular,
        )

    def disconnected(self) -> None:
        """The source went away: its next stamps belong to a new, unrelated base."""
        self._last_pts_s = None

    def health(self) -> ClockHealth:
        """What is known about this clock now."""
        compared = self._wall.rate()
        return ClockHealth(
            interval_median_s=self._usual_s(),
            jitter_s=self._jitter_s,
            rate_sigma=self._rate_sigma if compared is None else compared[1],
            rate_ppm=None if compared is None else compared[0] * 1e6,
            steps=self._steps,
            backwards=self._backwards,
            missing=self._missing,
        )

    def _advance(self, pts: int | None, arrival_s: float | None) -> float:
        if pts is None:
            self._missing += 1
            self._unsettled = _UNSETTLED_FRAMES
            if self._offset_s is None:
                return self._last_t_s
            known = self._last_pts_s is not None
            return self._last_t_s + (self._usual_s() if known else self._elapsed(arrival_s))
        now = pts * self._tick_s
        if self._offset_s is None:
            self._offset_s = self._last_t_s - now
        elif self._last_pts_s is None:
            self._anchor(now, arrival_s)
        else:
            self._follow(now, now - self._last_pts_s, arrival_s)
        self._last_pts_s = now
        return max(now + self._offset_s, self._last_t_s)

    def _follow(self, now: float, interval: float, arrival_s: float | None) -> None:
        jump = max(_JUMP_S, _JUMP_INTERVALS * self._usual_s())
        if 0 < interval <= jump:
            self._intervals.append(interval)
            self._refresh()
            return
        self._unsettled = _UNSETTLED_FRAMES
        if interval <= 0:
            self._backwards += 1
            if interval > -jump:
                return
        self._steps += 1
        if interval <= 0 or not self._believed(interval, arrival_s):
            self._anchor(now, arrival_s)

    def _believed(self, hole_s: float, arrival_s: float | None) -> bool:
        if arrival_s is None or self._last_arrival_s is None:
            return hole_s <= _BELIEVED_HOLE_S
        return abs(arrival_s - self._last_arrival_s - hole_s) <= _ARRIVAL_AGREES_S

    def _anchor(self, now: float, arrival_s: float | None) -> None:
        """Tie a new base of stamps to the time that passed, by the host's clock if there is one."""
        self._offset_s = self._last_t_s + self._elapsed(arrival_s) - now
        self._unsettled = _UNSETTLED_FRAMES
        self.segment += 1
        self._wall = WallRate()

    def _elapsed(self, arrival_s: float | None) -> float:
        if arrival_s is None or self._last_arrival_s is None:
            return self._usual_s()
        return max(self._usual_s(), arrival_s - self._last_arrival_s)

    def _usual_s(self) -> float:
        if self._usual is None and self._intervals:
            self._usual = float(np.median(self._intervals))
        return _FALLBACK_INTERVAL_S if self._usual is None else self._usual

    def _refresh(self) -> None:
        self._fresh += 1
        learning = len(self._intervals) < _LEARN
        if learning or self._fresh % _REFRESH == 0:
            self._usual = None
        if learning or (self._fresh % _REFRESH and self._scatter_s > 0):
            return
        self._jitter_s, self._scatter_s = unevenness(np.asarray(self._intervals))

    def _sigma(self, *, missing: bool) -> float:
        floor = math.hypot(_FLOOR_S, self._tick_s / math.sqrt(12))
        if missing or len(self._intervals) < _LEARN:
            # Nothing better is known than that it was some time within one interval.
            return math.hypot(floor, self._usual_s() / math.sqrt(12))
        if self._scatter_s <= 0:
            self._jitter_s, self._scatter_s = unevenness(np.asarray(self._intervals))
        return math.hypot(floor, self._scatter_s)


def unevenness(intervals_s: npt.NDArray[np.float64]) -> tuple[float, float]:
    """(robust standard deviation of intervals, standard uncertainty of one stamp), seconds.

    Independent stamp errors of deviation s make intervals of deviation s * sqrt(2). Errors that
    the sender sorted or smoothed make smaller intervals, so the scatter of stamps about an even
    grid is taken too, and the larger of both. While most intervals are whole multiples of the
    usual one, others are lost frames and cost nothing; once that fails, a stamp's place on the
    grid is no longer known from its interval, and every frame counts as one step.
    """
    usual = float(np.median(intervals_s))
    counts = np.maximum(np.rint(intervals_s / usual), 1.0)
    off = intervals_s - counts * usual
    even = float(np.mean(np.abs(off) > _UNEVEN_PART * usual)) <= _UNEVEN_SHARE
    if even:
        jitter = 1.4826 * float(np.median(np.abs(off - np.median(off))))
        grid = _scatter(intervals_s[-_LOCAL_WINDOW:], counts[-_LOCAL_WINDOW:])
    else:
        jitter = float(np.std(intervals_s))
        grid = _scatter(intervals_s, np.ones_like(intervals_s))
    return jitter, max(jitter / math.sqrt(2), grid, 1e-9)


def _scatter(intervals_s: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> float:
    """Standard deviation of stamps about the best even grid."""
    x = np.concatenate(([0.0], np.cumsum(counts)))
    y = np.concatenate(([0.0], np.cumsum(intervals_s)))
    x -= x.mean()
    y -= y.mean()
    residual = y - x * float(x @ y) / float(x @ x)
    return math.sqrt(float(residual @ residual) / max(1, len(x) - 2))
