"""Everything a re-measurement starts from, as `track.json`, and back.

Inputs keep every bit: floats are written in their shortest exact spelling. It must not know how a bundle
is sealed or where it lies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from enforcement.errors import EvidenceBroken, VigiaError
from enforcement.passes import MeasurementModel
from enforcement.plain import canonical_json, from_plain, to_plain
from enforcement.scene import Scene
from enforcement.signals import SignalHistory, SignalReading, SignalState
from enforcement.tracks import Track
from enforcement.verdicts import Rule

FORMAT = "vigia-track/1"

_DTYPES: Mapping[str, Any] = {
    **dict.fromkeys(("frame_index", "pts", "class_id"), np.int64),
    **dict.fromkeys(("t_s", "sigma_t_s"), np.float64),
    **dict.fromkeys(("xyxy", "confidence", "occlusion", "sides_hidden"), np.float32),
    **dict.fromkeys(("truncated", "concealed", "regular", "contested"), np.bool_),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the measurement and the rule were given.

    image_size: (width, height) the scene was built with, None where it was built without.
    rule_parameters: the rule's own fields, as JSON values.
    """

    track: Track
    scene: Scene
    model: MeasurementModel
    signals: SignalHistory
    image_size: tuple[int, int] | None
    rule_type: str
    rule_parameters: Mapping[str, Any]


def track_json(
    *,
    track: Track,
    scene: Scene,
    model: MeasurementModel,
    signals: SignalHistory,
    rule: Rule,
    image_size: tuple[int, int] | None,
) -> bytes:
    """Canonical JSON of one pass; signals is what the rule was given. Raises ValueError, TypeError."""
    return canonical_json(
        {
            "format": FORMAT,
            "image_size": to_plain(image_size),
            "model": to_plain(model),
            "rule": {"type": rule.type.value, "parameters": to_plain(rule)},
            "signals": {head: _columns(rows) for head, rows in signals.readings.items()},
            "site": to_plain(scene.source),
            "track": _track_columns(track),
        }
    )


def _track_columns(track: Track) -> dict[str, Any]:
    columns = {f.name: to_plain(getattr(track, f.name)) for f in fields(Track)}
    if not all(np.isfinite(getattr(track, name)).all() for name in ("t_s", "sigma_t_s", "xyxy")):
        raise ValueError(f"track {track.track_id}: an observation is not a number")
    return columns


def _columns(rows: list[SignalReading]) -> dict[str, Any]:
    return {
        "t_s": [to_plain(row.t_s) for row in rows],
        "state": [row.state.value for row in rows],
        "confidence": [to_plain(row.confidence) for row in rows],
    }


def read_track_json(data: bytes) -> Measured:
    """What `track_json` wrote. Raises EvidenceBroken naming the part that cannot be read."""
    try:
        row = json.loads(data)
        if row["format"] != FORMAT:
            raise EvidenceBroken(f"track.json: unknown format {row['format']!r}")
        size = row["image_size"]
        image_size = None if size is None else (int(size[0]), int(size[1]))
        return Measured(
            track=_track(row["track"]),
            scene=Scene.from_mapping(row["site"], image_size=image_size),
            model=from_plain(MeasurementModel, row["model"]),
            signals=_signals(row["signals"]),
            image_size=image_size,
            rule_type=row["rule"]["type"],
            rule_parameters=row["rule"]["parameters"],
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise EvidenceBroken(f"track.json: cannot be read ({error!r})") from error
    except VigiaError as error:
        raise EvidenceBroken(f"track.json: {error}") from error


def _track(row: Mapping[str, Any]) -> Track:
    # Bundles sealed before the edges were looked at: hidden where the foot was, as it was judged then.
    row = {"sides_hidden": [float(share > 0.5) for share in row["occlusion"]], **row}
    columns = {name: np.array(row[name], dtype=dtype) for name, dtype in _DTYPES.items()}
    columns["xyxy"] = columns["xyxy"].reshape(-1, 4)
    return Track(track_id=int(row["track_id"]), **columns)


def _signals(rows: Mapping[str, Any]) -> SignalHistory:
    # Set, not added: adding thins, and these were thinned when they were read off the lamps.
    return SignalHistory(readings={head: _readings(head, row) for head, row in rows.items()})


def _readings(head: str, row: Mapping[str, Any]) -> list[SignalReading]:
    return [
        SignalReading(
            signal_id=head, t_s=float(t_s), state=SignalState(state), confidence=float(confidence)
        )
        for t_s, state, confidence in zip(row["t_s"], row["state"], row["confidence"], strict=True)
    ]
