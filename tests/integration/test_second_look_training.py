"""Training the second look from nothing: it learns, is cut off and resumed, and lands beside its detector."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from adapters.detector_onnx import OnnxDetector
from adapters.settings import DEFAULT_WEIGHTS
from enforcement.detections import Detections, VehicleClass
from jobs import cli, train_second_look

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own
CAR, BUS, TRUCK, MOTORCYCLE = VehicleClass


@pytest.fixture
def drawn_set(tmp_path: Path) -> Path:
    """Wide green cars and tall red buses on noise."""
    rng = np.random.default_rng(0)
    root = tmp_path / "drawn"
    for split, count in (("train", 8), ("val", 2)):
        (root / "images" / split).mkdir(parents=True)
        (root / "labels" / split).mkdir(parents=True)
        for number in range(count):
            dark = 60 if split == "train" else 120
            picture = rng.integers(dark, dark + 60, (160, 160, 3)).astype(np.uint8)
            picture[30:60, 20:80] = (30, 200, 30)
            picture[80:140, 100:130] = (200, 30, 30)
            Image.fromarray(picture).save(root / "images" / split / f"{number}.png")
            (root / "labels" / split / f"{number}.txt").write_text(
                "0 0.3125 0.28125 0.375 0.1875\n1 0.71875 0.6875 0.1875 0.375\n"
            )
    names = {int(c): c.label for c in VehicleClass}
    (root / "data.yaml").write_text(yaml.safe_dump({"names": names, "vehicle_class": names}))
    return root


def test_it_learns_resumes_and_names_what_the_detector_finds(
    drawn_set: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("ultralytics", reason="the train group is not installed")
    pytest.importorskip("torch")
    from jobs.training import class_net  # noqa: PLC0415 - imports the optional group when run

    monkeypatch.setattr(class_net, "DRAWN", 256)
    monkeypatch.setattr(class_net, "BATCH", 32)
    out = tmp_path / "out"
    common = ["--data", str(drawn_set), "--out", str(out), "--epochs", "4", "--detector-say", "0"]

    save, saved = class_net._save, []

    def cut_off(path: Path, state: dict[str, object], epoch: int) -> None:
        save(path, state, epoch)
        saved.append(epoch)
        if saved == [1, 2]:
            raise KeyboardInterrupt

    monkeypatch.setattr(class_net, "_save", cut_off)
    with pytest.raises(KeyboardInterrupt):
        train_second_look.main(common)
    assert cli.run(train_second_look.main, "t", common) == cli.BAD_INPUT
    assert "holds a training already" in capsys.readouterr().err
    assert train_second_look.main([*common, "--resume"]) == cli.DONE
    assert saved == [1, 2, 3, 4]

    onnx = out / "weights" / DEFAULT_WEIGHTS.name
    card = json.loads(onnx.with_suffix(".json").read_text())
    assert card["second_look"]["training"]["crops"]["drawn"]["bus"] == 8
    assert "## Second look" in (out / "weights" / "MODEL_CARD.md").read_text()
    assert (out / "loss.png").stat().st_size > 5000
    second = OnnxDetector.load(onnx, threads=1)._second_look
    assert second is not None
    picture = np.asarray(Image.open(drawn_set / "images" / "val" / "0.png"))[..., ::-1]
    found = Detections(
        xyxy=np.array([[20, 30, 80, 60], [100, 80, 130, 140]], np.float32),
        confidence=np.full(2, 0.9, np.float32),
        class_id=np.full(2, MOTORCYCLE),
    )
    named = second.name_anew(picture, found, np.full((2, 4), 0.25, np.float32))
    assert named.class_id.tolist() == [CAR, BUS]


def test_pictures_that_are_all_measured_on_teach_nothing(
    drawn_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ultralytics", reason="the train group is not installed")
    pytest.importorskip("torch")
    for picture in (drawn_set / "images" / "train").iterdir():
        shutil.copy(drawn_set / "images" / "val" / "0.png", picture)
    given = ["--data", str(drawn_set), "--out", str(tmp_path / "out")]
    assert cli.run(train_second_look.main, "train_second_look", given) == cli.BAD_INPUT
    assert "no labelled vehicle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "line"),
    [
        (["--weight", "drawn"], "--weight drawn: expected SET=NUMBER"),
        (["--weight", "drawn=-1"], "--weight drawn=-1: expected SET=NUMBER"),
        (["--weight", "other=2"], "--weight other: no such set"),
        (["--resume"], "holds no training to resume"),
    ],
)
def test_what_it_cannot_use_is_one_line(
    drawn_set: Path, tmp_path: Path, extra: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ultralytics", reason="the train group is not installed")
    pytest.importorskip("torch")
    given = ["--data", str(drawn_set), "--out", str(tmp_path / "out"), *extra]
    assert cli.run(train_second_look.main, "train_second_look", given) == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert line in said
    assert not (tmp_path / "out" / "weights").exists()
