"""A month's sums as what people ask for: shares with intervals, ranks, rates before and after.

Plain values, ready for a page, for JSON and for Parquet. It must not know how they are shown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from enforcement.precision import wilson_interval
from jobs.reporting.counting import STANDING, Spans

_OFFENDERS = 20
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One month. Each is a list of rows; names are those of the Parquet files."""

    summary: dict[str, Any]
    by_type: Rows
    by_zone: Rows
    by_hour: Rows
    by_day: Rows
    cameras: Rows
    offenders: Rows
    recidivism: dict[str, Any]
    fines: Rows
    before_after: Rows


def figures(
    sums: pa.Table,
    spans: Spans,
    *,
    zones: Mapping[str, str],
    cameras: Mapping[str, str],
    simulated: Collection[str] = (),
) -> Figures:
    """Everything from one table of sums. zones, cameras: names by id. simulated: ids of those made up."""
    of = {name: _of(sums, name) for name in pc.unique(sums["measure"]).to_pylist()}
    by_type = _by_status(of.get("type", []), "type", {})
    return Figures(
        summary=_summary(by_type) | {"simulated": _at(of.get("place", []), simulated)},
        by_type=by_type,
        by_zone=_by_status(of.get("zone", []), "zone_id", zones),
        by_hour=[
            {"hour": int(a), "day_of_week": int(b), "infractions": n}
            for a, b, n, _ in sorted(
                of.get("hour", []), key=lambda row: (row[1] or "", int(row[0] or 0))
            )
            if a is not None and b is not None
        ],
        by_day=sorted(_by_status(of.get("day", []), "day", {}), key=lambda row: row["day"]),
        cameras=_cameras(of.get("camera", []), cameras, spans),
        offenders=_offenders(sums),
        recidivism=_recidivism(sums),
        fines=_fines(of.get("fine", [])),
        before_after=_before_after(of.get("compared", []), spans, cameras),
    )


def _of(sums: pa.Table, measure: str) -> list[tuple[Any, ...]]:
    # Vehicles are many, and are never turned into Python objects all at once.
    if measure in ("offender", "earlier"):
        return []
    some = sums.filter(pc.equal(sums["measure"], measure))
    return list(zip(*(some[name].to_pylist() for name in ("a", "b", "n", "value")), strict=True))


def _summary(by_type: Rows) -> dict[str, Any]:
    total = {
        key: sum(row[key] for row in by_type)
        for key in ("infractions", "standing", "rejected", "pending")
    }
    return {
        **total,
        **_share("precision", total["standing"], total["standing"] + total["rejected"]),
    }


def _at(rows: list[tuple[Any, ...]], places: Collection[str]) -> int:
    """Infractions of those zones and cameras."""
    return sum(n for zone, camera, n, _ in rows if zone in places or camera in places)


def _by_status(rows: list[tuple[Any, ...]], key: str, names: Mapping[str, str]) -> Rows:
    counts: dict[Any, Counter[str]] = defaultdict(Counter)
    for a, status, n, _ in rows:
        counts[a][status] += n
    found = []
    for a, by_status in counts.items():
        row = {key: a, **({"name": names.get(a, a)} if names or key.endswith("_id") else {})}
        found.append({**row, **_statuses(by_status)})
    # Ties in one order, so that the same rows make the same report.
    return sorted(found, key=lambda row: (-row["infractions"], str(row[key])))


def _statuses(by_status: Counter[str]) -> dict[str, int]:
    return {
        "infractions": by_status.total(),
        "standing": sum(by_status[status] for status in STANDING),
        "rejected": by_status["rejected"],
        "pending": by_status["pending"],
    }


def _cameras(rows: list[tuple[Any, ...]], names: Mapping[str, str], spans: Spans) -> Rows:
    days = (spans.month.high - spans.month.low).days
    found = []
    for row in _by_status(rows, "device_id", names):
        if row["device_id"] is not None:
            judged = row["standing"] + row["rejected"]
            share = _share("precision", row["standing"], judged)
            found.append({**row, "per_day": round(row["infractions"] / days, 2), **share})
    return found


