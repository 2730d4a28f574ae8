"""The shipped detector on drawn streets, and every way of giving it a wrong file."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from adapters.detector_onnx import OnnxDetector
from adapters.letterbox import Letterbox
from adapters.model_card import EDGES, read_card
from adapters.settings import DEFAULT_WEIGHTS
from enforcement.detections import ByteArray, VehicleClass
from enforcement.errors import BadModel
from jobs.training.box_error import measured_scene
from jobs.training.scores import match
from jobs.training.simulated_set import LabelledFrame, labelled_frames

YOLOX = Path(__file__).parents[3] / "shared" / "assets" / "weights" / "yolox_nano_coco_416.onnx"
SIZE = (640, 384)


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    return OnnxDetector.load(DEFAULT_WEIGHTS, source=(1280, 720), threads=1)


@pytest.fixture(scope="module")
def street() -> list[LabelledFrame]:
    """Simulated frames of a day, never trained on."""
    scene = measured_scene(9_100_000)
    middle = float(np.median([v.motion.enters_s for v in scene.vehicles]))
    return list(labelled_frames(scene, np.asarray(middle + 0.5 * np.arange(6), np.float64)))


def _pictures(street: list[LabelledFrame]) -> tuple[Letterbox, ByteArray]:
    height, width = street[0].picture.shape[:2]
    box = Letterbox.fit((width, height), SIZE)
    return box, np.stack([box.picture(frame.picture) for frame in street])


def test_the_shipped_weights_are_small_and_described(detector: OnnxDetector) -> None:
    card = read_card(DEFAULT_WEIGHTS)
    assert DEFAULT_WEIGHTS.stat().st_size <= 12e6
    assert set(card.class_map.values()) == set(VehicleClass)
    assert (detector.digest, detector.name) == (card.digest, "vigia-vehicles")
    assert detector.input_size == SIZE


def test_the_shipped_weights_carry_their_measured_box_error(detector: OnnxDetector) -> None:
    for each in VehicleClass:
        assert set(detector.box_error[each]) == set(EDGES)
    bottom = detector.box_error[VehicleClass.CAR]["bottom"]
    assert abs(bottom.bias_frac) < 0.05
    assert 0 < bottom.sigma_px < 2


def test_near_vehicles_of_a_street_are_found_where_they_are(
    detector: OnnxDetector, street: list[LabelledFrame]
) -> None:
    box, batch = _pictures(street)
    wanted = found = 0
    for frame, detections in zip(street, detector.detect(batch), strict=True):
        truth = frame.rows[frame.whole & (frame.rows[:, 4] - frame.rows[:, 2] > 40)]
        partner = match(box.to_source(detections), truth[:, 1:].astype(np.float32))
        wanted, found = wanted + len(truth), found + int((partner >= 0).sum())
    assert wanted >= 8
    assert found >= 0.9 * wanted


def test_nothing_is_found_on_an_empty_grey_picture(detector: OnnxDetector) -> None:
    assert len(detector.detect(np.full((1, 416, 736, 3), 114, np.uint8))[0]) == 0


def test_a_picture_gives_the_same_boxes_alone_in_a_batch_and_on_two_threads(
    detector: OnnxDetector, street: list[LabelledFrame]
) -> None:
    _, batch = _pictures(street)
    together = detector.detect(batch)
    wide = OnnxDetector.load(DEFAULT_WEIGHTS, threads=2).detect(batch)
    for index in (0, 5):
        alone = detector.detect(batch[index : index + 1])[0]
        assert np.array_equal(alone.xyxy, together[index].xyxy)
        assert np.array_equal(alone.xyxy, wide[index].xyxy)


def test_batches_of_several_callers_at_once_are_not_mixed_up(
    detector: OnnxDetector, street: list[LabelledFrame]
) -> None:
    _, batch = _pictures(street)
    alone = detector.detect(batch)
    orders = [np.roll(np.arange(len(batch)), turn) for turn in range(8)]
    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(lambda order: detector.detect(batch[order]), orders))
    for order, found in zip(orders, answers, strict=True):
        for index, boxes in zip(order, found, strict=True):
            assert np.array_equal(boxes.xyxy, alone[index].xyxy)


def test_both_runtimes_see_the_same(detector: OnnxDetector, street: list[LabelledFrame]) -> None:
    _, batch = _pictures(street)
    other = OnnxDetector.load(DEFAULT_WEIGHTS, runtime="onnxruntime", threads=1)
    for a, b in zip(detector.detect(batch[:2]), other.detect(batch[:2]), strict=True):
        sure = a.select(a.confidence > 0.4)  # at the threshold itself rounding decides
        partner = match(sure, b.xyxy)
        assert len(sure) >= 1
        assert (partner >= 0).all()
        assert np.array_equal(sure.class_id, b.class_id[partner])
        assert np.abs(sure.xyxy - b.xyxy[partner]).max() < 1.0


def test_cameras_of_other_shapes_share_one_detector(detector: OnnxDetector) -> None:
    assert detector.any_size
    for height, width in ((480, 608), (544, 544)):
        assert len(detector.detect(np.zeros((2, height, width, 3), np.uint8))) == 2


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize(
    "content", [b"", b"not a network\n", b"\x08\x08" + b"\x00" * 200, "truncated"]
)
def test_a_file_that_is_no_network_is_one_line(
    tmp_path: Path, runtime: str, content: bytes | str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(
        DEFAULT_WEIGHTS.read_bytes()[:200_000] if isinstance(content, str) else content
    )
    with pytest.raises(BadModel, match=r"model\.onnx") as refusal:
        OnnxDetector.load(path, runtime=runtime)
    assert "\n" not in str(refusal.value)
    assert capfd.readouterr().err == ""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="nowhere"):
        OnnxDetector.load(tmp_path / "nowhere.onnx")


def test_a_network_of_another_kind_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the train group is not installed")
    shape = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 4])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 4])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [shape], [out]
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "r.onnx")
    with pytest.raises(BadModel, match="not a detector"):
        OnnxDetector.load(tmp_path / "r.onnx")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"classes": ["tram"]}, "names no car"),
        ({"classes": [*["car"] * 9]}, "more classes"),
        ({"threshold": {}}, "confidence"),
        (None, "not a model card"),
    ],
)
def test_a_card_that_does_not_fit_its_file_is_refused(
    tmp_path: Path, change: dict[str, object] | None, named: str
) -> None:
    copy = tmp_path / DEFAULT_WEIGHTS.name
    shutil.copy(DEFAULT_WEIGHTS, copy)
    card = json.loads(DEFAULT_WEIGHTS.with_suffix(".json").read_text())
    text = "{" if change is None else json.dumps(card | change)
    copy.with_suffix(".json").write_text(text)
    with pytest.raises(BadModel, match=named):
        OnnxDetector.load(copy)


def test_an_ultralytics_export_without_a_card_names_its_own_classes(tmp_path: Path) -> None:
    copy = tmp_path / "foreign.onnx"
    shutil.copy(DEFAULT_WEIGHTS, copy)
    street = np.zeros((1, 416, 736, 3), np.uint8)
    assert OnnxDetector.load(copy, threads=1).detect(street)[0].xyxy.shape[1] == 4


@pytest.mark.skipif(not YOLOX.is_file(), reason=f"no asset {YOLOX.name}")
@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_yolox_export_finds_the_vehicles_of_a_photograph(runtime: str, assets: Path) -> None:
    detector = OnnxDetector.load(YOLOX, runtime=runtime, threads=1)
    path = sorted((assets / "datasets" / "fortaleza-junctions" / "images" / "val").iterdir())[0]
    picture = cv2.imread(str(path))
    assert picture is not None
    box = Letterbox.fit((picture.shape[1], picture.shape[0]), detector.input_size)
    assert detector.input_size == (416, 416)
    assert len(detector.detect(box.picture(np.asarray(picture, np.uint8))[None])[0]) >= 2
