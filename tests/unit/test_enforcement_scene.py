"""A site that contradicts itself is refused with one line that names the culprit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from enforcement.detections import VehicleClass
from enforcement.errors import BadSite, VigiaError
from enforcement.scene import Scene
from tests.fixtures import roads

Row = dict[str, Any]


def changed(change: Callable[[Row], Any]) -> Row:
    row = copy.deepcopy(roads.site())
    change(row)
    return row


def test_a_whole_site_is_read() -> None:
    scene = Scene.from_mapping(roads.site())
    assert scene.camera.id == "CAM001"
    assert scene.zone.speed_limit_kmh == 60.0
    assert scene.road is not None
    assert scene.stop_line is not None
    assert scene.stop_line.shape == (2, 2)
    assert [lane.id for lane in scene.lanes] == ["L1", "BUS"]
    assert scene.lanes[0].allowed is None
    assert scene.lanes[1].allowed == frozenset({VehicleClass.BUS})
    assert scene.signals[0].lamps["red"] == (600.0, 20.0, 10.0, 10.0)
    assert scene.grace_s == 0.5


def test_a_site_of_camera_and_zone_alone_is_a_site_whose_rules_rest() -> None:
    scene = Scene.from_mapping({"camera": {"id": "C"}, "zone": {"id": "Z"}})
    assert scene.road is None
    assert scene.stop_line is None
    assert scene.measurement_zone is None
    assert scene.lanes == ()
    assert scene.signals == ()
    assert scene.zone.speed_limit_kmh is None
    assert scene.zone.timezone == "America/Lima"
    assert scene.zone.name == "Z"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.pop("camera"), "camera: section is missing"),
        (lambda s: s.update(zone=[1]), "zone: section is missing or not a mapping"),
        (lambda s: s["camera"].pop("id"), "camera.id: expected a name"),
        (lambda s: s["camera"].update(id=""), "camera.id: expected a name"),
        (lambda s: s["camera"].update(id=True), "camera.id: expected a name"),
        (lambda s: s["camera"].update(location=[-95.0, 0.0]), "camera.location"),
        (lambda s: s["zone"].update(timezone="America/Limón"), "zone.timezone: unknown"),
        (lambda s: s["zone"].update(speed_limit_kmh=0), "zone.speed_limit_kmh"),
        (lambda s: s["zone"].update(speed_limit_kmh="60"), "zone.speed_limit_kmh"),
        (lambda s: s["zone"].update(speed_limit_kmh=True), "zone.speed_limit_kmh"),
        (lambda s: s["zone"].update(speed_limit_kmh=float("nan")), "zone.speed_limit_kmh"),
        (lambda s: s.update(grace_seconds=-0.1), "grace_seconds"),
        (lambda s: s.update(grace_seconds=60), "grace_seconds"),
        (lambda s: s.update(stop_line=[[1, 2]]), "stop_line: needs two different points"),
        (lambda s: s.update(stop_line=[[1, 2], [1, 2]]), "stop_line: needs two different points"),
        (lambda s: s.update(stop_line="here"), "stop_line: expected a list"),
        (lambda s: s.update(measurement_zone=[[0, 0], [1, 1]]), "measurement_zone: crosses"),
        # A bow tie: two corners swapped by whoever drew it.
        (
            lambda s: s["lanes"][0].update(polygon=[[0, 0], [9, 9], [9, 0], [0, 9]]),
            "lane L1: polygon: crosses itself",
        ),
        (lambda s: s["lanes"][0].pop("polygon"), "lane L1: polygon"),
        (lambda s: s["lanes"][1].update(id="L1"), "lanes: duplicate id 'L1'"),
        (lambda s: s["lanes"][1].update(type="exclusive_taxi"), "needs `allowed`"),
        (lambda s: s["lanes"][1].update(allowed=["tram"]), "names no vehicle class: 'tram'"),
        (lambda s: s["lanes"][0].update(heading_deg=400), "lane L1: heading_deg"),
        (lambda s: s["lanes"][1].update(crossing_zones=[[[0, 0]]]), "crossing_zones"),
        (lambda s: s["signals"][0].update(lamps={"green": [0, 0, 1, 1]}), "at least red"),
        (lambda s: s["signals"][0]["lamps"].update(blue=[0, 0, 1, 1]), "unknown lamp 'blue'"),
        (lambda s: s["signals"][0]["lamps"].update(red=[0, 0, 0, 5]), "has no area"),
        (lambda s: s["signals"][0]["lamps"].update(red=[0, 0, 5]), "needs [x, y, width, height]"),
        (lambda s: s["signals"].append(s["signals"][0]), "signals: duplicate id 'S1'"),
        (lambda s: s["calibration"].update(points=[]), "needs at least 4 points"),
        (lambda s: s["calibration"]["points"][3].pop("world_m"), "calibration.points[3]"),
        (lambda s: s["calibration"]["held_out"][0].update(image=[1]), "calibration.held_out[0]"),
        (lambda s: s["calibration"].update(lens={"fx": 1000.0}), "calibration.lens.fy"),
        (
            lambda s: s["calibration"].update(lens={**roads.LENS, "fx": -1.0}),
            "calibration.lens.fx",
        ),
        # YAML's .nan is a number to every schema.
        (lambda s: s["calibration"]["lens"].update(k1=float("nan")), "calibration.lens.k1"),
        (
            lambda s: s["calibration"]["points"][0].update(image=[float("inf"), 1.0]),
            "not a finite number",
        ),
    ],
)
def test_a_contradiction_is_named_in_one_line(change: Callable[[Row], Any], says: str) -> None:
    with pytest.raises(BadSite) as caught:
        Scene.from_mapping(changed(change))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, VigiaError)


def test_headings_are_kept_between_nought_and_a_full_turn() -> None:
    row = changed(lambda s: s["lanes"][0].update(heading_deg=-90))
    assert Scene.from_mapping(row).lanes[0].heading_deg == 270.0


def test_whom_the_site_allows_replaces_who_is_usual() -> None:
    row = changed(lambda s: s["lanes"][1].update(allowed=["bus", "motorcycle"]))
    lane = Scene.from_mapping(row).lanes[1]
    assert lane.allowed == frozenset({VehicleClass.BUS, VehicleClass.MOTORCYCLE})


def test_a_camera_is_simulated_only_when_it_says_so_plainly() -> None:
    for value, simulated in ((True, True), (False, False), ("true", False), (1, False)):
        row = roads.site(camera={"id": "C", "simulated": value})
        assert Scene.from_mapping(row).camera.simulated is simulated


@pytest.mark.parametrize("where", [[-12.05, -77.04], {"lat": -12.05, "lon": -77.04}])
def test_a_place_may_be_written_both_ways(where: object) -> None:
    row = changed(lambda s: s["camera"].update(location=where))
    assert Scene.from_mapping(row).camera.location == (-12.05, -77.04)


def test_the_picture_size_gives_a_lens_to_a_site_without_one() -> None:
    row = changed(lambda s: s["calibration"].pop("lens"))
    road = Scene.from_mapping(row, image_size=roads.SIZE).road
    assert road is not None
    assert road.lens.fx == pytest.approx(1000.0, rel=1e-3)
    blind = Scene.from_mapping(row).road
    assert blind is not None
    assert blind.pose is None
    assert np.allclose(blind.homography, road.homography)
