"""Wanted cameras against running ones: the rows of `devices` decide, this makes it so.

Promises: a camera whose row appears is started, one whose row changes is started anew, one whose row goes
away is stopped; a camera that died is started again by Ray, and one that stays silent is begun anew here.
A restart of the supervisor loses open tracks, for its cameras end with it; it reads the rows again. It
knows no Ray: starting and stopping are given to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from actors.camera_service import CameraOrder
from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable
from schema.heartbeats import Heartbeat, note_heartbeats
from schema.scenes import TRUSTED_ADDRESS, WantedCamera, wanted_cameras

_LOG = logging.getLogger(__name__)
GIVEN_UP_AFTER = 20
"""Status calls in a row without an answer after which a camera is begun anew."""


class Fleet(Protocol):
    """Whoever starts and stops cameras."""

    def start(self, order: CameraOrder) -> Any:
        """Start one; the handle answers `status`."""

    def stop(self, handle: Any) -> None:
        """Stop one for good."""

    def status(self, handle: Any) -> Mapping[str, Any]:
        """Its status. Raises Unavailable while it does not answer."""


@dataclass(slots=True)
class Running:
    """A camera that was started, and what it was started with."""

    handle: Any
    revision: str
    missed: int = 0


SourceOf = Callable[[WantedCamera], str]


class Supervisor:
    """Reconciles; call `step` every few seconds."""

    def __init__(
        self,
        factory: sessionmaker[Session],
        fleet: Fleet,
        settings: Settings,
        *,
        source_of: SourceOf = lambda wanted: wanted.source,
        paced: bool = True,
        once: bool = True,
        start: datetime | None = None,
    ) -> None:
        """source_of: the URL with credentials put back; what it refuses with BadInput is in `refused` and
        tried again at the next step, for one camera's password is no reason to stop the others. paced,
        once, start: see CameraOrder.
        """
        self._factory = factory
        self._fleet = fleet
        self._settings = settings
        self._source_of = source_of
        self._paced, self._once, self._start = paced, once, start
        self.running: dict[str, Running] = {}
        self.refused: dict[str, str] = {}

    def step(self) -> None:
        """Read the rows, start and stop what differs, note heartbeats. Keeps all on a lost database."""
        try:
            with self._factory() as session:
                wanted = {camera.device_id: camera for camera in wanted_cameras(session)}
        except OperationalError as error:
            raise Unavailable("database does not answer; cameras go on") from error
        for device_id in self.running.keys() - wanted.keys():
            self._end(device_id)
        for device_id, camera in wanted.items():
            running = self.running.get(device_id)
            if running is not None and self._outdated(running, camera):
                self._end(device_id)
                running = None
            if running is None:
                self._try(camera)
        for device_id in self.refused.keys() - wanted.keys():
            del self.refused[device_id]
        self._note_heartbeats()

    def statuses(self) -> dict[str, Mapping[str, Any]]:
        """Status of every running camera; one that does not answer says so."""
        found: dict[str, Mapping[str, Any]] = {}
        for device_id, running in self.running.items():
            try:
                found[device_id] = self._fleet.status(running.handle)
                running.missed = 0
            except Unavailable as error:
                running.missed += 1
                found[device_id] = {"camera_id": device_id, "state": "silent", "reason": str(error)}
        for device_id, reason in self.refused.items():
            found[device_id] = {"camera_id": device_id, "state": "failed", "reason": reason}
        return found

    def play(self, start: datetime) -> None:
        """Recordings from their beginning, their first frame dated `start`; the next step begins them."""
        self._start = start
        self.stop()

    def stop(self) -> None:
        """End every camera."""
        for device_id in list(self.running):
            self._end(device_id)

    def _try(self, camera: WantedCamera) -> None:
        known = self.refused.pop(camera.device_id, None)
        try:
            self._begin(camera)
        except BadInput as error:
            self.refused[camera.device_id] = str(error)
            if known != str(error):
                _LOG.error("camera %s: %s", camera.device_id, error)

    def _begin(self, camera: WantedCamera) -> None:
        order = CameraOrder(
            camera_id=camera.device_id,
            source=self._source_of(camera),
            site=camera.site,
            settings=self._settings,
            paced=self._paced,
            once=self._once,
            start=self._start,
            revision=camera.revision,
            guarded=not camera.detection_config.get(TRUSTED_ADDRESS),
        )
        _LOG.info("camera %s: starting", camera.device_id)
        self.running[camera.device_id] = Running(
            handle=self._fleet.start(order), revision=camera.revision
        )

    @staticmethod
    def _outdated(running: Running, camera: WantedCamera) -> bool:
        return running.revision != camera.revision or running.missed >= GIVEN_UP_AFTER

    def _end(self, device_id: str) -> None:
        _LOG.info("camera %s: stopping", device_id)
        self._fleet.stop(self.running.pop(device_id).handle)

    def _note_heartbeats(self) -> None:
        beats = [
            Heartbeat(
                device_id=device_id,
                status=_DEVICE_STATUS.get(str(status["state"]), "error"),
                fps=status.get("fps"),
                latency_ms=status.get("latency_ms"),
            )
            for device_id, status in self.statuses().items()
        ]
        try:
            with self._factory() as session:
                note_heartbeats(session, beats)
                session.commit()
        except OperationalError:
            _LOG.warning("heartbeats wait: database does not answer")


_DEVICE_STATUS = {
    "starting": "active",
    "running": "active",
    "ended": "active",
    "waiting": "offline",
    "silent": "error",
    "degraded": "error",
    "failed": "error",
}
