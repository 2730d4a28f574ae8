"""How sure a share is that was counted: Wilson's interval, which is right for small counts too.

Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference. It must not
know what was counted.
"""

from __future__ import annotations

import math

_Z95 = 1.959963984540054


def wilson_interval(hits: int, of: int, z: float = _Z95) -> tuple[float, float] | None:
    """(low, high) of a share at 95 %, both in 0..1; None when nothing was counted.

    Raises ValueError for counts that cannot be.
    """
    if of == 0:
        return None
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    share, square = hits / of, z * z
    middle = share + square / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    scale = 1 + square / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
