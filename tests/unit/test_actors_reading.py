"""Judged passes come out in the order they were judged, whoever answers first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from actors.ports import ReaderInfo
from actors.reading import Reading
from adapters.plate_crops import PlateCrops
from enforcement.detections import ByteArray
from enforcement.observer import Judged
from enforcement.passes import VehiclePass
from enforcement.plates import PlateRead
from enforcement.signals import SignalHistory
from enforcement.verdicts import Abstention, InfractionType, Reason, Verdict, Violation
from tests.fixtures import roads

EPOCH = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
PASS = roads.measured(roads.straight(60.0))
BOX = (100.0, 100.0, 400.0, 300.0)


@dataclass(slots=True)
class Answer:
    """A ticket that is ready when the test says so."""

    reads: list[list[PlateRead]]
    is_ready: bool = False

    def ready(self) -> bool:
        return self.is_ready

    def result(self) -> list[list[PlateRead]]:
        return self.reads


@dataclass(slots=True)
class SlowReader:
    """Reads ADH-347 in the middle of every crop, each batch in its own time."""

    info: ReaderInfo = field(default_factory=lambda: ReaderInfo(name="slow", digest="0" * 64))
    tickets: list[Answer] = field(default_factory=list)

    def submit(self, crops: Sequence[ByteArray]) -> Answer:
        read = PlateRead(
            text="ADH347",
            confidence=0.99,
            char_confidence=(0.99,) * 6,
            xyxy=(120.0, 80.0, 200.0, 110.0),
        )
        self.tickets.append(Answer(reads=[[read] for _ in crops]))
        return self.tickets[-1]


def judged(track_id: int, verdicts: tuple[Verdict, ...] = ()) -> Judged:
    track = roads.marked(PASS.track, slice(None))
    object.__setattr__(track, "track_id", track_id)
    pass_ = VehiclePass(
        track=track,
        vehicle_class=PASS.vehicle_class,
        class_share=1.0,
        path=PASS.path,
        speed=PASS.speed,
        lane_shares=PASS.lane_shares,
        lane_id=PASS.lane_id,
        heading_deg=PASS.heading_deg,
    )
    return Judged(pass_=pass_, verdicts=verdicts, signals=SignalHistory())


def violation(until_s: float) -> Violation:
    return Violation(
        type=InfractionType.RED_LIGHT,
        track_id=1,
        at_s=until_s - 1.0,
        details={},
        confidence=0.99,
        window_s=(0.0, until_s),
    )


@pytest.fixture
def reader() -> SlowReader:
    return SlowReader()


@pytest.fixture
def crops() -> PlateCrops:
    return PlateCrops()


@pytest.fixture
def reading(reader: SlowReader, crops: PlateCrops) -> Reading:
    return Reading(
        scene=roads.scene(), epoch=lambda: EPOCH, reader=reader, crops=crops, clip_margin_s=5.0
    )


def show(crops: PlateCrops, track_id: int) -> None:
    frame = np.random.default_rng(track_id).integers(0, 255, (720, 1280, 3)).astype(np.uint8)
    for at in (0.0, 0.2):
        assert crops.offer(frame, track_id=track_id, xyxy=BOX, t_s=at)


def ids(finished: Sequence[object]) -> list[int]:
    return [one.outcome.judged.pass_.track.track_id for one in finished]  # type: ignore[attr-defined]


def test_order_is_kept_while_plates_are_read_out_of_order(
    reading: Reading, reader: SlowReader, crops: PlateCrops
) -> None:
    for track_id in (1, 2, 3):
        show(crops, track_id)
        reading.add(judged(track_id))
    assert reading.done(now_s=100.0) == []
    reader.tickets[2].is_ready = True
    reader.tickets[1].is_ready = True
    assert reading.done(now_s=100.0) == []
    reader.tickets[0].is_ready = True
    assert ids(reading.done(now_s=100.0)) == [1, 2, 3]
    assert reading.done(now_s=100.0) == []


def test_a_violation_waits_for_its_clip_and_the_others_for_it(reading: Reading) -> None:
    reading.add(judged(1, (violation(until_s=10.0),)))
    reading.add(judged(2))
    assert reading.done(now_s=14.9) == []
    assert ids(reading.done(now_s=15.0)) == [1, 2]


def test_an_abstention_needs_no_clip(reading: Reading) -> None:
    abstains = Abstention(
        type=InfractionType.RED_LIGHT, track_id=1, at_s=99.0, reason=Reason.SIGNAL_UNKNOWN
    )
    reading.add(judged(1, (abstains,)))
    assert ids(reading.done(now_s=0.0)) == [1]


def test_the_end_of_the_stream_waits_for_nobody(reading: Reading) -> None:
    reading.add(judged(1, (violation(until_s=1e6),)))
    reading.add(judged(2))
    assert ids(reading.drain()) == [1, 2]
    assert reading.drain() == []


def test_the_plate_is_that_of_the_very_track(reading: Reading, crops: PlateCrops) -> None:
    show(crops, 7)
    reading.add(judged(7))
    reading.add(judged(8))
    seen, unseen = reading.drain()
    assert seen.outcome.plate.plate == "ADH-347"
    assert len(seen.outcome.reads) == 2
    assert seen.plate_picture is not None
    assert unseen.outcome.plate.plate is None
    assert unseen.outcome.reads == ()
    assert unseen.plate_picture is None
    # What was read is not kept: the next vehicle of that number starts afresh.
    assert crops.best(7) == []


def test_lines_say_null_where_nothing_is_known(reading: Reading) -> None:
    reading.add(judged(1, (violation(until_s=3.0),)))
    (one,) = reading.drain()
    line = one.outcome.pass_line()
    assert line["camera_id"] == "CAM001"
    assert line["speed_kmh"] == 60.0
    assert line["plate"] is None
    assert line["plate_confidence"] is None
    # Half past nine the evening before: the zone's own time.
    assert line["first_seen"].startswith("2026-03-03T21:30:00")
    assert line["first_seen"].endswith("-05:00")
    (verdict,) = one.outcome.verdict_lines()
    assert verdict["verdict"] == "violation"
    assert verdict["reason"] is None
    assert verdict["evidence"] is None
    assert verdict["at"] == "2026-03-03T21:30:02.000-05:00"
