"""RapidOCR (PP-OCRv6, models inside the wheel) as a plate reader.

The only file that imports rapidocr. It must not know the grammar of any country: it reads letters
and digits, and says how sure it is of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import rapidocr

from adapters.plate_ctc import PlateAlphabet, best_path, log_probability
from adapters.plate_image import View, fitted, straightened
from adapters.plate_lines import plausible_rows
from adapters.plate_reading import read_cut_plates, read_vehicles
from enforcement.detections import ByteArray, Float32Array, FloatArray
from enforcement.errors import BadInput, BadModel
from enforcement.plates import PlateRead

_MODELS = ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
_ROW_HEIGHT = 48
# Few widths, so that the runtime keeps one compiled plan for each.
_ROW_WIDTHS = (160, 224, 320)
_FIRST_LOOK = View(margin=(-0.02, 0.0), stretch=0.9)
_OTHER_LOOKS = (View(margin=(-0.02, 0.0), even=True), View(margin=(0.05, 0.15), stretch=1.25))
# How far a found row is widened around its text; the library's 1.6 takes in the plate's frame.
_AIR = 1.3
_SURE = 0.95
# A row of fewer signs is no half of a plate: not worth a second look.
_LEAST_SIGNS = 3


@cache
def rapid_plate_ocr(*, threads: int = 1, backend: str = "openvino") -> RapidPlateOcr:
    """The reader of this process; its networks are loaded once for each set of arguments."""
    return RapidPlateOcr(threads=threads, backend=backend)


class RapidPlateOcr:
    """`PlateOcr` over RapidOCR's own detection and recognition networks.

    threads: cores one inference may use. backend: openvino or onnxruntime. side: long side in
    pixels of the picture in which text is looked for. candidates: rows read per vehicle crop.
    """

    def __init__(
        self, *, threads: int = 1, backend: str = "openvino", side: int = 384, candidates: int = 3
    ) -> None:
        if backend not in ("openvino", "onnxruntime"):
            raise BadInput(f"OCR backend {backend!r}: openvino or onnxruntime")
        if threads < 1:
            raise BadInput(f"OCR threads {threads}: at least 1")
        self._side, self._candidates = side, candidates
        self._finder, self._recogniser, self._digest = _networks(backend, threads)
        self._alphabet = PlateAlphabet.of(self._recogniser.postprocess_op.character)

    @property
    def name(self) -> str:
        """Reader's name for manifests and reports."""
        return "rapidocr/PP-OCRv6-small"

    @property
    def digest(self) -> str:
        """SHA-256 over both networks' files, hex."""
        return self._digest

    def read(self, crops: Sequence[ByteArray]) -> list[list[PlateRead]]:
        """Find and read the plates in crops of vehicles; see `PlateOcr.read`."""
        return read_vehicles(crops, self.find_rows, self._texts)

    def read_plate(self, crops: Sequence[ByteArray]) -> list[PlateRead | None]:
        """Read plates cut with a margin of about `plate_reading.MARGIN`; see `PlateOcr.read_plate`."""
        return read_cut_plates(crops, self._texts)

    def find_rows(self, crop: ByteArray) -> list[Float32Array]:
        """Quads (4, 2) of the rows of text worth reading in a crop, its pixels, best first."""
        height, width = crop.shape[:2]
        if min(height, width) < _ROW_HEIGHT // 4:
            return []
        picture = fitted(crop, self._side, step=32, enlarge=3.0)
        blob = (picture.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None]
        heat = self._finder.session(np.ascontiguousarray(blob))
        quads, scores = self._finder.postprocess_op(heat, (height, width))
        rows = [np.asarray(quad, np.float32) for quad in quads]
        return plausible_rows(rows, scores, width)[: self._candidates]

    def _texts(
        self, rows: Sequence[tuple[ByteArray, Float32Array]]
    ) -> list[tuple[str, tuple[float, ...]]]:
        """One look at each row; more, cut differently, until one is sure or two agree."""
        looks = [[folded] for folded in self._look(rows, _FIRST_LOOK)]
        for view in _OTHER_LOOKS:
            unsure = [i for i, seen in enumerate(looks) if not _settled(seen)]
            again = self._look([rows[i] for i in unsure], view)
            for i, folded in zip(unsure, again, strict=True):
                looks[i].append(folded)
        return [_likeliest(seen) for seen in looks]

    def _look(self, rows: Sequence[tuple[ByteArray, Float32Array]], view: View) -> list[FloatArray]:
        pictures = [straightened(picture, quad, view, _ROW_HEIGHT) for picture, quad in rows]
        folded: dict[int, FloatArray] = {}
        for limit in _ROW_WIDTHS:
            batch = [i for i, p in enumerate(pictures) if _row_width(p) == limit]
            if not batch:
                continue
            blob = np.zeros((len(batch), 3, _ROW_HEIGHT, limit), np.float32)
            for slot, i in enumerate(batch):
                row = pictures[i][:, :limit].astype(np.float32) / 127.5 - 1.0
                blob[slot, :, :, : row.shape[1]] = row.transpose(2, 0, 1)
            for i, probabilities in zip(batch, self._recogniser.session(blob), strict=True):
                folded[i] = self._alphabet.fold(np.asarray(probabilities, np.float64))
        return [folded[i] for i in range(len(rows))]


def _networks(backend: str, threads: int) -> tuple[Any, Any, str]:
    models = Path(rapidocr.__file__).parent / "models"
    for name in _MODELS:
        if not (models / name).is_file():
            raise BadModel(f"rapidocr: its wheel lacks {name}")
    engine = rapidocr.EngineType(backend)
    limits = (
        {"EngineConfig.openvino.inference_num_threads": threads}
        if backend == "openvino"
        else {
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    ocr = rapidocr.RapidOCR(
        params={
            "Global.log_level": "error",
            "Det.engine_type": engine,
            "Det.unclip_ratio": _AIR,
            "Det.model_path": str(models / _MODELS[0]),
            "Rec.engine_type": engine,
            "Rec.model_path": str(models / _MODELS[1]),
            **limits,
        }
    )
    digest = hashlib.sha256(b"".join((models / name).read_bytes() for name in _MODELS)).hexdigest()
    return ocr._load_det_model(), ocr._load_rec_model(), digest


def _row_width(picture: ByteArray) -> int:
    return next((w for w in _ROW_WIDTHS if w >= picture.shape[1]), _ROW_WIDTHS[-1])


def _settled(looks: Sequence[FloatArray]) -> bool:
    texts = [best_path(folded) for folded in looks]
    sure = texts[0][1]
    return (
        len(sure) < _LEAST_SIGNS
        or min(sure) >= _SURE
        or (len(texts) > 1 and texts[-1][0] == texts[-2][0])
    )


def _likeliest(looks: Sequence[FloatArray]) -> tuple[str, tuple[float, ...]]:
    """Of all looks' texts, the one that the looks together find most probable."""
    return max(
        (best_path(folded) for folded in looks),
        key=lambda text: sum(log_probability(folded, text[0]) for folded in looks),
    )
