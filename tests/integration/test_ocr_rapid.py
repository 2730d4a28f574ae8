"""RapidOCR reads drawn plates on drawn vehicles, and photographed plates where they are at hand."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from adapters.ocr_rapid import RapidPlateOcr, rapid_plate_ocr
from enforcement.detections import ByteArray, VehicleClass
from enforcement.errors import BadInput
from enforcement.plate_consensus import consensus
from jobs.benches import plates as bench
from simulation.plates import worn_face

ASSETS = Path(__file__).parents[3] / "shared" / "assets" / "plates"
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed-Bold.ttf"


@pytest.fixture(scope="module")
def ocr() -> RapidPlateOcr:
    return rapid_plate_ocr(threads=1)


def drawn_plate(text: str, width: int, lines: int = 1) -> ByteArray:
    """A plate 480 pixels wide, drawn, then made `width` pixels wide as a camera would."""
    rows = [text] if lines == 1 else [text[:3], text[4:]]
    height = 160 if lines == 1 else 408
    image = Image.new("RGB", (480, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((3, 3, 476, height - 4), outline="black", width=4)
    font = ImageFont.truetype(FONT, 105 if lines == 1 else 165)
    for index, row in enumerate(rows):
        middle = (240, height * (2 * index + 1) / (2 * len(rows)))
        draw.text(middle, row, "black", font, anchor="mm")
    small = cv2.resize(
        np.asarray(image)[..., ::-1],
        (width, round(width * height / 480)),
        interpolation=cv2.INTER_AREA,
    )
    return np.ascontiguousarray(small, dtype=np.uint8)


def on_vehicle(plate: ByteArray, seed: int = 1) -> ByteArray:
    """The back of a vehicle six plates wide, noisy, with lamps and a bumper, as JPEG."""
    random = np.random.default_rng(seed)
    height, width = plate.shape[0], plate.shape[1]
    back = np.full((width * 5, width * 6, 3), (90, 60, 50), np.uint8)
    cv2.rectangle(back, (width // 2, width // 3), (width * 11 // 2, width * 2), (40, 35, 30), -1)
    cv2.rectangle(back, (width // 4, width * 5 // 2), (width, width * 3), (30, 30, 190), -1)
    cv2.rectangle(
        back, (width * 5, width * 5 // 2), (width * 23 // 4, width * 3), (30, 30, 190), -1
    )
    top, left = width * 3, width * 5 // 2
    back[top : top + height, left : left + width] = plate
    noisy = np.clip(back + random.normal(0, 3, back.shape), 0, 255).astype(np.uint8)
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", noisy, [1, 70])[1], 1), np.uint8)


@pytest.mark.parametrize(("text", "width"), [("ABC-123", 140), ("F7K-482", 90), ("BTR-908", 70)])
def test_a_plate_on_a_vehicle_is_found_and_read(ocr: RapidPlateOcr, text: str, width: int) -> None:
    crop = on_vehicle(drawn_plate(text, width))
    read = ocr.read([crop])[0][0]
    assert read.text == text.replace("-", "")
    assert read.lines == 1
    left, top, right, bottom = read.xyxy
    assert abs((left + right) / 2 - 3 * width) < width / 4
    assert 3 * width < (top + bottom) / 2 < 3 * width + width / 2


@pytest.mark.parametrize(
    ("plate", "vehicle_class"),
    [
        ("KVR-407", VehicleClass.CAR),
        ("P7T-915", VehicleClass.CAR),
        ("LMK-3849", VehicleClass.MOTORCYCLE),
    ],
)
def test_three_sizes_of_a_simulated_plate_make_the_plate(
    ocr: RapidPlateOcr, plate: str, vehicle_class: VehicleClass
) -> None:
    face = worn_face(plate, 3, stacked=vehicle_class is VehicleClass.MOTORCYCLE)
    crops = [on_vehicle(_shrunk(face, width), seed=width) for width in (60, 100, 140)]
    reads = [found[0] for found in ocr.read(crops) if found]
    assert consensus(reads, vehicle_class, date(2026, 3, 1)).plate == plate


def _shrunk(face: ByteArray, width: int) -> ByteArray:
    size = (width, round(width * face.shape[0] / face.shape[1]))
    return np.asarray(cv2.resize(face, size, interpolation=cv2.INTER_AREA), np.uint8)


def test_a_stacked_plate_is_joined_top_first(ocr: RapidPlateOcr) -> None:
    read = ocr.read([on_vehicle(drawn_plate("KLM-4827", 110, lines=2))])[0][0]
    assert (read.text, read.lines) == ("KLM4827", 2)


def test_a_batch_keeps_its_order_and_a_bare_vehicle_has_no_plate(ocr: RapidPlateOcr) -> None:
    crops = [on_vehicle(drawn_plate(text, 120)) for text in ("HJK-345", "MNP-672")]
    bare = np.full((400, 500, 3), 90, np.uint8)
    found = ocr.read([crops[0], bare, crops[1], bare[:5, :5]])
    assert [reads[0].text if reads else None for reads in found] == ["HJK345", None, "MNP672", None]
    assert ocr.read([]) == []


def test_a_cut_plate_is_read_and_an_empty_one_is_not(ocr: RapidPlateOcr) -> None:
    plate = cv2.copyMakeBorder(drawn_plate("SVW-561", 120), 6, 6, 6, 6, cv2.BORDER_REPLICATE)
    first, second = ocr.read_plate([plate, np.full((40, 120, 3), 200, np.uint8)])
    assert first is not None
    assert first.text == "SVW561"
    assert second is None


def test_the_reader_is_built_once_and_says_which_networks_it_is(ocr: RapidPlateOcr) -> None:
    assert rapid_plate_ocr(threads=1) is ocr
    assert len(ocr.digest) == 64


@pytest.mark.parametrize("wrong", [{"backend": "abacus"}, {"threads": 0}])
def test_a_reader_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="OCR"):
        RapidPlateOcr(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("region", "floor"), [("br", 0.9), ("eu", 0.8)])
def test_photographed_plates_are_read_at_the_promised_rate(region: str, floor: float) -> None:
    if not (ASSETS / region).is_dir():
        pytest.skip("shared/assets/plates is absent")
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    figures = bench.run(parser.parse_args(["--images", str(ASSETS / region)]))
    assert figures["crops"]["exact"] >= floor
    assert figures["end_to_end"]["exact"] >= 0.6


def test_truth_that_is_no_truth_is_named(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    with pytest.raises(BadInput, match=r"no \.txt truth"):
        bench.run(parser.parse_args(["--images", str(tmp_path)]))
    (tmp_path / "a.txt").write_text("a.jpg\t1\t2\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"a\.txt: expected file"):
        bench.run(parser.parse_args(["--images", str(tmp_path)]))
