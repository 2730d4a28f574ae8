"""Notices a camera that sends the same picture for ever with advancing time stamps.

Nothing on a real road stays the same to two grey levels in almost every sample for seconds; a
frozen source that is encoded again does, but for a few key pictures. A road by night under a
strong encoder may come close, so this is a sign of health and never a verdict. It must not know
what is in the picture.
"""

from __future__ import annotations

from collections import deque

import numpy as np

_SPAN_S = 3.0
_EQUAL_SHARE = 0.8
_LEAST_PICTURES = 8
_LEVELS = 2
_CHANGED_SHARE = 0.001


class FrozenWatch:
    """Feed each picture's luma fingerprint; `frozen` holds while almost all were equal."""

    def __init__(self) -> None:
        self._last = np.zeros(0, np.int16)
        self._rows: deque[tuple[float, bool]] = deque()
        self._equal = 0
        self.frozen = False

    def add(self, fingerprint: bytes, t_s: float) -> bool:
        """Note one picture at capture time t_s; returns whether the source looks frozen."""
        samples = np.frombuffer(fingerprint, np.uint8).astype(np.int16)
        equal = self._equals_last(samples)
        self._last = samples
        self._rows.append((t_s, equal))
        self._equal += equal
        while len(self._rows) > _LEAST_PICTURES and t_s - self._rows[1][0] >= _SPAN_S:
            self._equal -= self._rows.popleft()[1]
        whole = t_s - self._rows[0][0] >= _SPAN_S and len(self._rows) >= _LEAST_PICTURES
        self.frozen = whole and self._equal >= _EQUAL_SHARE * len(self._rows)
        return self.frozen

    def _equals_last(self, samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> bool:
        if len(samples) != len(self._last):
            return False
        changed = np.count_nonzero(np.abs(samples - self._last) > _LEVELS)
        return bool(changed <= _CHANGED_SHARE * len(samples))
