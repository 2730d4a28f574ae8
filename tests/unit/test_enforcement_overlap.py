"""Which boxes of one frame hide or dispute each other."""

from __future__ import annotations

import numpy as np
import pytest

from enforcement.detections import Float32Array
from enforcement.overlap import crowding, sides_hidden


def boxes(*rows: tuple[float, float, float, float]) -> Float32Array:
    return np.array(rows, np.float32)


def test_a_lone_box_is_neither_hidden_nor_disputed() -> None:
    for rows in (boxes((0, 0, 10, 10)), np.zeros((0, 4), np.float32)):
        occlusion, contested = crowding(rows)
        assert occlusion.tolist() == [0.0] * len(rows)
        assert contested.tolist() == [False] * len(rows)


def test_the_nearer_vehicle_hides_the_further_one_and_not_the_other_way() -> None:
    # The second is lower in the picture, so nearer; it covers the right half of the first's foot.
    occlusion, contested = crowding(boxes((0, 0, 100, 90), (50, 60, 150, 160)))
    assert occlusion.tolist() == pytest.approx([0.5, 0.0])
    assert not contested.any()


def test_what_is_measured_is_the_foot_so_only_its_share_counts() -> None:
    # A sixth of the whole box is hidden, which is half of its lower third.
    occlusion, _ = crowding(boxes((0, 0, 100, 90), (0, 75, 100, 165)))
    assert occlusion.tolist() == pytest.approx([0.5, 0.0])


@pytest.mark.parametrize(
    ("second", "disputed"),
    [
        ((10, 5, 110, 95), True),  # nearly the same box
        ((0, 0, 100, 90), True),  # the very same
        ((60, 0, 160, 90), False),  # a neighbour, overlapping by less than half
        ((40, 40, 60, 60), False),  # a motorcycle before a lorry is not mistaken for it
        ((200, 0, 300, 90), False),  # apart
    ],
)
def test_two_boxes_that_could_own_each_others_values_are_disputed(
    second: tuple[float, float, float, float], disputed: bool
) -> None:
    _, contested = crowding(boxes((0, 0, 100, 90), second))
    assert contested.tolist() == [disputed, disputed]


@pytest.mark.parametrize(
    ("nearer", "share"),
    [
        ((0, 60, 100, 160), 0.0),  # close ahead in the lane: tyres hidden, sides seen above it
        ((60, 5, 160, 160), 0.4),  # beside it: nearly all of the right edge is another vehicle's
        ((-80, 0, 10, 160), 0.1),
        ((60, 50, 160, 160), 0.0),  # its upper half shows where it ends
        ((20, 10, 80, 160), 0.0),  # a motorcycle before the middle: both edges seen
        ((200, 0, 300, 160), 0.0),
        ((0, 0, 100, 80), 0.0),  # farther away: it hides nothing
    ],
)
def test_a_side_is_hidden_by_the_width_that_a_nearer_box_covers_all_along_it(
    nearer: tuple[float, float, float, float], share: float
) -> None:
    hidden = sides_hidden(boxes((0, 0, 100, 90), nearer))
    assert hidden[1] == 0.0 or nearer[3] < 90
    assert hidden[0] == pytest.approx(share, abs=0.001)
