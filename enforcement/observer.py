"""One camera's heart: detections and lamp readings in, passes and verdicts out; deterministic.

It keeps the open tracks, decides when a pass is complete, measures it and asks every rule. The tracker
is handed in; no Ray, pixels, clock or database is known here. A restart loses open tracks, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enforcement.detections import Detections, IntArray
from enforcement.frames import FrameStamp
from enforcement.overlap import crowding, sides_hidden
from enforcement.passes import MeasurementModel, VehiclePass, measure_pass
from enforcement.scene import Scene
from enforcement.signals import SignalHistory, SignalReading
from enforcement.track_builder import TrackBuilder
from enforcement.tracks import Tracker
from enforcement.verdicts import Rule, Verdict

SIGNALS_KEPT_S = 300.0
SIGNALS_MARGIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A completed pass, what each rule said, and the signal readings it was said on."""

    pass_: VehiclePass
    verdicts: tuple[Verdict, ...]
    signals: SignalHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class PassLimits:
    """When a track is a pass. lost_after_s: unseen for so long, it has ended. max_s: cut there."""

    lost_after_s: float = 1.8
    max_s: float = 300.0
    min_observations: int = 5
    min_seconds: float = 0.2


class Observer:
    """Observe one camera's frames in capture order."""

    def __init__(
        self,
        *,
        scene: Scene,
        model: MeasurementModel,
        tracker: Tracker,
        rules: Sequence[Rule],
        image_size: tuple[int, int],
        limits: PassLimits | None = None,
    ) -> None:
        """image_size: (width, height) of the full frame, pixels; rules the scene lacks a part for rest."""
        self.scene = scene
        self.model = model
        self.rules = [rule for rule in rules if rule.missing(scene) is None]
        self.resting = {
            rule.type: part for rule in rules if (part := rule.missing(scene)) is not None
        }
        self._tracker = tracker
        self._size = image_size
        self._limits = limits or PassLimits()
        self._open: dict[int, TrackBuilder] = {}
        self._signals = SignalHistory()
        self._next_id = 1

    @property
    def open_tracks(self) -> Sequence[TrackBuilder]:
        """Tracks in progress, for crops and pictures."""
        return list(self._open.values())

    def step(
        self, stamp: FrameStamp, detections: Detections, readings: Sequence[SignalReading] = ()
    ) -> tuple[list[Judged], Detections, IntArray]:
        """One frame. Returns completed passes, and this frame's tracked boxes with our track ids."""
        for reading in readings:
            self._signals.add(reading)
        self._signals.prune(stamp.t_s - SIGNALS_KEPT_S)
        tracked, tracker_ids = self._tracker.update(detections, stamp.t_s)
        # Ended tracks are closed first: a tracker id that comes back after that is a new pass.
        judged = [self._close(i) for i in self._ended(stamp.t_s)]
        judged += [self._close(i) for i in self._jumped(tracked, tracker_ids, stamp.t_s)]
        ids = self._extend(stamp, tracked, tracker_ids)
        return [j for j in judged if j is not None], tracked, ids

    def finish(self) -> list[Judged]:
        """The stream has ended: close every open track."""
        return [j for i in list(self._open) if (j := self._close(i)) is not None]

    def _extend(self, stamp: FrameStamp, tracked: Detections, tracker_ids: IntArray) -> IntArray:
        occlusion, contested = crowding(tracked.xyxy)
        hidden = sides_hidden(tracked.xyxy)
        ids = tracker_ids.copy()
        for row, tracker_id in enumerate(tracker_ids.tolist()):
            builder = self._open.get(tracker_id)
            if builder is None:
                builder = TrackBuilder(track_id=self._next_id, image_size=self._size)
                self._open[tracker_id] = builder
                self._next_id += 1
            builder.add(
                stamp,
                tracked.xyxy[row],
                confidence=float(tracked.confidence[row]),
                class_id=int(tracked.class_id[row]),
                occlusion=float(occlusion[row]),
                sides_hidden=float(hidden[row]),
                contested=bool(contested[row]),
            )
            ids[row] = builder.track_id
        return ids

    def _jumped(self, tracked: Detections, tracker_ids: IntArray, now_s: float) -> list[int]:
        """Open tracks whose id the tracker has given to another vehicle."""
        return [
            tracker_id
            for row, tracker_id in enumerate(tracker_ids.tolist())
            if tracker_id in self._open and self._open[tracker_id].jumps(tracked.xyxy[row], now_s)
        ]

    def _ended(self, now_s: float) -> list[int]:
        limits = self._limits
        return [
            tracker_id
            for tracker_id, builder in self._open.items()
            if now_s - builder.last_seen_s > limits.lost_after_s
            or builder.last_seen_s - builder.first_seen_s > limits.max_s
        ]

    def _close(self, tracker_id: int) -> Judged | None:
        builder = self._open.pop(tracker_id)
        seconds = builder.last_seen_s - builder.first_seen_s
        if len(builder) < self._limits.min_observations or seconds < self._limits.min_seconds:
            return None
        pass_ = measure_pass(builder.build(), self.scene, self.model)
        signals = self._signals.between(
            builder.first_seen_s - SIGNALS_MARGIN_S, builder.last_seen_s + SIGNALS_MARGIN_S
        )
        verdicts = (rule.judge(pass_, self.scene, signals) for rule in self.rules)
        return Judged(
            pass_=pass_, verdicts=tuple(v for v in verdicts if v is not None), signals=signals
        )
