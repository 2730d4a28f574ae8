"""Capture time from stamps alone: its doubt, its steps, its rate."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.stream_clock import UNCOMPARED_RATE_SIGMA, StreamClock, unevenness
from adapters.wall_rate import WallRate
from enforcement.frames import FrameStamp

START = datetime(2026, 3, 1, tzinfo=UTC)


def clock(**options: object) -> StreamClock:
    return StreamClock(time_base=Fraction(1, 90000), start_at=START, **options)  # type: ignore[arg-type]


def run(seconds: list[float], watch: StreamClock | None = None) -> list[FrameStamp]:
    watch = watch or clock()
    return [watch.stamp(round(t * 90000), index=i, concealed=False) for i, t in enumerate(seconds)]


def test_time_counts_from_the_first_stamp_whatever_it_is() -> None:
    rows = run([7000.0 + i / 25 for i in range(50)])
    assert rows[0].t_s == 0
    assert rows[-1].t_s == pytest.approx(49 / 25, abs=1e-4)


def test_a_perfect_stream_claims_about_half_a_millisecond_once_it_is_known() -> None:
    rows = run([i / 25 for i in range(50)])
    assert rows[0].sigma_t_s > 0.01
    assert 0.0004 < rows[-1].sigma_t_s < 0.001


def test_intervals_known_beforehand_spare_the_first_frames_their_doubt() -> None:
    rows = run([0.0, 0.04], clock(prior_intervals_s=[0.04] * 30))
    assert rows[0].sigma_t_s < 0.001


@pytest.mark.parametrize("error_s", [0.002, 0.005, 0.010, 0.040])
def test_the_claimed_doubt_is_the_real_error_of_noisy_stamps(error_s: float) -> None:
    noise = np.random.default_rng(5).normal(0, error_s, 400)
    stamps = np.sort(np.arange(400) / 12.5 + noise) + 1
    real = float(np.std(stamps - np.arange(400) / 12.5))
    claimed = np.median([r.sigma_t_s for r in run([float(s) for s in stamps])][64:])
    assert 0.75 * real < claimed < 1.6 * real


def test_lost_frames_do_not_make_the_others_doubtful() -> None:
    kept = [i / 25 for i in range(200) if i % 9]
    assert run(kept)[-1].sigma_t_s < 0.001


def test_a_step_is_counted_marked_and_does_not_carry_time_away() -> None:
    watch = clock()
    rows = run([i / 25 + (7200 if i >= 50 else 0) for i in range(100)], watch)
    assert watch.health().steps == 1
    assert [r.regular for r in rows[48:56]] == [True, True, False, False, False, True, True, True]
    assert rows[50].t_s - rows[49].t_s == pytest.approx(0.04, abs=0.001)
    assert watch.segment == 1


def test_a_pause_of_some_seconds_is_believed() -> None:
    rows = run([i / 25 + (7 if i >= 50 else 0) for i in range(60)])
    assert rows[50].t_s - rows[49].t_s == pytest.approx(7.04, abs=0.001)
    assert not rows[50].regular


def test_for_a_live_source_the_hosts_clock_tells_a_pause_from_a_step() -> None:
    paused, stepped = clock(), clock()
    for i in range(50):
        for watch in (paused, stepped):
            watch.stamp(i * 3600, index=i, concealed=False, arrival_s=100 + i / 25)
    hole = 50 * 3600 + 300 * 90000
    assert paused.stamp(hole, index=50, concealed=False, arrival_s=402).t_s == pytest.approx(302)
    late = stepped.stamp(hole, index=50, concealed=False, arrival_s=102.02)
    assert late.t_s == pytest.approx(2.0, abs=0.1)


def test_a_reconnect_continues_by_the_time_that_passed() -> None:
    watch = clock()
    for i in range(50):
        watch.stamp(i * 3600, index=i, concealed=False, arrival_s=100 + i / 25)
    watch.disconnected()
    back = watch.stamp(123456789, index=50, concealed=False, arrival_s=100 + 49 / 25 + 8)
    assert back.t_s == pytest.approx(49 / 25 + 8, abs=1e-6)
    assert not back.regular
    assert watch.segment == 1


def test_a_frame_without_a_stamp_is_marked_and_counted() -> None:
    watch = clock(prior_intervals_s=[0.04] * 30)
    watch.stamp(0, index=0, concealed=False)
    lost = watch.stamp(None, index=1, concealed=False)
    assert not lost.regular
    assert lost.sigma_t_s > 0.01
    assert watch.health().missing == 1


def test_a_repeated_stamp_is_marked() -> None:
    rows = run([0.0, 0.04, 0.04, 0.12])
    assert [r.regular for r in rows[:3]] == [True, True, False]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=1, max_size=80))
def test_no_stamps_however_absurd_make_time_run_backwards(stamps: list[int | None]) -> None:
    watch = clock()
    rows = [watch.stamp(s, index=i, concealed=False).t_s for i, s in enumerate(stamps)]
    assert rows == sorted(rows)


def test_a_camera_never_compared_is_doubted_by_a_tenth_of_a_percent() -> None:
    assert clock().health().rate_sigma == UNCOMPARED_RATE_SIGMA
    assert clock().health().rate_ppm is None
    assert pytest.approx(5.77e-4, rel=1e-2) == UNCOMPARED_RATE_SIGMA


@pytest.mark.parametrize("ppm", [0.0, 1000.0, -300.0])
def test_the_rate_is_found_among_late_arrivals(ppm: float) -> None:
    rate, late = WallRate(), np.random.default_rng(6).exponential(0.05, 25 * 300)
    for i, delay in enumerate(late):
        true_s = i / 25
        rate.add(true_s * (1 + ppm * 1e-6), 1000 + true_s + float(delay))
    found = rate.rate()
    assert found is not None
    assert found[0] * 1e6 == pytest.approx(ppm, abs=60)
    assert found[1] >= abs(found[0])


def test_a_rate_is_not_claimed_before_a_minute() -> None:
    rate = WallRate()
    for i in range(25 * 50):
        rate.add(i / 25, i / 25)
    assert rate.rate() is None


def test_unevenness_takes_the_grid_where_the_sender_sorted_its_stamps() -> None:
    times = np.sort(np.arange(200) / 25 + np.random.default_rng(7).normal(0, 0.2, 200))
    _, doubt = unevenness(np.diff(times))
    assert doubt > 0.02
