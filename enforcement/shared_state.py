"""What processes share for a while: counts within a window.

Nothing here may be needed to be right: whoever asks goes on without it. It must not know what is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """value: how often in this window, this time included. left_s: until the window ends."""

    value: int
    left_s: float


class SharedState(Protocol):
    """Every method raises Unavailable, soon, when whoever keeps the state does not answer."""

    async def get(self, key: str) -> bytes | None:
        """A count as it stands, in digits; None once its window has ended."""

    async def increment(self, key: str, *, window_s: float) -> Count:
        """Add one. The window begins with the first of its counts and does not move."""

    async def delete(self, key: str) -> None:
        """Forget a count; one that is not there is no error."""

    async def check(self) -> None:
        """Nothing, or Unavailable."""

    async def close(self) -> None:
        """Let connections go."""
