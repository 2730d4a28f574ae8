"""The pages on speed and rules give the figures that the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from enforcement.contact import SHAPES
from enforcement.detections import VehicleClass
from enforcement.rules.lane_invasion import LaneInvasion
from enforcement.rules.red_light import RedLight
from enforcement.speed import SpeedRules

NUMBER = re.compile(r"\d+(?:\.\d+)?")


def rows(page: Path, section: str) -> dict[str, str]:
    """First cell to the rest of the row, of the tables under a heading."""
    text = page.read_text(encoding="utf-8").split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    cells = [line.strip("| ").split(" | ", 1) for line in text.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1] for row in cells if len(row) == 2}


@pytest.mark.parametrize(
    ("section", "rule"), [("RED_LIGHT", RedLight()), ("LANE_INVASION", LaneInvasion())]
)
def test_a_rules_page_gives_its_parameters(
    repository: Path, section: str, rule: RedLight | LaneInvasion
) -> None:
    said = rows(repository / "docs" / "rules.md", section)
    for name in rule.__dataclass_fields__:
        value = getattr(rule, name)
        if isinstance(value, float):
            number = NUMBER.match(said[name])
            assert number, name
            assert float(number.group()) == value, name


@pytest.mark.parametrize("vehicle_class", list(VehicleClass))
def test_the_speed_page_gives_the_dimensions(repository: Path, vehicle_class: VehicleClass) -> None:
    shape = SHAPES[vehicle_class]
    said = rows(repository / "docs" / "speed.md", "Where the vehicle stands")[vehicle_class.label]
    assert [float(number) for number in NUMBER.findall(said)] == [
        shape.length_m,
        *shape.length_range_m,
        shape.width_m,
        shape.front_overhang_m,
        shape.rear_overhang_m,
        shape.overhang_sigma_m,
        shape.clearance_m,
        shape.clearance_sigma_m,
        shape.shoulder_m,
    ]


def test_the_speed_page_gives_the_bounds(repository: Path) -> None:
    page, bounds = repository / "docs" / "speed.md", SpeedRules()
    said = rows(page, "Refusals")
    assert f"above {bounds.max_held_out_rmse_m:.2f} m" in said["poor_calibration"]
    assert f"fewer than {bounds.min_observations} usable" in said["few_observations"]
    assert f"{bounds.max_timing_sigma_s * 1000:g} ms" in said["poor_timing"]
    assert f"less than {bounds.min_base_m:g} m" in said["short_base"]
    assert f"beyond {bounds.max_acceleration_ms2} m/s²" in said["unsteady_speed"]
    assert f"more than {bounds.max_height_ratio} times" in said["inconsistent_box"]
    assert f"above {bounds.max_sigma_kmh} km/h" in said["uncertain_speed"]
    assert f"{bounds.max_sigma_share:.0%}".replace("%", " %") in said["uncertain_speed"]
    text = page.read_text(encoding="utf-8")
    assert f"at most {bounds.max_occlusion * 100:g} %" in text
    assert f"better than {bounds.max_position_sigma_m} m" in text
    assert f"prior of {bounds.acceleration_sigma_ms2} m/s²" in text
