"""An outside part that keeps failing is left alone for a while, then one call tries it again.

It must not know what is called.
"""

from __future__ import annotations

from collections.abc import Callable


class Circuit:
    """failures in a row open it for open_s; then one call is let through, which closes or opens it anew."""

    def __init__(self, monotonic: Callable[[], float], *, failures: int, open_s: float) -> None:
        self._now = monotonic
        self._most = failures
        self._open_s = open_s
        self._failed = 0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether the last that was heard of it is that it fails."""
        return self._failed >= self._most

    def admits(self) -> bool:
        """Whether to call now; of those who ask after the pause, only the first may."""
        if not self.open:
            return True
        now = self._now()
        if now < self._until:
            return False
        self._until = now + self._open_s
        return True

    def succeeded(self) -> None:
        """Close it."""
        self._failed = 0

    def failed(self) -> None:
        """Count a failure."""
        self._failed += 1
        if self.open:
            self._until = self._now() + self._open_s
