"""Two tabs of one browser share a session: they renew it one after the other, and both go on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.console import Console, enter

pytestmark = pytest.mark.timeout(300)

# Counts over all tabs how many renewals are on their way at once, and holds each up, so that they would meet.
COUNTED = """
const asked = window.fetch;
window.fetch = async (input, options) => {
  if (!String(input).includes("/auth/refresh")) return asked(input, options);
  const now = Number(localStorage.getItem("renewing") ?? 0) + 1;
  localStorage.setItem("renewing", String(now));
  localStorage.setItem("most", String(Math.max(now, Number(localStorage.getItem("most") ?? 0))));
  localStorage.setItem("renewals", String(Number(localStorage.getItem("renewals") ?? 0) + 1));
  await new Promise((done) => setTimeout(done, 700));
  try {
    return await asked(input, options);
  } finally {
    localStorage.setItem("renewing", String(Number(localStorage.getItem("renewing")) - 1));
  }
};
"""


def test_two_tabs_that_renew_at_once_take_turns_and_both_stay_signed_in(
    console_server: Console, page: Any
) -> None:
    enter(page, console_server, "operator")
    page.context.add_init_script(COUNTED)
    other = page.context.new_page()
    other.set_default_timeout(60_000)
    other.goto(f"{console_server.url}/console/#/queue")
    other.wait_for_selector(".page-queue[data-usable]")
    page.evaluate(
        "() => { for (const name of ['most', 'renewals', 'renewing']) localStorage.removeItem(name); }"
    )
    for tab in (page, other):
        tab.evaluate("() => { setTimeout(() => location.reload(), 300); }")
    page.wait_for_timeout(400)
    for tab in (page, other):
        tab.wait_for_selector(".page-queue[data-usable]")
    assert page.evaluate(
        "() => [localStorage.getItem('renewals'), localStorage.getItem('most')]"
    ) == ["2", "1"]
    # Both still may: a renewal that was taken for a theft would have ended the session for either.
    for tab in (page, other):
        tab.reload()
        tab.wait_for_selector(".page-queue[data-usable]")
