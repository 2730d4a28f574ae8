"""The default detector: an ONNX network on a CPU.

Takes the project's own weights, any Ultralytics detection export and any YOLOX export. What a
foreign file lacks is one clear line at loading, not a surprise at the first frame.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from adapters.detector_decode import Outputs, decode
from adapters.letterbox import input_size_for
from adapters.model_card import COCO_VEHICLES, BoxError, ModelCard, read_card
from adapters.onnx_engine import Engine, OnnxRuntimeEngine, own_names
from adapters.openvino_runtime import OpenVinoEngine
from adapters.second_look import SecondLook
from enforcement.detections import ByteArray, Detections
from enforcement.errors import BadModel

COCO_CLASSES = 80
WIDE = (16, 9)
DEFAULT_PIXELS = 640 * 640
RUNTIMES: dict[str, type[OpenVinoEngine] | type[OnnxRuntimeEngine]] = {
    "openvino": OpenVinoEngine,
    "onnxruntime": OnnxRuntimeEngine,
}


class OnnxDetector:
    """`enforcement.detections.Detector` on an ONNX file; stateless between batches.

    A network of free size takes batches of any size whose sides are multiples of 32, so one
    detector serves cameras of several shapes; `input_size` is what it was asked for at loading.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        card: ModelCard,
        layout: str,
        input_size: tuple[int, int],
        second_look: SecondLook | None = None,
    ) -> None:
        self._engine = engine
        self._card = card
        self._layout = layout
        self._size = input_size
        self._second_look = second_look

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        source: tuple[int, int] = WIDE,
        pixels: int | None = None,
        confidence: float | None = None,
        runtime: str = "openvino",
        threads: int | None = None,
    ) -> OnnxDetector:
        """Load a network.

        source: (width, height) of the camera; its shape chooses `input_size` where the file leaves
        it free. pixels: area of the inference picture, the card's when None. confidence: the
        card's threshold when None. threads: cores to use, all this process may use when None.
        Raises BadModel, one line naming the file and what is wrong with it.
        """
        if not path.is_file():
            raise BadModel(f"{path}: no such model file")
        if runtime not in RUNTIMES:
            raise BadModel(f"{runtime!r}: runtimes are {', '.join(RUNTIMES)}")
        cores = threads or len(os.sched_getaffinity(0))
        engine: Engine = RUNTIMES[runtime](path, threads=cores)
        layout, classes = _layout(path, engine)
        card = _card(path, classes)
        second = (
            SecondLook.load(
                path, card.second_look, confidence=card.confidence, runtime=runtime, threads=cores
            )
            if card.second_look
            else None
        )
        if confidence is not None:
            card = replace(card, confidence=confidence)
        return cls(
            engine,
            card=card,
            layout=layout,
            input_size=_input_size(engine, source, pixels or card.pixels or DEFAULT_PIXELS),
            second_look=second,
        )

    @property
    def name(self) -> str:
        """Model name for manifests and reports."""
        return self._card.name

    @property
    def digest(self) -> str:
        """SHA-256 of the model file, hex."""
        return self._card.digest

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of inference pictures, pixels."""
        return self._size

    @property
    def pixels(self) -> int:
        """Area of the inference picture, pixels: the budget for cameras of other shapes."""
        return self._size[0] * self._size[1]

    @property
    def any_size(self) -> bool:
        """Whether batches of other sizes than `input_size` are taken too."""
        return self._engine.input_shape[2] is None

    @property
    def at_once(self) -> int:
        """Batches that are worth asking for at the same time, each from a thread of its own."""
        return self._engine.at_once

    @property
    def confidence(self) -> float:
        """Score below which no box is reported."""
        return self._card.confidence

    @property
    def second_look(self) -> tuple[str, str] | None:
        """File and SHA-256 of the network that names what it finds, None where it does so itself."""
        card = self._card.second_look
        return (card.file, card.digest) if card else None

    @property
    def box_error(self) -> BoxError:
        """Measured error of each box edge per class, inference pixels; empty where never measured."""
        return self._card.box_error

    def detect(self, batch: ByteArray) -> list[Detections]:
        """Boxes for each picture of (B, H, W, 3) uint8 BGR, in pixels of the inference picture."""
        rgb, scale = (False, 1.0) if self._layout == "yolox" else (True, 255.0)
        size = (batch.shape[2], batch.shape[1])

        def read(index: int, raw: Outputs) -> Detections:
            found, scores = decode(raw, self._layout, size, self._card)
            if self._second_look:
                found = self._second_look.name_anew(batch[index], found, scores)
            return found

        return self._engine.infer(batch, rgb=rgb, scale=scale, read=read)


def _layout(path: Path, engine: Engine) -> tuple[str, int]:
    """Layout and number of classes, from the shapes of input and output."""
    given, made = engine.input_shape, engine.output_shape
    if len(given) != 4 or given[1] != 3 or len(made) != 3:
        raise BadModel(f"{path}: takes {given} and gives {made}: not a detector of pictures")
    if made[1] is not None and made[1] > 4 and (made[2] is None or made[2] > made[1]):
        return ("dfl" if engine.split else "ultralytics"), made[1] - 4
    if made[2] is not None and made[2] > 5:
        return "yolox", made[2] - 5
    raise BadModel(f"{path}: output {made} is neither an Ultralytics nor a YOLOX one")


def _card(path: Path, classes: int) -> ModelCard:
    has_card = path.with_suffix(".json").is_file()
    card = read_card(path, None if has_card else own_names(path))
    if not card.class_map and classes == COCO_CLASSES:
        card = replace(card, class_map=dict(COCO_VEHICLES))
    if not card.class_map:
        raise BadModel(
            f"{path}: names no car, bus, truck or motorcycle among its {classes} classes"
        )
    if max(card.class_map) >= classes:
        raise BadModel(f"{path}: its card names more classes than its output has ({classes})")
    return card


def _input_size(engine: Engine, source: tuple[int, int], pixels: int) -> tuple[int, int]:
    height, width = engine.input_shape[2], engine.input_shape[3]
    if height is not None and width is not None:
        return width, height
    return input_size_for(source, pixels=pixels)
