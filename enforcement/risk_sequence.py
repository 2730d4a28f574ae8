"""The input of the accident model: the last infractions in order, and what else is known at the instant.

The same gate of time as risk_features, and the same function in training and serving. It must not know
the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from enforcement.risk_history import (
    DAY_S,
    LICENCES,
    LOOKBACK_S,
    TYPES,
    YEAR_S,
    History,
    Instants,
    chunks,
    pairs_of,
)

Tensor = NDArray[np.float32]

LENGTH: Final = 8
STEP_NAMES: Final = (
    "present",
    "years_before",
    "gap_years",
    "freshness",
    "closeness",
    *(name.lower() for name in TYPES),
    "severity",
    "excess",
    "zone_limit",
    "night",
    "undecided",
)
STATIC_NAMES: Final = (
    "observed_years",
    "experience_decades",
    "novice",
    "experience_known",
    *(f"licence_{name.lower().replace('-', '_')}" for name in LICENCES),
    "season_sin",
    "season_cos",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequences:
    """steps: (m, LENGTH, len(STEP_NAMES)) oldest first, empty steps at the front. static: (m, s)."""

    steps: Tensor
    static: Tensor

    def __len__(self) -> int:
        return int(self.steps.shape[0])

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Sequences:
        """Some of them."""
        return Sequences(steps=self.steps[rows], static=self.static[rows])


def sequences(history: History, instants: Instants) -> Sequences:
    """Model input, one per instant."""
    steps = [_steps(history, part) for part in chunks(instants)]
    empty = np.zeros((0, LENGTH, len(STEP_NAMES)), dtype=np.float32)
    return Sequences(steps=np.concatenate(steps) if steps else empty, static=_static(instants))


def _steps(history: History, instants: Instants) -> Tensor:
    pairs = pairs_of(history, instants)
    counts = np.bincount(pairs.instant, minlength=len(instants))
    place = np.arange(len(pairs.row)) - np.repeat(np.cumsum(counts) - counts, counts)
    slot = LENGTH - counts[pairs.instant] + place
    kept = slot >= 0
    instant, row, slot = pairs.instant[kept], pairs.row[kept], slot[kept]
    age_s = pairs.age_s[kept]
    out = np.zeros((len(instants), LENGTH, len(STEP_NAMES)), dtype=np.float32)
    # The gap to the one before it, of the same instant; the look-back where it is the first.
    before = np.concatenate([[np.inf], age_s[:-1]]) if len(age_s) else age_s
    first = np.concatenate([[True], np.diff(instant) != 0]) if len(age_s) else np.zeros(0, bool)
    gap_s = np.where(first, LOOKBACK_S, before - age_s)
    values = {
        "present": np.ones(len(row)),
        "years_before": age_s / YEAR_S,
        "gap_years": gap_s / YEAR_S,
        # The same two as they fade: a small network finds a curve slowly.
        "freshness": np.exp(-age_s / YEAR_S),
        "closeness": np.exp(-gap_s / (60.0 * DAY_S)),
        "severity": np.maximum(history.severity[row], 0) / 2.0,
        "excess": np.nan_to_num(history.excess_kmh[row]) / 40.0,
        "zone_limit": np.nan_to_num(history.limit_kmh[row]) / 100.0,
        "night": history.night[row],
        "undecided": ~pairs.stands[kept],
    }
    for index, name in enumerate(TYPES):
        values[name.lower()] = history.kind[row] == index
    for channel, name in enumerate(STEP_NAMES):
        out[instant, slot, channel] = values[name]
    return out


def _static(instants: Instants) -> Tensor:
    begin = np.fmax(instants.licensed_s, instants.observed_since_s)
    years = (instants.at_s - instants.licensed_s) / YEAR_S
    known = np.isfinite(years)
    angle = 2.0 * np.pi * (instants.at_s % (365.25 * 86_400.0)) / (365.25 * 86_400.0)
    columns = [
        np.clip(instants.at_s - begin, 0.0, LOOKBACK_S) / YEAR_S,
        np.where(known, years, 0.0) / 10.0,
        np.where(known, np.exp(-np.maximum(np.where(known, years, 0.0), 0.0) / 2.0), 0.0),
        known,
        *(instants.licence == index for index in range(len(LICENCES))),
        np.sin(angle),
        np.cos(angle),
    ]
    return np.column_stack(columns).astype(np.float32).reshape(len(instants), len(STATIC_NAMES))


def occlusions(given: Sequences) -> dict[str, tuple[Sequences, NDArray[np.float64]]]:
    """What the model may be asked again without: name → (input without it, (m,) how much there was).

    The difference to the full answer is that part's contribution.
    """
    at = {name: index for index, name in enumerate(STEP_NAMES)}
    present = given.steps[:, :, at["present"]] > 0
    parts: dict[str, tuple[Sequences, NDArray[np.float64]]] = {}
    for name in TYPES:
        of_type = given.steps[:, :, at[name.lower()]] > 0
        parts[f"infractions_{name.lower()}"] = _without(given, of_type)
    recent = present & (given.steps[:, :, at["years_before"]] <= 0.5)
    parts["infractions_last_half_year"] = _without(given, recent)
    parts["infractions_older"] = _without(given, present & ~recent)
    for name, channel, neutral in (
        ("speed_excess_kmh", "excess", 0.0),
        ("shortest_gap_days", "gap_years", LOOKBACK_S / YEAR_S),
    ):
        steps = given.steps.copy()
        steps[:, :, at[channel]] = np.where(present, neutral, 0.0)
        if channel == "gap_years":
            steps[:, :, at["closeness"]] = 0.0
        value = given.steps[:, :, at[channel]].astype(np.float64)
        shown = (
            value.max(axis=1) * 40.0
            if channel == "excess"
            else np.where(present, value, np.inf).min(axis=1) * 365.0
        )
        parts[name] = Sequences(steps=steps, static=given.static), shown
    unknown = given.static.copy()
    for name in ("experience_decades", "novice", "experience_known"):
        unknown[:, STATIC_NAMES.index(name)] = 0.0
    years = given.static[:, STATIC_NAMES.index("experience_decades")].astype(np.float64) * 10.0
    parts["experience_years"] = Sequences(steps=given.steps, static=unknown), years
    return parts


def _without(given: Sequences, dropped: NDArray[np.bool_]) -> tuple[Sequences, NDArray[np.float64]]:
    """The same without some steps, those left moved to the end as if the others had never been."""
    steps = np.where(dropped[:, :, None], 0.0, given.steps).astype(np.float32)
    order = np.argsort(steps[:, :, 0] > 0, axis=1, kind="stable")
    moved = np.take_along_axis(steps, order[:, :, None], axis=1)
    return Sequences(steps=moved, static=given.static), dropped.sum(axis=1).astype(np.float64)
