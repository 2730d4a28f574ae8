"""Training from nothing to a loadable pair of model and card, cut off and resumed. Needs the train group."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from adapters.detector_onnx import OnnxDetector
from adapters.settings import DEFAULT_WEIGHTS
from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from jobs.training import ultralytics_run
from jobs.training.scores import average_precision
from jobs.training.shipped import read_raw_card

pytestmark = pytest.mark.filterwarnings("ignore")  # the trainer's and the exporter's own


@pytest.fixture
def drawn_set(tmp_path: Path) -> Path:
    """Bright boxes on noise, called cars and buses."""
    rng = np.random.default_rng(0)
    root = tmp_path / "drawn"
    for split, count in (("train", 6), ("val", 2)):
        (root / "images" / split).mkdir(parents=True)
        (root / "labels" / split).mkdir(parents=True)
        for number in range(count):
            picture = rng.integers(0, 90, (64, 64, 3)).astype(np.uint8)
            picture[16:48, 8:40] = (220, 220, 40 * number)
            Image.fromarray(picture).save(root / "images" / split / f"{number}.png")
            (root / "labels" / split / f"{number}.txt").write_text(
                f"{number % 2} 0.375 0.5 0.5 0.5\n"
            )
    names = {int(c): c.label for c in VehicleClass}
    (root / "data.yaml").write_text(yaml.safe_dump({"names": names, "vehicle_class": names}))
    return root


def test_training_ends_in_a_described_model_that_loads_and_is_not_begun_twice(
    drawn_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ultralytics", reason="the train group is not installed")
    torch = pytest.importorskip("torch")
    from jobs.train_detector import main  # noqa: PLC0415 - imports the optional group when run

    # Ultralytics sets all cores but one when it picks its device; what was asked for comes after.
    threads: list[int] = []
    begin = ultralytics_run._bfloat16_passes

    def beginning(trainer: object) -> None:
        threads.append(torch.get_num_threads())
        begin(trainer)

    monkeypatch.setattr(ultralytics_run, "_bfloat16_passes", beginning)

    out = tmp_path / "out"
    command = [
        "--data", str(drawn_set), "--out", str(out), "--epochs", "1", "--imgsz", "64",
        "--threads", "3", "--error-scenes", "0", "--set", "plots=false", "--set", "cache=false",
    ]  # fmt: skip
    assert main(command) == 0
    assert threads == [3]
    onnx = out / "weights" / "vigia-vehicles.onnx"
    card = read_raw_card(onnx)
    assert card["training"]["sets"]["drawn"]["pictures"] == 6
    assert card["figures"]["drawn"]["truths"] == 2
    assert "| drawn |" in (onnx.parent / "MODEL_CARD.md").read_text()
    found = OnnxDetector.load(onnx, threads=1).detect(np.zeros((1, 64, 64, 3), np.uint8))
    assert len(found) == 1
    with pytest.raises(BadInput, match="--resume"):
        main(command)


def test_the_shipped_weights_become_a_checkpoint_that_says_the_same(
    drawn_set: Path, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch", reason="the train group is not installed")
    pytest.importorskip("ultralytics", reason="the train group is not installed")
    from jobs.training.from_onnx import checkpoint  # noqa: PLC0415
    from jobs.training.shipped import export  # noqa: PLC0415

    pictures = sorted((drawn_set / "images" / "train").iterdir())
    made = checkpoint(DEFAULT_WEIGHTS, pictures, tmp_path / "start.pt", classes=4, side=64)
    model = torch.load(made, weights_only=False)["model"]
    assert float(model.model[0].bn.running_var.std()) > 0  # normalised, not passed through
    again = export(made, tmp_path / "again", training={})

    # ONNX Runtime counts in float32; OpenVINO may in bfloat16, where the two networks round apart.
    picture = np.random.default_rng(2).integers(0, 255, (1, 384, 640, 3), np.uint8)
    before, after = (
        OnnxDetector.load(weights, runtime="onnxruntime", confidence=0.001).detect(picture)[0]
        for weights in (DEFAULT_WEIGHTS, again)
    )
    strongest = np.arange(10)
    before, after = before.select(strongest), after.select(strongest)
    assert np.allclose(before.xyxy, after.xyxy, atol=0.1)
    assert np.allclose(before.confidence, after.confidence, atol=1e-3)
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(BadInput, match="not a readable ONNX file"):
        checkpoint(tmp_path / "text.onnx", pictures, tmp_path / "no.pt", classes=4, side=64)
    with pytest.raises(BadInput, match="not a yolo11n of ours"):
        checkpoint(DEFAULT_WEIGHTS, pictures, tmp_path / "no.pt", classes=7, side=64)


def test_resuming_what_was_never_begun_is_refused(drawn_set: Path, tmp_path: Path) -> None:
    pytest.importorskip("ultralytics", reason="the train group is not installed")
    from jobs.train_detector import main  # noqa: PLC0415

    with pytest.raises(BadInput, match="no training to resume"):
        main(["--data", str(drawn_set), "--out", str(tmp_path / "new"), "--resume"])


def test_without_the_train_group_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BadInput, match="uv sync --group train"):
        ultralytics_run.require()


def test_average_precision_agrees_with_ultralytics() -> None:
    metrics = pytest.importorskip("ultralytics.utils.metrics", reason="no train group")
    rng = np.random.default_rng(1)
    confidence = rng.random(400).astype(np.float32)
    hit = rng.random(400) < confidence
    truths = int(hit.sum()) + 60
    ordered = hit[np.argsort(-confidence)]
    found = np.cumsum(ordered)
    theirs, *_ = metrics.compute_ap(found / truths, found / np.arange(1, 401))
    assert average_precision(hit, confidence, truths) == pytest.approx(theirs, abs=0.005)
