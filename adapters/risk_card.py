"""What is written beside a risk model: its inputs in order, its calibration, what its data looked like.

The card is `card.json` in the model's folder. No runtime is known here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from enforcement.errors import BadModel
from enforcement.risk_answers import Calibration

CARD = "card.json"


class ModelKind(StrEnum):
    """What a model is made of."""

    TREES = "xgboost"
    LINEAR = "logistic"
    SEQUENCE = "lstm"


MODEL_FILE: Mapping[ModelKind, str] = {
    ModelKind.TREES: "model.ubj",
    ModelKind.LINEAR: "model.json",
    ModelKind.SEQUENCE: "model.onnx",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCard:
    """A risk model's description.

    prediction_type: recidivism or accident_risk. inputs: names of its columns, in order. base_rate: share
    of outcomes in the calibration slice. reference: input → {"edges": […], "shares": […]}, how it was
    spread in training, NaN's share last; drift is measured against it. trained_until: ISO 8601.
    """

    name: str
    version: str
    prediction_type: str
    kind: ModelKind
    inputs: Sequence[str]
    calibration: Calibration
    base_rate: float
    trained_until: str
    simulated: bool
    reference: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """The file's content."""
        return (json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n").encode()


def read_card(content: bytes) -> RiskCard:
    """Raises BadModel when it is none."""
    try:
        row: Any = json.loads(content)
        calibration = Calibration(**row.pop("calibration"))
        return RiskCard(**{**row, "kind": ModelKind(row["kind"]), "calibration": calibration})
    except (ValueError, TypeError, KeyError) as error:
        raise BadModel(f"{CARD}: not a risk model's card ({error})") from None
