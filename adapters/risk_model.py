"""A risk model as it is used: files in, calibrated probabilities with their reasons out.

Training's own check and serving load the same files here. It must not know where files or rows are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from adapters.risk_card import CARD, MODEL_FILE, ModelKind, RiskCard, read_card
from adapters.risk_sequence_onnx import SequenceModel
from adapters.risk_trees import TreesModel
from enforcement import risk_features, risk_sequence
from enforcement.errors import BadModel
from enforcement.risk_answers import Answers
from enforcement.risk_features import Matrix, features
from enforcement.risk_history import Floats, History, Instants
from enforcement.risk_linear import LinearModel
from enforcement.risk_sequence import Sequences, occlusions, sequences


class RiskModel(Protocol):
    """What both models answer to. Inputs are made by the pure functions in enforcement."""

    card: RiskCard

    def inputs(self, history: History, instants: Instants) -> Any:
        """Model input, one per instant."""

    def probability(self, given: Any) -> Floats:
        """(n,) calibrated."""

    def answers(self, given: Any) -> Answers:
        """Probabilities and what they come from."""

    def columns(self, given: Any) -> Matrix:
        """(n, f) the values that are stored with a prediction and watched for drift; names: card.inputs."""


class TabularRisk:
    """Trees or logistic regression over risk_features."""

    def __init__(self, card: RiskCard, model: TreesModel | LinearModel) -> None:
        self.card = card
        self._model = model

    def inputs(self, history: History, instants: Instants) -> Matrix:
        """The features."""
        return features(history, instants)

    def probability(self, given: Matrix) -> Floats:
        """(n,) calibrated."""
        return self.card.calibration.apply(self._model.probability(given))

    def answers(self, given: Matrix) -> Answers:
        """With each column's contribution."""
        return Answers(
            probability=self.probability(given),
            contributions=self._model.contributions(given),
            names=self.card.inputs,
            values=given,
        )

    def columns(self, given: Matrix) -> Matrix:
        """The features themselves."""
        return given


class SequenceRisk:
    """The LSTM over risk_sequence; contributions by asking again without one part at a time."""

    def __init__(self, card: RiskCard, model: SequenceModel) -> None:
        self.card = card
        self._model = model

    def inputs(self, history: History, instants: Instants) -> Sequences:
        """The sequences."""
        return sequences(history, instants)

    def probability(self, given: Sequences) -> Floats:
        """(n,) calibrated."""
        return self.card.calibration.apply(_chance(self._model.log_odds(given)))

    def answers(self, given: Sequences) -> Answers:
        """With what each part of the record changes."""
        whole = self._model.log_odds(given)
        parts = occlusions(given)
        without = [whole - self._model.log_odds(part) for part, _ in parts.values()]
        return Answers(
            probability=self.card.calibration.apply(_chance(whole)),
            contributions=np.column_stack(without),
            names=list(parts),
            values=np.column_stack([value for _, value in parts.values()]),
        )

    def columns(self, given: Sequences) -> Matrix:
        """The parts' own values, as occlusion names them."""
        values = [value for _, value in occlusions(given).values()]
        return np.column_stack(values).astype(np.float32)


def load_model(files: Mapping[str, bytes], *, threads: int = 0) -> RiskModel:
    """A model from its files. Raises BadModel, naming the file, for what is none of this release."""
    card = read_card(_file(files, CARD))
    content = _file(files, MODEL_FILE[card.kind])
    if card.kind is ModelKind.SEQUENCE:
        return SequenceRisk(card, SequenceModel(content, threads=threads))
    if tuple(card.inputs) != tuple(risk_features.NAMES):
        raise BadModel(f"{CARD}: the model's inputs are not those of this release")
    if card.kind is ModelKind.TREES:
        return TabularRisk(card, TreesModel(content, list(card.inputs), threads=threads))
    return TabularRisk(card, LinearModel(_json(content), card.inputs))


def sequence_inputs() -> list[str]:
    """Names of what a sequence model's predictions are stored and watched by."""
    shape = (1, risk_sequence.LENGTH, len(risk_sequence.STEP_NAMES))
    nothing = np.zeros((1, len(risk_sequence.STATIC_NAMES)), dtype=np.float32)
    return list(occlusions(Sequences(steps=np.zeros(shape, dtype=np.float32), static=nothing)))


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise BadModel(f"{name}: missing from the model's folder")
    return files[name]


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise BadModel(f"model.json: not JSON ({error})") from None


def _chance(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
