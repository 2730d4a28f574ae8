"""The letterbox there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.letterbox import GREY, Letterbox, input_size_for
from enforcement.detections import Detections

SIZES = st.tuples(st.integers(64, 2600), st.integers(64, 1500))
TARGETS = st.tuples(st.sampled_from([416, 544, 640, 736]), st.sampled_from([352, 384, 416, 544]))


@settings(max_examples=40, deadline=None)
@given(source=SIZES, target=TARGETS, corners=st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_box_comes_back_where_it_was(
    source: tuple[int, int], target: tuple[int, int], corners: list[float]
) -> None:
    x, y = sorted(corners[:2]), sorted(corners[2:])
    box = np.array(
        [[x[0] * source[0], y[0] * source[1], x[1] * source[0], y[1] * source[1]]], np.float32
    )
    letterbox = Letterbox.fit(source, target)
    inside = letterbox.to_inference(box)
    assert inside.min() >= -1e-3
    assert (inside[0, 2:] <= np.array(target) + 1e-3).all()
    back = letterbox.to_source(
        Detections(xyxy=inside, confidence=np.ones(1, np.float32), class_id=np.zeros(1, np.int64))
    )
    assert np.abs(back.xyxy - box).max() < 2e-3 * max(source) ** 0.5


def test_a_wide_picture_lies_between_two_grey_bars() -> None:
    letterbox = Letterbox.fit((200, 100), (64, 64))
    made = letterbox.picture(np.full((100, 200, 3), 255, np.uint8))
    assert made.shape == (64, 64, 3)
    assert (made[:16] == GREY).all()
    assert (made[48:] == GREY).all()
    assert (made[16:48] == 255).all()


def test_a_reused_row_of_a_batch_keeps_nothing_of_the_picture_before() -> None:
    batch = np.full((1, 64, 64, 3), 7, np.uint8)
    letterbox = Letterbox.fit((200, 100), (64, 64))
    letterbox.picture(np.zeros((100, 200, 3), np.uint8), out=batch[0])
    assert not (batch == 7).any()


def test_boxes_outside_the_source_are_cut_at_its_edge() -> None:
    letterbox = Letterbox.fit((200, 100), (64, 64))
    wild = Detections(
        xyxy=np.array([[-5, 0, 70, 64]], np.float32),
        confidence=np.ones(1, np.float32),
        class_id=np.zeros(1, np.int64),
    )
    assert letterbox.to_source(wild).xyxy.tolist() == [[0, 0, 200, 100]]


@pytest.mark.parametrize(
    ("source", "size"),
    [
        ((1280, 720), (736, 416)),  # what the shipped figures are measured at
        ((640, 640), (544, 544)),
        ((640, 480), (608, 480)),
        ((720, 1280), (416, 736)),  # a camera on its side
    ],
)
def test_the_inference_size_follows_the_shape_of_the_camera(
    source: tuple[int, int], size: tuple[int, int]
) -> None:
    assert input_size_for(source, pixels=736 * 416) == size


@settings(max_examples=40, deadline=None)
@given(source=SIZES)
def test_no_shape_costs_more_than_the_budget(source: tuple[int, int]) -> None:
    width, height = input_size_for(source, pixels=300_000)
    assert width % 32 == 0
    assert height % 32 == 0
    assert width * height <= 300_000
