"""Weeks of driving: infractions and accidents of many drivers at once, and the state needed for the truth.

At most one infraction and one accident per driver and week. It must not know rows or features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.driver_model import (
    AT_HOME,
    DANGER_WEEKS,
    EXCESS_FROM_KMH,
    EXCESS_MEAN_KMH,
    HABITS,
    TYPE_SHARE,
    WEEK_S,
    ZONE_RATE,
    Drivers,
    Floats,
    Ints,
    accident_rate,
    danger_after,
    draw_drivers,
    known_rate,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """(e,) columns of infractions, ordered by driver and time.

    week: index of the week. at_s: seconds since 1970. known: known_rate of that week. quiet: sum of
    known_rate over the driver's weeks without infraction before it. danger_before: at the week's beginning.
    danger, last_excess: after it.
    """

    driver: Ints
    week: Ints
    at_s: Floats
    kind: Ints
    zone: Ints
    excess_kmh: Floats
    known: Floats
    quiet: Floats
    danger_before: Floats
    danger: Floats
    last_excess: Floats

    def __len__(self) -> int:
        return int(self.driver.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What happened. accident_driver, accident_s: (a,) ordered by time."""

    drivers: Drivers
    begin_s: float
    weeks: int
    events: Events
    accident_driver: Ints
    accident_s: Floats


@dataclass(slots=True)
class State:
    """(n,) columns that a week changes. since: weeks since the last infraction, inf never."""

    since: Floats
    quiet: Floats
    danger: Floats
    last_excess: Floats

    @classmethod
    def new(cls, count: int) -> State:
        """Of drivers without a past."""
        return cls(
            since=np.full(count, np.inf),
            quiet=np.zeros(count),
            danger=np.zeros(count),
            last_excess=np.full(count, np.nan),
        )


def drive(
    *, count: int, weeks: int, begin_s: float, seed: int, tick: Callable[[], None] = lambda: None
) -> Driven:
    """`weeks` weeks of `count` drivers from begin_s on; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    drivers = draw_drivers(rng, count, end_s=begin_s + weeks * WEEK_S)
    state = State.new(count)
    infractions, accidents = [], []
    for week in range(weeks):
        found, hurt = step(rng, drivers, state, begin_s + week * WEEK_S)
        found["week"] = np.full(len(found["driver"]), week)
        infractions.append(found)
        accidents.append((hurt, begin_s + (week + rng.random(len(hurt))) * WEEK_S))
        tick()
    joined = {name: np.concatenate([one[name] for one in infractions]) for name in Events.__slots__}
    order = np.lexsort((joined["at_s"], joined["driver"]))
    return Driven(
        drivers=drivers,
        begin_s=begin_s,
        weeks=weeks,
        events=Events(**{name: column[order] for name, column in joined.items()}),
        accident_driver=np.concatenate([one for one, _ in accidents]),
        accident_s=np.concatenate([at for _, at in accidents]),
    )


def step(
    rng: np.random.Generator, drivers: Drivers, state: State, week_s: Floats | float
) -> tuple[dict[str, NDArray[np.generic]], Ints]:
    """One week: infractions as columns (all of Events but week) and drivers with an accident."""
    known = known_rate(drivers, week_s, state.since)
    rate = known * HABITS[drivers.habit] * ZONE_RATE[drivers.home]
    hit = np.flatnonzero(rng.random(len(drivers)) < -np.expm1(-rate))
    hurt = np.flatnonzero(
        rng.random(len(drivers)) < -np.expm1(-accident_rate(drivers, week_s, state.danger))
    )
    quiet_before, danger_before = state.quiet[hit], state.danger[hit]
    quiet = known.copy()
    quiet[hit] = 0.0
    state.quiet += quiet
    gap = state.since[hit]
    state.since += 1.0
    state.danger *= np.exp(-1.0 / DANGER_WEEKS)
    kind, zone, excess = marks(rng, drivers.habit[hit], drivers.home[hit])
    state.danger[hit] = danger_after(state.danger[hit], kind, excess, gap, state.last_excess[hit])
    state.last_excess[hit] = np.where(np.isfinite(excess), excess, state.last_excess[hit])
    state.since[hit] = 0.0
    # The first event of a Poisson process within the week, given that there is one.
    share = -np.log1p(-rng.random(len(hit)) * -np.expm1(-rate[hit])) / rate[hit]
    return {
        "driver": hit,
        "at_s": np.broadcast_to(week_s, len(drivers))[hit] + share * WEEK_S,
        "kind": kind,
        "zone": zone,
        "excess_kmh": excess,
        "known": known[hit],
        "quiet": quiet_before,
        "danger_before": danger_before,
        "danger": state.danger[hit],
        "last_excess": state.last_excess[hit],
    }, hurt


def marks(rng: np.random.Generator, habit: Ints, home: Ints) -> tuple[Ints, Ints, Floats]:
    """Type, zone and excess over the limit (NaN unless speeding) of infractions."""
    count = len(habit)
    kind = (rng.random(count)[:, None] > np.cumsum(TYPE_SHARE[habit], axis=1)).sum(axis=1)
    kind = kind.clip(max=TYPE_SHARE.shape[1] - 1).astype(np.int64)
    other = (home + rng.integers(1, len(ZONE_RATE), count)) % len(ZONE_RATE)
    zone = np.where(rng.random(count) < AT_HOME, home, other)
    excess = EXCESS_FROM_KMH + rng.exponential(EXCESS_MEAN_KMH[habit])
    return kind, zone, np.where(kind == 0, excess, np.nan)
