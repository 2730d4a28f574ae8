"""An installer's day in Chromium: calibrating by clicking, drawing lanes and zones, seeing the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.console import Console, enter
from tests.fixtures.console_pages import DRESSES, complaints, cut, findings, visit, width_over
from tests.fixtures.console_sites import click_on, enlarge, save_true_site, true_site

pytestmark = pytest.mark.timeout(900)
SAVE = ".page-head .primary"


def refusal(page: Any) -> str:
    """What the verdict says, once there is one."""
    page.wait_for_function(
        "() => document.querySelector('.proof .word')"
        " && !document.querySelector('.proof .word').innerText.includes('Calculando')"
    )
    return str(page.inner_text(".proof .word"))


def place(page: Any, number: int, world: list[float]) -> None:
    """Type where a point lies on the road."""
    for what, value in zip(("X", "Y"), world, strict=True):
        page.get_by_label(f"{what} (m) del punto {number}", exact=True).fill(f"{value:.3f}")


def test_a_camera_is_calibrated_by_clicking_and_a_poor_one_cannot_be_saved(
    console_server: Console, page: Any
) -> None:
    console_server.query("UPDATE devices SET calibration_matrix = NULL WHERE id = 'SIM-speed'")
    points = true_site("speed")["calibration"]["points"][::2]
    heard = complaints(page)
    enter(page, console_server, "supervisor")
    visit(page, console_server, "calibrate/SIM-speed")
    assert "al menos cuatro puntos" in refusal(page)
    assert page.is_disabled(SAVE)
    enlarge(page)
    for number, point in enumerate(points, start=1):
        click_on(page, *point["image"])
        place(page, number, point["world_m"])
    page.wait_for_selector(".proof .word[data-tone=good]")
    assert page.get_attribute(".layer .grid:not(.under)", "d")
    page.click(SAVE)
    page.wait_for_selector(".toast:has-text('guardada')")
    assert page.is_disabled(SAVE), "nothing is left to save"
    (kept,) = console_server.query("SELECT calibration_matrix FROM devices WHERE id = 'SIM-speed'")
    assert len(kept[0]["reference_points"]) == len(points)
    assert kept[0]["error_meters"] < 0.10
    audited = "SELECT count(*) FROM audit_logs WHERE action = 'calibrate'"
    assert console_server.query(audited)[0][0] == 1

    # One point nudged off its place by the keyboard: refused with the reason, and taken back.
    page.focus(".handle >> nth=0")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector(".proof .word[data-tone=bad]")
    assert "No se puede guardar" in refusal(page)
    assert page.is_disabled(SAVE)
    for _ in range(3):
        page.keyboard.press("Control+z")
    page.wait_for_selector(".proof .word[data-tone=good]")
    page.focus(".handle >> nth=0")
    page.keyboard.press("Delete")
    assert page.locator(".handle").count() == len(points) - 1
    assert page.locator(".points tbody tr").count() == len(points) - 1
    page.keyboard.press("Control+z")
    assert page.locator(".handle").count() == len(points)
    # Enter goes from a point to its measures.
    page.focus(".handle >> nth=2")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "X (m) del punto 3"
    assert heard == []


def test_points_may_be_given_by_gps_typed_or_clicked_on_the_plan(
    console_server: Console, page: Any
) -> None:
    site = save_true_site(console_server, "red_light")
    console_server.query(
        "UPDATE devices SET calibration_matrix = calibration_matrix || '{\"origin\": [-12.0464, -77.0428]}'"
        " WHERE id = 'SIM-red_light'"
    )
    enter(page, console_server, "supervisor")
    visit(page, console_server, "calibrate/SIM-red_light")
    page.wait_for_selector(".proof .word[data-tone=good]")
    before = page.inner_text(".figures b >> nth=0")
    latitude = page.get_by_label("Latitud del punto 1", exact=True)
    assert latitude.input_value().startswith("-12.04")
    page.get_by_label("metros", exact=True).check()
    x = page.get_by_label("X (m) del punto 1", exact=True)
    truth = site["calibration"]["points"][0]["world_m"][0]
    assert float(x.input_value()) == pytest.approx(truth, abs=0.002)
    page.get_by_label("GPS (grados)").check()
    page.wait_for_selector(f"{SAVE}:disabled")
    assert page.inner_text(".figures b >> nth=0") == before, "the same road by another name"
    # A click on the plan moves the chosen point there, and that is no place of the fit's.
    latitude.focus()
    page.click(".plan svg", position={"x": 20, "y": 20})
    page.wait_for_selector(".proof .word[data-tone=bad]")
    assert "No se puede guardar" in refusal(page)


def test_metres_that_nobody_put_on_the_map_do_not_become_degrees(
    console_server: Console, page: Any
) -> None:
    save_true_site(console_server, "red_light")
    enter(page, console_server, "supervisor")
    visit(page, console_server, "calibrate/SIM-red_light")
    page.wait_for_selector(".proof .word[data-tone=good]")
    page.get_by_label("GPS (grados)").check()
    page.wait_for_selector(".proof .word:has-text('le falta su lugar')")
    assert page.get_by_label("Latitud del punto 1", exact=True).input_value() == ""
    page.get_by_role("button", name="Deshacer", exact=True).click()
    page.wait_for_selector(".proof .word[data-tone=good]")


def test_who_is_second_to_save_is_told_and_overwrites_nothing(
    console_server: Console, page: Any
) -> None:
    save_true_site(console_server, "red_light")
    enter(page, console_server, "supervisor")
    visit(page, console_server, "calibrate/SIM-red_light")
    page.wait_for_selector(".proof .word[data-tone=good]")
    page.get_by_label("El punto 1 solo comprueba").check()
    page.wait_for_selector(f"{SAVE}:not([disabled])")
    console_server.query(
        "UPDATE devices SET calibration_matrix = calibration_matrix || '{\"image_size\": [9, 9]}'"
        " WHERE id = 'SIM-red_light'"
    )
    page.click(SAVE)
    page.wait_for_selector(".toast:has-text('Otra persona')")
    (kept,) = console_server.query(
        "SELECT calibration_matrix FROM devices WHERE id = 'SIM-red_light'"
    )
    assert kept[0]["image_size"] == [9, 9]


def test_a_lane_that_crosses_itself_is_refused_by_name_and_drawn_right_is_kept(
    console_server: Console, page: Any
) -> None:
    enter(page, console_server, "supervisor")
    visit(page, console_server, "lanes/SIM-speed")
    page.get_by_role("button", name="Carril", exact=True).click()
    page.get_by_label("Nombre").fill("norte")
    for x, y in ((100, 300), (300, 300), (120, 200), (280, 200)):
        click_on(page, x, y)
    page.get_by_role("button", name="Línea de parada", exact=True).click()
    for x, y in ((90, 250), (320, 250)):
        click_on(page, x, y)
    page.click(SAVE)
    page.wait_for_selector(".word[data-tone=bad]:has-text('El carril norte')")
    assert page.locator(".area[data-fault=true]").count() == 1
    # Its last corner goes; three make a lane.
    page.get_by_role("button", name="Carril norte").click()
    page.focus(".handle >> nth=3")
    page.keyboard.press("Delete")
    page.click(SAVE)
    page.wait_for_selector(".toast:has-text('guardado')")
    (kept,) = console_server.query("SELECT lane_config FROM zones WHERE id = 'ZN-speed'")
    view = kept[0]["by_camera"]["SIM-speed"]
    assert [lane["id"] for lane in view["lanes"]] == ["norte"]
    assert len(view["lanes"][0]["points"]) == 3
    assert view["stop_line"][0] == pytest.approx([90, 250], abs=1.5)


def test_a_zone_is_made_and_drawn_on_the_map(console_server: Console, page: Any) -> None:
    console_server.query("DELETE FROM zones WHERE id = 'ZN-nueva'")
    enter(page, console_server, "supervisor")
    visit(page, console_server, "map")
    page.get_by_role("button", name="Nueva zona").click()
    page.fill("#zone-id", "ZN-nueva")
    page.fill("#zone-name", "Colegio Ñuñoa")
    page.fill("#zone-speed_limit", "30")
    page.fill("#zone-latitude", "-12,0600")
    page.fill("#zone-longitude", "-77.0500")
    page.get_by_role("button", name="Guardar").click()
    page.wait_for_selector(".map-drawing.editing")
    for x, y in ((60, 60), (160, 60), (160, 140), (60, 150)):
        page.click(".map-drawing svg", position={"x": x, "y": y})
    page.focus(".handle >> nth=3")
    page.keyboard.press("ArrowUp")
    page.locator(".map-drawing .primary").click()
    page.wait_for_selector(".toast:has-text('guardada')")
    (kept,) = console_server.query(
        "SELECT speed_limit, ST_NPoints(geometry::geometry),"
        " ST_Distance(geometry, ST_MakePoint(-77.05, -12.06)::geography) FROM zones"
        " WHERE id = 'ZN-nueva'"
    )
    assert (kept[0], kept[1]) == (30, 5)
    assert kept[2] < 100, "drawn where it was said to be"
    # It is on the map, and its details can be changed.
    page.locator(".map svg [aria-label='Colegio Ñuñoa']").click()
    page.get_by_role("button", name="Editar datos").click()
    page.fill("#zone-speed_limit", "40")
    page.get_by_role("button", name="Guardar").click()
    page.wait_for_selector(".toast >> nth=1")
    assert console_server.query("SELECT speed_limit FROM zones WHERE id = 'ZN-nueva'")[0][0] == 40
    console_server.query("DELETE FROM zones WHERE id = 'ZN-nueva'")


def test_a_cameras_picture_is_shown_with_where_it_comes_from_and_a_silent_one_says_so(
    console_server: Console, page: Any
) -> None:
    enter(page, console_server, "operator")
    visit(page, console_server, "camera/SIM-speed")
    page.wait_for_selector(".live-picture img")
    assert "grabación" in page.inner_text(".picture-caption")
    assert page.get_by_role("link", name="Calibrar").count() == 0, "an operator only looks"
    visit(page, console_server, "camera/SIM-bus_lane")
    page.wait_for_selector(".live-picture h2, .live-picture img")
    seen = "SELECT count(*) FROM audit_logs WHERE action = 'camera.view'"
    assert console_server.query(seen)[0][0] >= 1


def test_a_camera_is_renamed_and_a_wrong_address_refused(
    console_server: Console, page: Any
) -> None:
    enter(page, console_server, "supervisor")
    visit(page, console_server, "camera/SIM-speed")
    page.get_by_role("button", name="Editar").click()
    page.fill("#device-name", "Cámara de la avenida")
    page.fill("#device-url", "rtsp://127.0.0.1/x")
    page.get_by_role("button", name="Guardar").click()
    page.wait_for_selector("dialog .fault:has-text('this machine')")
    page.fill("#device-url", "")
    page.get_by_role("button", name="Guardar").click()
    page.wait_for_selector("h1:has-text('Cámara de la avenida')")
    console_server.query("UPDATE devices SET name = 'Cámara simulada 1' WHERE id = 'SIM-speed'")


@pytest.mark.parametrize("page", DRESSES, indirect=True)
def test_every_page_of_cameras_shows_without_a_serious_finding_and_with_nothing_cut(
    console_server: Console, page: Any, tmp_path: Path
) -> None:
    save_true_site(console_server, "red_light")
    console_server.query(
        "INSERT INTO device_health_logs (device_id, status, fps, network_latency_ms, timestamp)"
        " SELECT 'SIM-red_light', 'active', 24 + n % 3, 40 + n, now() - make_interval(mins => n)"
        " FROM generate_series(1, 12) AS n"
    )
    heard = complaints(page)
    enter(page, console_server, "admin")
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = findings(page)
        assert width_over(page) <= 0, f"{name} is too wide"
        assert cut(page) == [], f"{name} shows only a part of these"
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)

    visit(page, console_server, "camera/SIM-red_light")
    page.wait_for_selector(".live-picture img")
    assert page.locator(".chart .curve").count() >= 2, "pace and latency are drawn"
    look("camera")
    page.get_by_role("button", name="Editar").click()
    page.wait_for_selector("dialog[open]")
    look("camera-edit")
    page.keyboard.press("Escape")
    visit(page, console_server, "calibrate/SIM-red_light")
    page.wait_for_selector(".proof .word[data-tone=good]")
    page.focus(".handle >> nth=1")
    look("calibrate")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector(".proof .word[data-tone=bad]")
    look("calibrate-poor")
    visit(page, console_server, "lanes/SIM-red_light")
    page.locator(".shapes button >> nth=0").click()
    look("lanes")
    visit(page, console_server, "map")
    page.locator(".map svg .zone >> nth=0").focus()
    look("map")
    page.get_by_role("button", name="Dibujar").first.click()
    page.wait_for_selector(".map-drawing.editing")
    look("map-editing")
    assert {name: rows for name, rows in found.items() if rows} == {}
    assert heard == []
