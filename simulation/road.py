"""What the road is: lanes, lines, stop line, zebra, kerbs, in metres. No pixels here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LANE_WIDTH_M = 3.3


class LaneType(StrEnum):
    """Lane types of the site file that the simulation draws."""

    NORMAL = "normal"
    EXCLUSIVE_BUS = "exclusive_bus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One lane between x_left and x_right; direction +1 drives towards +Y, -1 towards the camera."""

    lane_id: str
    x_left: float
    x_right: float
    direction: int
    lane_type: LaneType = LaneType.NORMAL

    @property
    def centre(self) -> float:
        """X of the lane's middle."""
        return (self.x_left + self.x_right) / 2

    @property
    def heading_deg(self) -> float:
        """Driving direction: 0 is +Y, 90 is +X."""
        return 0.0 if self.direction > 0 else 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """A straight carriageway along Y.

    zone_y: the measured zone. stop_line_y: where drivers must stop, None without a light.
    crossing_y: stretches of the bus lane where turning across is allowed. side_road_y: the mouth of a
    side road, None without one, on the right (side_road_side 1) or the left (-1).
    cross_road_y: the junction's cross street.
    """

    lanes: tuple[Lane, ...]
    zone_y: tuple[float, float]
    stop_line_y: float | None = None
    zebra_y: tuple[float, float] | None = None
    crossing_y: tuple[tuple[float, float], ...] = ()
    side_road_y: tuple[float, float] | None = None
    side_road_side: int = 1
    cross_road_y: tuple[float, float] | None = None

    @property
    def x_left(self) -> float:
        """Left edge of the carriageway."""
        return min(lane.x_left for lane in self.lanes)

    @property
    def x_right(self) -> float:
        """Right edge of the carriageway."""
        return max(lane.x_right for lane in self.lanes)

    def lane(self, lane_id: str) -> Lane:
        """The lane of that id."""
        return next(lane for lane in self.lanes if lane.lane_id == lane_id)


def parallel_lanes(
    count: int, direction: int, *, x_middle: float = 0.0, bus_lane: int | None = None
) -> tuple[Lane, ...]:
    """Lanes side by side from left to right, the bus lane given by its place."""
    left = x_middle - count * LANE_WIDTH_M / 2
    return tuple(
        Lane(
            lane_id=f"lane-{i + 1}",
            x_left=left + i * LANE_WIDTH_M,
            x_right=left + (i + 1) * LANE_WIDTH_M,
            direction=direction,
            lane_type=LaneType.EXCLUSIVE_BUS if i == bus_lane else LaneType.NORMAL,
        )
        for i in range(count)
    )
