"""How often one caller may ask: a token bucket per key, in this process.

It must not know what a key is. Each replica counts for itself, so a cluster allows its sum.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_KEYS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """per_second: sustained; burst: how many at once."""

    per_second: float
    burst: float


class RateLimiter:
    """Buckets of the keys seen last; the oldest is forgotten first, which only ever forgives."""

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
