"""Logistic regression over the recidivism features: the simpler model, which ships when trees are no better.

Plain arithmetic on stored coefficients; the fit is made elsewhere. It must not know files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enforcement.errors import BadModel
from enforcement.risk_features import Matrix

Floats = NDArray[np.float64]


class LinearModel:
    """log-odds = intercept + Σ coefficient × (value − mean) / scale.

    Where a value is unknown its column's fill is taken, and an own coefficient added.
    """

    def __init__(self, stored: Mapping[str, Any], inputs: Sequence[str]) -> None:
        """stored: intercept, and fill, mean, scale, weight, unknown: (f,) each. Raises BadModel."""
        try:
            self._intercept = float(stored["intercept"])
            columns = [np.asarray(stored[name], dtype=np.float64) for name in _COLUMNS]
        except (KeyError, TypeError, ValueError) as error:
            raise BadModel(f"not a logistic model ({error})") from None
        if {one.shape for one in columns} != {(len(inputs),)}:
            raise BadModel(f"a logistic model of other columns than the {len(inputs)} named")
        self._fill, self._mean, self._scale, self._weight, self._unknown = columns

    def probability(self, matrix: Matrix) -> Floats:
        """(n,) raw probability."""
        log_odds = self._intercept + self.contributions(matrix).sum(axis=1)
        return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))

    def contributions(self, matrix: Matrix) -> Floats:
        """(n, f) what each column adds to the log-odds, beside its mean."""
        unknown = ~np.isfinite(matrix)
        filled = np.where(unknown, self._fill, matrix)
        known = (filled - self._mean) / self._scale * self._weight
        return np.asarray(known + unknown * self._unknown)


_COLUMNS = ("fill", "mean", "scale", "weight", "unknown")
