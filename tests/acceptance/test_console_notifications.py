"""The page of notifications in Chromium: a person chooses, by keyboard, and sees what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.console import Console, enter

pytestmark = pytest.mark.timeout(900)
BOX = 'input[name="infraction_appealed.email"]'


def test_a_preference_is_kept_when_it_is_ticked_and_sendings_are_shown(
    page: Any, console_server: Console
) -> None:
    console_server.query(
        "INSERT INTO notification_deliveries (notification_id, channel, idempotency_key, last_error)"
        " SELECT n.id, 'email', 'console-' || n.id, 'VIGIA_SMTP_URL: no mail server (timeout)'"
        " FROM notifications AS n JOIN users AS u ON u.id = n.user_id"
        " WHERE u.username = 'supervisor'"
    )
    enter(page, console_server, "supervisor")
    page.goto(f"{console_server.url}/console/#/notifications")
    page.wait_for_selector(BOX)
    assert page.is_checked(BOX)
    page.focus(BOX)
    with page.expect_response("**/notifications/preferences") as answer:
        page.keyboard.press("Space")
    assert answer.value.status == 200
    page.reload()
    page.wait_for_selector(BOX)
    assert not page.is_checked(BOX)
    assert "Apelación presentada" in page.inner_text(".page-notifications")
    page.click("button:has-text('Envíos')")
    shown = page.inner_text("dialog")
    assert "en espera" in shown
    assert "no mail server" in shown
