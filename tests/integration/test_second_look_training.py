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
from adapters.onnx_runtime import Network
from adapters.settings import DEFAULT_WEIGHTS
from adapters.vehicle_crops import BEYOND
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
        (["--teacher", "nobody.onnx"], "--teacher nobody.onnx: no such file"),
        (["--teacher", str(DEFAULT_WEIGHTS)], "no second look"),
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


def test_a_pupil_learns_what_its_teachers_say_though_the_labels_say_otherwise(
    drawn_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="the train group is not installed")
    from jobs.training import class_net  # noqa: PLC0415
    from jobs.training.class_crops import gather  # noqa: PLC0415
    from jobs.training.near_copies import Measured  # noqa: PLC0415
    from jobs.training.yolo_sets import read_sets  # noqa: PLC0415

    monkeypatch.setattr(class_net, "DRAWN", 256)
    monkeypatch.setattr(class_net, "BATCH", 32)
    monkeypatch.setattr(class_net, "TAUGHT", 0.9)
    learnt = gather(read_sets([drawn_set]), {}, measured=Measured([]))

    class Contrary:
        """Says truck to all: no label does."""

        def say(self, crops: object) -> object:
            return torch.eye(4)[torch.full((len(crops),), int(TRUCK))]  # type: ignore[arg-type]

    def told(*_: object) -> None: ...

    made = {
        name: class_net.train(
            learnt,
            epochs=4,
            checkpoint=tmp_path / f"{name}.pt",
            seed=0,
            threads=2,
            teachers=teachers,  # type: ignore[arg-type]
            on_epoch=told,
        )
        for name, teachers in (("alone", None), ("taught", Contrary()))
    }
    seen = class_net.varied(learnt.crops, learnt.shape)
    said = {
        name: net((seen - class_net.MEAN) / class_net.SPREAD).argmax(dim=1).numpy()
        for name, net in made.items()
    }
    assert (said["alone"] == learnt.classes).mean() > 0.8
    assert (said["taught"] == TRUCK).mean() > 0.8


def test_the_teachers_opinion_is_what_their_networks_say(drawn_set: Path) -> None:
    torch = pytest.importorskip("torch", reason="the train group is not installed")
    from jobs.training.class_teachers import Teachers  # noqa: PLC0415

    path = DEFAULT_WEIGHTS.with_name(train_second_look.FILE)
    network = Network(path, threads=1)
    [(name, (_, side, _, _))] = network.inputs.items()
    assert side
    crops = np.random.default_rng(2).integers(0, 255, (5, side, side, 3), np.uint8)
    shown = torch.from_numpy(crops[..., ::-1].copy()).permute(0, 3, 1, 2).float() / 255
    said = Teachers([path, path], threads=1).say(shown).numpy()
    assert said == pytest.approx(np.exp(network.run({name: crops})), abs=1e-4)


def test_a_vehicle_that_is_cut_off_stands_in_the_middle_and_grey_is_beyond(
    drawn_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="the train group is not installed")
    from jobs.training import class_net  # noqa: PLC0415
    from jobs.training.class_crops import CONTEXT  # noqa: PLC0415

    monkeypatch.setattr(class_net, "CUT_OFF", 1.0)
    torch.manual_seed(0)
    shape = np.tile(np.array([[1.0, 0.5]], np.float32) / CONTEXT, (400, 1))
    low, high, first, last = class_net._cut_off(torch.from_numpy(shape))
    cut = torch.isfinite(torch.cat([first, last], dim=1))
    assert (cut.sum(dim=1) == 1).all(), "one side each"
    assert cut.any(dim=0).all(), "every side"
    left = ((high - low) / 2 / torch.from_numpy(shape)).amin(dim=1)
    assert 0.5 <= float(left.min()) < 0.6 < 0.8 < float(left.max()) <= 0.9
    made = class_net.varied(np.full((400, 64, 64, 3), 255, np.uint8), shape)
    grey = (made - BEYOND / 255).abs().amax(dim=1) < 1e-6
    assert 0.05 < float(grey.float().mean()) < 0.5
    assert float(grey[:, 23:25, 23:25].float().mean()) < 0.02, (
        "what is left of the vehicle is hidden"
    )
