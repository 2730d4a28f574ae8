"""Simulated drivers and their records as columns of the tables they are kept in, each marked simulated.

It must not know how they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from enforcement.risk_history import SEVERITIES, TYPES, Floats, Ints
from simulation.driver_model import ZONE_LIMIT_KMH
from simulation.driver_records import Records
from simulation.driving import Driven

SOURCE: Final = "simulated"
_CATEGORIES: Final = np.array(["A-I", "A-IIa", "A-IIIb"])
_NOWHERE: Final = "simulated://none"
"""There is no picture of what never happened."""


def tables(
    driven: Driven,
    records: Records,
    *,
    seed: int,
    plates: dict[int, str],
    known: Set[str] = frozenset(),
) -> Iterator[tuple[str, pa.Table]]:
    """(table, its columns), in an order that foreign keys allow.

    plates: of some drivers, by index. known: vehicles that have their row already.
    """
    names = _Names(len(driven.drivers), seed, plates)
    yield "zones", _zones(seed)
    yield "drivers", _drivers(driven, records, names)
    vehicles = _vehicles(records, names, len(driven.drivers))
    yield "vehicles", vehicles.filter(pa.array([one not in known for one in names.plate]))
    yield "infractions", _infractions(records, names)
    yield "infraction_transitions", _transitions(records, names)
    yield "accidents", _accidents(driven, names)


def zone_id(seed: int, zone: int) -> str:
    """Name of a simulated zone."""
    return f"SIM{seed}-Z{zone + 1}"


class _Names:
    """Keys of simulated people and things; nobody could take them for real ones."""

    def __init__(self, count: int, seed: int, plates: dict[int, str]) -> None:
        self.seed = seed
        self.dni = np.array([f"SIM{seed}-{n:07d}" for n in range(count)])
        self.plate = np.array(
            [plates.get(n, f"SIM{seed}-{n:07d}") for n in range(count)], dtype=object
        )

    def infraction(self, count: int) -> list[str]:
        return [f"51300000-0000-4000-8000-{self.seed % 10_000:04d}{n:08x}" for n in range(count)]


def _mark(count: int, seed: int) -> pa.Array:
    return pa.array([f'{{"simulated": true, "seed": {seed}}}'] * count)


def _instants(seconds: Floats) -> pa.Array:
    """Seconds since 1970 as instants, null where not finite."""
    known = np.isfinite(seconds)
    micro = (np.where(known, seconds, 0.0) * 1e6).astype(np.int64)
    return pa.array(micro, mask=~known).cast(pa.timestamp("us", tz="UTC"))


def _days(seconds: Floats) -> pa.Array:
    return pa.array((seconds // 86_400.0).astype(np.int32)).cast(pa.date32())


def _numbers(values: Floats) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _zones(seed: int) -> pa.Table:
    count = len(ZONE_LIMIT_KMH)
    return pa.table(
        {
            "id": [zone_id(seed, n) for n in range(count)],
            "name": [f"Zona simulada {n + 1}" for n in range(count)],
            "speed_limit": ZONE_LIMIT_KMH.astype(np.int64),
            "description": ["simulated"] * count,
        }
    )


def _drivers(driven: Driven, records: Records, names: _Names) -> pa.Table:
    people, count = driven.drivers, len(driven.drivers)
    stands = np.isfinite(records.verdict_s) & np.isinf(records.ended_s)
    who = records.driver[stands]
    last = np.full(count, -np.inf)
    np.maximum.at(last, who, records.detected_s[stands])
    serious = np.bincount(records.driver[stands & (records.severity >= 1)], minlength=count)
    end_s = driven.begin_s + driven.weeks * 7 * 86_400.0
    years = np.floor((end_s - people.licensed_s) / (365.25 * 86_400.0)).astype(np.int64)
    return pa.table(
        {
            "dni": names.dni,
            "full_name": [f"Conductor simulado {n}" for n in range(count)],
            "license_category": _CATEGORIES[people.licence],
            "license_issued_date": _days(people.licensed_s),
            "birth_date": _days(people.born_s),
            "gender": np.where(people.female, "F", "M"),
            "driving_experience_years": np.maximum(years, 0),
            "total_infractions": np.bincount(who, minlength=count),
            "serious_infractions": serious,
            "last_infraction_date": _instants(last),
            "metadata": _mark(count, names.seed),
        }
    )


def _vehicles(records: Records, names: _Names, count: int) -> pa.Table:
    stands = np.isfinite(records.verdict_s) & np.isinf(records.ended_s)
    last = np.full(count, -np.inf)
    np.maximum.at(last, records.driver[stands], records.detected_s[stands])
    return pa.table(
        {
            "plate": pa.array(names.plate.tolist()),
            "owner_dni": names.dni,
            "vehicle_type": ["car"] * count,
            "total_infractions": np.bincount(records.driver[stands], minlength=count),
            "last_infraction_date": _instants(last),
            "metadata": _mark(count, names.seed),
        }
    )


def status_of(records: Records) -> NDArray[np.str_]:
    """(n,) status at the end."""
    found = np.where(np.isfinite(records.verdict_s), "rejected", "pending").astype("<U9")
    found[records.validated] = "validated"
    found[np.isfinite(records.paid_s)] = "paid"
    found[np.isfinite(records.cancelled_s)] = "cancelled"
    return found


def _infractions(records: Records, names: _Names) -> pa.Table:
    count = len(records)
    keys = [f"SIM{names.seed}-{n:08d}" for n in range(count)]
    limit = records.limit_kmh
    paid = np.isfinite(records.paid_s)
    return pa.table(
        {
            "id": names.infraction(count),
            "infraction_code": keys,
            "idempotency_key": keys,
            "type": np.array(TYPES)[records.kind],
            "severity": np.array(SEVERITIES)[records.severity],
            "zone_id": np.array([zone_id(names.seed, z) for z in range(len(ZONE_LIMIT_KMH))])[
                records.zone
            ],
            "plate": pa.array(names.plate[records.driver].tolist()),
            "driver_dni": names.dni[records.driver],
            "detected_speed": _numbers(limit + records.excess_kmh),
            "speed_limit": limit,
            "violation_details": ['{"simulated": true}'] * count,
            "video_url": [_NOWHERE] * count,
            "snapshot_url": [_NOWHERE] * count,
            "confidence_score": np.full(count, 0.95),
            "detected_at": _instants(records.detected_s),
            "status": status_of(records),
            "validated_at": _instants(records.verdict_s),
            "fine_issued": records.validated,
            "fine_paid": paid,
            "fine_paid_at": _instants(records.paid_s),
            "metadata": _mark(count, names.seed),
        }
    )


def _transitions(records: Records, names: _Names) -> pa.Table:
    """Verdicts, payments and cancellations, in their order."""
    ids = np.array(names.infraction(len(records)))
    first = np.where(records.validated, "validated", "rejected")
    steps = [
        (records.verdict_s, np.full(len(records), "pending"), first, 2),
        (records.paid_s, first, np.full(len(records), "paid"), 3),
        (records.cancelled_s, first, np.full(len(records), "cancelled"), 3),
    ]
    parts = []
    for at_s, source, target, version in steps:
        happened = np.isfinite(at_s)
        parts.append(
            pa.table(
                {
                    "infraction_id": ids[happened],
                    "from_status": source[happened],
                    "to_status": target[happened],
                    "username": [SOURCE] * int(happened.sum()),
                    "version": np.full(int(happened.sum()), version),
                    "created_at": _instants(at_s[happened]),
                }
            )
        )
    return pa.concat_tables(parts)


def _accidents(driven: Driven, names: _Names) -> pa.Table:
    count = len(driven.accident_driver)
    return pa.table(
        {
            "source": [SOURCE] * count,
            "external_id": [f"SIM{names.seed}-{n:07d}" for n in range(count)],
            "occurred_at": _instants(driven.accident_s),
            "driver_dni": names.dni[driven.accident_driver],
            "plate": pa.array(names.plate[driven.accident_driver].tolist()),
            "severity": ["damage"] * count,
            "metadata": _mark(count, names.seed),
        }
    )


def begin_of(until: datetime, weeks: int) -> float:
    """Beginning of the first of so many weeks that end at midnight UTC of a day, seconds since 1970."""
    end = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return end.timestamp() - weeks * 7 * 86_400.0


def plates_by_driver(plates: list[str], records: Records) -> dict[int, str]:
    """Gives plates that must be on record to the drivers with the most infractions."""
    counts = np.bincount(records.driver)
    most: Ints = np.argsort(-counts, kind="stable")
    return {int(driver): plate for driver, plate in zip(most, plates, strict=False)}