def _offenders(sums: pa.Table) -> Rows:
    some = sums.filter(pc.equal(sums["measure"], "offender"))
    order = pc.select_k_unstable(
        some, k=min(_OFFENDERS, some.num_rows), sort_keys=[("n", "descending"), ("a", "ascending")]
    )
    return [
        {"plate": row["a"], "infractions": row["n"], "max_speed_excess_kmh": row["value"]}
        for row in some.take(order).to_pylist()
    ]


def _recidivism(sums: pa.Table) -> dict[str, Any]:
    """Vehicles with a standing infraction in the month, and those of them that had one in the year before."""
    month = sums.filter(pc.equal(sums["measure"], "offender")).select(["a", "n"])
    before = sums.filter(pc.equal(sums["measure"], "earlier")).select(["a"])
    again = month.join(before, keys="a", join_type="left semi").num_rows
    several = pc.sum(pc.greater(month["n"], 1).cast(pa.int64())).as_py() or 0
    return {
        "vehicles": month.num_rows,
        "had_one_before": again,
        "several_in_the_month": several,
        **_share("share", again, month.num_rows),
    }


def _fines(rows: list[tuple[Any, ...]]) -> Rows:
    found: dict[str, dict[str, Any]] = {}
    for kind, of_type, n, amount in rows:
        row = found.setdefault(of_type, {"type": of_type})
        row[kind] = n
        row[f"{kind}_soles"] = round(amount or 0.0, 2)
    columns = [f"{kind}{end}" for kind in ("issued", "paid", "appealed") for end in ("", "_soles")]
    whole = [{"type": row["type"], **{c: row.get(c, 0) for c in columns}} for row in found.values()]
    return sorted(whole, key=lambda row: (-row["issued"], row["type"]))


def _before_after(rows: list[tuple[Any, ...]], spans: Spans, names: Mapping[str, str]) -> Rows:
    """Standing infractions per day at each camera before and after, and their ratio with its 95 % interval.

    Counts are taken as Poisson: given the sum, the share that lies after is binomial, whose exact
    (Clopper-Pearson) interval gives that of the ratio of rates.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for camera, side, n, _ in rows:
        if camera is not None:
            counts[camera][side] += n
    found = []
    for camera, sides in sorted(counts.items()):
        before = spans.before.get(camera, spans.previous)
        after = spans.after.get(camera, spans.month)
        days = [(span.high - span.low).total_seconds() / 86_400 for span in (before, after)]
        ratio, low, high = rate_ratio(sides["before"], days[0], sides["after"], days[1])
        found.append(
            {
                "device_id": camera, "name": names.get(camera, camera),
                "change_given": camera in spans.before,
                "before": sides["before"], "before_days": round(days[0], 2),
                "after": sides["after"], "after_days": round(days[1], 2),
                "ratio": ratio, "low": low, "high": high,
            }
        )  # fmt: skip
    return found


def rate_ratio(
    before: int, before_days: float, after: int, after_days: float
) -> tuple[float | None, float | None, float | None]:
    """Rate after ÷ rate before, and its exact interval at 95 %; None where it has no bound."""
    total = before + after
    if not total:
        return None, None, None
    interval = stats.binomtest(after, total).proportion_ci(0.95, method="exact")
    scale = before_days / after_days
    ratio = after / before * scale if before else None
    low = interval.low / (1 - interval.low) * scale if interval.low < 1 else None
    high = interval.high / (1 - interval.high) * scale if interval.high < 1 else None
    return ratio, low, high


def _share(name: str, some: int, of: int) -> dict[str, float | None]:
    interval = wilson_interval(some, of)
    if interval is None:
        return {name: None, "low": None, "high": None}
    return {name: some / of, "low": interval[0], "high": interval[1]}
