"""The shared detector: many callers at once, one network, everyone their own boxes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier, Event

import numpy as np
import pytest

from actors.detector import MAX_PICTURES, BatchingDetector, detector_info
from enforcement.detections import ByteArray, Detections


@dataclass(slots=True)
class Counting:
    """Finds in each picture one box whose left edge is the picture's grey value; waits when told to."""

    name: str = "counting"
    digest: str = "0" * 64
    input_size: tuple[int, int] = (8, 6)
    batches: list[tuple[int, ...]] = field(default_factory=list)
    busy: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    def detect(self, batch: ByteArray) -> list[Detections]:
        self.batches.append(batch.shape)
        self.busy.set()
        assert self.go_on.wait(timeout=10)
        if int(batch.max(initial=0)) == 255:
            raise RuntimeError("the network broke")
        return [one(int(picture[0, 0, 0])) for picture in batch]


def one(left: int) -> Detections:
    return Detections(
        xyxy=np.array([[left, 0, left + 1, 1]], np.float32),
        confidence=np.ones(1, np.float32),
        class_id=np.zeros(1, np.int64),
    )


def pictures(*values: int, size: tuple[int, int] = (6, 8)) -> ByteArray:
    rows = [np.full((*size, 3), value, np.uint8) for value in values]
    return np.stack(rows)


def lefts(found: list[Detections]) -> list[int]:
    return [int(boxes.xyxy[0, 0]) for boxes in found]


@pytest.fixture
def network() -> Counting:
    return Counting()


@pytest.fixture
def shared(network: Counting) -> Iterator[BatchingDetector]:
    detector = BatchingDetector(network)
    yield detector
    network.go_on.set()
    detector.close()


def ask_while_busy(
    shared: BatchingDetector, network: Counting, asked: list[ByteArray]
) -> list[list[int] | BaseException]:
    """What each caller gets who asked while the network was busy with another."""
    with ThreadPoolExecutor(len(asked) + 1) as callers:
        first = callers.submit(shared.detect, pictures(1))
        assert network.busy.wait(timeout=10)
        waiting = [callers.submit(shared.detect, batch) for batch in asked]
        # All are in the queue before the network is let go.
        while shared._asked.qsize() < len(asked):
            Event().wait(0.001)
        network.go_on.set()
        assert lefts(first.result(timeout=10)) == [1]
        return [
            error if (error := answer.exception(timeout=10)) else lefts(answer.result())
            for answer in waiting
        ]


def test_callers_who_wait_are_answered_by_one_call_and_each_gets_its_own(
    shared: BatchingDetector, network: Counting
) -> None:
    asked = [pictures(10, 11), pictures(20), pictures(30, 31, 32)]
    assert ask_while_busy(shared, network, asked) == [[10, 11], [20], [30, 31, 32]]
    assert [shape[0] for shape in network.batches] == [1, 6]


def test_pictures_of_another_size_are_not_mixed(
    shared: BatchingDetector, network: Counting
) -> None:
    asked = [pictures(10), pictures(20, size=(4, 4)), pictures(30)]
    assert ask_while_busy(shared, network, asked) == [[10], [20], [30]]
    assert sorted(network.batches[1:]) == [(1, 4, 4, 3), (2, 6, 8, 3)]


def test_a_batch_stays_below_its_bound(shared: BatchingDetector, network: Counting) -> None:
    asked = [pictures(*[n] * 8) for n in range(10, 18)]
    assert ask_while_busy(shared, network, asked) == [[n] * 8 for n in range(10, 18)]
    assert max(shape[0] for shape in network.batches) <= MAX_PICTURES


def test_everyone_in_a_broken_batch_learns_of_it_and_the_next_goes_on(
    shared: BatchingDetector, network: Counting
) -> None:
    answers = ask_while_busy(shared, network, [pictures(255), pictures(20)])
    assert all(isinstance(answer, RuntimeError) for answer in answers)
    assert lefts(shared.detect(pictures(40))) == [40]


def test_what_was_asked_before_closing_is_answered(network: Counting) -> None:
    shared = BatchingDetector(network)
    network.go_on.set()
    with ThreadPoolExecutor(1) as callers:
        answer = callers.submit(shared.detect, pictures(7))
        assert lefts(answer.result(timeout=10)) == [7]
    shared.close()
    assert not any(thread.is_alive() for thread in shared._threads)


@dataclass(slots=True)
class Paired(Counting):
    """Answers only when two batches are in it at the same time."""

    at_once: int = 2
    met: Barrier = field(default_factory=lambda: Barrier(2))

    def detect(self, batch: ByteArray) -> list[Detections]:
        self.busy.set()
        self.met.wait(timeout=10)
        return [one(int(picture[0, 0, 0])) for picture in batch]


def test_a_network_that_takes_two_batches_at_once_is_given_two() -> None:
    network = Paired()
    shared = BatchingDetector(network)
    with ThreadPoolExecutor(2) as callers:
        first = callers.submit(shared.detect, pictures(7))
        # Asked together, both might go as one batch; the second comes while the first is inside.
        assert network.busy.wait(timeout=10)
        second = callers.submit(shared.detect, pictures(9))
        assert [lefts(one.result(timeout=20)) for one in (first, second)] == [[7], [9]]
    shared.close()
    assert not any(thread.is_alive() for thread in shared._threads)


def test_a_detector_that_says_nothing_of_its_errors_has_none_invented() -> None:
    info = detector_info(Counting())
    assert info.box_error == {}
    assert info.pixels is None
    assert info.input_size == (8, 6)
