"""What a head showed: unknown is never red, and the onset of red is a stretch, not a point."""

from __future__ import annotations

from itertools import pairwise

import pytest

from enforcement.signals import KEEP_EVERY_S, SignalHistory, SignalReading, SignalState
from tests.fixtures.roads import lamps

RED, AMBER, GREEN = SignalState.RED, SignalState.AMBER, SignalState.GREEN
DARK, UNKNOWN, FLASHING = SignalState.DARK, SignalState.UNKNOWN, SignalState.FLASHING


def reading(t_s: float, state: SignalState, signal_id: str = "S1") -> SignalReading:
    return SignalReading(signal_id=signal_id, t_s=t_s, state=state, confidence=0.9)


def test_the_onset_lies_between_the_last_reading_that_was_not_red_and_the_first_that_was() -> None:
    history = lamps((GREEN, 0, 5), (AMBER, 5, 8), (RED, 8, 20))
    red = history.red_at("S1", 12.0)
    assert red is not None
    assert red.onset_low_s == pytest.approx(7.96)
    assert red.onset_high_s == red.from_s == pytest.approx(8.0)
    assert red.onset_s == pytest.approx(7.98)
    assert red.confidence == pytest.approx(0.99)


@pytest.mark.parametrize("state", [AMBER, GREEN, DARK, UNKNOWN, SignalState.RED_AMBER])
def test_only_red_is_red(state: SignalState) -> None:
    history = lamps((state, 0, 10))
    assert history.red_at("S1", 5.0) is None
    assert history.state_at("S1", 5.0) is state


def test_before_and_after_the_readings_nothing_is_known() -> None:
    history = lamps((RED, 0, 10))
    for t in (-0.1, 10.5):
        assert history.red_at("S1", t) is None
        assert history.state_at("S1", t) is UNKNOWN
    assert history.red_at("another head", 5.0) is None


def test_red_from_the_first_reading_on_has_no_known_onset() -> None:
    red = lamps((RED, 0, 10)).red_at("S1", 5.0)
    assert red is not None
    assert red.onset_s is None


@pytest.mark.parametrize("state", [DARK, UNKNOWN])
def test_red_after_not_seeing_the_head_has_no_known_onset(state: SignalState) -> None:
    red = lamps((GREEN, 0, 5), (state, 5, 10), (RED, 10, 20)).red_at("S1", 15.0)
    assert red is not None
    assert red.onset_s is None
    assert red.from_s == pytest.approx(10.0)


def test_a_single_misread_frame_neither_ends_nor_makes_a_red() -> None:
    ends = lamps((GREEN, 0, 3), (RED, 3, 6), (GREEN, 6, 6.08), (RED, 6.08, 9))
    red = ends.red_at("S1", 7.0)
    assert red is not None
    assert red.from_s == pytest.approx(3.0)
    makes = lamps((GREEN, 0, 3), (RED, 3, 3.08), (GREEN, 3.08, 9))
    assert makes.red_at("S1", 3.04) is None
    assert makes.state_at("S1", 3.04) is GREEN


def test_a_green_long_enough_to_be_one_ends_the_red() -> None:
    history = lamps((GREEN, 0, 3), (RED, 3, 6), (GREEN, 6, 6.4), (RED, 6.4, 9))
    red = history.red_at("S1", 7.0)
    assert red is not None
    assert red.from_s == pytest.approx(6.4)


@pytest.mark.parametrize("lamp", [RED, AMBER])
def test_a_lamp_that_goes_on_and_off_is_flashing(lamp: SignalState) -> None:
    blinks = [(lamp if i % 2 == 0 else DARK, i * 0.5, (i + 1) * 0.5) for i in range(20)]
    history = lamps(*blinks)
    for t in (1.2, 4.3, 7.7):
        assert history.state_at("S1", t) is FLASHING
        assert history.red_at("S1", t) is None


def test_a_red_that_flashed_before_it_held_is_red_again_after_a_while() -> None:
    blinks = [(RED if i % 2 == 0 else DARK, i * 0.5, (i + 1) * 0.5) for i in range(6)]
    history = lamps(*blinks, (RED, 3, 20))
    assert history.red_at("S1", 5.0) is None
    assert history.red_at("S1", 15.0) is not None


def test_a_red_is_not_assumed_while_nobody_looked() -> None:
    # The stream stood still for eight seconds: a green may have come and gone.
    history = lamps((GREEN, 0, 2), (RED, 2, 5), (RED, 13, 20))
    assert history.red_at("S1", 9.0) is None
    assert history.state_at("S1", 9.0) is UNKNOWN
    red = history.red_at("S1", 15.0)
    assert red is not None
    assert red.from_s == pytest.approx(13.0)
    assert red.onset_s is None


def test_a_misread_frame_does_not_bridge_a_time_in_which_nobody_looked() -> None:
    history = lamps((RED, 2, 5), (GREEN, 5, 5.04), (RED, 13, 20))
    assert history.red_at("S1", 9.0) is None
    red = history.red_at("S1", 15.0)
    assert red is not None
    assert red.from_s == pytest.approx(13.0)


def test_a_frame_or_two_that_could_not_be_read_does_not_end_a_red() -> None:
    red = lamps((GREEN, 0, 2), (RED, 2, 5), (RED, 5.4, 20)).red_at("S1", 15.0)
    assert red is not None
    assert red.from_s == pytest.approx(2.0)


def test_a_green_that_was_last_seen_long_before_the_red_leaves_a_wide_onset() -> None:
    red = lamps((GREEN, 0, 2), (RED, 6, 10)).red_at("S1", 8.0)
    assert red is not None
    assert red.onset_low_s == pytest.approx(1.96)
    assert red.onset_high_s == pytest.approx(6.0)


def test_heads_do_not_mix() -> None:
    history = lamps((RED, 0, 10))
    for row in lamps((GREEN, 0, 10), signal_id="S2").readings["S2"]:
        history.add(row)
    assert history.red_at("S1", 5.0) is not None
    assert history.red_at("S2", 5.0) is None


def test_time_never_runs_backwards_for_a_head() -> None:
    history = SignalHistory()
    history.add(reading(2.0, RED))
    history.add(reading(1.0, RED, signal_id="S2"))
    with pytest.raises(ValueError, match="S1"):
        history.add(reading(1.9, GREEN))


def test_thinning_keeps_both_ends_of_every_phase() -> None:
    history = lamps((GREEN, 0, 30), (RED, 30, 60))
    assert len(history.readings["S1"]) < 2 * 30 / KEEP_EVERY_S * 1.5
    green, red = history.phases("S1")
    assert (green.from_s, green.to_s) == pytest.approx((0.0, 29.96))
    assert (red.from_s, red.to_s) == pytest.approx((30.0, 59.96))
    gaps = [b.t_s - a.t_s for a, b in pairwise(history.readings["S1"])]
    assert max(gaps) < KEEP_EVERY_S + 0.05


def test_what_is_old_is_forgotten_and_what_is_asked_is_copied() -> None:
    history = lamps((GREEN, 0, 10), (RED, 10, 20))
    part = history.between(5.0, 12.0)
    history.prune(15.0)
    assert history.readings["S1"][0].t_s >= 15.0
    assert part.readings["S1"][0].t_s >= 5.0
    assert part.readings["S1"][-1].t_s <= 12.0
    assert part.red_at("S1", 11.0) is not None
