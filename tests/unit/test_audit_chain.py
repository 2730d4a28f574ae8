"""The audit's chain sees each way of tampering, and nothing where nobody tampered."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.audit_chain import (
    GENESIS,
    Anchor,
    ChainedEntry,
    FaultKind,
    canonical,
    digest_of,
    faults,
    plain_address,
    settled,
    verify,
)

AT = datetime(2026, 3, 4, 2, 30, 15, 250_001, tzinfo=UTC)
USER = UUID("00000000-0000-0000-0000-00000000000a")


def fields(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "id": number,
        "user_id": USER,
        "username": "rosa",
        "action": "infraction.validated",
        "resource_type": "infraction",
        "resource_id": f"i{number}",
        "old_values": {"status": "pending"},
        "new_values": {"status": "validated", "amount": 1284.0},
        "ip_address": "192.0.2.7",
        "success": True,
        "timestamp": AT + timedelta(seconds=number),
    }
    return {**row, **changes}


def chain(count: int) -> list[ChainedEntry]:
    made, previous = [], GENESIS
    for index in range(1, count + 1):
        row = fields(index * 3)
        digest = digest_of(previous, index, row)
        made.append(ChainedEntry(index=index, previous=previous, digest=digest, fields=row))
        previous = digest
    return made


def head(rows: list[ChainedEntry]) -> Anchor:
    assert rows[-1].index
    assert rows[-1].digest
    return Anchor(index=rows[-1].index, digest=rows[-1].digest)


def found(rows: list[ChainedEntry], end: Anchor) -> list[tuple[str, int | None]]:
    return [(fault.kind.name, fault.index) for fault in faults(rows, head=end)]


def test_an_untouched_chain_has_no_fault() -> None:
    rows = chain(20)
    assert found(rows, head(rows)) == []
    assert verify([], head=Anchor()) is None


@pytest.mark.parametrize("column", [name for name in fields(1) if name != "id"])
def test_an_edit_of_any_column_is_named(column: str) -> None:
    rows = chain(6)
    other = {"timestamp": AT, "user_id": UUID(int=1), "success": False}.get(column, "otro")
    rows[2] = replace(rows[2], fields={**rows[2].fields, column: other})
    if column == "ip_address":
        rows[2] = replace(rows[2], fields={**rows[2].fields, column: "192.0.2.8"})
    assert found(rows, head(rows)) == [("EDITED", 3)]


def test_an_edit_with_its_digest_made_anew_is_named_by_the_row_after_it() -> None:
    rows = chain(6)
    row = {**rows[2].fields, "username": "otra"}
    rows[2] = replace(rows[2], fields=row, digest=digest_of(rows[1].digest or "", 3, row))
    assert found(rows, head(rows)) == [("EDITED", 3)]


def test_a_last_row_made_anew_is_named_by_the_head() -> None:
    rows = chain(6)
    end = head(rows)
    row = {**rows[5].fields, "username": "otra"}
    rows[5] = replace(rows[5], fields=row, digest=digest_of(rows[4].digest or "", 6, row))
    assert found(rows, end) == [("EDITED", 6)]


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        (slice(0, 1), ("REMOVED", 1)),
        (slice(2, 3), ("REMOVED", 3)),
        (slice(1, 4), ("REMOVED", 2)),
        (slice(5, 6), ("REMOVED", 6)),
        (slice(0, 6), ("REMOVED", 1)),
    ],
)
def test_removed_rows_are_named(gone: slice, named: tuple[str, int]) -> None:
    rows = chain(6)
    end = head(rows)
    del rows[gone]
    assert found(rows, end) == [named]


def test_rows_that_changed_places_are_named() -> None:
    rows = chain(6)
    end = head(rows)
    two, three = rows[2], rows[3]
    rows[2] = replace(two, fields={**two.fields, "id": three.fields["id"]})
    rows[3] = replace(three, fields={**three.fields, "id": two.fields["id"]})
    assert ("REORDERED", 4) in found(rows, end)
    rows[2], rows[3] = three, two
    assert ("REORDERED", 3) in found(rows, end)


def test_a_row_that_the_product_did_not_write_is_named() -> None:
    rows = chain(3)
    end = head(rows)
    rows.insert(0, ChainedEntry(index=None, previous=None, digest=None, fields=fields(99)))
    assert found(rows, end) == [("OUTSIDE", None)]


def test_a_chain_whose_beginning_is_archived_starts_after_it() -> None:
    rows = chain(6)
    anchor = Anchor(index=2, digest=rows[1].digest or "")
    assert verify(rows[2:], start=anchor, head=head(rows)) is None
    fault = verify(rows[3:], start=anchor, head=head(rows))
    assert fault is not None
    assert fault.kind is FaultKind.REMOVED
    assert str(fault) == "row 3: removed: row 3 is no longer there"


def test_the_digest_does_not_depend_on_the_driver_that_read_the_row() -> None:
    lima = timezone(timedelta(hours=-5))
    read = fields(
        3,
        user_id=str(USER),
        ip_address=ip_address("192.0.2.7"),
        timestamp=fields(3)["timestamp"].astimezone(lima),
        new_values={"amount": 1284, "status": "validated"},
    )
    assert canonical(1, read) == canonical(1, fields(3))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(JSON)
def test_a_settled_value_survives_json_and_is_settled(value: Any) -> None:
    once = settled(value)
    assert settled(once) == once
    text = json.dumps(once, allow_nan=False, ensure_ascii=False)
    assert "\x00" not in text
    text.encode("utf-8")
    assert json.loads(text) == once


@pytest.mark.parametrize(
    ("given_address", "kept"),
    [
        ("192.0.2.1/32", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("testclient", None),
        ("", None),
    ],
)
def test_an_address_has_one_spelling(given_address: str, kept: str | None) -> None:
    assert plain_address(given_address) == kept


def test_a_row_without_a_zone_in_its_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        canonical(1, fields(1, timestamp=AT.replace(tzinfo=None)))
