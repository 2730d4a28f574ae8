"""The generator's own probability at an instant: the best forecast that the record allows.

Habit and home are weighed by what the record up to the instant says (Bayes over every combination), and
the future is the model's own: in closed form for infractions, averaged over simulated futures for
accidents. No model that sees the same record can do better. It must not know rows or features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.driver_model import (
    AT_HOME,
    EXCESS_FROM_KMH,
    EXCESS_MEAN_KMH,
    HABIT_SHARE,
    HABITS,
    TYPE_SHARE,
    WEEK_S,
    ZONE_RATE,
    Drivers,
    Floats,
    Ints,
    accident_rate,
    known_rate,
)
from simulation.driving import Driven, State, step

_ZONES = len(ZONE_RATE)
_CLASSES = len(HABITS) * _ZONES
_RATE = (HABITS[:, None] * ZONE_RATE[None, :]).reshape(-1)
_HORIZON_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What lies ahead of instants right after events. weeks: (m, 53) beginnings, share: how much of each
    lies within the horizon, since: weeks since the last infraction if none comes,
    left: (m,) what is left of the event's own week."""

    weeks_s: Floats
    share: Floats
    since: Floats
    left: Floats


def recidivism(driven: Driven, events: Ints) -> Floats:
    """(m,) P(another infraction within 365 days) right after each of the events, by index."""
    ahead = _ahead(driven, events)
    drivers = driven.drivers.take(driven.events.driver[events])
    known = known_rate(drivers, ahead.weeks_s, ahead.since) * ahead.share
    none = np.exp(-known.sum(axis=1)[:, None] * _RATE[None, :])
    return np.asarray(1.0 - (posterior(driven, events) * none).sum(axis=1))


def accidents(driven: Driven, events: Ints, *, seed: int, futures: int = 48) -> Floats:
    """(m,) P(an accident within 365 days) right after each of the events, over simulated futures."""
    rng = np.random.default_rng(seed)
    ahead = _ahead(driven, events)
    weights = np.cumsum(posterior(driven, events), axis=1)
    total = np.zeros(len(events))
    source = driven.events
    for _ in range(futures):
        drawn = (rng.random(len(events))[:, None] > weights).sum(axis=1).clip(max=_CLASSES - 1)
        drivers = driven.drivers.take(source.driver[events])
        drivers.habit[:], drivers.home[:] = drawn // _ZONES, drawn % _ZONES
        state = State.new(len(events))
        state.since[:] = 0.0
        state.danger[:] = source.danger[events]
        state.last_excess[:] = source.last_excess[events]
        own = accident_rate(drivers, ahead.weeks_s[:, 0] - WEEK_S, source.danger_before[events])
        total += -np.expm1(-own * ahead.left - _hazard(rng, drivers, state, ahead))
    return np.asarray(total / futures)


def _hazard(rng: np.random.Generator, drivers: Drivers, state: State, ahead: Ahead) -> Floats:
    """(m,) accident rates added up over one future each. All weeks are stepped together, by calendar."""
    hazard = np.zeros(len(ahead.weeks_s))
    for column in range(ahead.weeks_s.shape[1]):
        week_s = ahead.weeks_s[:, column]
        hazard += ahead.share[:, column] * accident_rate(drivers, week_s, state.danger)
        step(rng, drivers, state, week_s)
    return hazard


def posterior(driven: Driven, events: Ints) -> Floats:
    """(m, classes) probability of each habit and home given the record up to and with each event."""
    source = driven.events
    habit, home = np.divmod(np.arange(_CLASSES), _ZONES)
    prior = np.log(HABIT_SHARE[habit] / _ZONES)
    told = np.log(-np.expm1(-source.known[:, None] * _RATE[None, :]))
    told += np.log(TYPE_SHARE[habit][:, source.kind].T)
    away = np.log((1.0 - AT_HOME) / (_ZONES - 1))
    told += np.where(source.zone[:, None] == home[None, :], np.log(AT_HOME), away)
    mean = EXCESS_MEAN_KMH[habit][None, :]
    over = (source.excess_kmh - EXCESS_FROM_KMH)[:, None]
    told += np.where(np.isfinite(over), -over / mean - np.log(mean), 0.0)
    summed = np.cumsum(told, axis=0)
    first = np.searchsorted(source.driver, source.driver[events], side="left")
    before = np.where(first[:, None] > 0, summed[np.maximum(first - 1, 0)], 0.0)
    log = prior + summed[events] - before - source.quiet[events][:, None] * _RATE[None, :]
    log -= log.max(axis=1, keepdims=True)
    weight = np.exp(log)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _ahead(driven: Driven, events: Ints) -> Ahead:
    source = driven.events
    week = source.week[events]
    left_days = 7.0 * (source.at_s[events] - driven.begin_s - week * WEEK_S) / WEEK_S
    steps = np.arange(1, 54)
    reach_days = left_days + _HORIZON_DAYS - 7.0 * steps[:, None]
    return Ahead(
        weeks_s=np.asarray(driven.begin_s + (week[:, None] + steps[None, :]) * WEEK_S),
        share=np.clip(reach_days.T / 7.0, 0.0, 1.0),
        since=np.broadcast_to(steps[None, :] - 1.0, (len(events), 53)),
        left=1.0 - left_days / 7.0,
    )
