"""Peruvian number plates: what is written on them and how they look.

Grammars (FACTS: six characters for cars, first a letter; motorcycles NNNN-NL, and LLL-NNNN in two
lines from 17 December 2025). It must not know where on a vehicle a plate hangs.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from enforcement.detections import ByteArray, VehicleClass

NEW_MOTORCYCLE_PLATES = date(2025, 12, 17)
CAR_PLATE = re.compile(r"[A-Z]([A-Z]{2}|\d[A-Z])-\d{3}")
OLD_MOTORCYCLE_PLATE = re.compile(r"\d{4}-\d[A-Z]")
NEW_MOTORCYCLE_PLATE = re.compile(r"[A-Z]{3}-\d{4}")
# Metres, width and height of the plate itself.
CAR_PLATE_M = (0.30, 0.15)
MOTORCYCLE_PLATE_M = (0.20, 0.17)
FACE_PX_PER_M = 800
FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed-Bold.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
)
LETTERS = np.array(list("ABCDEFGHJKLMNPRSTUVWXYZ"))
INK = (30, 24, 20)


def random_plate(rng: np.random.Generator, vehicle_class: VehicleClass, on: date) -> str:
    """A plate of the class that could be on the road on a date."""
    if vehicle_class is VehicleClass.MOTORCYCLE:
        if on >= NEW_MOTORCYCLE_PLATES and rng.random() < 0.5:
            return f"{_letters(rng, 3)}-{_digits(rng, 4)}"
        return f"{_digits(rng, 4)}-{_digits(rng, 1)}{_letters(rng, 1)}"
    middle = _digits(rng, 1) if rng.random() < 0.5 else _letters(rng, 1)
    return f"{_letters(rng, 1)}{middle}{_letters(rng, 1)}-{_digits(rng, 3)}"


def _letters(rng: np.random.Generator, n: int) -> str:
    return "".join(rng.choice(LETTERS, n))


def _digits(rng: np.random.Generator, n: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, n))


@lru_cache(maxsize=256)
def plate_face(plate: str, *, stacked: bool) -> ByteArray:
    """The plate's picture, (H, W, 3) uint8 BGR; stacked writes two lines, as on motorcycles."""
    size = MOTORCYCLE_PLATE_M if stacked else CAR_PLATE_M
    width, height = (round(s * FACE_PX_PER_M) for s in size)
    picture = Image.new("RGB", (width, height), (236, 236, 232))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((3, 3, width - 4, height - 4), 10, outline=INK, width=3)
    band = height * 0.22
    _write(picture, "PERU", (width / 2, band * 0.62), (width * 0.22, band * 0.55))
    if stacked:
        first, second = plate.split("-")
        line = (height - band) / 2
        _write(picture, first, (width / 2, band + line * 0.46), (width * 0.86, line * 0.80))
        _write(picture, second, (width / 2, band + line * 1.42), (width * 0.86, line * 0.80))
    else:
        _write(
            picture,
            plate,
            (width / 2, band + (height - band) * 0.46),
            (width * 0.92, height * 0.56),
        )
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def _write(
    picture: Image.Image, text: str, centre: tuple[float, float], room: tuple[float, float]
) -> None:
    """Text squeezed or stretched into a box, as plate letters are."""
    font = _font()
    left, top, right, bottom = font.getbbox(text)
    tile = Image.new("L", (int(right - left), int(bottom - top)), 0)
    ImageDraw.Draw(tile).text((-left, -top), text, fill=255, font=font)
    mask = tile.resize((int(room[0]), int(room[1])), Image.Resampling.LANCZOS)
    corner = (int(centre[0] - room[0] / 2), int(centre[1] - room[1] / 2))
    picture.paste(INK, corner, mask)


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    for path in FONTS:
        try:
            return ImageFont.truetype(path, 120)
        except OSError:
            continue
    raise FileNotFoundError(f"no plate font: {FONTS[-1]} (Debian package fonts-dejavu-core)")


@lru_cache(maxsize=256)
def worn_face(plate: str, seed: int, *, stacked: bool) -> ByteArray:
    """The plate with dirt and fade of its own, so that no two look alike."""
    face = plate_face(plate, stacked=stacked)
    rng = np.random.default_rng(seed)
    height, width = face.shape[:2]
    dirt = cv2.resize(rng.uniform(0.82, 1.0, (4, 8)).astype(np.float32), (width, height))
    return np.asarray(face * dirt[:, :, None], np.uint8)
