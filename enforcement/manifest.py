"""The manifest of an evidence bundle: what a sealed infraction says, and in which bytes.

Contents follow Lima's DA 010 and WELMEC 7.2 (docs/evidence.md). What the law asks for and nobody knows is
listed as unknown, never invented. It must not know where a bundle lies or who stores it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from enforcement.errors import BadInput
from enforcement.evidence import (
    ALLOWED,
    FORMAT,
    REQUIRED,
    BundleDraft,
    ChainLink,
    FileDigest,
    Signer,
)
from enforcement.passes import VehiclePass
from enforcement.plain import canonical_json, rounded, to_plain
from enforcement.scene import Scene
from enforcement.verdicts import Violation

_TRUST = (
    "The camera does not sign what it sends. Trust starts at the ingest host: from the moment packets"
    " arrived there, nothing in this bundle has changed unnoticed. What happened before, between lens"
    " and host, is vouched for by the installation, not by this signature."
)


def manifest(
    draft: BundleDraft,
    files: Mapping[str, FileDigest],
    *,
    key_id: str,
    previous: ChainLink | None,
) -> bytes:
    """Canonical bytes of the manifest. Raises BadInput when a required file is not among `files`."""
    _refuse_incomplete(files)
    zone = draft.scene.zone
    row = {
        "format": FORMAT,
        "bundle_id": draft.bundle_id,
        "idempotency_key": draft.idempotency_key,
        "simulated": draft.simulated or draft.scene.camera.simulated,
        "trust": _TRUST,
        "signing_key_id": key_id,
        "sealed_at": to_plain(draft.sealed_at),
        "chain": _chain(draft, previous),
        "captured": _captured(draft),
        "camera": _camera(draft.scene),
        "zone": to_plain(zone),
        "calibration": _calibration(draft.scene),
        "software": to_plain(draft.software),
        "models": to_plain(draft.models),
        "clock": to_plain(draft.clock),
        "image_size": to_plain(draft.image_size),
        "plate": to_plain(draft.plate),
        "signals": _signal_spans(draft),
        "site_sha256": _digest(to_plain(draft.scene.source)),
        "unknown": unknown_parts(draft),
        "other": to_plain(draft.other),
        "files": {name: to_plain(digest) for name, digest in files.items()},
    }
    return canonical_json(row | results(draft.pass_, draft.violation))


def results(pass_: VehiclePass, violation: Violation | None) -> dict[str, Any]:
    """What was measured and said, at the precision at which a re-measurement must agree."""
    speed = pass_.speed
    details = {} if violation is None else violation.details
    tolerance = details.get("tolerance_kmh")
    less = None
    if tolerance is not None and speed.speed_kmh is not None:
        less = speed.speed_kmh - tolerance
    measurement = to_plain(speed) | {
        "interval_95_kmh": to_plain(speed.interval_kmh),
        "tolerance_kmh": to_plain(tolerance),
        "speed_less_tolerance_kmh": to_plain(less),
    }
    vehicle = {
        "class": pass_.vehicle_class.label,
        "class_share": pass_.class_share,
        "lane_id": pass_.lane_id,
        "heading_deg": to_plain(pass_.heading_deg),
    }
    plain = {
        "measurement": measurement,
        "vehicle": vehicle,
        "verdict": None if violation is None else to_plain(violation),
    }
    return dict(rounded(plain))


def unknown_parts(draft: BundleDraft) -> list[str]:
    """What the law asks for and this installation does not know; said, never invented."""
    camera, zone, speed = draft.scene.camera, draft.scene.zone, draft.pass_.speed
    known = {
        "camera.serial": camera.serial,
        "camera.certificate": camera.certificate,
        "camera.location": camera.location,
        "zone.speed_limit_kmh": zone.speed_limit_kmh,
        "zone.limit_source": zone.limit_source,
        "measurement.speed_kmh": speed.speed_kmh,
        "plate.text": None if draft.plate is None else draft.plate.text,
        "models.detector": draft.models.get("detector"),
        "captured.clip": draft.clip_span_s,
    }
    return sorted(name for name, value in known.items() if value is None)


def signature_json(signer: Signer, manifest_bytes: bytes) -> bytes:
    """Content of manifest.sig: signature over the manifest's exact bytes, and who made it."""
    return canonical_json(
        {
            "algorithm": "Ed25519",
            "key_id": signer.key_id,
            "public_key": signer.public_key.hex(),
            "signature": signer.sign(manifest_bytes).hex(),
        }
    )


