"""What a series of observations is worth: holes in time, and noise that remembers itself.

It must not know what is measured.
"""

from __future__ import annotations

import numpy as np

from enforcement.detections import FloatArray


def has_holes(t_s: FloatArray) -> bool:
    """More than a third of the time span lies in gaps: the regression would rest on its ends."""
    steps = np.diff(t_s)
    usual = float(np.median(steps))
    return bool(steps[steps > 3 * usual].sum() > (t_s[-1] - t_s[0]) / 3)


def correlation_inflation(residual: FloatArray) -> float:
    """(1 + rho) / (1 - rho) of a first-order process, rho from the residuals (lag one)."""
    centred = residual - residual.mean()
    power = float(centred @ centred)
    rho = float(centred[1:] @ centred[:-1]) / power if power > 0 else 0.0
    # A short series underestimates rho by about (1 + 4 rho) / n (Kendall 1954).
    rho = min(0.9, max(0.0, rho + (1 + 4 * rho) / len(residual)))
    return (1 + rho) / (1 - rho)
