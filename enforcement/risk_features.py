"""The features of the recidivism model: one function for training and for serving.

Each is computed from what `risk_history.pairs_of` lets an instant see, so none can know what came later.
Age, sex and address are no features. It must not know the model.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from enforcement.risk_history import (
    DAY_S,
    LICENCES,
    LOOKBACK_S,
    TYPES,
    YEAR_S,
    Floats,
    History,
    Instants,
    Pairs,
    chunks,
    pairs_of,
)

Matrix = NDArray[np.float32]

WINDOWS_D: Final = (90, 180, 365, 730)
_HALF_LIFE_S: Final = 180.0 * DAY_S
_SUM_OF: Final = ("SPEED_VIOLATION", "RED_LIGHT", "PHONE_USAGE")

NAMES: Final = (
    "infraction_count",
    *(f"count_{days}d" for days in WINDOWS_D),
    "undecided_count",
    "recency_weight",
    "days_since_last",
    "days_since_one_before",
    "days_since_detection",
    *(f"count_{name.lower()}" for name in _SUM_OF),
    "serious_count",
    "excess_mean_kmh",
    "excess_max_kmh",
    "night_share",
    "zone_limit_mean_kmh",
    "observed_years",
    "rate_per_year",
    "experience_years",
    *(f"licence_{name.lower().replace('-', '_')}" for name in LICENCES),
    "season_sin",
    "season_cos",
)
"""Columns of the matrix, in order. NaN means unknown: no infraction yet, no driver identified."""


def features(history: History, instants: Instants) -> Matrix:
    """(m, len(NAMES)) float32, one row per instant."""
    parts = [_features(history, part) for part in chunks(instants)]
    return np.vstack(parts) if parts else np.empty((0, len(NAMES)), dtype=np.float32)


def _features(history: History, instants: Instants) -> Matrix:
    pairs = pairs_of(history, instants)
    columns = {
        **_counts(history, pairs, len(instants)),
        **_recency(pairs, len(instants)),
        **_manner(history, pairs, len(instants)),
        **_standing(instants),
    }
    observed = columns["observed_years"]
    columns["rate_per_year"] = columns["infraction_count"] / np.maximum(observed, 0.25)
    return np.column_stack([columns[name] for name in NAMES]).astype(np.float32)


def _summed(pairs: Pairs, weight: NDArray[np.generic], size: int) -> Floats:
    sums = np.bincount(pairs.instant, weights=weight.astype(np.float64), minlength=size)
    return sums.astype(np.float64)


def _counts(history: History, pairs: Pairs, size: int) -> dict[str, Floats]:
    kind, severity = history.kind[pairs.row], history.severity[pairs.row]
    found = {
        "infraction_count": _summed(pairs, pairs.stands, size),
        "undecided_count": _summed(pairs, ~pairs.stands, size),
        "serious_count": _summed(pairs, pairs.stands & (severity >= 1), size),
    }
    for days in WINDOWS_D:
        found[f"count_{days}d"] = _summed(pairs, pairs.stands & (pairs.age_s <= days * DAY_S), size)
    for name in _SUM_OF:
        same = kind == TYPES.index(name)
        found[f"count_{name.lower()}"] = _summed(pairs, pairs.stands & same, size)
    return found


def _recency(pairs: Pairs, size: int) -> dict[str, Floats]:
    standing = pairs.instant[pairs.stands], pairs.age_s[pairs.stands] / DAY_S
    weight = np.where(pairs.stands, 0.5 ** (pairs.age_s / _HALF_LIFE_S), 0.0)
    return {
        "recency_weight": _summed(pairs, weight, size),
        "days_since_last": _from_the_end(*standing, size, 0),
        "days_since_one_before": _from_the_end(*standing, size, 1),
        "days_since_detection": _from_the_end(pairs.instant, pairs.age_s / DAY_S, size, 0),
    }


def _from_the_end(instant: NDArray[np.int64], value: Floats, size: int, back: int) -> Floats:
    """(size,) the value of each instant's last but `back` pair, NaN where there is none."""
    found = np.full(size, np.nan)
    counts = np.bincount(instant, minlength=size)
    enough = counts > back
    found[enough] = value[(np.cumsum(counts) - 1 - back)[enough]]
    return found


def _manner(history: History, pairs: Pairs, size: int) -> dict[str, Floats]:
    excess, limit = history.excess_kmh[pairs.row], history.limit_kmh[pairs.row]
    fast = pairs.stands & np.isfinite(excess)
    placed = pairs.stands & np.isfinite(limit)
    most = np.full(size, -np.inf)
    np.maximum.at(most, pairs.instant[fast], excess[fast])
    return {
        "excess_mean_kmh": _mean(pairs, np.where(fast, excess, 0.0), fast, size),
        "excess_max_kmh": np.where(np.isfinite(most), most, np.nan),
        "night_share": _mean(pairs, history.night[pairs.row] & pairs.stands, pairs.stands, size),
        "zone_limit_mean_kmh": _mean(pairs, np.where(placed, limit, 0.0), placed, size),
    }


def _mean(
    pairs: Pairs, value: NDArray[np.generic], counted: NDArray[np.bool_], size: int
) -> Floats:
    total, count = _summed(pairs, value, size), _summed(pairs, counted, size)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _standing(instants: Instants) -> dict[str, Floats]:
    """What does not come from infractions: how long watched, experience, licence, season."""
    begin = np.fmax(instants.licensed_s, instants.observed_since_s)
    observed = np.clip(instants.at_s - begin, 0.0, LOOKBACK_S) / YEAR_S
    angle = 2.0 * np.pi * (instants.at_s % (365.25 * DAY_S)) / (365.25 * DAY_S)
    known = instants.licence >= 0
    return {
        "observed_years": observed,
        "experience_years": (instants.at_s - instants.licensed_s) / YEAR_S,
        **{
            f"licence_{name.lower().replace('-', '_')}": np.where(
                known, (instants.licence == index).astype(np.float64), np.nan
            )
            for index, name in enumerate(LICENCES)
        },
        "season_sin": np.sin(angle),
        "season_cos": np.cos(angle),
    }
