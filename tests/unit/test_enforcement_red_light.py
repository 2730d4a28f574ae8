"""RED_LIGHT: wholly behind the line while it is red, across it, and on; all else accuses nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from enforcement.passes import VehiclePass
from enforcement.rules.red_light import RedLight
from enforcement.scene import Scene
from enforcement.signals import SignalHistory, SignalState
from enforcement.tracks import Track
from enforcement.verdicts import Abstention, InfractionType, Reason, Verdict, Violation
from tests.fixtures import roads
from tests.fixtures.roads import LINE_M, lamps, route

RED, AMBER, GREEN = SignalState.RED, SignalState.AMBER, SignalState.GREEN
DARK, UNKNOWN = SignalState.DARK, SignalState.UNKNOWN
RULE = RedLight()
# At 12 m/s from 20 m: the front passes the line at 30 m at 10/12 s.
CROSSED_S = 10 / 12
THROUGH = route((0.0, 20.0), (3.0, 56.0))


def red_since(onset_s: float, *, before: SignalState = AMBER, until: float = 30.0) -> SignalHistory:
    return lamps(
        (GREEN, -20.0, onset_s - 3.0), (before, onset_s - 3.0, onset_s), (RED, onset_s, until)
    )


def judge(
    track: Track, signals: SignalHistory, on: Scene | None = None, rule: RedLight = RULE
) -> Verdict | None:
    on = on or roads.scene()
    return rule.judge(roads.measured(track, on), on, signals)


def reason(verdict: Verdict | None) -> Reason | None:
    assert not isinstance(verdict, Violation), verdict
    return None if verdict is None else verdict.reason


def test_a_car_that_crosses_well_after_red_is_accused() -> None:
    verdict = judge(THROUGH, red_since(-4.0))
    assert isinstance(verdict, Violation)
    assert verdict.type is InfractionType.RED_LIGHT
    assert verdict.at_s == pytest.approx(CROSSED_S, abs=0.01)
    assert verdict.window_s[0] <= CROSSED_S <= verdict.window_s[1]
    assert verdict.confidence > 0.95
    assert verdict.details["traffic_light_state"] == "red"
    assert verdict.details["stop_line_crossed"] is True
    # From the middle of the onset's bounds, a fiftieth of a second before the first red.
    assert verdict.details["time_after_red_seconds"] == pytest.approx(CROSSED_S + 4.02, abs=0.01)
    assert verdict.details["onset_seen"] is True


def test_a_car_that_comes_towards_the_camera_is_judged_alike() -> None:
    verdict = judge(route((0.0, 44.0), (2.5, 16.0), heading_deg=180.0), red_since(-4.0))
    assert isinstance(verdict, Violation)
    assert verdict.at_s == pytest.approx(14 / 11.2, abs=0.02)


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        (lamps((GREEN, -20, 30)), None),
        (lamps((GREEN, -20, -1), (AMBER, -1, 30)), None),
        (lamps((RED, -20, -1), (SignalState.RED_AMBER, -1, 30)), None),
        (lamps((UNKNOWN, -20, 30)), Reason.SIGNAL_UNKNOWN),
        (lamps((DARK, -20, 30)), Reason.SIGNAL_UNKNOWN),
        # Red until just before, then not to be read.
        (lamps((RED, -20, 0.2), (UNKNOWN, 0.2, 30)), Reason.SIGNAL_UNKNOWN),
        (SignalHistory(), Reason.SIGNAL_UNKNOWN),
    ],
    ids=["green", "amber", "red_amber", "unknown", "dark", "lost", "never_read"],
)
def test_what_is_not_red_accuses_nobody(signals: SignalHistory, said: Reason | None) -> None:
    assert reason(judge(THROUGH, signals)) is said


def test_amber_accuses_nobody() -> None:
    assert judge(THROUGH, lamps((GREEN, -20, 0.5), (AMBER, 0.5, 3), (RED, 3, 30))) is None


def test_an_unknown_lamp_accuses_nobody() -> None:
    assert reason(judge(THROUGH, lamps((UNKNOWN, -20, 30)))) is Reason.SIGNAL_UNKNOWN


def test_a_lamp_nobody_read_for_a_while_accuses_nobody() -> None:
    # Red on both sides of a hole of four seconds, and the crossing inside it.
    holes = lamps((GREEN, -9, -4), (RED, -4, -1.2), (RED, 2.8, 10))
    assert reason(judge(THROUGH, holes)) is Reason.SIGNAL_UNKNOWN


@pytest.mark.parametrize("lamp", [RED, AMBER])
def test_a_flashing_red_accuses_nobody(lamp: SignalState) -> None:
    blinks = [(lamp if i % 2 else DARK, i * 0.5 - 10, i * 0.5 - 9.5) for i in range(60)]
    assert judge(THROUGH, lamps(*blinks)) is None


def test_a_car_already_past_the_line_at_red_onset_is_not_accused() -> None:
    assert judge(THROUGH, red_since(CROSSED_S + 0.1)) is None


@pytest.mark.parametrize(
    ("delay_s", "said"),
    [
        (0.1, Reason.WITHIN_GRACE),
        (0.45, Reason.WITHIN_GRACE),
        (0.49, Reason.WITHIN_GRACE),
        (0.58, Reason.WITHIN_GRACE),  # seen from behind, the longest car crosses 0.1 s sooner
        (0.70, None),  # past the grace of half a second for any car: accused
    ],
)
def test_crossing_within_the_grace_is_not_accused(delay_s: float, said: Reason | None) -> None:
    verdict = judge(THROUGH, red_since(CROSSED_S - delay_s))
    if said is None:
        assert isinstance(verdict, Violation)
    else:
        assert reason(verdict) is said


def test_the_sites_own_grace_counts() -> None:
    signals = red_since(CROSSED_S - 0.7)
    assert isinstance(judge(THROUGH, signals), Violation)
    patient = roads.scene(grace_seconds=1.0)
    assert reason(judge(THROUGH, signals, patient)) is Reason.WITHIN_GRACE


def test_the_grace_counts_from_the_latest_instant_red_can_have_begun() -> None:
    # Last green 0.9 s before the crossing, first red 0.3 s before: it may have begun just then.
    signals = lamps((GREEN, -20, CROSSED_S - 0.9), (RED, CROSSED_S - 0.3, 30))
    assert reason(judge(THROUGH, signals)) is Reason.WITHIN_GRACE


def test_an_onset_nobody_saw_closely_is_not_accused() -> None:
    signals = lamps((GREEN, -20, -3.5), (RED, -2.0, 30))
    assert reason(judge(THROUGH, signals)) is Reason.ONSET_UNCERTAIN


def test_a_red_older_than_the_recording_counts_from_its_first_reading() -> None:
    verdict = judge(THROUGH, lamps((RED, -2.0, 30)))
    assert isinstance(verdict, Violation)
    assert verdict.details["onset_seen"] is False
    assert verdict.details["onset_uncertainty_seconds"] is None
    assert verdict.details["time_after_red_seconds"] == pytest.approx(CROSSED_S + 2.0, abs=0.01)
    fresh = lamps((RED, CROSSED_S - 0.3, 30))
    assert reason(judge(THROUGH, fresh)) is Reason.WITHIN_GRACE


def test_a_vehicle_that_stops_on_the_line_is_not_accused() -> None:
    stops = route((0.0, 18.0), (1.3, LINE_M + 1.0), (6.0, LINE_M + 1.0))
    assert reason(judge(stops, red_since(-4.0))) is Reason.CROSSING_UNCERTAIN


def test_a_vehicle_that_waits_behind_the_line_is_not_even_looked_at() -> None:
    waits = route((0.0, 18.0), (1.3, LINE_M - 1.0), (8.0, LINE_M - 1.0))
    assert judge(waits, red_since(-4.0)) is None


def test_a_vehicle_that_waits_and_goes_at_green_is_not_accused() -> None:
    goes = route((0.0, 18.0), (1.3, LINE_M - 1.0), (5.0, LINE_M - 1.0), (8.0, 50.0))
    assert judge(goes, lamps((AMBER, -6, -4), (RED, -4, 5), (GREEN, 5, 20))) is None


def test_a_vehicle_that_waits_and_goes_before_green_is_accused() -> None:
    goes = route((0.0, 18.0), (1.3, LINE_M - 2.0), (5.0, LINE_M - 2.0), (8.0, 50.0))
    assert isinstance(judge(goes, red_since(-4.0)), Violation)


def test_a_vehicle_never_seen_wholly_behind_the_line_during_red_is_not_accused() -> None:
    # It stood with its front a hand before the line when red came, and then crept on.
    creeps = route((-2.0, LINE_M - 0.3), (2.0, LINE_M - 0.3), (6.0, LINE_M + 12.0))
    assert reason(judge(creeps, red_since(0.5))) is Reason.NOT_WHOLLY_BEHIND


def test_a_vehicle_whose_front_is_over_the_line_when_green_comes_is_not_accused() -> None:
    # Over by less than the doubt while it was still red, plainly over only in green.
    signals = lamps((AMBER, -6, -4), (RED, -4, CROSSED_S + 0.02), (GREEN, CROSSED_S + 0.04, 20))
    assert reason(judge(THROUGH, signals)) is Reason.CROSSING_UNCERTAIN


@pytest.mark.parametrize(
    ("heading_deg", "accused"),
    [
        (0.0, True),  # its own signal
        (40.0, True),  # a road that bends
        (90.0, False),  # the crossing street's
        (180.0, False),  # the oncoming lane's
    ],
)
def test_another_headings_signal_does_not_count(heading_deg: float, accused: bool) -> None:
    head = {"id": "S1", "lamps": {"red": [600, 20, 10, 10]}, "heading_deg": heading_deg}
    verdict = judge(THROUGH, red_since(-4.0), roads.scene(signals=[head]))
    assert isinstance(verdict, Violation) is accused
    assert accused or verdict is None


def test_the_signal_of_its_own_heading_is_found_among_several() -> None:
    heads = [
        {"id": "S9", "lamps": {"red": [500, 20, 10, 10]}, "heading_deg": 90},
        {"id": "S1", "lamps": {"red": [600, 20, 10, 10]}, "heading_deg": 0},
    ]
    verdict = judge(THROUGH, red_since(-4.0), roads.scene(signals=heads))
    assert isinstance(verdict, Violation)
    assert verdict.details["signal_id"] == "S1"


def test_a_vehicle_beside_the_line_does_not_cross_it() -> None:
    beside = roads.scene(stop_line=roads.POSE.ground((0.5, LINE_M), (6.0, LINE_M)))
    assert judge(THROUGH, red_since(-4.0), beside) is None


def test_which_end_of_the_line_was_drawn_first_does_not_matter() -> None:
    turned = roads.scene(stop_line=roads.POSE.ground((6.0, LINE_M), (-6.0, LINE_M)))
    assert judge(THROUGH, red_since(-4.0), turned) == judge(THROUGH, red_since(-4.0))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("contested", True, Reason.AMBIGUOUS_VEHICLE),
        ("regular", False, Reason.IRREGULAR_TIME),
        ("occlusion", 0.8, Reason.CROSSING_UNCERTAIN),
        ("concealed", True, Reason.CROSSING_UNCERTAIN),
        ("truncated", True, Reason.CROSSING_UNCERTAIN),
    ],
)
def test_a_crossing_that_was_not_plainly_seen_is_not_accused(
    column: str, value: object, said: Reason
) -> None:
    # From a second before the line to just behind it.
    rows = np.flatnonzero(np.abs(THROUGH.t_s - CROSSED_S) < 0.45)
    hidden = roads.marked(THROUGH, rows.tolist(), **{column: value})
    assert reason(judge(hidden, red_since(-4.0))) is said


def test_the_rear_leaves_the_front_in_doubt_by_the_vehicles_length() -> None:
    # A metre behind the line: enough when the front is seen, too little when only the rear is.
    def stands(sign: float) -> Track:
        side = (LINE_M - 0.6 * sign, LINE_M + 14.0 * sign)
        return route(
            (0.0, side[0] - 3 * sign),
            (1.0, side[0]),
            (3.0, side[0]),
            (6.0, side[1]),
            heading_deg=0.0 if sign > 0 else 180.0,
        )

    signals = red_since(1.5)
    assert isinstance(judge(stands(-1.0), signals), Violation)
    assert reason(judge(stands(1.0), signals)) is Reason.NOT_WHOLLY_BEHIND


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"calibration": None, "stop_line": None}, "calibration"),
        ({"stop_line": None}, "stop_line"),
        ({"signals": None}, "signals"),
        ({}, None),
    ],
)
def test_a_site_without_its_parts_is_told_which(missing: dict[str, Any], named: str | None) -> None:
    assert RULE.missing(roads.scene(**missing)) == named


def test_a_vehicle_without_a_path_is_not_judged() -> None:
    pass_ = roads.measured(THROUGH)
    assert RULE.judge(replace(pass_, path=None), roads.scene(), red_since(-4.0)) is None


def test_the_lamps_confidence_is_part_of_the_verdicts() -> None:
    sure = red_since(-4.0)
    unsure = SignalHistory(
        readings={"S1": [replace(row, confidence=0.6) for row in sure.readings["S1"]]}
    )
    verdict = judge(THROUGH, unsure)
    assert isinstance(verdict, Violation)
    assert verdict.confidence == pytest.approx(0.6, abs=0.01)


def test_the_same_pass_is_always_judged_the_same() -> None:
    def once() -> tuple[Verdict | None, VehiclePass]:
        pass_ = roads.measured(THROUGH)
        return RULE.judge(pass_, roads.scene(), red_since(-4.0)), pass_

    (first, pass_), (second, _) = once(), once()
    assert first == second
    # Nothing it was given has changed under its hands.
    assert np.array_equal(pass_.track.xyxy, THROUGH.xyxy)
    assert RULE.judge(pass_, roads.scene(), red_since(-4.0)) == first
    assert not isinstance(first, Abstention)
