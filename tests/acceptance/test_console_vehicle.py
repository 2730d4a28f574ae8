"""The reviewer sees what the registry contradicts, that it is made up, and that it is old."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.console import Console, enter

pytestmark = pytest.mark.timeout(300)


def test_a_mismatch_is_said_in_spanish_beside_the_mark_of_what_is_simulated(
    console_server: Console, page: Any
) -> None:
    (one, *_) = console_server.refill(1)
    console_server.query(
        "UPDATE vehicles SET sunarp_last_check = now(), sunarp_cache_expires = now() + interval '1 day',"
        ' sunarp_data = \'{"simulated": true, "class": "MOTOCICLETA"}\''
    )
    try:
        enter(page, console_server)
        page.goto(f"{console_server.url}/console/#/review/{one}")
        page.wait_for_selector(".page-review[data-usable]")
        panel = page.inner_text(".facts section:has(h2:has-text('Vehículo'))")
        assert "No coincide la clase: se vio" in panel
        assert "figura MOTOCICLETA" in panel
        assert "simulado" in panel.lower()
    finally:
        console_server.query(
            "UPDATE vehicles SET sunarp_data = '{\"simulated\": true}', sunarp_last_check = NULL"
        )
        console_server.query("UPDATE infractions SET deleted_at = now() WHERE deleted_at IS NULL")
