"""A second look in Chromium: what waits, judged by keyboard without the first verdict in sight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.console import Console, enter

pytestmark = pytest.mark.timeout(300)

ASKED = """
WITH first AS (
    INSERT INTO infraction_transitions
        (infraction_id, from_status, to_status, reason, user_id, username, version)
    SELECT i.id, 'pending', 'rejected', 'Motivo del primero', u.id, u.username, 2
    FROM infractions AS i, users AS u WHERE i.id = CAST(:id AS UUID) AND u.username = 'supervisor'
    RETURNING id, infraction_id, user_id),
told AS (
    UPDATE infractions SET status = 'rejected', rejection_reason = 'Motivo del primero'
    WHERE id = CAST(:id AS UUID))
INSERT INTO second_reviews (infraction_id, transition_id, first_verdict, first_user_id)
SELECT infraction_id, id, 'rejected', user_id FROM first RETURNING id
"""


@pytest.fixture
def waiting(console_server: Console) -> list[str]:
    """Two second reviews of a supervisor's verdicts, oldest first; nothing else waits."""
    console_server.query(
        "UPDATE second_reviews SET verdict = 'rejected', decided_at = now() WHERE verdict IS NULL"
    )
    first, second = console_server.refill(2)
    return [str(console_server.query(ASKED, id=one)[0][0]) for one in (first, second)]


def serious(page: Any) -> list[str]:
    """What axe-core finds serious or worse."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def test_what_waits_is_judged_by_keyboard_without_the_first_verdict_in_sight(
    console_server: Console, page: Any, waiting: list[str], tmp_path: Path
) -> None:
    enter(page, console_server, "operator")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_selector("h1:has-text('Segunda revisión')")
    page.wait_for_selector("tr[data-id]")
    assert len(page.query_selector_all("tr[data-id]")) == 2
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-usable='{waiting[0]}']")
    page.wait_for_selector("video")
    seen = page.inner_text("main")
    assert "Motivo del primero" not in seen
    assert "Rechazada" not in seen
    assert "primera decisión no se muestra" in seen
    assert serious(page) == []
    page.screenshot(path=tmp_path / "second-review.png")
    page.keyboard.press("v")
    page.wait_for_selector(f"[data-usable='{waiting[1]}']")
    assert "Difiere de la primera decisión" in page.inner_text("body")
    page.keyboard.press("r")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Segunda revisión')")
    page.wait_for_selector("text=No hay segundas revisiones")
    kept = console_server.query(
        "SELECT s.verdict, u.username, i.status FROM second_reviews AS s JOIN users AS u ON u.id = s.user_id"
        " JOIN infractions AS i ON i.id = s.infraction_id WHERE s.id = ANY(:ids) ORDER BY s.id",
        ids=[int(one) for one in waiting],
    )
    # What the first decided stands: a second look only counts agreement.
    assert kept == [("validated", "operator", "rejected"), ("rejected", "operator", "rejected")]
    audited = console_server.query("SELECT COUNT(*) FROM audit_logs WHERE action = 'second_review'")
    assert audited[0][0] >= 2


def test_the_first_reviewer_is_offered_none_of_their_own_and_english_says_it_too(
    console_server: Console, page: Any, waiting: list[str]
) -> None:
    enter(page, console_server, "supervisor")
    page.goto(f"{console_server.url}/console/#/second")
    page.wait_for_selector("text=No hay segundas revisiones")
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("text=No second reviews")
    page.goto(f"{console_server.url}/console/#/second-review/{waiting[0]}")
    page.wait_for_selector("text=Not for your role")
