"""A person's decision on an infraction, whole or not at all: status, fine, history, event, audit.

What may become of an infraction is enforcement/review's, what it costs enforcement/fines'. Nothing here
knows of requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from enforcement.errors import NotFound, StaleVersion, TransitionRefused
from enforcement.fines import Fine
from enforcement.permissions import Permission
from enforcement.review import Status, Transition, decide
from schema.api_audit import NO_REQUEST, AuditEntry, Request, append
from schema.api_law import load_law, plain_absence, plain_fine
from schema.api_pool import Connection, Row
from schema.api_second_reviews import maybe_ask
from schema.records import event_id
from schema.sql_files import read_sql

_FINED = frozenset({Status.VALIDATED, Status.APPEALED, Status.PAID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who decides, and what this person may do."""

    id: UUID
    username: str
    permissions: frozenset[Permission]


async def transition(
    connection: Connection,
    infraction_id: UUID,
    to: str,
    *,
    actor: Actor,
    expected_version: int | None,
    reason: str | None = None,
    request: Request = NO_REQUEST,
    second_review_share: float = 0.0,
) -> Row:
    """Carry a transition out in one transaction and return what it made.

    Returns id, infraction_code, status, version, fine, no_fine, at. expected_version: the one the
    person saw; None does not look. second_review_share: 0..1 of verdicts asked for again of another.
    Raises NotFound, StaleVersion (with `current`), BadInput, TransitionRefused, NotPermitted,
    ReasonMissing; then nothing has changed.
    """
    async with connection.transaction():
        row = await _take(connection, infraction_id, expected_version)
        decided = decide(row["status"], to, actor.permissions, reason, issued=row["fine_issued"])
        fine = await _fine(connection, row, decided)
        made = await _apply(connection, row, decided, actor, fine)
        if decided.origin is Status.PENDING:
            await maybe_ask(
                connection,
                infraction_id=infraction_id,
                transition_id=made["id"],
                verdict=decided.target,
                user_id=actor.id,
                share=second_review_share,
            )
        await append(connection, _entry(row, decided, actor, fine, made["version"], request))
    kept = fine if decided.target is not Status.PENDING else None
    absent = kept is not None and "absent" in kept
    return {
        "id": infraction_id,
        "infraction_code": row["infraction_code"],
        "status": decided.target.value,
        "version": made["version"],
        "fine": None if absent else kept,
        "no_fine": kept if absent else None,
        "at": made["created_at"],
    }


async def issue_fine(
    connection: Connection,
    infraction_id: UUID,
    *,
    actor: Actor,
    request: Request = NO_REQUEST,
) -> int:
    """Mark the fine as issued, from when on its verdict stands; returns the infraction's version.

    Again changes nothing. Raises NotFound, and TransitionRefused where there is no fine to issue.
    """
    async with connection.transaction():
        row = await _take(connection, infraction_id, None)
        if (
            row["status"] not in _FINED
            or not row["fine_details"]
            or "absent" in row["fine_details"]
        ):
            raise TransitionRefused("there is no fine to issue")
        if row["fine_issued"]:
            return int(row["version"])
        version = await connection.fetchval(
            "UPDATE infractions SET fine_issued = TRUE WHERE id = $1 RETURNING version",
            infraction_id,
        )
        await append(
            connection,
            AuditEntry(
                action="fine.issued",
                resource_type="infraction",
                resource_id=str(infraction_id),
                user_id=actor.id,
                username=actor.username,
                new_values={"fine": row["fine_details"], "version": version},
                request=request,
            ),
        )
    return int(version)


async def _take(connection: Connection, infraction_id: UUID, expected_version: int | None) -> Any:
    row = await connection.fetchrow(read_sql("api/transition_take"), infraction_id)
    if row is None:
        raise NotFound("infraction: does not exist")
    if expected_version is not None and row["version"] != expected_version:
        raise StaleVersion("infraction: changed since it was read", current=row["version"])
    return row


async def _fine(connection: Connection, row: Any, decided: Transition) -> Row | None:
    """The fine to keep with the infraction: computed on validation, else the one already kept."""
    if (decided.origin, decided.target) == (Status.PENDING, Status.VALIDATED):
        law = await load_law(connection)
        computed = law.fine(row["type"], row["detected_at"], row["speed_excess"])
        return plain_fine(computed) if isinstance(computed, Fine) else plain_absence(computed)
    return None if row["fine_details"] is None else dict(row["fine_details"])


async def _apply(
    connection: Connection, row: Any, decided: Transition, actor: Actor, fine: Row | None
) -> Any:
    version = row["version"] + 1
    key = f"{row['id']}|v{version}"
    topic = f"infraction.{decided.target}"
    identity = event_id(key)
    has_amount = fine is not None and "absent" not in fine
    return await connection.fetchrow(
        read_sql("api/transition_apply"),
        row["id"],
        decided.origin.value,
        decided.target.value,
        decided.reason,
        actor.id,
        actor.username,
        Decimal(str(fine["amount_soles"])) if fine is not None and has_amount else None,
        fine["code"] if fine is not None and has_amount else None,
        fine,
        identity,
        key,
        topic,
        {
            "event_id": str(identity),
            "infraction_id": str(row["id"]),
            "infraction_code": row["infraction_code"],
            "type": row["type"],
            "camera_id": row["device_id"],
            "from": decided.origin.value,
            "to": decided.target.value,
            "version": version,
        },
    )


def _entry(
    row: Any, decided: Transition, actor: Actor, fine: Row | None, version: int, request: Request
) -> AuditEntry:
    new: dict[str, Any] = {"status": decided.target.value, "version": version}
    if decided.reason is not None:
        new["reason"] = decided.reason
    if fine is not None and decided.origin is Status.PENDING:
        new["fine"] = fine
    return AuditEntry(
        action=f"infraction.{decided.target}",
        resource_type="infraction",
        resource_id=str(row["id"]),
        user_id=actor.id,
        username=actor.username,
        old_values={"status": decided.origin.value, "version": row["version"]},
        new_values=new,
        request=request,
    )
