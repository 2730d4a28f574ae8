"""Notices a camera that sends the same picture for ever with advancing time stamps.

A real sensor has noise: two pictures are hardly ever equal in every sample. A frozen source that
is encoded again changes a little at key pictures, so most, not all, must be equal. It must not
know what is in the picture.
"""

from __future__ import annotations

from collections import deque

_SPAN_S = 3.0
_EQUAL_SHARE = 0.8
_LEAST_PICTURES = 8


class FrozenWatch:
    """Feed each picture's luma fingerprint; `frozen` holds while almost all were equal."""

    def __init__(self) -> None:
        self._last: bytes | None = None
        self._rows: deque[tuple[float, bool]] = deque()
        self._equal = 0
        self.frozen = False

    def add(self, fingerprint: bytes, t_s: float) -> bool:
        """Note one picture at capture time t_s; returns whether the source looks frozen."""
        equal = fingerprint == self._last
        self._last = fingerprint
        self._rows.append((t_s, equal))
        self._equal += equal
        while len(self._rows) > _LEAST_PICTURES and t_s - self._rows[1][0] >= _SPAN_S:
            self._equal -= self._rows.popleft()[1]
        whole = t_s - self._rows[0][0] >= _SPAN_S and len(self._rows) >= _LEAST_PICTURES
        self.frozen = whole and self._equal >= _EQUAL_SHARE * len(self._rows)
        return self.frozen
