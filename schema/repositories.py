"""Saving and finding infractions with what belongs to them: vehicle stub, evidence, event.

Works inside the transaction of a unit of work and never commits. It must not decide anything about
the law.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schema.devices import Calibration, Device
from schema.evidence import Evidence
from schema.infractions import Infraction
from schema.outbox import OutboxEvent
from schema.records import NewEvidence, NewInfraction, SavedInfraction, event_id
from schema.registry import Vehicle

CREATED_TOPIC = "infraction.created"


class InfractionRepository:
    """Infractions of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, new: NewInfraction, evidence: NewEvidence) -> SavedInfraction:
        """Keep an infraction with its vehicle stub, evidence and event, or find it already kept.

        Idempotent by the infraction's key, also between concurrent transactions: the second gets the
        first's id, `created=False`, and changes nothing.
        """
        found = self._find(new.key)
        if found is not None:
            return found
        # Another transaction may still win the insert: then nothing of ours, not even the
        # vehicle's stub, may stay.
        savepoint = self._session.begin_nested()
        row = self._insert(new)
        if row is None:
            savepoint.rollback()
            winner = self._find(new.key)
            if winner is None:
                raise RuntimeError("an infraction's key conflicts with a row that is not visible")
            return winner
        infraction_id, code = row
        self._add_evidence(infraction_id, new, evidence)
        event = self._add_event(infraction_id, code, new, evidence)
        self._count(new)
        savepoint.commit()
        return SavedInfraction(id=infraction_id, code=code, event_id=event, created=True)

    def get(self, infraction_id: uuid.UUID) -> Infraction | None:
        """The row, or None."""
        return self._session.get(Infraction, infraction_id)

    def recent(self, camera_id: str, limit: int = 50) -> Sequence[Infraction]:
        """A camera's latest infractions, newest first."""
        return self._session.scalars(
            select(Infraction)
            .where(Infraction.device_id == camera_id, Infraction.deleted_at.is_(None))
            .order_by(Infraction.detected_at.desc())
            .limit(limit)
        ).all()

    def last_manifest_digest(self, camera_id: str) -> str | None:
        """Digest of the camera's latest sealed bundle, which the next one names; None before its first."""
        return self._session.scalar(
            select(Evidence.manifest_digest)
            .where(Evidence.device_id == camera_id)
            .order_by(Evidence.sealed_at.desc(), Evidence.created_at.desc())
            .limit(1)
        )

    def _find(self, key: str) -> SavedInfraction | None:
        row = self._session.execute(
            select(Infraction.id, Infraction.infraction_code).where(
                Infraction.idempotency_key == key
            )
        ).first()
        if row is None:
            return None
        return SavedInfraction(id=row[0], code=row[1], event_id=event_id(key), created=False)

    def _insert(self, new: NewInfraction) -> tuple[uuid.UUID, str] | None:
        if new.plate is not None:
            self._session.execute(
                insert(Vehicle)
                .values(plate=new.plate, vehicle_type=new.vehicle_type)
                .on_conflict_do_nothing()
            )
        row = self._session.execute(
            insert(Infraction)
            .values(**_columns(new))
            .on_conflict_do_nothing(index_elements=[Infraction.idempotency_key])
            .returning(Infraction.id, Infraction.infraction_code)
        ).first()
        return None if row is None else (row[0], row[1])

    def _add_evidence(
        self, infraction_id: uuid.UUID, new: NewInfraction, evidence: NewEvidence
    ) -> None:
        calibration = select(Calibration.id).where(
            Calibration.device_id == new.camera_id,
            Calibration.digest == evidence.calibration_digest,
        )
        self._session.execute(
            insert(Evidence).values(
                bundle_id=evidence.bundle_id,
                infraction_id=infraction_id,
                device_id=new.camera_id,
                store_url=evidence.store_url,
                manifest_digest=evidence.manifest_digest,
                previous_digest=evidence.previous_digest,
                signature_key_id=evidence.signature_key_id,
                software_version=evidence.software_version,
                model_digests=dict(evidence.model_digests),
                calibration_id=calibration.scalar_subquery(),
                calibration_digest=evidence.calibration_digest,
                device_serial=evidence.device_serial,
                device_certificate=evidence.device_certificate,
                limit_source=evidence.limit_source,
                sizes=dict(evidence.sizes),
                total_bytes=sum(evidence.sizes.values()),
                captured_from=evidence.captured_from,
                captured_to=evidence.captured_to,
                sealed_at=evidence.sealed_at,
                metadata_=dict(evidence.metadata),
            )
        )

    def _add_event(
        self, infraction_id: uuid.UUID, code: str, new: NewInfraction, evidence: NewEvidence
    ) -> uuid.UUID:
        identity = event_id(new.key)
        self._session.execute(
            insert(OutboxEvent).values(
                event_id=identity,
                idempotency_key=new.key,
                topic=CREATED_TOPIC,
                payload={
                    "event_id": str(identity),
                    "infraction_id": str(infraction_id),
                    "infraction_code": code,
                    "type": new.type,
                    "camera_id": new.camera_id,
                    "zone_id": new.zone_id,
                    "detected_at": new.detected_at.isoformat(),
                    "evidence": evidence.store_url,
                    "manifest_digest": evidence.manifest_digest,
                },
            )
        )
        return identity

    def _count(self, new: NewInfraction) -> None:
        self._session.execute(
            update(Device)
            .where(Device.id == new.camera_id)
            .values(total_infractions=Device.total_infractions + 1)
            .execution_options(synchronize_session=False)
        )


def _columns(new: NewInfraction) -> dict[str, Any]:
    return {
        "type": new.type,
        "device_id": new.camera_id,
        "zone_id": new.zone_id,
        "plate": new.plate,
        "detected_speed": new.detected_speed_kmh,
        "speed_limit": new.speed_limit_kmh,
        "violation_details": dict(new.details),
        "video_url": new.video_url,
        "video_duration_seconds": round(new.video_duration_s),
        "snapshot_url": new.snapshot_url,
        "plate_crop_url": new.plate_crop_url,
        "additional_images": list(new.additional_images) or None,
        "confidence_score": new.confidence,
        "ocr_confidence": new.ocr_confidence,
        "track_id": new.track_id,
        "detected_at": new.detected_at,
        "weather_conditions": new.weather_conditions,
        "visibility": new.visibility,
        "lighting_conditions": new.lighting_conditions,
        "idempotency_key": new.key,
        "metadata_": dict(new.metadata) or None,
    }
