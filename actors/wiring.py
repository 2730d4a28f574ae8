"""Plain classes to Ray actors: the only file that knows `ray.remote`.

Name, resources and restarts of every actor stand side by side here. On a machine with a GPU detectors
take a share of it; elsewhere they take cores; never both are assumed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import ray

from actors.camera_service import CameraOrder, CameraService
from actors.detector import BatchingDetector, load_detector
from actors.plate_reader import PlateReader
from actors.ports import DetectorInfo, DetectorPort, ReaderInfo, ReaderPort
from actors.ray_ports import Named, RayDetector, RayReader, RayReports, answer, call
from actors.ray_start import BACKGROUND, LIVE, start_ray
from actors.recording import RecorderService, RelayService
from adapters.ocr_rapid import rapid_plate_ocr
from adapters.settings import Settings
from enforcement.errors import Unavailable

FOREVER = -1
CALLERS = 64
"""Micro-batches that may wait in one detector at a time; more wait in their cameras."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Resources of each actor. detector_gpu 0 means no GPU is assumed."""

    detector_gpu: float
    detector_cpu: float
    detector_threads: int
    reader_cpu: float = 0.2
    camera_cpu: float = 0.1
    service_cpu: float = 0.0

    @classmethod
    def of_this_cluster(cls) -> Shares:
        """Half a GPU per detector where there is one, else half of this node's cores."""
        resources = ray.cluster_resources()
        cores = max(1, os.cpu_count() or 1)
        if resources.get("GPU", 0) >= 1:
            return cls(detector_gpu=0.5, detector_cpu=0.5, detector_threads=1)
        return cls(detector_gpu=0.0, detector_cpu=min(1.0, cores / 2), detector_threads=cores)


class DetectorActor(BatchingDetector):
    """`BatchingDetector` over a weights file on its own node."""

    def __init__(self, weights: str, threads: int, gpu: bool) -> None:
        super().__init__(load_detector(Path(weights), threads=threads, gpu=gpu))

    def pid(self) -> int:
        """Process that runs it."""
        return os.getpid()


class PlateReaderActor(PlateReader):
    """`PlateReader` over RapidOCR."""

    def __init__(self) -> None:
        super().__init__(rapid_plate_ocr(threads=1))


class Cluster:
    """A connection to Ray and the actors that this process started on it."""

    def __init__(self, shares: Shares, *, owns_ray: bool) -> None:
        self._shares = shares
        self._owns_ray = owns_ray
        self._started: list[Any] = []

    @classmethod
    def connect(cls, address: str | None = None, *, background: bool = False) -> Cluster:
        """A Ray of our own on this machine, or the cluster at an address (RAY_ADDRESS).

        background: work that can wait, such as a batch job's: live work on the same cores goes first.
        """
        owns = False
        if not ray.is_initialized():
            owns = True
            start_ray(address, niceness=BACKGROUND if background else LIVE)
        return cls(Shares.of_this_cluster(), owns_ray=owns)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop what this process started."""
        for actor in reversed(self._started):
            ray.kill(actor)
        self._started.clear()
        if self._owns_ray:
            ray.shutdown()

    def detector_port(self, weights: Path, *, actors: int = 1) -> RayDetector:
        """A pool of detectors; its weights must be readable on their nodes."""
        shares = self._shares
        gpu = shares.detector_gpu > 0 and weights.suffix == ".pt"
        options = {
            "num_cpus": shares.detector_cpu,
            "num_gpus": shares.detector_gpu if gpu else 0,
            "max_task_retries": 2,
            "max_concurrency": CALLERS,
        }
        given = str(weights.resolve()), shares.detector_threads, gpu
        pool = [self._begin("detector", DetectorActor, options, *given) for _ in range(actors)]
        info: DetectorInfo = answer(pool[0].handle.describe.remote())
        return RayDetector(pool, info)

    def reader_port(self, *, actors: int = 1) -> ReaderPort:
        """A pool of plate readers."""
        options = {"num_cpus": self._shares.reader_cpu, "max_task_retries": 2}
        pool = [self._begin("reader", PlateReaderActor, options) for _ in range(actors)]
        info: ReaderInfo = answer(pool[0].handle.describe.remote())
        return RayReader(pool, info)

    def recorder(self, settings: Settings) -> Named:
        """The recorder of a node."""
        return self._begin("recorder", RecorderService, self._service, settings)

    def relay(self, settings: Settings) -> Named:
        """The outbox relay."""
        return self._begin("relay", RelayService, self._service, settings)

    def camera(
        self, order: CameraOrder, detector: DetectorPort, reader: ReaderPort, recorder: Named
    ) -> Any:
        """One camera; it begins at once and begins again after every restart."""
        options = {"num_cpus": self._shares.camera_cpu, "max_concurrency": 4}
        given = order, detector, reader, RayReports(recorder)
        return self._begin(f"camera:{order.camera_id}", CameraService, options, *given).handle

    def stop(self, actor: Any) -> None:
        """End one actor for good."""
        ray.kill(actor)
        self._started.remove(actor)

    @property
    def _service(self) -> dict[str, Any]:
        return {"num_cpus": self._shares.service_cpu, "max_concurrency": 4}

    def _begin(self, role: str, kind: type[Any], options: dict[str, Any], *arguments: Any) -> Named:
        # A name is free again only some time after its actor was ended: none is used twice.
        name = f"{role}:{uuid4().hex[:8]}"
        remote = ray.remote(kind).options(name=name, max_restarts=FOREVER, **options)
        actor = remote.remote(*arguments)
        self._started.append(actor)
        return Named(name, actor)


class RayFleet:
    """`supervisor.Fleet` over camera actors."""

    def __init__(
        self, cluster: Cluster, detector: DetectorPort, reader: ReaderPort, recorder: Named
    ) -> None:
        self._cluster = cluster
        self._detector = detector
        self._reader = reader
        self._recorder = recorder

    def start(self, order: CameraOrder) -> Any:
        """A camera actor; it begins at once."""
        return self._cluster.camera(order, self._detector, self._reader, self._recorder)

    def stop(self, handle: Any) -> None:
        """Let it finish what is in hand, then end it."""
        with suppress(Unavailable):
            call(handle, "stop", timeout_s=25.0)
        self._cluster.stop(handle)

    def status(self, handle: Any) -> dict[str, Any]:
        """Its status. Raises Unavailable while it does not answer."""
        status: dict[str, Any] = call(handle, "status", timeout_s=10.0)
        return status
