"""From a violation to a sealed bundle on the local disk.

The clip is a copy of the camera's packets; snapshot and plate picture are cut from that very clip and
from the track's own crops. Once `seal` returns, the violation survives a crash; before that it does not
exist for anybody. No Ray or database is known here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from actors.evidence_picture import evidence_picture
from actors.outcomes import PassOutcome
from adapters.clip_writer import write_clip
from adapters.evidence_folder import EvidenceFolder, SealedBundle
from adapters.packet_ring import Clip
from adapters.snapshot import Image, encode_jpeg
from adapters.video_stream import Frame, StreamOptions, VideoStream
from enforcement.errors import BadVideo
from enforcement.evidence import (
    CLIP,
    PLATE,
    SNAPSHOT,
    BundleDraft,
    ModelIdentity,
    PlateEvidence,
    Signer,
    Software,
)
from enforcement.frames import ClockHealth
from enforcement.passes import MeasurementModel
from enforcement.verdicts import Rule, Violation

CLIP_MARGIN_S = 5.0
"""What the clip shows before and after the violation, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingContext:
    """What every bundle of one camera's run carries alike."""

    software: Software
    models: Mapping[str, ModelIdentity]
    image_size: tuple[int, int]
    simulated: bool
    ingest_host: str | None


class Sealer:
    """Seals one camera's violations into a folder of bundles."""

    def __init__(self, folder: EvidenceFolder, signer: Signer, context: SealingContext) -> None:
        self._folder = folder
        self._signer = signer
        self._context = context

    def seal(
        self,
        outcome: PassOutcome,
        violation: Violation,
        *,
        rule: Rule,
        model: MeasurementModel,
        clock: ClockHealth,
        clip: Clip,
        plate_picture: Image | None,
        sealed_at: datetime,
    ) -> SealedBundle:
        """Write the bundle durably; see `EvidenceFolder.seal` for what it raises."""
        context = self._context
        pass_ = outcome.judged.pass_
        draft = BundleDraft(
            violation=violation,
            rule=rule,
            pass_=pass_,
            scene=outcome.scene,
            model=model,
            signals=outcome.judged.signals,
            captured_epoch=outcome.epoch,
            clock=clock,
            image_size=context.image_size,
            software=context.software,
            models=context.models,
            simulated=context.simulated,
            sealed_at=sealed_at,
            plate=PlateEvidence(
                text=outcome.plate.plate,
                confidence=outcome.plate.confidence,
                reason=None if outcome.plate.reason is None else outcome.plate.reason.value,
                reads=outcome.reads,
            ),
            clip_span_s=(clip.from_s, clip.to_s),
            ingest_host=context.ingest_host,
        )
        with tempfile.TemporaryDirectory(prefix="vigia-seal-") as folder:
            path = Path(folder) / CLIP
            write_clip(clip, path)
            snapshot = evidence_picture(
                frame_of(path, violation.at_s - clip.from_s),
                violation=violation,
                pass_=pass_,
                scene=outcome.scene,
                captured_at=draft.captured_at,
                plate=outcome.plate.plate,
                simulated=context.simulated,
            )
            media: dict[str, bytes | Path] = {CLIP: path, SNAPSHOT: encode_jpeg(snapshot)}
            if plate_picture is not None:
                media[PLATE] = encode_jpeg(plate_picture)
            return self._folder.seal(draft, media, self._signer)


def frame_of(clip: Path, at_s: float) -> Image:
    """The clip's frame captured nearest to at_s seconds after its first, (H, W, 3) BGR.

    Raises BadVideo when the clip holds no frame.
    """
    best: Frame | None = None
    nearest = float("inf")
    with VideoStream(clip, options=StreamOptions(ring_bytes=1 << 20)) as stream:
        for frame in stream.frames():
            distance = abs(frame.stamp.t_s - at_s)
            if distance > nearest:
                break
            nearest, best = distance, frame
    if best is None or nearest >= 0.5:
        raise BadVideo(f"{clip.name}: no frame at {at_s:.2f} s")
    return best.image
