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

    def name_anew(self, picture: ByteArray, found: Detections, scores: Float32Array) -> Detections:
        """The same boxes with classes judged again.

        picture: (H, W, 3) uint8 BGR that the boxes are in. scores: the detector's for each class (N, 4).
        """
        rows = self._in_doubt(found, scores)
        if not len(rows):
            return found
        crops = vehicle_crops(
            picture, found.xyxy[rows], side=self._card.side, context=self._card.context
        )
        said = self._card.detector_say * np.log(np.maximum(scores[rows], LOWEST))
        classes = found.class_id.copy()
        classes[rows] = (self._network.run({self._input: crops}) + said).argmax(axis=1)
        return replace(found, class_id=classes)

    def _in_doubt(self, found: Detections, scores: Float32Array) -> IntArray:
        """Which boxes are worth a look: not the weak, nor those whose class nothing speaks against."""
        ranked = np.sort(scores, axis=1)
        sure = ranked[:, -1] > self._card.sure * np.maximum(ranked[:, -2], LOWEST)
        return np.flatnonzero((found.confidence >= self._confidence) & ~sure)
