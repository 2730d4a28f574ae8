"""Shared state where there is one process: a bounded dictionary. Gone with the process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from enforcement.shared_state import Count

MOST_KEYS = 20_000


class MemoryState:
    """The keys touched last; the oldest is forgotten first."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, *, most_keys: int = MOST_KEYS
    ) -> None:
        self._now = monotonic
        self._most = most_keys
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """See SharedState."""
        value, until = self._kept.get(key, (b"", 0.0))
        if key in self._kept and until > self._now():
            return value
        self._kept.pop(key, None)
        return None

    async def increment(self, key: str, *, window_s: float) -> Count:
        """See SharedState."""
        now = self._now()
        value, until = self._kept.get(key, (b"0", 0.0))
        if until <= now:
            value, until = b"0", now + window_s
        count = int(value) + 1
        self._keep(key, str(count).encode(), until)
        return Count(value=count, left_s=until - now)

    async def delete(self, key: str) -> None:
        """See SharedState."""
        self._kept.pop(key, None)

    async def check(self) -> None:
        """Always there."""

    async def close(self) -> None:
        """Nothing to let go."""

    def _keep(self, key: str, value: bytes, until: float) -> None:
        self._kept[key] = (value, until)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
