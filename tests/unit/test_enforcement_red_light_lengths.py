"""RED_LIGHT seen from behind: the front is where the vehicle's length puts it, and lengths differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from enforcement.detections import VehicleClass
from enforcement.rules.red_light import RedLight
from enforcement.signals import SignalState
from enforcement.verdicts import Abstention, Reason
from tests.fixtures import roads
from tests.fixtures.roads import lamps, route

RED, GREEN = SignalState.RED, SignalState.GREEN


def test_a_short_bus_that_waits_behind_the_line_is_not_taken_for_a_long_one_across_it() -> None:
    """Its rear stops where the front of a bus of 11 m would be 3.6 m over the line."""
    seen = route((0.0, 19.0), (2.0, 27.0), (9.0, 27.0), (12.0, 60.0))
    bus = replace(seen, class_id=np.full(len(seen), int(VehicleClass.BUS), np.int64))
    signals = lamps((GREEN, -9.0, -4.0), (RED, -4.0, 8.5), (GREEN, 8.5, 30.0))
    scene = roads.scene()
    verdict = RedLight().judge(roads.measured(bus, scene), scene, signals)
    assert isinstance(verdict, Abstention)
    assert verdict.reason is Reason.CROSSING_UNCERTAIN


def test_a_truck_whose_length_decides_whether_it_was_behind_at_red_is_not_accused() -> None:
    """Rear 10 m before the line at red: one of 8 m was behind it, one of 14 m was not."""
    seen = route((0.0, 16.4), (8.0, 24.4), (9.5, 24.4), (12.0, 60.0))
    truck = replace(seen, class_id=np.full(len(seen), int(VehicleClass.TRUCK), np.int64))
    scene = roads.scene()
    verdict = RedLight().judge(
        roads.measured(truck, scene), scene, lamps((GREEN, -9.0, 9.0), (RED, 9.0, 30.0))
    )
    assert isinstance(verdict, Abstention)
    assert verdict.reason is Reason.NOT_WHOLLY_BEHIND
