"""One camera's heart: when a track is a pass, and that every rule is asked about it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from enforcement.detections import Detections, IntArray
from enforcement.frames import FrameStamp
from enforcement.observer import Judged, Observer, PassLimits
from enforcement.passes import VehiclePass
from enforcement.rules import rules_on
from enforcement.scene import Scene
from enforcement.signals import SignalHistory, SignalReading, SignalState
from enforcement.tracks import Track
from enforcement.verdicts import Abstention, InfractionType, Reason, Rule, Verdict, Violation
from tests.fixtures import roads

EPOCH = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
FPS = roads.FPS
Seen = dict[int, tuple[int, np.ndarray]]
"""Tracker id to (class, box)."""


@dataclass(slots=True)
class IdsGiven:
    """A tracker that was told who is who: ids travel in the order of the boxes."""

    ids: list[int] = field(default_factory=list)

    def update(self, detections: Detections, t_s: float) -> tuple[Detections, IntArray]:
        return detections, np.array(self.ids, np.int64)


@dataclass(slots=True)
class AlwaysAbstains:
    """Says of every pass that it saw it, and remembers on which readings."""

    type: InfractionType = InfractionType.OTHER
    lacks: str | None = None
    heard: list[SignalHistory] = field(default_factory=list)

    def missing(self, scene: Scene) -> str | None:
        return self.lacks

    def judge(self, pass_: VehiclePass, scene: Scene, signals: SignalHistory) -> Verdict | None:
        self.heard.append(signals)
        at_s = float(pass_.track.t_s[-1])
        return Abstention(
            type=self.type,
            track_id=pass_.track.track_id,
            at_s=at_s,
            reason=Reason.LANE_UNCERTAIN,
        )


class Camera:
    """Feeds an observer frame by frame."""

    def __init__(
        self, rules: Sequence[Rule] = (), *, scene: Scene | None = None, **limits: float
    ) -> None:
        self.tracker = IdsGiven()
        self.observer = Observer(
            scene=scene or roads.scene(),
            model=roads.model(),
            tracker=self.tracker,
            rules=rules,
            image_size=roads.SIZE,
            limits=PassLimits(**limits) if limits else None,  # type: ignore[arg-type]
        )

    def frame(
        self, index: int, seen: Seen, readings: Sequence[SignalReading] = ()
    ) -> tuple[list[Judged], list[int]]:
        self.tracker.ids = list(seen)
        found = Detections.empty()
        if seen:
            found = Detections(
                xyxy=np.stack([box for _, box in seen.values()]).astype(np.float32),
                confidence=np.full(len(seen), 0.9, np.float32),
                class_id=np.array([kind for kind, _ in seen.values()], np.int64),
            )
        t_s = index / FPS
        stamp = FrameStamp(
            index=index,
            pts=index * 3600,
            t_s=t_s,
            sigma_t_s=0.0005,
            captured_at=EPOCH + timedelta(seconds=t_s),
        )
        judged, _, ids = self.observer.step(stamp, found, readings)
        return judged, ids.tolist()

    def play(self, tracks: dict[int, tuple[int, Track]], frames: int) -> list[Judged]:
        """tracks: tracker id to (frame it begins at, track)."""
        judged = []
        for index in range(frames):
            seen = {
                name: (int(track.class_id[index - begin]), track.xyxy[index - begin])
                for name, (begin, track) in tracks.items()
                if 0 <= index - begin < len(track)
            }
            judged += self.frame(index, seen, [lamp(index / FPS)])[0]
        return judged + self.observer.finish()


def lamp(t_s: float) -> SignalReading:
    return SignalReading(signal_id="S1", t_s=t_s, state=SignalState.RED, confidence=0.99)


def box(x: float) -> tuple[int, np.ndarray]:
    return 0, np.array([x, 300.0, x + 80.0, 360.0], np.float32)


def test_a_pass_is_complete_when_its_vehicle_was_not_seen_for_a_while() -> None:
    camera = Camera([AlwaysAbstains()])
    ended_at = None
    for index in range(80):
        judged, _ = camera.frame(index, {9: box(100 + 5.0 * index)} if index < 20 else {})
        if judged:
            ended_at = index
            (one,) = judged
            assert len(one.pass_.track) == 20
            assert len(one.verdicts) == 1
    # Last seen at frame 19; complete at the first frame beyond the time that it may be unseen.
    unseen_s = PassLimits().lost_after_s
    assert ended_at is not None
    assert (ended_at - 1 - 19) / FPS <= unseen_s + 1e-9 < (ended_at - 19) / FPS + 1e-6
    assert camera.observer.finish() == []


def test_the_end_of_the_stream_completes_what_is_open_once() -> None:
    camera = Camera()
    for index in range(20):
        camera.frame(index, {9: box(100 + 5.0 * index)})
    assert len(camera.observer.open_tracks) == 1
    assert len(camera.observer.finish()) == 1
    assert camera.observer.finish() == []
    assert camera.observer.open_tracks == []


def test_a_flicker_is_no_pass() -> None:
    camera = Camera([AlwaysAbstains()])
    for index in range(4):
        camera.frame(index, {9: box(100.0 + index)})
    assert camera.observer.finish() == []


def test_tracks_are_numbered_by_us_in_the_order_they_came() -> None:
    camera = Camera()
    assert camera.frame(0, {77: box(100), 12: box(600)})[1] == [1, 2]
    assert camera.frame(1, {12: box(600), 77: box(100), 3: box(900)})[1] == [2, 1, 3]


def test_a_tracker_number_that_comes_back_much_later_is_another_pass() -> None:
    camera = Camera()
    first = [camera.frame(i, {5: box(100 + 5.0 * i)})[1] for i in range(10)]
    judged, ids = camera.frame(200, {5: box(100)})
    assert first[0] == [1]
    assert ids == [2]
    assert [j.pass_.track.track_id for j in judged] == [1]


def test_a_tracker_number_that_goes_on_with_another_vehicle_ends_the_pass() -> None:
    camera = Camera()
    for index in range(10):
        camera.frame(index, {5: box(100 + 5.0 * index)})
    # Half a second later, well inside the time after which it is lost, and across the picture.
    judged, ids = camera.frame(22, {5: box(1000)})
    assert [len(j.pass_.track) for j in judged] == [10]
    assert ids == [2]


def test_a_vehicle_that_never_leaves_is_cut_into_passes() -> None:
    camera = Camera(max_s=2.0, lost_after_s=1.2)
    judged = []
    for index in range(130):
        judged += camera.frame(index, {5: box(100 + 3.0 * index)})[0]
    assert [j.pass_.track.track_id for j in judged] == [1, 2]
    first, second = (j.pass_.track.frame_index for j in judged)
    assert second[0] == first[-1] + 1


def test_rules_whose_part_is_missing_rest_and_are_named() -> None:
    working = AlwaysAbstains()
    resting = AlwaysAbstains(type=InfractionType.RED_LIGHT, lacks="stop_line")
    camera = Camera([working, resting])
    assert camera.observer.resting == {InfractionType.RED_LIGHT: "stop_line"}
    for index in range(20):
        camera.frame(index, {9: box(100 + 5.0 * index)})
    (judged,) = camera.observer.finish()
    assert [v.type for v in judged.verdicts] == [InfractionType.OTHER]
    assert resting.heard == []


def test_a_rule_hears_the_lamps_of_its_pass_and_not_of_an_hour_ago() -> None:
    rule = AlwaysAbstains()
    camera = Camera([rule])
    for index in range(0, 25 * 60, 5):
        camera.frame(index, {}, [lamp(index / FPS)])
    for index in range(1500, 1520):
        camera.frame(index, {9: box(100 + 5.0 * (index - 1500))}, [lamp(index / FPS)])
    (judged,) = camera.observer.finish()
    times = [row.t_s for row in rule.heard[0].readings["S1"]]
    assert times[0] >= 60.0 - 15.0
    assert times[-1] == pytest.approx(1519 / FPS)
    assert judged.signals is rule.heard[0]


def two_cars() -> dict[int, tuple[int, Track]]:
    fast = roads.straight(95.0, x_m=-1.75)
    slow = roads.straight(50.0, x_m=1.75)
    return {31: (5, fast), 8: (10, slow)}


def test_two_vehicles_are_judged_each_for_its_own_deed() -> None:
    judged = Camera(rules_on(None)).play(two_cars(), 130)
    said = {(v.track_id, v.type) for j in judged for v in j.verdicts if isinstance(v, Violation)}
    assert (1, InfractionType.SPEED_VIOLATION) in said
    assert (2, InfractionType.SPEED_VIOLATION) not in said
    assert (2, InfractionType.LANE_INVASION) in said
    assert (1, InfractionType.LANE_INVASION) not in said
    # Red from the first frame on, so both ran it.
    assert (1, InfractionType.RED_LIGHT) in said
    assert (2, InfractionType.RED_LIGHT) in said
    speeds = {j.pass_.track.track_id: j.pass_.speed.speed_kmh for j in judged}
    assert speeds[1] == pytest.approx(95.0, abs=0.1)
    assert speeds[2] == pytest.approx(50.0, abs=0.1)


def test_the_same_frames_give_the_same_answers() -> None:
    def once() -> list[object]:
        return [(j.pass_.speed, j.verdicts) for j in Camera(rules_on(None)).play(two_cars(), 130)]

    assert once() == once()
