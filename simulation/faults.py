"""What goes wrong between the lens and the reader: stamps, clocks, losses, freezes, cuts. All seeded.

It must not know how frames are drawn or encoded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.detections import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """jitter_s: standard deviation between true capture and PTS. loss: share of encoded slices lost.

    clock_error: rate error of the PTS (0.001 is 0.1 % fast). vfr: share of frames never captured.
    frozen_s: (start, length) stretches in which the picture stands still while PTS go on. cut_s: the
    stream ends there.
    """

    jitter_s: float = 0.0
    loss: float = 0.0
    clock_error: float = 0.0
    vfr: float = 0.0
    frozen_s: tuple[tuple[float, float], ...] = ()
    cut_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Per kept frame: true capture time, the time whose picture it shows, and its PTS; (F,) seconds."""

    true_t_s: FloatArray
    shown_t_s: FloatArray
    pts_s: FloatArray


def timeline(times: FloatArray, faults: Faults, seed: int) -> Timeline:
    """Which frames exist, what they show and how they are stamped; times are nominal true times."""
    rng = np.random.default_rng((seed, 41))
    kept = times
    if faults.vfr > 0:
        keep = rng.random(len(kept)) >= faults.vfr
        keep[0] = True
        kept = kept[keep]
    if faults.cut_s is not None:
        kept = kept[kept < faults.cut_s]
    shown = kept.copy()
    for start, length in faults.frozen_s:
        stuck = (kept >= start) & (kept < start + length)
        shown[stuck] = start
    stamps = jittered(kept, faults.jitter_s, rng) * (1 + faults.clock_error)
    return Timeline(true_t_s=kept, shown_t_s=shown, pts_s=stamps)


def jittered(times: FloatArray, sigma_s: float, rng: np.random.Generator) -> FloatArray:
    """Stamps in order whose difference from the times has the standard deviation sigma_s.

    A stream's stamps never run backwards, so noisy stamps are sorted, which shrinks the noise; the
    draw is widened until the difference that is left has the spread asked for.
    """
    if sigma_s <= 0 or len(times) < 3:
        return times
    noise = rng.standard_normal(len(times))
    low, high = 1.0, 12.0
    for _ in range(24):
        middle = (low + high) / 2
        if float(np.std(np.sort(times + noise * sigma_s * middle) - times)) < sigma_s:
            low = middle
        else:
            high = middle
    stamps = np.sort(times + noise * sigma_s * high)
    return np.asarray(stamps - stamps[0] + times[0], np.float64)


def lost_slices(count: int, share: float, rng: np.random.Generator) -> IntArray:
    """Indices of the slices of one frame that are lost; a loss takes the rest of the frame half the time."""
    gone = rng.random(count) < share
    first = int(np.argmax(gone)) if gone.any() else count
    if first < count and rng.random() < 0.5:
        gone[first:] = True
    return np.nonzero(gone)[0]
