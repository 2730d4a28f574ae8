"""What a city would have on record of the simulated drivers: detections, verdicts, payments, false alarms.

The road's truth is driving.py's; here cameras err and people review, late and not always rightly. It must
not know tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from enforcement.risk_history import History, night_of
from simulation.driver_model import DAY_S, ZONE_LIMIT_KMH, Floats, Ints
from simulation.driving import Driven, marks

FALSE_ALARMS: Final = 0.05
"""Detections beside the true ones that were none."""
FALSE_ALARM_PASSES: Final = 0.15
"""Of them, validated in error and cancelled on appeal."""
VERDICT_DAYS: Final = (2.5, 0.9)
"""Median and log-sigma of the time to a verdict."""
SEVERITY_OF_TYPE: Final = np.array([1, 2, 1, 1, 1, 0])
SPEED_IS_VERY_SERIOUS_KMH: Final = 30.0
PAID: Final = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """(n,) columns, ordered by driver and time of detection.

    event: index in Driven.events, -1 for a false alarm. verdict_s: inf while there is none by the end;
    validated: what it said. cancelled_s, paid_s: inf where never. severity: 0 light, 1 serious, 2 very.
    Times in seconds since 1970 UTC.
    """

    driver: Ints
    event: Ints
    detected_s: Floats
    kind: Ints
    zone: Ints
    excess_kmh: Floats
    severity: Ints
    verdict_s: Floats
    validated: NDArray[np.bool_]
    cancelled_s: Floats
    paid_s: Floats

    def __len__(self) -> int:
        return int(self.driver.shape[0])

    def settled(self) -> Records:
        """Without those that still wait for a verdict."""
        kept = np.isfinite(self.verdict_s)
        return Records(**{name: getattr(self, name)[kept] for name in self.__slots__})

    def history(self) -> History:
        """The same as the risk models see it; subjects are the drivers."""
        return History(
            subject=self.driver,
            detected_s=self.detected_s,
            known_s=self.verdict_s,
            ended_s=self.ended_s,
            kind=self.kind,
            severity=self.severity,
            excess_kmh=self.excess_kmh,
            limit_kmh=self.limit_kmh,
            night=night_of(self.detected_s),
        )

    @property
    def limit_kmh(self) -> Floats:
        """(n,) of the zone."""
        return np.asarray(ZONE_LIMIT_KMH[self.zone])

    @property
    def ended_s(self) -> Floats:
        """(n,) from when on it does not stand: rejected or cancelled."""
        return np.asarray(np.where(self.validated, self.cancelled_s, self.verdict_s))


def record(driven: Driven, *, seed: int) -> Records:
    """What is on record at the end of the simulated weeks; the same seed gives the same."""
    rng = np.random.default_rng([seed, 1])
    true = driven.events
    alarms = _false_alarms(rng, driven)
    columns = {
        "driver": np.concatenate([true.driver, alarms["driver"]]),
        "event": np.concatenate([np.arange(len(true)), np.full(len(alarms["driver"]), -1)]),
        "detected_s": np.concatenate([true.at_s, alarms["detected_s"]]),
        "kind": np.concatenate([true.kind, alarms["kind"]]),
        "zone": np.concatenate([true.zone, alarms["zone"]]),
        "excess_kmh": np.concatenate([true.excess_kmh, alarms["excess_kmh"]]),
    }
    order = np.lexsort((columns["detected_s"], columns["driver"]))
    columns = {name: column[order] for name, column in columns.items()}
    return Records(**columns, **_aftermath(rng, columns, driven))


def _false_alarms(rng: np.random.Generator, driven: Driven) -> dict[str, NDArray[Any]]:
    count = rng.poisson(FALSE_ALARMS * len(driven.events))
    driver = rng.integers(0, len(driven.drivers), count)
    kind, zone, excess = marks(rng, driven.drivers.habit[driver], driven.drivers.home[driver])
    span = driven.weeks * 7 * DAY_S
    return {
        "driver": driver,
        "detected_s": driven.begin_s + rng.random(count) * span,
        "kind": kind,
        "zone": zone,
        "excess_kmh": excess,
    }


def _aftermath(
    rng: np.random.Generator, columns: dict[str, NDArray[Any]], driven: Driven
) -> dict[str, NDArray[Any]]:
    count = len(columns["driver"])
    end_s = driven.begin_s + driven.weeks * 7 * DAY_S
    false = columns["event"] < 0
    waited = np.exp(np.log(VERDICT_DAYS[0]) + VERDICT_DAYS[1] * rng.standard_normal(count))
    verdict_s = columns["detected_s"] + waited * DAY_S
    validated = ~false | (rng.random(count) < FALSE_ALARM_PASSES)
    appealed_s = verdict_s + (15.0 + 45.0 * rng.random(count)) * DAY_S
    paid_s = verdict_s + rng.exponential(20.0, count) * DAY_S
    paid = validated & ~false & (rng.random(count) < PAID)
    very = np.nan_to_num(columns["excess_kmh"]) > SPEED_IS_VERY_SERIOUS_KMH
    known = verdict_s <= end_s

    def by_the_end(at_s: Floats, happens: NDArray[np.bool_]) -> Floats:
        return np.where(happens & (at_s <= end_s), at_s, np.inf)

    return {
        "severity": np.where(very, 2, SEVERITY_OF_TYPE[columns["kind"]]),
        "verdict_s": by_the_end(verdict_s, known),
        "validated": validated & known,
        "cancelled_s": by_the_end(appealed_s, false & validated),
        "paid_s": by_the_end(paid_s, paid),
    }
