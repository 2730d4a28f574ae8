"""What the demo found beside what was true: a table, a summary file, a picture per infraction."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from adapters.evidence_reading import find_bundles, read_checked
from adapters.remote_files import local_path, open_place
from adapters.signing import trusted_key
from enforcement.errors import EvidenceBroken
from enforcement.evidence import TRACK
from enforcement.remeasure import remeasure
from jobs.system import System
from schema.infractions import Infraction
from simulation.scene import SimScene
from simulation.verdict_truth import TrueInfraction, infractions

NEAR_S = 6.0
"""A row belongs to a true infraction of its plate and type that happened within so long of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """Everything shown at the end."""

    summary: dict[str, Any]
    table: Table

    @property
    def perfect(self) -> bool:
        """Everything true was found, nothing was invented, every bundle verifies."""
        row = self.summary
        return bool(row["missed"] == 0 and row["invented"] == 0 and row["evidence"]["broken"] == 0)

    def add(self, name: str, part: dict[str, Any], out: Path) -> None:
        """One more part of summary.json."""
        self.summary[name] = part
        _write(self.summary, out)

    def text(self, seconds: float) -> str:
        """For the terminal."""
        console = Console(width=130)
        with console.capture() as capture:
            console.print(self.table)
        row = self.summary
        return (
            f"{capture.get()}\n"
            f"{row['found']} of {row['true']} true infractions found, {row['invented']} invented, "
            f"{row['rows']} rows, {row['evidence']['verified']} bundles verified, "
            f"{row['plates_right']} plates right, {row['plates_unread']} unread, "
            f"{row['plates_wrong']} wrong; {row['passes']} vehicles passed; {seconds:.0f} s"
        )


def report(running: System, scenes: Sequence[SimScene], out: Path) -> DemoReport:
    """Compare rows with truth, verify every stored bundle, copy the pictures, write summary.json."""
    with running.factory() as session:
        rows = list(
            session.scalars(
                select(Infraction).order_by(Infraction.device_id, Infraction.detected_at)
            )
        )
    pairs: list[tuple[SimScene, Infraction | None, TrueInfraction | None]] = []
    for scene in scenes:
        own = [row for row in rows if row.device_id == scene.camera_id]
        pairs.extend((scene, row, true) for row, true in _paired(scene, own))
    summary = _summary(running, pairs, out)
    _write(summary, out)
    return DemoReport(summary=summary, table=_table(pairs))


