"""The files of one run (DESIGN §6), whole or absent.

Lines are written as passes end, beside their final names; `finish` gives them those names.
"""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from uuid import uuid4

from actors.camera import Camera
from actors.outcomes import PassOutcome
from actors.ports import models_of
from adapters.software import software
from adapters.video_stream import VideoStream
from enforcement.errors import BadInput
from enforcement.plain import to_plain
from jobs.watch_ports import Ports

PASSES, VERDICTS, RUN = "passes.jsonl", "verdicts.jsonl", "run.json"


class RunFiles:
    """Writes passes.jsonl, verdicts.jsonl and run.json of one run into a folder."""

    def __init__(self, folder: Path) -> None:
        """Raises BadInput, one line, when the folder cannot be written."""
        self._folder = folder
        self._open: dict[str, IO[str]] = {}
        self._parts: list[Path] = []
        self._made = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in (PASSES, VERDICTS):
                self._open[name] = self.part(name).open("w", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"--out {folder}: {error.strerror or error}") from None

    def part(self, name: str) -> Path:
        """Where a file is written until the run is over."""
        path = self._folder / f".{name}.part"
        # A film's container is guessed from its suffix.
        path = path.with_name(f".part.{name}") if name.endswith(".mp4") else path
        if path not in self._parts:
            self._parts.append(path)
        return path

    def write(self, outcome: PassOutcome) -> None:
        """Append one finished pass and its verdicts."""
        self._line(PASSES, outcome.pass_line())
        for line in outcome.verdict_lines():
            self._line(VERDICTS, line)

    def finish(self, facts: dict[str, Any]) -> None:
        """Write run.json and give every file its name."""
        for file in self._open.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        for part in self._parts:
            if part.exists():
                part.replace(self._folder / _final_name(part.name))
        partial = self._folder / f".{RUN}.part"
        partial.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        partial.replace(self._folder / RUN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._open.values():
            file.close()
        for part in self._parts:
            part.unlink(missing_ok=True)
        if self._made and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _line(self, name: str, line: dict[str, Any]) -> None:
        self._open[name].write(json.dumps(line, ensure_ascii=False) + "\n")


def _final_name(part: str) -> str:
    return part.removeprefix(".part.").removeprefix(".").removesuffix(".part")


def run_facts(
    camera: Camera, stream: VideoStream, ports: Ports, *, seconds: float
) -> dict[str, Any]:
    """Content of run.json."""
    counts = stream.counts
    return {
        "run_id": str(uuid4()),
        "camera_id": camera.scene.camera.id,
        "simulated": camera.scene.camera.simulated,
        "software": to_plain(software()),
        "versions": {
            name: version(name)
            for name in ("av", "numpy", "openvino", "trackers", "rapidocr", "ray")
        },
        "models": to_plain(models_of(ports.detector.info, ports.reader.info)),
        "source": stream.name,
        "image_size": list(camera.size),
        "frames": {
            "read": counts.packets,
            "decoded": counts.decoded,
            "dropped": counts.dropped,
            "corrupt": counts.concealed,
        },
        "clock": to_plain(stream.health()),
        "calibration": None
        if camera.scene.road is None
        else {
            "held_out_rmse_m": camera.scene.road.held_out_rmse_m,
            "fit_rmse_m": camera.scene.road.fit_rmse_m,
            "camera_height_m": camera.scene.road.camera_height_m,
        },
        "rules_resting": {kind.value: part for kind, part in camera.resting.items()},
        "wall_seconds": round(seconds, 3),
        "frames_per_second": round(counts.decoded / seconds, 2) if seconds > 0 else 0.0,
        "host_cores": os.cpu_count(),
    }
