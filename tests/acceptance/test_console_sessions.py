"""Two tabs of one browser share a session: they renew it one after the other, and both go on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.console import Console, enter

pytestmark = pytest.mark.timeout(300)

# Notes when each renewal of a tab went out and came back, and holds it up, so that they would meet. Each tab
# keeps its own: what one tab writes to the storage they share reaches the other a moment late.
TIMED = """
const asked = window.fetch;
window.fetch = async (input, options) => {
  if (!String(input).includes("/auth/refresh")) return asked(input, options);
  const from = Date.now();
  await new Promise((done) => setTimeout(done, 700));
  try {
    return await asked(input, options);
  } finally {
    const before = JSON.parse(sessionStorage.getItem("renewals") ?? "[]");
    sessionStorage.setItem("renewals", JSON.stringify([...before, [from, Date.now()]]));
  }
};
"""
RENEWALS = "() => JSON.parse(sessionStorage.getItem('renewals') ?? '[]')"


def test_two_tabs_that_renew_at_once_take_turns_and_both_stay_signed_in(
    console_server: Console, page: Any
) -> None:
    enter(page, console_server, "operator")
    page.context.add_init_script(TIMED)
    other = page.context.new_page()
    other.set_default_timeout(60_000)
    other.goto(f"{console_server.url}/console/#/queue")
    other.wait_for_selector(".page-queue[data-usable]")
    for tab in (page, other):
        tab.evaluate("() => sessionStorage.removeItem('renewals')")
    for tab in (page, other):
        tab.evaluate("() => { setTimeout(() => location.reload(), 300); }")
    for tab in (page, other):
        tab.wait_for_function("() => sessionStorage.getItem('renewals')")
        tab.wait_for_selector(".page-queue[data-usable]")
    [first, second] = sorted(renewal for tab in (page, other) for renewal in tab.evaluate(RENEWALS))
    assert first[1] <= second[0], "the second tab asked while the first was still renewing"
    # Both still may: a renewal that was taken for a theft would have ended the session for either.
    for tab in (page, other):
        tab.reload()
        tab.wait_for_selector(".page-queue[data-usable]")