def _write(summary: dict[str, Any], out: Path) -> None:
    (out / "summary.json").write_text(
        json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _paired(
    scene: SimScene, rows: Sequence[Infraction]
) -> list[tuple[Infraction | None, TrueInfraction | None]]:
    """Rows with the true infractions they speak of; the same plate first, then the nearest in time."""
    open_truth = list(infractions(scene))
    pairs: list[tuple[Infraction | None, TrueInfraction | None]] = []
    for row in sorted(rows, key=lambda r: r.plate is None):
        near = [
            true
            for true in open_truth
            if true.type.value == row.type
            and abs(row.detected_at - _instant(scene, true)) <= timedelta(seconds=NEAR_S)
        ]
        same_plate = [true for true in near if _plate(scene, true) == row.plate]
        best = min(
            same_plate or near,
            key=lambda t: abs(row.detected_at - _instant(scene, t)),
            default=None,
        )
        if best is not None:
            open_truth.remove(best)
        pairs.append((row, best))
    pairs.extend((None, true) for true in open_truth)
    return pairs


def _instant(scene: SimScene, true: TrueInfraction) -> Any:
    return scene.epoch + timedelta(seconds=true.at_s)


def _plate(scene: SimScene, true: TrueInfraction) -> str:
    return next(v.plate for v in scene.vehicles if v.vehicle_id == true.vehicle_id)


def _summary(
    running: System,
    pairs: Sequence[tuple[SimScene, Infraction | None, TrueInfraction | None]],
    out: Path,
) -> dict[str, Any]:
    both = [(scene, row, true) for scene, row, true in pairs if row and true]
    right = [1 for scene, row, true in both if row.plate == _plate(scene, true)]
    unread = [1 for _, row, _ in both if row.plate is None]
    verified, broken = _verify(running)
    statuses = running.status()
    return {
        "simulated": True,
        "true": sum(true is not None for _, _, true in pairs),
        "found": len(both),
        "missed": sum(row is None for _, row, _ in pairs),
        "invented": sum(true is None for _, _, true in pairs),
        "rows": sum(row is not None for _, row, _ in pairs),
        "plates_right": len(right),
        "plates_unread": len(unread),
        "plates_wrong": len(both) - len(right) - len(unread),
        "passes": sum(one["passes"] for one in statuses["cameras"].values()),
        "evidence": {"verified": verified, "broken": broken},
        "events_delivered": statuses["relay"]["delivered"],
        "infractions": [_line(scene, row, true, out) for scene, row, true in pairs],
    }


def _verify(running: System) -> tuple[int, int]:
    """Bundles in the store whose seal and re-measurement hold, and those where they do not."""
    settings = running.settings
    place = open_place(
        settings.store_url or str(settings.local_dir / "store"), s3_endpoint=settings.s3_endpoint
    )
    good = bad = 0
    for path in find_bundles(place):
        checked = read_checked(place, path, [trusted_key(settings)])
        track = place.read(f"{path}/{TRACK}")
        try:
            holds = (
                checked.intact
                and checked.manifest is not None
                and track is not None
                and not remeasure(checked.manifest, track)
            )
        except EvidenceBroken:
            holds = False
        good, bad = good + holds, bad + (not holds)
    return good, bad


def _line(
    scene: SimScene, row: Infraction | None, true: TrueInfraction | None, out: Path
) -> dict[str, Any]:
    line: dict[str, Any] = {"camera": scene.camera_id, "found": None, "true": None}
    if row is not None:
        line["found"] = {
            "code": row.infraction_code,
            "type": row.type,
            "at": row.detected_at.isoformat(),
            "plate": row.plate,
            "speed_kmh": row.detected_speed,
            "speed_sigma_kmh": (row.metadata_ or {}).get("speed_sigma_kmh"),
            "confidence": round(row.confidence_score, 4),
            "picture": _picture(row, out),
        }
    if true is not None:
        line["true"] = {
            "type": true.type.value,
            "at": _instant(scene, true).isoformat(),
            "plate": _plate(scene, true),
            "speed_kmh": None if true.speed_kmh is None else round(true.speed_kmh, 2),
        }
    return line


def _picture(row: Infraction, out: Path) -> str | None:
    """Copy the annotated snapshot beside the summary; its path relative to `out`."""
    source = local_path(row.snapshot_url)
    if source is None or not source.is_file():
        return None
    name = f"{row.infraction_code}-{row.type.lower()}.jpg"
    shutil.copyfile(source, out / name)
    return name


def _table(pairs: Sequence[tuple[SimScene, Infraction | None, TrueInfraction | None]]) -> Table:
    table = Table(title="Simulated cameras: infractions found beside the truth")
    for column in ("camera", "type", "found at", "plate", "km/h", "truth: plate", "km/h", ""):
        table.add_column(column)
    for scene, row, true in pairs:
        sigma = None if row is None else (row.metadata_ or {}).get("speed_sigma_kmh")
        speed = "" if row is None or row.detected_speed is None else f"{row.detected_speed:.1f}"
        if speed and sigma is not None:
            speed += f" ± {1.96 * sigma:.1f}"
        kind = true.type.value if true is not None else (row.type if row is not None else "")
        at = "" if row is None else f"{(row.detected_at - scene.epoch).total_seconds():7.2f} s"
        mark = "[green]found" if row and true else ("[red]INVENTED" if row else "[red]MISSED")
        table.add_row(
            scene.camera_id,
            kind,
            at,
            "" if row is None else (row.plate or "not read"),
            speed,
            "" if true is None else _plate(scene, true),
            "" if true is None or true.speed_kmh is None else f"{true.speed_kmh:.1f}",
            mark,
        )
    return table
