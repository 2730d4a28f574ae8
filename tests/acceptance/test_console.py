"""Every page of the console in Chromium: it shows, nothing is cut, axe-core finds nothing serious."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.console import Console, enter
from tests.fixtures.console_pages import DRESSES, complaints, cut, findings, visit, width_over

pytestmark = pytest.mark.timeout(900)
PAGES = {
    "queue": "Cola de revisión",
    "second": "Segunda revisión",
    "search": "Búsqueda",
    "map": "Mapa",
    "cameras": "Cámaras",
    "fines": "Multas y apelaciones",
    "reports": "Reportes",
    "notifications": "Avisos",
    "users": "Usuarios",
    "audit": "Auditoría",
    "help": "Ayuda y teclas",
}
OF_OPERATORS = {"queue", "second", "search", "map", "cameras", "fines", "notifications", "help"}


@pytest.fixture(scope="module")
def filled(console_server: Console) -> Console:
    """The server with a queue and a fine."""
    console_server.refill(12)
    return console_server


@pytest.mark.parametrize("page", DRESSES, indirect=True)
def test_every_page_shows_without_a_serious_finding_and_with_nothing_cut(
    filled: Console, page: Any, tmp_path: Path
) -> None:
    heard = complaints(page)
    page.goto(f"{filled.url}/console/")
    page.wait_for_selector("#username")
    found = {"login": findings(page)}
    page.screenshot(path=tmp_path / "login.png")
    enter(page, filled, "admin")
    first = page.get_attribute("tr[data-id]", "data-id")
    camera = f"camera/{filled.bundles[0]['camera']['id']}"
    for name in [*PAGES, f"review/{first}", camera]:
        if name.startswith("review"):
            page.goto(f"{filled.url}/console/#/{name}")
            page.wait_for_selector(f"[data-usable='{first}']")
        else:
            visit(page, filled, name)
        title = PAGES.get(name)
        assert title is None or page.inner_text("h1") == title
        assert page.query_selector(".state[role=alert]") is None, name
        found[name] = findings(page)
        assert width_over(page) <= 0, f"{name} is too wide"
        assert cut(page) == [], f"{name} shows only a part of these"
        page.screenshot(path=tmp_path / f"{name.split('/')[0]}.png")
    assert {name: rows for name, rows in found.items() if rows} == {}
    assert heard == []


def test_english_is_a_click_away_and_comes_back(filled: Console, page: Any) -> None:
    enter(page, filled, "admin")
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("h1:has-text('Review queue')")
    assert page.get_attribute("html", "lang") == "en"
    page.reload()
    page.wait_for_selector("h1:has-text('Review queue')")
    page.get_by_role("button", name="Español").click()
    page.wait_for_selector("h1:has-text('Cola de revisión')")


@pytest.mark.parametrize(
    ("user", "seen"),
    [
        ("operator", OF_OPERATORS),
        ("supervisor", OF_OPERATORS | {"reports", "users"}),
        ("auditor", OF_OPERATORS - {"second"} | {"reports", "users", "audit"}),
        ("admin", set(PAGES)),
    ],
)
def test_each_role_is_offered_its_own_pages_and_no_others(
    filled: Console, page: Any, user: str, seen: set[str]
) -> None:
    enter(page, filled, user)
    links = page.eval_on_selector_all(
        ".menu a", "all => all.map(a => a.getAttribute('href').slice(2))"
    )
    assert set(links) == seen
    closed = next(iter(set(PAGES) - seen), None)
    if closed is not None:
        page.goto(f"{filled.url}/console/#/{closed}")
        page.wait_for_selector(".page-queue")


def test_a_wrong_password_is_told_without_saying_which_half_was_wrong(
    filled: Console, page: Any
) -> None:
    page.goto(f"{filled.url}/console/")
    page.fill("#username", "admin")
    page.fill("#password", "no-es-esta-clave")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fault:has-text('no son correctos')")
    assert page.input_value("#password") == ""


def test_a_reload_keeps_the_session_and_logging_out_ends_it(filled: Console, page: Any) -> None:
    enter(page, filled, "admin")
    assert page.evaluate("JSON.stringify(localStorage)").find("eyJ") < 0, "no token in storage"
    page.reload()
    page.wait_for_selector(".page-queue[data-usable]")
    page.get_by_role("button", name="Cerrar sesión").click()
    page.wait_for_selector("#username")
    page.reload()
    page.wait_for_selector("#username")


def test_markup_in_data_is_shown_as_text(filled: Console, page: Any) -> None:
    name = "<img src=x onerror=document.title=1>"
    filled.query(
        "UPDATE zones SET name = :n WHERE id = :z", n=name, z=filled.bundles[0]["zone"]["id"]
    )
    try:
        enter(page, filled, "admin")
        visit(page, filled, "map")
        assert name in page.inner_text(".map")
        assert page.query_selector("main img[src=x]") is None
    finally:
        filled.query(
            "UPDATE zones SET name = 'Avenida (simulada)' WHERE id = :z",
            z=filled.bundles[0]["zone"]["id"],
        )
