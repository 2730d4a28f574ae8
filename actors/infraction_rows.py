"""A stored bundle's manifest as the rows that belong to it, saved in one transaction.

Only translation: every value comes from the sealed manifest, so row and evidence say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from actors.recorder import Save, StoredBundle
from enforcement.errors import Unavailable
from enforcement.evidence import CLIP, PLATE, SNAPSHOT
from schema.records import NewEvidence, NewInfraction
from schema.unit_of_work import UnitOfWork


def saver(factory: sessionmaker[Session]) -> Save:
    """Saves vehicle stub, infraction, evidence and event in one transaction, once per violation."""

    def save(bundle: StoredBundle) -> None:
        try:
            with UnitOfWork(factory) as work:
                work.infractions.save(infraction_row(bundle), evidence_row(bundle))
                work.commit()
        except IntegrityError as error:
            # Its camera or zone may have no row yet; the bundle waits until it has.
            raise Unavailable(f"database refuses the row ({_constraint(error)})") from error

    return save


def infraction_row(bundle: StoredBundle) -> NewInfraction:
    """The infraction that a manifest speaks of."""
    row = bundle.manifest
    verdict, plate = row["verdict"], row["plate"] or {}
    clip = row["captured"]["clip"]
    files = row["files"]
    return NewInfraction(
        camera_id=row["camera"]["id"],
        zone_id=row["zone"]["id"],
        track_id=verdict["track_id"],
        type=verdict["type"],
        detected_at=datetime.fromisoformat(row["captured"]["at"]),
        details=verdict["details"],
        confidence=verdict["confidence"],
        video_url=f"{bundle.url}/{CLIP}",
        snapshot_url=f"{bundle.url}/{SNAPSHOT}",
        plate_crop_url=f"{bundle.url}/{PLATE}" if PLATE in files else None,
        plate=plate.get("text"),
        ocr_confidence=plate.get("confidence") if plate.get("text") else None,
        vehicle_type=row["vehicle"]["class"],
        detected_speed_kmh=row["measurement"]["speed_kmh"],
        speed_limit_kmh=row["zone"]["speed_limit_kmh"],
        metadata={
            "simulated": row["simulated"],
            "speed_sigma_kmh": row["measurement"]["sigma_kmh"],
            "lane_id": row["vehicle"]["lane_id"],
            # The vehicle's own row will hold the registry's class; this is what was seen.
            "vehicle_class": row["vehicle"]["class"],
        },
        **_duration(clip),
    )


def evidence_row(bundle: StoredBundle) -> NewEvidence:
    """The evidence behind it."""
    row = bundle.manifest
    clip = row["captured"]["clip"] or row["captured"]["window"]
    previous, calibration = row["chain"]["previous"], row["calibration"]
    return NewEvidence(
        bundle_id=row["bundle_id"],
        store_url=bundle.url,
        manifest_digest=bundle.manifest_sha256,
        previous_digest=None if previous is None else previous["manifest_sha256"],
        signature_key_id=row["signing_key_id"],
        software_version=row["software"]["version"],
        sealed_at=datetime.fromisoformat(row["sealed_at"]),
        sizes={name: file["size"] for name, file in row["files"].items()},
        model_digests={role: model["sha256"] for role, model in row["models"].items()},
        calibration_digest=None if calibration is None else calibration["sha256"],
        device_serial=row["camera"]["serial"],
        device_certificate=row["camera"]["certificate"],
        limit_source=row["zone"]["limit_source"],
        captured_from=datetime.fromisoformat(clip[0]),
        captured_to=datetime.fromisoformat(clip[1]),
        metadata={
            "sequence": row["chain"]["sequence"],
            "ingest_host": row["chain"]["ingest_host"],
            "unknown": row["unknown"],
        },
    )


def _duration(clip: list[str] | None) -> Mapping[str, Any]:
    if clip is None:
        return {}
    start, end = (datetime.fromisoformat(at) for at in clip)
    return {"video_duration_s": (end - start).total_seconds()}


def _constraint(error: IntegrityError) -> str:
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return str(name or type(error.orig).__name__)
