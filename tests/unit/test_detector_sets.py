"""Labelled sets: other people's classes onto ours, and one training folder out of several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from jobs.training.merged_set import build, repeats
from jobs.training.yolo_sets import read_set, read_sets


def _set(root: Path, labels: str, *, size: tuple[int, int] = (64, 64), **described: object) -> Path:
    for split, colour in (("train", "white"), ("val", "black")):
        (root / "images" / split).mkdir(parents=True)
        (root / "labels" / split).mkdir(parents=True)
        Image.new("RGB", size, colour).save(root / "images" / split / "a.jpg")
        (root / "labels" / split / "a.txt").write_text(labels)
    (root / "data.yaml").write_text(
        yaml.safe_dump(
            {"names": {0: "bike", 1: "person"}, "vehicle_class": {0: "motorcycle", 1: None}}
            | described
        )
    )
    return root


def test_classes_are_mapped_and_what_is_no_vehicle_is_dropped(tmp_path: Path) -> None:
    made = read_set(_set(tmp_path / "s", "0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.1 0.1\n"))
    assert made.rows(made.pictures("train")[0]).tolist() == [[3, 0.5, 0.5, 0.2, 0.4]]


def test_an_outline_becomes_its_bounding_box(tmp_path: Path) -> None:
    made = read_set(_set(tmp_path / "s", "0 0.2 0.3 0.6 0.3 0.4 0.7\n"))
    assert np.allclose(made.rows(made.pictures("val")[0]), [[3, 0.4, 0.5, 0.4, 0.4]])


@pytest.mark.parametrize(
    ("labels", "named"),
    [("0 x 0 0 0\n", "line 1"), ("7 0.5 0.5 0.1 0.1\n", "line 1"), ("0 0.5 0.5\n", "line 1")],
)
def test_a_wrong_label_is_named_with_its_line(tmp_path: Path, labels: str, named: str) -> None:
    made = read_set(_set(tmp_path / "s", labels))
    with pytest.raises(BadInput, match=named):
        made.rows(made.pictures("train")[0])


def test_an_unknown_class_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="tram"):
        read_set(_set(tmp_path / "s", "", vehicle_class={0: "tram", 1: None}))


def test_a_class_that_was_read_again_replaces_the_labels_own_in_its_split_alone(
    tmp_path: Path,
) -> None:
    given = _set(tmp_path / "s", "1 0.1 0.1 0.1 0.1\n\n0 0.5 0.5 0.2 0.4\n")
    listed = tmp_path / "s.yaml"
    listed.write_text("set: s\nval:\n  a: {3: truck}\n")
    [made] = read_sets([given], [listed])
    assert made.rows(made.pictures("val")[0]).tolist() == [[VehicleClass.TRUCK, 0.5, 0.5, 0.2, 0.4]]
    assert made.rows(made.pictures("train")[0])[0, 0] == VehicleClass.MOTORCYCLE


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("set: other\nval:\n  a: {1: bus}\n", "other is not among"),
        ("val:\n  a: {1: bus}\n", "no `set`"),
        ("set: s\nval:\n  a: {1: tram}\n", "'tram' is none of"),
        ("set: s\nval:\n  a: {0: bus}\n", "0 is no line"),
        ("set: s\nval:\n  a: [1]\n", "expected LINE: CLASS"),
        ("set: s\nval: 3\n", "`val` is no list"),
        ("set: [s\n", "not a readable list"),
    ],
)
def test_a_wrong_list_of_labels_read_again_is_named(tmp_path: Path, text: str, named: str) -> None:
    given = _set(tmp_path / "s", "0 0.5 0.5 0.2 0.4\n")
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(BadInput, match=named):
        read_sets([given], [tmp_path / "s.yaml"])


def test_a_line_that_was_read_again_but_is_not_there_is_named(tmp_path: Path) -> None:
    given = _set(tmp_path / "s", "0 0.5 0.5 0.2 0.4\n")
    (tmp_path / "s.yaml").write_text("set: s\nval:\n  a: {4: bus}\n")
    [made] = read_sets([given], [tmp_path / "s.yaml"])
    with pytest.raises(BadInput, match="line 4 is read again"):
        made.rows(made.pictures("val")[0])


def test_folders_without_sets_and_sets_without_vehicles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no set with vehicles"):
        read_sets([tmp_path / "empty"])
    with pytest.raises(BadInput, match="no set with vehicles"):
        read_sets([_set(tmp_path / "plates", "", vehicle_class={0: None, 1: None})])


def test_a_set_that_leaves_a_class_unboxed_is_measured_on_but_not_trained_on(
    tmp_path: Path,
) -> None:
    whole = read_set(_set(tmp_path / "whole", "0 0.5 0.5 0.2 0.4\n"))
    partly = read_set(_set(tmp_path / "partly", "0 0.5 0.5 0.2 0.4\n", unlabelled=["motorcycle"]))
    data, counts = build([whole, partly], tmp_path / "out")
    listed = (data.parent / "train.txt").read_text()
    assert "whole__" in listed
    assert "partly__" not in listed
    assert list(counts) == ["whole"]
    assert len(list((data.parent / "images" / "val").iterdir())) == 2


def test_validation_pictures_are_never_listed_for_training(tmp_path: Path) -> None:
    data, _ = build([read_set(_set(tmp_path / "s", "0 0.5 0.5 0.2 0.4\n"))], tmp_path / "out")
    assert all("/images/train/" in line for line in (data.parent / "train.txt").read_text().split())


def test_a_training_picture_that_is_nearly_one_that_is_measured_on_is_left_out(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    road = Image.fromarray(rng.integers(40, 200, (12, 12, 3), np.uint8)).resize((96, 96))
    other = road.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    elsewhere = read_set(_set(tmp_path / "elsewhere", "0 0.5 0.5 0.2 0.4\n"))
    given = _set(tmp_path / "s", "0 0.5 0.5 0.2 0.4\n")
    road.save(given / "images" / "val" / "a.jpg", quality=95)
    # The same frame, smaller and pressed hard, under another name, and in another set's training.
    road.resize((72, 72)).save(given / "images" / "train" / "b.jpg", quality=40)
    other.save(given / "images" / "train" / "c.jpg")
    for name in ("b", "c"):
        (given / "labels" / "train" / f"{name}.txt").write_text("0 0.5 0.5 0.2 0.4\n")
    road.save(elsewhere.root / "images" / "train" / "a.jpg")

    data, counts = build([read_set(given), elsewhere], tmp_path / "out")

    listed = [Path(line).name for line in (data.parent / "train.txt").read_text().split()]
    assert sorted(set(listed)) == ["s__a.jpg", "s__c.jpg"]
    assert (counts["s"]["pictures"], counts["s"]["near_val"]) == (2, 1)
    assert (counts["elsewhere"]["pictures"], counts["elsewhere"]["near_val"]) == (0, 1)


def test_a_wide_picture_is_also_seen_as_two_squares(tmp_path: Path) -> None:
    labels = "0 0.25 0.5 0.1 0.4\n0 0.9 0.5 0.1 0.4\n"
    data, _ = build([read_set(_set(tmp_path / "s", labels, size=(128, 64)))], tmp_path / "out")
    cut = (data.parent / "labels" / "train" / "s__a_l.txt").read_text().split()
    assert [float(v) for v in cut] == pytest.approx([3, 0.5, 0.5, 0.2, 0.4])


@pytest.mark.parametrize(("share", "times"), [(0.9, 1), (0.06, 2), (0.001, 3)])
def test_pictures_with_rare_classes_are_seen_oftener(share: float, times: int) -> None:
    assert repeats(np.array([0.0, 1.0]), {0: 0.9, 1: share}) == times
