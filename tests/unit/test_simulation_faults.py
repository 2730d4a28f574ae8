"""Faults do what they say, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.encode import split_units, stamp_ticks
from simulation.faults import Faults, lost_slices, timeline

TIMES = np.arange(1000) / 25.0


def test_no_fault_leaves_time_alone() -> None:
    line = timeline(TIMES, Faults(), seed=1)
    assert np.array_equal(line.pts_s, TIMES)
    assert np.array_equal(line.shown_t_s, TIMES)


def test_jitter_has_the_spread_asked_for_and_never_runs_backwards() -> None:
    line = timeline(TIMES, Faults(jitter_s=0.040), seed=2)
    error = line.pts_s - line.true_t_s
    assert float(np.std(error)) == pytest.approx(0.040, rel=0.05)
    assert np.all(np.diff(line.pts_s) >= 0)
    assert np.all(np.diff(stamp_ticks(line.pts_s)) > 0)


def test_a_clock_error_stretches_time_by_its_rate() -> None:
    line = timeline(TIMES, Faults(clock_error=0.001), seed=1)
    assert line.pts_s[-1] / TIMES[-1] == pytest.approx(1.001)


def test_a_frozen_stretch_shows_one_instant_while_stamps_go_on() -> None:
    line = timeline(TIMES, Faults(frozen_s=((4.0, 2.0),)), seed=1)
    stuck = (line.true_t_s >= 4.0) & (line.true_t_s < 6.0)
    assert set(line.shown_t_s[stuck]) == {4.0}
    assert np.array_equal(line.shown_t_s[~stuck], line.true_t_s[~stuck])
    assert np.all(np.diff(line.pts_s) > 0)


def test_a_cut_ends_the_stream_and_a_variable_rate_loses_its_share() -> None:
    assert timeline(TIMES, Faults(cut_s=10.0), seed=1).true_t_s[-1] < 10.0
    kept = len(timeline(TIMES, Faults(vfr=0.3), seed=1).true_t_s)
    assert kept == pytest.approx(700, abs=60)


def test_losses_take_about_the_share_asked_for() -> None:
    rng = np.random.default_rng(1)
    gone = [len(lost_slices(1, 0.05, rng)) for _ in range(4000)]
    assert np.mean(gone) == pytest.approx(0.05, abs=0.012)


def test_units_of_a_packet_join_up_to_the_packet() -> None:
    data = b"\x00\x00\x00\x01\x67abc\x00\x00\x01\x65defg\x00\x00\x01\x41h"
    units = split_units(data)
    assert b"".join(units) == data
    assert [unit[unit.find(b"\x01") + 1] & 0x1F for unit in units] == [7, 5, 1]
