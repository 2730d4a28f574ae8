"""The second look of the weights that ship: it renames, leaves boxes alone, is the file its card names."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adapters.detector_onnx import OnnxDetector
from adapters.model_card import read_card
from adapters.onnx_runtime import Network
from adapters.openvino_runtime import OpenVinoRows
from adapters.second_look import SecondLook
from adapters.settings import DEFAULT_WEIGHTS
from enforcement.detections import Detections, VehicleClass
from enforcement.errors import BadModel
from jobs.training.simulated_set import labelled_frames, varied_scene

CARD = read_card(DEFAULT_WEIGHTS)
CAR, BUS, TRUCK, MOTORCYCLE = VehicleClass


@pytest.fixture(scope="module")
def seen() -> list[tuple[np.ndarray, Detections]]:
    """Simulated frames with their true boxes, vehicles large enough to tell by eye (24 pixels)."""
    made = []
    for seed in range(9_100_000, 9_100_005):
        for frame in labelled_frames(varied_scene(seed), np.linspace(1.0, 7.0, 7)):
            tall = frame.rows[:, 4] - frame.rows[:, 2] > 24
            kept = frame.rows[tall & frame.whole]
            found = Detections(
                xyxy=kept[:, 1:].astype(np.float32),
                confidence=np.full(len(kept), 0.9, np.float32),
                class_id=kept[:, 0].astype(np.int64),
            )
            made.append((frame.picture, found))
    return made


def _second(**changed: float) -> SecondLook:
    assert CARD.second_look is not None
    card = replace(CARD.second_look, **changed)  # type: ignore[arg-type]
    return SecondLook.load(DEFAULT_WEIGHTS, card, confidence=0.25)


def test_it_names_vehicles_by_what_they_look_like(
    seen: list[tuple[np.ndarray, Detections]],
) -> None:
    second = _second(detector_say=0.0)
    right = total = 0
    for picture, truth in seen:
        unsure = np.full((len(truth), 4), 0.25, np.float32)
        made = second.name_anew(picture, truth, unsure)
        right += int((made.class_id == truth.class_id).sum())
        total += len(truth)
        assert np.array_equal(made.xyxy, truth.xyxy)
        assert np.array_equal(made.confidence, truth.confidence)
    assert total > 20
    assert right / total > 0.8


def test_the_detector_s_scores_have_their_say(seen: list[tuple[np.ndarray, Detections]]) -> None:
    picture, truth = next(one for one in seen if len(one[1]))
    doubtful = np.full((len(truth), 4), 0.01, np.float32)
    doubtful[:, MOTORCYCLE] = 0.5
    made = _second(detector_say=50.0).name_anew(picture, truth, doubtful)
    assert (made.class_id == MOTORCYCLE).all()


def test_what_the_detector_is_sure_of_is_not_looked_at_again(
    seen: list[tuple[np.ndarray, Detections]],
) -> None:
    picture, truth = next(one for one in seen if len(one[1]))
    wrong = replace(truth, class_id=np.full(len(truth), MOTORCYCLE))
    scores = np.full((len(truth), 4), 0.002, np.float32)
    scores[:, MOTORCYCLE] = 0.9
    kept = _second(detector_say=0.0, sure=80).name_anew(picture, wrong, scores)
    assert (kept.class_id == MOTORCYCLE).all()
    named = _second(detector_say=0.0, sure=1000).name_anew(picture, wrong, scores)
    assert (named.class_id != MOTORCYCLE).any()


def test_weak_boxes_and_empty_pictures_are_left_alone(
    seen: list[tuple[np.ndarray, Detections]],
) -> None:
    picture, truth = next(one for one in seen if len(one[1]))
    wrong = replace(
        truth,
        class_id=np.full(len(truth), MOTORCYCLE),
        confidence=np.full(len(truth), 0.2, np.float32),
    )
    even = np.full((len(truth), 4), 0.25, np.float32)
    made = _second().name_anew(picture, wrong, even)
    assert (made.class_id == MOTORCYCLE).all()
    none = _second().name_anew(picture, Detections.empty(), np.zeros((0, 4), np.float32))
    assert len(none) == 0


@pytest.mark.parametrize("count", [1, 7, 8, 9, 17])
def test_a_crop_is_named_alike_in_every_batch_and_by_both_runtimes(count: int) -> None:
    assert CARD.second_look is not None
    path, side = DEFAULT_WEIGHTS.with_name(CARD.second_look.file), CARD.second_look.side
    crops = np.random.default_rng(3).integers(0, 255, (17, side, side, 3), np.uint8)[-count:]
    rows = OpenVinoRows(path, rows=8, threads=2)
    [name] = rows.inputs
    made = rows.run({name: crops})
    alone = [rows.run({name: one[None]})[0] for one in crops]
    assert np.array_equal(made, alone)
    other = Network(path, threads=1).run({name: crops})
    assert np.exp(made) == pytest.approx(np.exp(other), abs=0.05)  # bfloat16 has 8 bits
    assert rows.run({name: crops[:0]}).shape == (0, len(VehicleClass))


def test_the_detector_says_who_names_its_finds() -> None:
    assert CARD.second_look is not None
    detector = OnnxDetector.load(DEFAULT_WEIGHTS, threads=1)
    assert detector.second_look == (CARD.second_look.file, CARD.second_look.digest)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda path: path.unlink(), "no such model file"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "another file"),
    ],
)
def test_a_missing_or_other_file_is_named(tmp_path: Path, spoil: object, named: str) -> None:
    assert CARD.second_look is not None
    for name in (
        DEFAULT_WEIGHTS.name,
        DEFAULT_WEIGHTS.with_suffix(".json").name,
        CARD.second_look.file,
    ):
        shutil.copy(DEFAULT_WEIGHTS.parent / name, tmp_path / name)
    spoil(tmp_path / CARD.second_look.file)  # type: ignore[operator]
    with pytest.raises(BadModel, match=f"{CARD.second_look.file}: .*{named}"):
        OnnxDetector.load(tmp_path / DEFAULT_WEIGHTS.name, threads=1)


def test_a_network_that_takes_no_crops_is_refused(tmp_path: Path) -> None:
    assert CARD.second_look is not None
    card = json.loads(DEFAULT_WEIGHTS.with_suffix(".json").read_text())
    shutil.copy(DEFAULT_WEIGHTS, tmp_path)
    shutil.copy(DEFAULT_WEIGHTS, tmp_path / CARD.second_look.file)
    card["second_look"]["sha256"] = card["sha256"]
    (tmp_path / DEFAULT_WEIGHTS.with_suffix(".json").name).write_text(json.dumps(card))
    with pytest.raises(BadModel, match=r"vigia-classes\.onnx: takes"):
        OnnxDetector.load(tmp_path / DEFAULT_WEIGHTS.name, threads=1)
