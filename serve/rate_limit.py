"""How often one caller may ask: counted for all processes together where they share state, else here.

It must not know what a key is, nor who keeps the shared state.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from enforcement.errors import Unavailable
from enforcement.shared_state import SharedState

_LOG = logging.getLogger(__name__)
MOST_KEYS = 20_000
_UNLIMITED = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """per_second: sustained; burst: how many at once."""

    per_second: float
    burst: float


class Buckets:
    """A token bucket per key seen of late; the oldest is forgotten first, which only ever forgives."""

    def __init__(self, monotonic: Callable[[], float], *, most_keys: int = MOST_KEYS) -> None:
        self._now = monotonic
        self._most = most_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str, rate: Rate) -> float:
        """Take one token: 0.0 where there was one, else the seconds until there is."""
        now = self._now()
        tokens, since = self._buckets.pop(key, (rate.burst, now))
        tokens = min(rate.burst, tokens + (now - since) * rate.per_second)
        wait = 0.0 if tokens >= 1.0 else (1.0 - tokens) / rate.per_second
        self._buckets[key] = (tokens if wait else tokens - 1.0, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait


class RateLimiter:
    """shared: counts of all processes, one burst per window of burst / per_second seconds.

    While it does not answer, and where there is none, each process counts for itself.
    """

    def __init__(self, monotonic: Callable[[], float], shared: SharedState | None = None) -> None:
        self._own = Buckets(monotonic)
        self._shared = shared
        self._alone = False

    async def wait_s(self, key: str, rate: Rate) -> float:
        """Count one request: 0.0 where it may go on, else the seconds until one may."""
        if rate.per_second >= _UNLIMITED:
            return 0.0
        if self._shared is None:
            return self._own.wait_s(key, rate)
        try:
            # An address or an id is nobody's to read in the state's keys.
            name = hashlib.sha256(key.encode()).hexdigest()[:32]
            count = await self._shared.increment(
                f"rate:{name}", window_s=rate.burst / rate.per_second
            )
        except Unavailable as error:
            if not self._alone:
                _LOG.warning("requests are counted per process: %s", error)
            self._alone = True
            return self._own.wait_s(key, rate)
        self._alone = False
        return 0.0 if count.value <= rate.burst else max(count.left_s, 0.001)
