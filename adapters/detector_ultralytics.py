"""Any Ultralytics detection weight (.pt), on a GPU where there is one. Needs the `train` group.

Its class names are mapped onto ours; what is no vehicle is dropped. Ultralytics objects stay here.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from adapters.letterbox import input_size_for
from adapters.model_card import DEFAULT_CONFIDENCE, DEFAULT_OVERLAP, class_map, sha256
from enforcement.detections import ByteArray, Detections, VehicleClass
from enforcement.errors import BadModel

WIDE = (16, 9)
DEFAULT_PIXELS = 640 * 640


class UltralyticsDetector:
    """`enforcement.detections.Detector` on an Ultralytics checkpoint; stateless between batches."""

    def __init__(
        self,
        model: Any,
        *,
        path: Path,
        classes: dict[int, VehicleClass],
        confidence: float,
        input_size: tuple[int, int],
        device: str,
    ) -> None:
        self._model = model
        self._path = path
        self._digest = sha256(path)
        self._classes = classes
        self._confidence = confidence
        self._size = input_size
        self._device = device

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        source: tuple[int, int] = WIDE,
        pixels: int = DEFAULT_PIXELS,
        confidence: float = DEFAULT_CONFIDENCE,
        device: str | None = None,
    ) -> UltralyticsDetector:
        """Load a checkpoint.

        source: (width, height) of the camera, its shape chooses `input_size`. pixels: area of the
        inference picture. device: as Torch names it; the first GPU, else the CPU, when None.
        Raises BadModel, one line: no such file, no `train` group, not a detector, no vehicle class.
        """
        if not path.is_file():
            raise BadModel(f"{path}: no such model file")
        try:
            import torch  # noqa: PLC0415 - the `train` group is optional
            from ultralytics import YOLO  # noqa: PLC0415
        except ImportError:
            raise BadModel(
                f"{path}: .pt weights need the train group: uv sync --group train"
            ) from None
        try:
            model = YOLO(str(path), task="detect")
            names = {int(i): str(n) for i, n in model.names.items()}
        except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, EOFError, OSError,
                ImportError, pickle.UnpicklingError) as error:  # fmt: skip
            raise BadModel(
                f"{path}: not an Ultralytics checkpoint ({type(error).__name__})"
            ) from None
        classes = class_map(names)
        if not classes:
            raise BadModel(
                f"{path}: names no car, bus, truck or motorcycle among {len(names)} classes"
            )
        return cls(
            model,
            path=path,
            classes=classes,
            confidence=confidence,
            input_size=input_size_for(source, pixels=pixels),
            device=device or ("cuda:0" if torch.cuda.is_available() else "cpu"),
        )

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self._path.stem

    @property
    def digest(self) -> str:
        """SHA-256 of the checkpoint, hex."""
        return self._digest

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of inference pictures, pixels."""
        return self._size

    def detect(self, batch: ByteArray) -> list[Detections]:
        """Boxes for each picture of (B, H, W, 3) uint8 BGR, in pixels of the inference picture."""
        results = self._model.predict(
            list(batch),
            imgsz=(batch.shape[1], batch.shape[2]),
            rect=False,
            conf=self._confidence,
            iou=DEFAULT_OVERLAP,
            agnostic_nms=True,
            classes=sorted(self._classes),
            device=self._device,
            verbose=False,
        )
        return [self._converted(result.boxes) for result in results]

    def _converted(self, boxes: Any) -> Detections:
        ids = boxes.cls.cpu().numpy().astype(np.int64)
        return Detections(
            xyxy=boxes.xyxy.cpu().numpy().astype(np.float32),
            confidence=boxes.conf.cpu().numpy().astype(np.float32),
            class_id=np.array([int(self._classes[int(i)]) for i in ids], np.int64),
        )
