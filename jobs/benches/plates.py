"""Plate reading on photographs whose truth is known: single reads, no grammar.

Truth: a .txt beside each .jpg, one tab-separated line: file, x, y, width, height, text.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from adapters.ocr_easyocr import EasyPlateOcr
from adapters.ocr_rapid import RapidPlateOcr
from adapters.plate_reading import MARGIN
from enforcement.detections import ByteArray
from enforcement.errors import BadInput
from enforcement.plate_grammar import edits, normalise
from enforcement.plates import PlateOcr, PlateRead

_PHOTOGRAPH_SIDE = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatePhotograph:
    """A photograph, the plate's box (x, y, width, height) in pixels and its text."""

    image: ByteArray
    box: tuple[int, int, int, int]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    text: str
    ms: float
    cpu_ms: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench plates`."""
    parser.add_argument("--images", type=Path, required=True, help="folder of .jpg with .txt")
    parser.add_argument("--ocr", choices=("rapid", "easyocr"), default="rapid")
    parser.add_argument("--ocr-models", type=Path, help="folder of the EasyOCR network")
    parser.add_argument("--threads", type=int, default=1)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Figures of crops (box from truth) and of whole photographs.

    Medians per picture: ms of the wall's clock, cpu_ms of this process's own, which a busy machine
    does not stretch.
    """
    photographs = _photographs(args.images)
    ocr = _reader(args)
    ocr.read([photographs[0].image])
    ocr.read_plate([_cut(photographs[0])])
    bar = Console(stderr=True)
    crops = [
        _timed(ocr.read_plate, _cut(photograph))
        for photograph in track(photographs, "crops", console=bar)
    ]
    whole = [
        _timed(partial(_first, ocr), photograph.image)
        for photograph in track(photographs, "photographs", console=bar)
    ]
    truth = [p.text for p in photographs]
    texts = [answer.text for answer in whole]
    return {
        "reader": ocr.name,
        "threads": args.threads,
        "crops": _figures(crops, truth) | {"cer": _character_error_rate(crops, truth)},
        "end_to_end": _figures(whole, truth)
        | {"unread": sum(not text for text in texts) / len(texts)},
    }


def _reader(args: argparse.Namespace) -> PlateOcr:
    rapid = RapidPlateOcr(threads=args.threads, side=_PHOTOGRAPH_SIDE, candidates=4)
    if args.ocr == "rapid":
        return rapid
    if args.ocr_models is None:
        raise BadInput("--ocr easyocr needs --ocr-models, the folder of its network")
    return EasyPlateOcr(folder=args.ocr_models, find_rows=rapid.find_rows)


def _photographs(folder: Path) -> list[PlatePhotograph]:
    labels = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if not labels:
        raise BadInput(f"{folder}: no .txt truth beside pictures")
    return [_photograph(label) for label in labels]


def _photograph(label: Path) -> PlatePhotograph:
    parts = label.read_text(encoding="utf-8").strip().split("\t")
    if len(parts) != 6 or not all(part.isdigit() for part in parts[1:5]):
        raise BadInput(f"{label}: expected file, x, y, width, height, text between tabs")
    image = cv2.imread(str(label.parent / parts[0]))
    if image is None:
        raise BadInput(f"{label.parent / parts[0]}: not a picture")
    x, y, width, height = (int(part) for part in parts[1:5])
    return PlatePhotograph(
        image=np.asarray(image, np.uint8), box=(x, y, width, height), text=normalise(parts[5])
    )


def _cut(photograph: PlatePhotograph) -> ByteArray:
    x, y, width, height = photograph.box
    dx, dy = round(width * MARGIN[0]), round(height * MARGIN[1])
    rows = slice(max(0, y - dy), y + height + dy)
    return photograph.image[rows, max(0, x - dx) : x + width + dx]


def _first(ocr: PlateOcr, pictures: list[ByteArray]) -> list[PlateRead | None]:
    return [next(iter(reads), None) for reads in ocr.read(pictures)]


def _timed(
    read: Callable[[list[ByteArray]], list[PlateRead | None]], picture: ByteArray
) -> _Answer:
    wall, cpu = time.perf_counter(), time.process_time()
    (found,) = read([picture])
    return _Answer(
        text=found.text if found else "",
        ms=(time.perf_counter() - wall) * 1e3,
        cpu_ms=(time.process_time() - cpu) * 1e3,
    )


def _figures(answers: list[_Answer], truth: list[str]) -> dict[str, float]:
    right = sum(answer.text == text for answer, text in zip(answers, truth, strict=True))
    return {
        "n": len(answers),
        "exact": right / len(answers),
        "ms": round(float(np.median([answer.ms for answer in answers])), 2),
        "cpu_ms": round(float(np.median([answer.cpu_ms for answer in answers])), 2),
    }


def _character_error_rate(answers: list[_Answer], truth: list[str]) -> float:
    wrong = sum(edits(a.text, b) for a, b in zip(answers, truth, strict=True))
    return wrong / sum(len(text) for text in truth)
