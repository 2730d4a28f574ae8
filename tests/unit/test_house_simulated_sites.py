"""What the simulation writes as a site file is a site file of the product."""

from __future__ import annotations

import pytest

from adapters.site_file import check_shape
from enforcement.scene import Scene
from simulation.scenarios import Options, build, scenario_names
from simulation.site_file import site_of


@pytest.mark.parametrize("name", scenario_names())
@pytest.mark.parametrize("distortion", [0.0, 1.0])
def test_a_simulated_site_has_the_documented_shape_and_calibrates(
    name: str, distortion: float
) -> None:
    simulated = build(name, Options(passes=2, distortion=distortion))[0]
    site = site_of(simulated)
    check_shape(site, name)
    scene = Scene.from_mapping(site, image_size=(simulated.camera.width, simulated.camera.height))
    assert scene.road is not None
    assert scene.road.held_out_rmse_m is not None
    assert scene.road.held_out_rmse_m < 0.10
