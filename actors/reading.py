"""Judged passes to finished ones, strictly in the order they were judged.

Crops go to the plate reader as soon as a pass is judged; a violation waits until its clip is complete.
Order is kept so that the same input gives the same lines, however fast anybody answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

from actors.outcomes import PassOutcome
from actors.ports import ReaderPort, Ticket
from adapters.plate_crops import PlateCrop, PlateCrops
from adapters.snapshot import Image, cut
from enforcement.observer import Judged
from enforcement.plate_consensus import consensus
from enforcement.plates import PlateRead, own_reads
from enforcement.scene import Scene
from enforcement.verdicts import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPass:
    """A pass with its plate; plate_picture is the crop whose read agrees best, None without."""

    outcome: PassOutcome
    plate_picture: Image | None


@dataclass(slots=True, kw_only=True)
class _Waiting:
    judged: Judged
    crops: Sequence[PlateCrop]
    ticket: Ticket[list[list[PlateRead]]] | None
    ready_after_s: float
    sent_s: float = 0.0
    """perf_counter when its crops went to the reader, 0 once their answer was seen."""


class Reading:
    """The queue of judged passes."""

    def __init__(
        self,
        *,
        scene: Scene,
        epoch: Callable[[], datetime],
        reader: ReaderPort,
        crops: PlateCrops,
        clip_margin_s: float,
        on_read: Callable[[int, float], None] = lambda crops, seconds: None,
    ) -> None:
        """on_read: told of every answer of the reader: crops and seconds since they were sent."""
        self._scene = scene
        self._epoch = epoch
        self._reader = reader
        self._crops = crops
        self._margin_s = clip_margin_s
        self._on_read = on_read
        self._waiting: deque[_Waiting] = deque()

    def add(self, judged: Judged) -> None:
        """Take one judged pass; its crops are read from now on."""
        kept = self._crops.take(judged.pass_.track.track_id)
        ticket = self._reader.submit([crop.picture for crop in kept]) if kept else None
        violations = [v for v in judged.verdicts if isinstance(v, Violation)]
        last = max((v.window_s[1] for v in violations), default=float("-inf"))
        self._waiting.append(
            _Waiting(
                judged=judged,
                crops=kept,
                ticket=ticket,
                ready_after_s=last + self._margin_s,
                sent_s=0.0 if ticket is None else perf_counter(),
            )
        )

    def done(self, now_s: float) -> list[ReadPass]:
        """Passes at the head of the queue whose plate is read and whose clip is complete at now_s."""
        finished = []
        self._note_reads()
        while self._waiting:
            head = self._waiting[0]
            if head.ready_after_s > now_s or (head.ticket is not None and not head.ticket.ready()):
                break
            self._waiting.popleft()
            finished.append(self._finished(head))
        return finished

    def drain(self) -> list[ReadPass]:
        """Everything that waits; the stream has ended."""
        rest = []
        while self._waiting:
            rest.append(self._finished(self._waiting.popleft()))
            self._note_reads()
        return rest

    def _note_reads(self) -> None:
        # The reader answers in the order it was asked: the first that waits is looked at.
        for one in self._waiting:
            if one.ticket is not None and one.sent_s:
                if not one.ticket.ready():
                    return
                self._on_read(len(one.crops), perf_counter() - one.sent_s)
                one.sent_s = 0.0

    def _finished(self, head: _Waiting) -> ReadPass:
        answers = head.ticket.result() if head.ticket is not None else []
        if head.sent_s:
            self._on_read(len(head.crops), perf_counter() - head.sent_s)
        own: list[tuple[PlateRead, PlateCrop]] = []
        for crop, found in zip(head.crops, answers, strict=True):
            kept = own_reads(found, crop.origin, crop.xyxy, crop.others)
            # One crop is one witness: only its best read counts.
            own.extend((replace(read, crop_quality=crop.quality), crop) for read in kept[:1])
        reads = tuple(read for read, _ in own)
        epoch = self._epoch()
        outcome = PassOutcome(
            judged=head.judged,
            scene=self._scene,
            epoch=epoch,
            plate=consensus(reads, head.judged.pass_.vehicle_class, _local_day(epoch, self._scene)),
            reads=reads,
        )
        return ReadPass(outcome=outcome, plate_picture=_plate_picture(own))


def _local_day(epoch: datetime, scene: Scene) -> date:
    """The day at the site: plate grammars change at local midnight."""
    return epoch.astimezone(ZoneInfo(scene.zone.timezone)).date()


def _plate_picture(own: Sequence[tuple[PlateRead, PlateCrop]]) -> Image | None:
    if not own:
        return None
    read, crop = max(own, key=lambda pair: pair[0].confidence)
    return cut(crop.picture, read.xyxy, margin=0.25)
