"""The error model of box edges, from errors made by that very model."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.training.box_error import fit

RNG = np.random.default_rng(4)
TRACKS, FRAMES = 60, 40


def _errors(bias: float, floor: float, share: float, corr: float) -> tuple[np.ndarray, ...]:
    track = np.repeat(np.arange(TRACKS), FRAMES)
    height = np.tile(np.geomspace(15, 150, FRAMES), TRACKS)
    sigma = np.sqrt(floor**2 + (share * height) ** 2)
    kept = RNG.normal(size=TRACKS)[track] * corr**0.5
    fresh = RNG.normal(size=len(track)) * (1 - corr) ** 0.5
    return bias * height + sigma * (kept + fresh), height, track


@pytest.mark.parametrize(
    ("bias", "floor", "share", "corr"),
    [(0.02, 0.5, 0.01, 0.5), (-0.01, 0.3, 0.03, 0.2), (0.0, 1.0, 0.0, 0.0)],
)
def test_bias_spread_and_persistence_are_recovered(
    bias: float, floor: float, share: float, corr: float
) -> None:
    made = fit(*_errors(bias, floor, share, corr))
    assert made["bias_frac"] == pytest.approx(bias, abs=0.006)
    at = np.array([20.0, 60.0, 140.0])
    assert np.sqrt(made["sigma_px"] ** 2 + (made["sigma_frac"] * at) ** 2) == pytest.approx(
        np.sqrt(floor**2 + (share * at) ** 2), rel=0.3
    )
    assert made["corr"] == pytest.approx(corr, abs=0.2)


def test_one_wild_box_does_not_move_the_model() -> None:
    error, height, track = _errors(0.0, 0.5, 0.01, 0.0)
    error[5] = 400.0
    assert fit(error, height, track)["sigma_px"] < 0.7
