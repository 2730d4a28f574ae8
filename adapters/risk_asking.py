"""A risk model asked about subjects at instants, and its answers in the words that are kept and shown.

It must not know where the record came from, nor where answers go.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.risk_model import RiskModel
from enforcement.risk_answers import Answers, categories, factor_rows
from enforcement.risk_history import Floats, History, Instants


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A champion, ready to be asked."""

    model_id: uuid.UUID
    model: RiskModel

    @property
    def prediction_type(self) -> str:
        """recidivism or accident_risk."""
        return self.model.card.prediction_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One model's answers for (n,) instants, with the columns that are kept beside them.

    categories: (n,) low to critical. reasons: (n,) risk_factors.
    """

    served: Served
    answers: Answers
    columns: NDArray[np.float32]
    categories: Sequence[str]
    reasons: Sequence[Mapping[str, Mapping[str, Any]]]
    mean_ms: float

    @property
    def probability(self) -> Floats:
        """(n,)."""
        return self.answers.probability

    def factors(self) -> list[str]:
        """(n,) risk_factors as JSON."""
        return [json.dumps(row) for row in self.reasons]

    def features(self) -> list[str]:
        """(n,) the model's inputs as JSON, null where unknown."""
        return feature_rows(self.columns, self.served.model.card.inputs)


def ask(served: Served, history: History, instants: Instants) -> Asked:
    """One model about these subjects at these instants."""
    begun = time.perf_counter()
    given = served.model.inputs(history, instants)
    answers = served.model.answers(given)
    spent_ms = (time.perf_counter() - begun) * 1000.0
    return Asked(
        served=served,
        answers=answers,
        columns=served.model.columns(given),
        categories=categories(answers.probability, served.model.card.base_rate),
        reasons=factor_rows(answers),
        mean_ms=spent_ms / max(len(instants), 1),
    )


def feature_rows(columns: NDArray[np.float32], names: Sequence[str]) -> list[str]:
    """(n,) rows as JSON objects."""
    labels = (json.dumps(name).replace("%", "%%") for name in names)
    row_text = "{" + ", ".join(f"{label}: %.6g" for label in labels) + "}"
    rows = np.where(np.isfinite(columns), columns, np.nan).tolist()
    return [(row_text % tuple(row)).replace(": nan", ": null") for row in rows]
