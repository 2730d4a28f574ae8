"""Ports, tickets and calls over actor handles: what travels between actors, and what a death looks like.

No actor is made here; handles are given. Errors of the other side come back as their own kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import ray

from actors.ports import DetectorInfo, ReaderInfo, Ticket
from enforcement.detections import ByteArray, Detections
from enforcement.errors import Unavailable
from enforcement.plates import PlateRead

T = TypeVar("T")
START_PATIENCE_S = 180.0


class Named:
    """An actor's handle that travels as its name.

    A handle among the arguments of an actor's constructor is kept in the object store, and without it that
    actor could not be restarted; a name cannot be lost.
    """

    def __init__(self, name: str, handle: Any = None) -> None:
        """handle: the one that whoever made the actor holds, and lives as long as; else looked up."""
        self.name = name
        self.handle: Any = ray.get_actor(name) if handle is None else handle

    def __reduce__(self) -> tuple[type[Named], tuple[str]]:
        return Named, (self.name,)


class RayTicket(Generic[T]):
    """A ticket over an object reference."""

    def __init__(self, reference: ray.ObjectRef) -> None:
        self._reference = reference

    def ready(self) -> bool:
        """Whether the answer is there."""
        return bool(ray.wait([self._reference], timeout=0)[0])

    def result(self) -> T:
        """The answer, waiting for it.

        Raises Unavailable when its actor died or its answer was lost, and what the actor raised.
        """
        try:
            answer: T = ray.get(self._reference)
        except ray.exceptions.RayTaskError as error:
            raise error.as_instanceof_cause() from None
        except ray.exceptions.RayError as error:
            raise Unavailable(f"an actor died while it worked: {type(error).__name__}") from error
        return answer


class RayDetector:
    """`DetectorPort` over a pool of detector actors; batches go round."""

    def __init__(self, actors: Sequence[Named], info: DetectorInfo) -> None:
        self.info = info
        self._actors = list(actors)
        self._next = 0

    @property
    def first(self) -> Any:
        """Handle of the pool's first actor."""
        return self._actors[0].handle

    def submit(self, batch: ByteArray) -> Ticket[list[Detections]]:
        """The batch travels through the object store, once."""
        actor = self._actors[self._next % len(self._actors)]
        self._next += 1
        return RayTicket(actor.handle.detect.remote(ray.put(batch)))


class RayReader:
    """`ReaderPort` over a pool of plate reader actors."""

    def __init__(self, actors: Sequence[Named], info: ReaderInfo) -> None:
        self.info = info
        self._actors = list(actors)
        self._next = 0

    def submit(self, crops: Sequence[ByteArray]) -> Ticket[list[list[PlateRead]]]:
        """Crops are small: they travel with the call."""
        actor = self._actors[self._next % len(self._actors)]
        self._next += 1
        return RayTicket(actor.handle.read.remote(list(crops)))


class RayReports:
    """`camera_service.Reports` over the recorder actor: sent and forgotten, never waited for."""

    def __init__(self, recorder: Named) -> None:
        self._recorder = recorder

    def send(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """Hand rows over; the recorder keeps a bounded number of them."""
        self._recorder.handle.telemetry.remote(rows)


def call(actor: Any, method: str, *arguments: Any, timeout_s: float = 30.0) -> Any:
    """Ask an actor and wait. Raises Unavailable when it does not answer."""
    try:
        return ray.get(getattr(actor, method).remote(*arguments), timeout=timeout_s)
    except (ray.exceptions.RayActorError, ray.exceptions.GetTimeoutError) as error:
        raise Unavailable(f"no answer to {method}: {type(error).__name__}") from error


def answer(reference: ray.ObjectRef) -> Any:
    """What an actor's first call returns; an error of its constructor is raised as its own kind.

    Raises Unavailable when the actor dies or no node has room for it in time.
    """
    try:
        return ray.get(reference, timeout=START_PATIENCE_S)
    except ray.exceptions.GetTimeoutError:
        needed = f"an actor did not start within {START_PATIENCE_S:.0f} s"
        raise Unavailable(f"{needed}: no node has the cores or the GPU for it") from None
    except ray.exceptions.RayTaskError as error:
        raise error.as_instanceof_cause() from None
    except ray.exceptions.ActorDiedError as error:
        raise Unavailable(f"an actor could not start: {last_line(error)}") from error


def last_line(error: Exception) -> str:
    """The last line of an error's text, which in Ray's errors is the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