def head_json(chain: tuple[str, str | None], head: ChainLink, signer: Signer) -> bytes:
    """A chain's signed last link: with it, the absence of the last bundle shows."""
    row = {
        "camera_id": chain[0],
        "ingest_host": chain[1],
        "sequence": head.sequence,
        "bundle_id": head.bundle_id,
        "manifest_sha256": head.manifest_sha256,
        "key_id": signer.key_id,
    }
    return canonical_json(row | {"signature": signer.sign(canonical_json(row)).hex()})


def _refuse_incomplete(files: Mapping[str, FileDigest]) -> None:
    lacking = sorted(REQUIRED - files.keys())
    foreign = sorted(files.keys() - ALLOWED)
    if lacking or foreign:
        what = f"lacks {', '.join(lacking)}" if lacking else f"cannot hold {', '.join(foreign)}"
        raise BadInput(f"evidence bundle {what}")
    empty = sorted(name for name, digest in files.items() if digest.size == 0)
    if empty:
        raise BadInput(f"evidence bundle: {', '.join(empty)} is empty")


def _chain(draft: BundleDraft, previous: ChainLink | None) -> dict[str, Any]:
    before = None
    if previous is not None:
        before = {
            "bundle_id": previous.bundle_id,
            "manifest_sha256": previous.manifest_sha256,
        }
    return {
        "camera_id": draft.scene.camera.id,
        "ingest_host": draft.ingest_host,
        "sequence": 1 if previous is None else previous.sequence + 1,
        "previous": before,
    }


def _captured(draft: BundleDraft) -> dict[str, Any]:
    def span(times: tuple[float, float] | None) -> list[str] | None:
        return None if times is None else [draft.instant(t).isoformat() for t in times]

    track = draft.pass_.track
    return {
        "at": draft.captured_at.isoformat(),
        "timezone": draft.scene.zone.timezone,
        "epoch": to_plain(draft.captured_epoch),
        "track": span((float(track.t_s[0]), float(track.t_s[-1]))),
        "window": span(draft.violation.window_s),
        "clip": span(draft.clip_span_s),
        "observations": len(track),
        "sigma_t_s_max": to_plain(float(track.sigma_t_s.max())),
    }


def _camera(scene: Scene) -> dict[str, Any]:
    where = scene.camera.location
    location = None if where is None else {"latitude": where[0], "longitude": where[1]}
    row = dict(to_plain(scene.camera)) | {"location": location}
    del row["simulated"]  # said of the whole bundle
    return row


def _calibration(scene: Scene) -> dict[str, Any] | None:
    if scene.road is None:
        return None
    return {
        "sha256": _digest(to_plain(scene.source["calibration"])),
        "fit_rmse_m": to_plain(scene.road.fit_rmse_m),
        "held_out_rmse_m": to_plain(scene.road.held_out_rmse_m),
        "point_sigma_px": to_plain(scene.road.click_sigma_px),
    }


def _signal_spans(draft: BundleDraft) -> dict[str, Any]:
    return {
        head: {
            "readings": len(rows),
            "from": draft.instant(rows[0].t_s).isoformat(),
            "to": draft.instant(rows[-1].t_s).isoformat(),
        }
        for head, rows in draft.signals.readings.items()
        if rows
    }


def _digest(plain: Any) -> str:
    return hashlib.sha256(canonical_json(plain)).hexdigest()
