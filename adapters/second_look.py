"""A second look at each vehicle that a detector found: what class it is, judged on its own enlarged crop.

A detector shares one pass between finding and naming, and nearly all it learns from are cars: a minibus of
20 pixels comes out as one. The second network sees nothing but vehicles, all of one size and each class about
as often. Boxes and scores stay the detector's.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from adapters.model_card import SecondLookCard, sha256
from adapters.onnx_runtime import Network
from adapters.vehicle_crops import vehicle_crops
from enforcement.detections import ByteArray, Detections, Float32Array, IntArray, VehicleClass
from enforcement.errors import BadModel

CROPS_AT_ONCE = 64
LOWEST = 1e-4  # a detector's score below which it only says no


class SecondLook:
    """Names vehicles anew; stateless, may be asked from several threads."""

    def __init__(self, network: Network, card: SecondLookCard, confidence: float) -> None:
        self._network = network
        self._card = card
        self._confidence = confidence
        [self._input] = network.inputs

    @classmethod
    def load(cls, model: Path, card: SecondLookCard, *, confidence: float) -> SecondLook:
        """Load the network that a detector's card names, from beside it.

        confidence: boxes of a lower score keep the class they have. Raises BadModel naming the file when it
        is missing, not the one that the card describes, or no network of such crops.
        """
        path = model.with_name(card.file)
        if not path.is_file():
            raise BadModel(f"{path}: no such model file, but {model.name}'s card names it")
        if sha256(path) != card.digest:
            raise BadModel(f"{path}: {model.name}'s card names another file (SHA-256 differs)")
        # One thread: crops are few and small, and a result must not depend on how many cores there are.
        network = Network(path, threads=1)
        taken = list(network.inputs.values())
        if taken != [(None, card.side, card.side, 3)] or network.output_shape[1:] != (
            len(VehicleClass),
        ):
            raise BadModel(f"{path}: takes {taken}, not crops of {card.side} pixels")
        return cls(network, card, confidence)

    @property
    def card(self) -> SecondLookCard:
        """What it is."""
        return self._card

    def name_anew(
        self, batch: ByteArray, found: list[tuple[Detections, Float32Array]]
    ) -> list[Detections]:
        """The same boxes with classes judged again.

        batch: the pictures (B, H, W, 3) they are in. found: of each its boxes and the detector's scores for
        each class (N, 4).
        """
        looked = [self._in_doubt(one, scores) for one, scores in found]
        crops = [
            vehicle_crops(picture, one.xyxy[rows], side=self._card.side, context=self._card.context)
            for picture, (one, _), rows in zip(batch, found, looked, strict=True)
            if len(rows)
        ]
        if not crops:
            return [one for one, _ in found]
        logits = self._logits(np.concatenate(crops))
        made, first = [], 0
        for (one, scores), rows in zip(found, looked, strict=True):
            own = logits[first : first + len(rows)]
            first += len(rows)
            said = self._card.detector_say * np.log(np.maximum(scores[rows], LOWEST))
            classes = one.class_id.copy()
            classes[rows] = (own + said).argmax(axis=1)
            made.append(replace(one, class_id=classes))
        return made

    def _in_doubt(self, found: Detections, scores: Float32Array) -> IntArray:
        """Which boxes are worth a look: not the weak, nor those whose class nothing speaks against."""
        ranked = np.sort(scores, axis=1)
        sure = ranked[:, -1] > self._card.sure * np.maximum(ranked[:, -2], LOWEST)
        return np.flatnonzero((found.confidence >= self._confidence) & ~sure)

    def _logits(self, crops: ByteArray) -> Float32Array:
        parts = [
            self._network.run({self._input: crops[start : start + CROPS_AT_ONCE]})
            for start in range(0, len(crops), CROPS_AT_ONCE)
        ]
        return np.concatenate(parts)
