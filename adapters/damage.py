"""Which pictures were built on something that was lost or broken, and must not be measured.

A decoder conceals: it repeats or invents pixels and often says nothing, and every later
picture inherits them until the next key picture. Three witnesses: the decoder's own flags,
the H.264 frame counter, and holes in the decode time stamps. It must not know time or pixels.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from statistics import median

from adapters.libav import RawPacket, StreamInfo
from adapters.nal import H264Headers
from adapters.picture import Picture

_HISTORY = 31
_LEARN = 5
_REGULAR_SHARE = 0.1
_WIDE_HOLE = 4.0
# H.264 allows 16 pictures of reordering; real encoders stay far below.
_HOLD = 16


class _Holes:
    """Finds holes in the decode time stamps, in multiples of the usual interval."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._intervals: deque[int] = deque(maxlen=_HISTORY)

    def missing(self, stamp: int | None) -> tuple[float, bool]:
        """(interval ÷ usual interval, whether the stream is regular enough to trust that)."""
        if stamp is None:
            self._last = None
            return 1.0, False
        interval = 0 if self._last is None else stamp - self._last
        self._last = stamp
        usual = median(self._intervals) if len(self._intervals) >= _LEARN else 0.0
        spread = median(abs(i - usual) for i in self._intervals) if usual else 0.0
        if interval > 0:
            self._intervals.append(interval)
        if usual <= 0:
            return 1.0, False
        return interval / usual, spread <= _REGULAR_SHARE * usual


class DamageTracker:
    """Follows one stream's packets and pictures; `release` says which pictures are concealed."""

    def __init__(self, info: StreamInfo) -> None:
        self._headers = H264Headers(info.extradata) if info.codec == "h264" else None
        self._holes = _Holes()
        self._last_reference: int | None = None
        self._since_idr = 0
        self._group: int | None = None
        self._keys: list[tuple[int, int | None]] = []
        self._damaged: list[int] = []
        self._outstanding: list[int] = []
        self._held: list[Picture] = []

    def packet(self, raw: RawPacket) -> None:
        """Note one packet before its pictures come; in decode order."""
        stamp = raw.dts if raw.dts is not None else raw.pts
        ratio, regular = self._holes.missing(stamp)
        header = self._headers.read(raw.data) if self._headers else None
        if header is None:
            lost = ratio > (1.5 if regular else _WIDE_HOLE)
            clears = raw.keyframe
        else:
            lost = self._counter_jumped(header.frame_num, idr=header.idr, ratio=ratio)
            if header.reference or header.idr:
                self._last_reference = header.frame_num
            clears = raw.keyframe and header.intra
        if clears:
            self._keys.append((raw.index, raw.pts))
            self._forget()
        if raw.corrupt or (lost and not clears):
            self._damaged.append(raw.index)
        elif lost:
            # The key picture itself is whole, but pictures shown before it lean on the lost one.
            self._damaged.append(raw.index - 1)
        self._outstanding.append(raw.index)

    def _counter_jumped(self, frame_num: int, *, idr: bool, ratio: float) -> bool:
        modulus = self._headers.max_frame_num if self._headers else None
        self._since_idr += 1
        if idr:
            self._group, self._since_idr = self._since_idr, 0
            return False
        if self._last_reference is None or modulus is None:
            return False
        if frame_num not in {self._last_reference, (self._last_reference + 1) % modulus}:
            return True
        # A lost IDR restarts the counter, and can look like no loss only where it had wrapped.
        due = self._since_idr >= modulus and self._since_idr + ratio >= (self._group or 0)
        return ratio > 1.5 and (ratio >= modulus or (due and 1 <= frame_num <= ratio))

    def broken(self, raw: RawPacket) -> None:
        """The decoder rejected this packet."""
        self._damaged.append(raw.index)
        self._outstanding = [i for i in self._outstanding if i != raw.index]

    def release(self, pictures: list[Picture], *, last: bool = False) -> list[tuple[Picture, bool]]:
        """(picture, concealed) in display order, each held until all it may lean on is judged.

        A picture shown early may be predicted from one shown later; only that one's flags tell.
        """
        for picture in pictures:
            self._held.append(picture)
            if picture.corrupt:
                self._damaged.append(picture.packet_index)
            self._outstanding = [i for i in self._outstanding if i != picture.packet_index]
        ready: list[tuple[Picture, bool]] = []
        while self._held:
            picture = self._held[0]
            waiting = [i for i in self._outstanding if i < picture.packet_index]
            if waiting and not last and len(self._held) <= _HOLD:
                break
            # What never came out was lost inside the decoder.
            self._damaged.extend(waiting)
            self._outstanding = [i for i in self._outstanding if i >= picture.packet_index]
            ready.append((self._held.pop(0), self._is_concealed(picture)))
        return ready

    def _is_concealed(self, picture: Picture) -> bool:
        index = picture.packet_index
        at = bisect_right(self._keys, index, key=lambda k: k[0]) - 1
        if at < 0:
            return True
        since, key_pts = self._keys[at]
        leading = picture.pts is not None and key_pts is not None and picture.pts < key_pts
        if leading:
            since = self._keys[at - 1][0] if at else -1
            if since < 0:
                return True
        return any(since <= d <= index for d in self._damaged)

    def _forget(self) -> None:
        if len(self._keys) > 2 * _HOLD:
            oldest = self._keys[_HOLD][0]
            self._keys = self._keys[_HOLD:]
            self._damaged = [d for d in self._damaged if d >= oldest]
