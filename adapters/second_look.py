"""A second look at each vehicle that a detector found: what class it is, judged on its own enlarged crop.

A detector shares one pass between finding and naming, and nearly all it learns from are cars: a minibus of
20 pixels comes out as one. The second network sees nothing but vehicles, all of one size and each class about
as often. Boxes and scores stay the detector's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from adapters.model_card import SecondLookCard, sha256
from adapters.onnx_runtime import Network
from adapters.openvino_runtime import OpenVinoRows
from adapters.vehicle_crops import vehicle_crops
from enforcement.detections import ByteArray, Detections, Float32Array, IntArray, VehicleClass
from enforcement.errors import BadModel

AT_ONCE = 8  # crops in a batch: about what a picture of a road holds
LOWEST = 1e-4  # a detector's score below which it only says no


class Classifier(Protocol):
    """A loaded network of crops. inputs, output_shape: declared shapes, None where free."""

    inputs: dict[str, tuple[int | None, ...]]
    output_shape: tuple[int | None, ...]

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Log probabilities (N, 4) of crops."""


class SecondLook:
    """Names vehicles anew; stateless, may be asked from several threads."""

    def __init__(self, network: Classifier, card: SecondLookCard, confidence: float) -> None:
        self._network = network
        self._card = card
        self._confidence = confidence
        [self._input] = network.inputs

    @classmethod
    def load(
        cls,
        model: Path,
        card: SecondLookCard,
        *,
        confidence: float,
        runtime: str = "openvino",
        threads: int = 1,
    ) -> SecondLook:
        """Load the network that a detector's card names, from beside it.

        confidence: boxes of a lower score keep the class they have. runtime: openvino or onnxruntime.
        threads: pictures at the same time. Raises BadModel naming the file when it is missing, not the one
        that the card describes, or no network of such crops.
        """
        path = model.with_name(card.file)
        if not path.is_file():
            raise BadModel(f"{path}: no such model file, but {model.name}'s card names it")
        if sha256(path) != card.digest:
            raise BadModel(f"{path}: {model.name}'s card names another file (SHA-256 differs)")
        # A picture's crops on one thread: they are few and small, and a result must not depend on how many
        # cores there are.
        network: Classifier = (
            OpenVinoRows(path, rows=AT_ONCE, threads=threads)
            if runtime == "openvino"
            else Network(path, threads=1)
        )
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
