"""Ultralytics checkpoints as detectors. Needs the train group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.detector_ultralytics import UltralyticsDetector
from enforcement.detections import VehicleClass
from enforcement.errors import BadModel

ultralytics = pytest.importorskip("ultralytics", reason="the train group is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # torch's and the exporter's own


def _untrained(path: Path, names: dict[int, str]) -> Path:
    """YOLO11n with random weights and those class names."""
    model = ultralytics.YOLO("yolo11n.yaml", task="detect")
    model.model.names = names
    model.save(str(path))
    return path


def test_whatever_a_checkpoint_calls_its_classes_boxes_come_in_ours(tmp_path: Path) -> None:
    spelt = ["Car", "motorbike", "bus", "truck"]
    path = _untrained(tmp_path / "spelt.pt", {i: spelt[i % 4] for i in range(80)})
    detector = UltralyticsDetector.load(
        path, source=(64, 64), pixels=64 * 64, confidence=1e-9, device="cpu"
    )
    found = detector.detect(np.zeros((2, 64, 64, 3), np.uint8))
    assert (detector.name, detector.input_size, len(found)) == ("spelt", (64, 64), 2)
    assert len(found[0]) > 0
    assert set(found[0].class_id.tolist()) <= {int(c) for c in VehicleClass}
    assert found[0].xyxy.max() <= 64


def test_a_checkpoint_without_vehicles_is_refused(tmp_path: Path) -> None:
    path = _untrained(tmp_path / "dogs.pt", {i: f"dog {i}" for i in range(80)})
    with pytest.raises(BadModel, match="names no car"):
        UltralyticsDetector.load(path)


@pytest.mark.parametrize("content", [b"", b"text\n", b"PK\x03\x04broken"])
def test_a_file_that_is_no_checkpoint_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.pt"
    path.write_bytes(content)
    with pytest.raises(BadModel, match=r"wrong\.pt") as refusal:
        UltralyticsDetector.load(path)
    assert "\n" not in str(refusal.value)
