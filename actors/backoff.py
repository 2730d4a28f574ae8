"""How long to wait before trying again: longer each time, up to a cap, never in step with others.

It must not know what is tried.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Waits for one thing that fails. first_s, longest_s: bounds of the wait, seconds."""

    first_s: float = 0.5
    longest_s: float = 60.0
    failures: int = 0
    not_before_s: float = 0.0
    _chance: random.Random = field(default_factory=random.Random)

    def failed(self, now_s: float) -> None:
        """Note a failure: the next try waits twice as long as the last, by half to all of it."""
        wait = min(self.longest_s, self.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        self.not_before_s = now_s + wait * (0.5 + self._chance.random() / 2)

    def succeeded(self) -> None:
        """Start over."""
        self.failures, self.not_before_s = 0, 0.0

    def due(self, now_s: float) -> bool:
        """Whether it may be tried now."""
        return now_s >= self.not_before_s
