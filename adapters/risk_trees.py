"""XGBoost: boosted trees from their file to raw probabilities and exact TreeSHAP contributions.

The only importer of XGBoost outside training. What the columns mean is not known here.
"""

from __future__ import annotations

import numpy as np
import xgboost
from numpy.typing import NDArray

from enforcement.errors import BadModel
from enforcement.risk_features import Matrix

VERSION = xgboost.__version__
Floats = NDArray[np.float64]


class TreesModel:
    """One loaded booster; inputs: names of its columns."""

    def __init__(self, content: bytes, inputs: list[str], *, threads: int = 0) -> None:
        """threads: 0 takes all cores. Raises BadModel for bytes that are no booster of these inputs."""
        try:
            self._booster = xgboost.Booster(
                params={"nthread": threads} if threads else {}, model_file=bytearray(content)
            )
        except xgboost.core.XGBoostError as error:
            raise BadModel(f"not an XGBoost model: {str(error).splitlines()[0]}") from None
        if self._booster.num_features() != len(inputs):
            raise BadModel(
                f"an XGBoost model of {self._booster.num_features()} columns, {len(inputs)} are named"
            )

    def probability(self, matrix: Matrix) -> Floats:
        """(n,) raw probability."""
        return np.asarray(self._booster.inplace_predict(matrix), dtype=np.float64)

    def contributions(self, matrix: Matrix) -> Floats:
        """(n, f) SHAP values, in log-odds; the expected value is left out."""
        found = self._booster.predict(xgboost.DMatrix(matrix), pred_contribs=True)
        return np.asarray(found[:, :-1], dtype=np.float64)

    def gain(self, inputs: list[str]) -> dict[str, float]:
        """Share of the total gain by column, those that are used."""
        scores = self._booster.get_score(importance_type="total_gain")
        total = sum(scores.values()) or 1.0
        named = {f"f{index}": name for index, name in enumerate(inputs)}
        return {named.get(key, key): round(value / total, 4) for key, value in scores.items()}
