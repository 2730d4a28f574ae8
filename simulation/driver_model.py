"""Who the simulated drivers are and what drives them: the causal structure, as numbers.

Everything here is invented; the shape is documented in docs/ml.md. An infraction's weekly rate is

    BASE × exposure(licence) × novice(experience) × season(month) × recency(weeks since the last)
         × habit × zone

The first line's factors can be known from records; habit (never seen) and home zone (seen only through
where infractions happen) cannot, so the best possible forecast weighs every habit and home by what the
record says. It must not know rows or features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY_S: Final = 86_400.0
WEEK_S: Final = 7 * DAY_S

BASE_PER_WEEK: Final = 0.0017
NOVICE_GAIN, NOVICE_YEARS = 0.8, 2.0

LICENCE_SHARE: Final = np.array([0.66, 0.24, 0.10])
"""A-I private, A-II taxi and small carriers, A-III buses and trucks."""
EXPOSURE: Final = np.array([1.0, 2.6, 2.2])
RECENCY_WEEKS: Final = 40.0
RECENCY_GAIN: Final = np.array([4.0, -0.85, -0.85])
"""By licence. Who drives in a hurry for private reasons soon does it again; who lives from the licence is
careful for a while."""

HABITS: Final = np.array([0.35, 1.0, 2.6, 6.0])
HABIT_SHARE: Final = np.array([0.42, 0.38, 0.15, 0.05])
TYPE_SHARE: Final = np.array(
    [
        # speed, red light, lane, seat belt, telephone, other
        [0.38, 0.10, 0.22, 0.12, 0.10, 0.08],
        [0.42, 0.13, 0.19, 0.10, 0.10, 0.06],
        [0.50, 0.17, 0.13, 0.07, 0.09, 0.04],
        [0.58, 0.21, 0.08, 0.05, 0.06, 0.02],
    ]
)
"""By habit."""
EXCESS_MEAN_KMH: Final = np.array([7.0, 10.0, 16.0, 24.0])
EXCESS_FROM_KMH: Final = 5.0

ZONE_LIMIT_KMH: Final = np.array([30.0, 30.0, 50.0, 50.0, 60.0, 60.0, 80.0, 80.0])
ZONE_RATE: Final = np.array([0.65, 0.65, 1.0, 1.0, 1.35, 1.35, 1.8, 1.8])
AT_HOME: Final = 0.8

SEASON: Final = np.array([1.15, 1.10, 0.95, 0.9, 0.95, 0.9, 1.05, 1.0, 0.95, 0.95, 0.95, 1.15])
"""By month; summer and the year's end are busier."""

ACCIDENT_PER_WEEK: Final = 0.0004
DANGER_WEEKS: Final = 60.0
DANGER_MOST: Final = 30.0
DANGER_OF_TYPE: Final = np.array([1.2, 2.2, 0.7, 0.3, 1.6, 0.5])
CLUSTER_WEEKS: Final = 9.0
"""An infraction so soon after the one before weighs CLUSTER_GAIN more: order matters, not the count."""
CLUSTER_GAIN: Final = 2.0
ESCALATION_GAIN: Final = 1.5
"""So does speed that has risen since the last speeding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """(n,) columns. born_s, licensed_s: seconds since 1970. female: bool. habit, home: latent classes."""

    born_s: Floats
    female: NDArray[np.bool_]
    licence: Ints
    licensed_s: Floats
    habit: Ints
    home: Ints

    def __len__(self) -> int:
        return int(self.licence.shape[0])

    def take(self, rows: Ints) -> Drivers:
        """Some of them, or one of them several times."""
        return Drivers(**{name: getattr(self, name)[rows] for name in self.__slots__})


def draw_drivers(rng: np.random.Generator, count: int, *, end_s: float) -> Drivers:
    """Drivers of all ages; some got their licence while the cameras were already there.

    Age and sex act only through licence and experience, never by themselves.
    """
    year_s = 365.25 * 86_400.0
    age_years = 18.2 + rng.gamma(2.2, 9.5, count).clip(max=57.0)
    born_s = end_s - age_years * year_s
    female = rng.random(count) < 0.36
    waited = rng.exponential(3.5, count).clip(max=25.0)
    licensed_s = np.minimum(born_s + (18.05 + waited) * year_s, end_s - 0.1 * year_s)
    # Fewer women drive for a living, here as in the registers.
    share = np.where(female[:, None], [0.86, 0.11, 0.03], LICENCE_SHARE[None, :])
    licence = (rng.random(count)[:, None] > np.cumsum(share, axis=1)).sum(axis=1).clip(max=2)
    return Drivers(
        born_s=born_s,
        female=female,
        licence=licence.astype(np.int64),
        licensed_s=licensed_s,
        habit=rng.choice(len(HABITS), count, p=HABIT_SHARE),
        home=rng.integers(0, len(ZONE_RATE), count),
    )


def months_of(week_s: Floats) -> Ints:
    """Month of the year, 0..11, of instants in seconds since 1970."""
    days = week_s.astype("datetime64[s]")
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12)


def known_rate(drivers: Drivers, week_s: Floats | float, since_weeks: Floats) -> Floats:
    """Weekly rate without habit and zone: what records can tell; 0 before the licence.

    week_s: beginning of the week, seconds since 1970: one, (n,), or (n, weeks). since_weeks: since the
    last infraction, inf never; of the same shape.
    """
    at = np.asarray(week_s, dtype=np.float64)
    licensed_s, exposure = drivers.licensed_s, EXPOSURE[drivers.licence]
    gain = RECENCY_GAIN[drivers.licence]
    if at.ndim == 2:
        licensed_s, exposure, gain = licensed_s[:, None], exposure[:, None], gain[:, None]
    recency = 1.0 + gain * np.exp(-since_weeks / RECENCY_WEEKS)
    active = at >= licensed_s
    rate = BASE_PER_WEEK * exposure * _novice(at - licensed_s) * SEASON[months_of(at)] * recency
    return np.asarray(np.where(active, rate, 0.0))


def accident_rate(drivers: Drivers, week_s: Floats | float, danger: Floats) -> Floats:
    """Weekly rate of accidents; danger: what recent infractions have added up to. (n,)."""
    at = np.asarray(week_s, dtype=np.float64)
    rate = ACCIDENT_PER_WEEK * EXPOSURE[drivers.licence] * _novice(at - drivers.licensed_s)
    rate = rate * SEASON[months_of(at)] * (1.0 + danger)
    return np.asarray(np.where(at >= drivers.licensed_s, rate, 0.0))


def _novice(driven_s: Floats) -> Floats:
    years = np.maximum(driven_s, 0.0) / (365.25 * 86_400.0)
    return np.asarray(1.0 + NOVICE_GAIN * np.exp(-years / NOVICE_YEARS))


def danger_after(
    danger: Floats, kind: Ints, excess: Floats, gap_weeks: Floats, last_excess: Floats
) -> Floats:
    """Danger once an infraction was added. excess: km/h, NaN where speed is not the matter."""
    fast = np.nan_to_num(excess)
    shot = DANGER_OF_TYPE[kind] * (1.0 + fast / 25.0)
    shot = shot * (1.0 + CLUSTER_GAIN * (gap_weeks <= CLUSTER_WEEKS))
    risen = np.isfinite(excess) & np.isfinite(last_excess) & (excess > last_excess + 3.0)
    total = danger + shot * (1.0 + ESCALATION_GAIN * risen)
    return np.asarray(np.minimum(total, DANGER_MOST))
