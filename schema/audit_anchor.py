"""Where the audit's chain begins in the table: after the rows that went to the archive.

The chain stays checkable because it leaves from its beginning only, and comes back in the reverse order.
"""

from __future__ import annotations

from schema.archive_tables import Connection, Month

_GENESIS = "0" * 64


def move_past(session: Connection, month: Month) -> bool:
    """Let the chain begin after the month's rows, in the transaction that drops them.

    False, and nothing changed, when rows before them would stay.
    """
    begins = _begins(session)
    row = session.execute(
        "SELECT count(chain_index), max(chain_index) FROM audit_logs"
        " WHERE timestamp >= %s AND timestamp < %s",
        (month.low, month.high),
    ).fetchone()
    if row is None or not row[0]:
        return True
    if row[1] - begins != row[0]:
        return False
    session.execute(
        "UPDATE audit_chain_head SET archived_index = %(last)s, archived_digest ="
        " (SELECT chain_digest FROM audit_logs WHERE chain_index = %(last)s)",
        {"last": row[1]},
    )
    return True


def move_before(session: Connection, month: Month) -> bool:
    """Let the chain begin with the month's rows, in the transaction that brought them back.

    False, and nothing changed, when rows between them and the chain's beginning are not there.
    """
    row = session.execute(
        "SELECT count(chain_index), min(chain_index), max(chain_index) FROM audit_logs"
        " WHERE timestamp >= %s AND timestamp < %s",
        (month.low, month.high),
    ).fetchone()
    if row is None or not row[0]:
        return True
    begins = _begins(session)
    if begins < row[1]:
        return True  # nothing of it had left
    if row[2] < begins:
        return False
    session.execute(
        "UPDATE audit_chain_head SET archived_index = %(first)s - 1, archived_digest ="
        " COALESCE((SELECT chain_previous FROM audit_logs WHERE chain_index = %(first)s), %(none)s)",
        {"first": row[1], "none": _GENESIS},
    )
    return True


def _begins(session: Connection) -> int:
    row = session.execute("SELECT archived_index FROM audit_chain_head FOR UPDATE").fetchone()
    return 0 if row is None else int(row[0])
