"""Best crops of a track: large, sharp, apart in time, and never a frame kept alive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.plate_crops import PlateCrop, PlateCrops, expected_plate_px, own_plate_reads
from enforcement.detections import ByteArray, VehicleClass
from enforcement.plates import Box, PlateRead

FRAME = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), dtype=np.uint8)
FLAT = np.full((720, 1280, 3), 120, np.uint8)


def box(width: float, left: float = 100.0, top: float = 100.0) -> Box:
    return (left, top, left + width, top + 0.8 * width)


def test_plate_size_comes_from_the_roads_scale_or_the_box() -> None:
    assert expected_plate_px(box(360)) == 60.0
    assert expected_plate_px(box(360), pixels_per_metre=100.0) == 30.0
    assert expected_plate_px(box(80), VehicleClass.MOTORCYCLE) == 20.0


def test_a_plate_too_small_to_read_costs_no_picture() -> None:
    crops = PlateCrops()
    assert not crops.offer(FRAME, track_id=1, xyxy=box(200), t_s=0.0)
    assert crops.best(1) == []
    assert crops.offer(FRAME, track_id=1, xyxy=box(280), t_s=0.0)


def test_the_largest_are_kept_in_order_of_capture() -> None:
    crops = PlateCrops(keep=2)
    for step, width in enumerate((300, 500, 400, 320)):
        crops.offer(FRAME, track_id=1, xyxy=box(width), t_s=float(step))
    assert [crop.t_s for crop in crops.best(1)] == [1.0, 2.0]


def test_crops_of_one_slice_of_time_compete_for_one_place() -> None:
    crops = PlateCrops(keep=4, apart_s=0.1)
    for step in range(10):
        crops.offer(FRAME, track_id=1, xyxy=box(300 + step), t_s=0.01 + step * 0.04)
    assert [round(crop.t_s, 2) for crop in crops.best(1)] == [0.09, 0.17, 0.29, 0.37]


def test_a_sharp_crop_beats_a_blurred_one_of_its_size() -> None:
    crops = PlateCrops(keep=1)
    crops.offer(FLAT, track_id=1, xyxy=box(400), t_s=0.0)
    crops.offer(FRAME, track_id=1, xyxy=box(400), t_s=1.0)
    assert crops.best(1)[0].t_s == 1.0


def test_a_doubtful_crop_gives_way_to_a_smaller_clear_one() -> None:
    crops = PlateCrops(keep=1)
    crops.offer(FRAME, track_id=1, xyxy=box(600), t_s=0.0, doubtful=True)
    assert crops.best(1)[0].doubtful
    crops.offer(FRAME, track_id=1, xyxy=box(300), t_s=1.0)
    assert not crops.best(1)[0].doubtful
    assert not crops.offer(FRAME, track_id=1, xyxy=box(700), t_s=2.0, doubtful=True)


def test_a_vehicle_cut_by_the_frames_edge_gives_way_to_a_whole_one() -> None:
    crops = PlateCrops(keep=1)
    crops.offer(FRAME, track_id=1, xyxy=(100.0, 400.0, 600.0, 713.0), t_s=0.0)
    crops.offer(FRAME, track_id=1, xyxy=box(300, top=400.0), t_s=1.0)
    (kept,) = crops.best(1)
    assert (kept.t_s, kept.doubtful) == (1.0, False)


def test_only_the_part_asked_of_a_source_is_fetched_and_copied() -> None:
    asked: list[tuple[int, int, int, int]] = []

    def source(left: int, top: int, right: int, bottom: int) -> ByteArray:
        asked.append((left, top, right, bottom))
        return FRAME[top:bottom, left:right]

    crops = PlateCrops()
    crops.offer(source, track_id=1, xyxy=box(400, left=1000.0), t_s=0.0, frame_size=(1280, 720))
    (crop,) = crops.take(1)
    assert asked == [(984, 196, 1280, 436)]
    assert crop.origin == (984, 196)
    assert crop.picture.base is None
    assert crops.best(1) == []


def test_a_box_outside_the_frame_is_not_kept() -> None:
    assert not PlateCrops().offer(FRAME, track_id=1, xyxy=box(400, left=1300.0), t_s=0.0)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.floats(260, 700), st.floats(0, 20), st.booleans()),
        max_size=40,
    )
)
def test_memory_is_bounded_whatever_is_offered(
    offers: list[tuple[int, float, float, bool]],
) -> None:
    crops = PlateCrops(keep=3, tracks=4)
    for track_id, width, t_s, doubtful in offers:
        crops.offer(FRAME, track_id=track_id, xyxy=box(width), t_s=t_s, doubtful=doubtful)
    held = [crops.best(track_id) for track_id in range(10)]
    assert sum(bool(some) for some in held) <= 4
    assert all(len(some) <= 3 for some in held)
    assert crops.nbytes == sum(crop.picture.nbytes for some in held for crop in some)


class OneText:
    """Reads one fixed text at the middle of every crop."""

    name, digest = "one-text", "0" * 64

    def read(self, crops: Sequence[ByteArray]) -> list[list[PlateRead]]:
        return [
            [
                PlateRead(
                    text="ABC123",
                    confidence=0.9,
                    char_confidence=(0.9,) * 6,
                    xyxy=(crop.shape[1] / 2, crop.shape[0] / 2) * 2,
                )
            ]
            for crop in crops
        ]

    def read_plate(self, crops: Sequence[ByteArray]) -> list[PlateRead | None]:
        return [None for _ in crops]


def test_reads_carry_their_crops_quality_and_foreign_ones_are_left_out() -> None:
    crops = PlateCrops()
    crops.offer(FRAME, track_id=1, xyxy=box(400), t_s=0.0)
    crops.offer(FRAME, track_id=1, xyxy=box(400), t_s=1.0, others=[(0, 0, 1280, 720)])
    held: list[PlateCrop] = crops.take(1)
    (read,) = own_plate_reads(held, OneText())
    assert read.crop_quality == held[0].quality
