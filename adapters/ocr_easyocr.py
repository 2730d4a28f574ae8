"""EasyOCR with a plate network of one's own as a plate reader.

The only file that imports easyocr, which the `train` group installs; nothing is ever downloaded.
EasyOCR's own row finder needs weights that are not shipped, so rows come from `find_rows`.
"""

from __future__ import annotations

import hashlib
import importlib
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from adapters.plate_image import View, straightened
from adapters.plate_reading import RowFinder, read_cut_plates, read_vehicles
from enforcement.detections import ByteArray, Float32Array
from enforcement.errors import BadModel
from enforcement.plate_grammar import ALPHABET, normalise
from enforcement.plates import PlateRead

_SUFFIXES = (".pth", ".yaml", ".py")
_VIEW = View(margin=(0.02, 0.06))
_ROW_HEIGHT = 64
# What a foreign or damaged network makes torch, yaml, pickle or the library itself raise.
_DAMAGED = (
    RuntimeError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    SyntaxError,
    EOFError,
    pickle.UnpicklingError,
    yaml.YAMLError,
)


class EasyPlateOcr:
    """`PlateOcr` over an EasyOCR recognition network on disk.

    folder: holds `<network>.pth` (weights), `.yaml` (EasyOCR's description: imgH, lang_list,
    character_list, network_params) and `.py` (its `Model`). The weights are a pickle and the model
    is code: the folder must be as trusted as the program. find_rows: where text is in a crop.
    """

    def __init__(self, *, folder: Path, find_rows: RowFinder, network: str = "plates") -> None:
        for suffix in _SUFFIXES:
            if not (folder / f"{network}{suffix}").is_file():
                raise BadModel(f"EasyOCR network: {folder / f'{network}{suffix}'} is missing")
        self._name = f"easyocr/{network}"
        self._digest = hashlib.sha256((folder / f"{network}.pth").read_bytes()).hexdigest()
        self._find_rows = find_rows
        self._reader = _loaded(folder, network)

    @property
    def name(self) -> str:
        """Reader's name for manifests and reports."""
        return self._name

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, hex."""
        return self._digest

    def read(self, crops: Sequence[ByteArray]) -> list[list[PlateRead]]:
        """Find and read the plates in crops of vehicles; see `PlateOcr.read`."""
        return read_vehicles(crops, self._find_rows, self._texts)

    def read_plate(self, crops: Sequence[ByteArray]) -> list[PlateRead | None]:
        """Read plates cut with a margin of about `plate_reading.MARGIN`; see `PlateOcr`."""
        return read_cut_plates(crops, self._texts)

    def _texts(
        self, rows: Sequence[tuple[ByteArray, Float32Array]]
    ) -> list[tuple[str, tuple[float, ...]]]:
        return [self._text(straightened(p, quad, _VIEW, _ROW_HEIGHT)) for p, quad in rows]

    def _text(self, row: ByteArray) -> tuple[str, tuple[float, ...]]:
        """The library gives one confidence for the row; every sign gets it."""
        grey = np.ascontiguousarray(row[..., ::-1].mean(axis=2), dtype=np.uint8)
        ((_, text, confidence),) = self._reader.recognize(grey, allowlist=ALPHABET)
        signs = normalise(text)
        return signs, (float(np.clip(confidence, 0.0, 1.0)),) * len(signs)


def _loaded(folder: Path, network: str) -> Any:
    try:
        easyocr = importlib.import_module("easyocr")
    except ImportError as error:
        raise BadModel(
            "EasyOCR is not installed: it comes with the dependency group train"
        ) from error
    try:
        return easyocr.Reader(
            ["en"],
            gpu=False,
            model_storage_directory=str(folder),
            user_network_directory=str(folder),
            recog_network=network,
            download_enabled=False,
            detector=False,
            quantize=False,
            verbose=False,
        )
    except _DAMAGED as error:
        raise BadModel(f"EasyOCR network {folder / network}: cannot be loaded") from error
