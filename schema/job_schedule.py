"""Which due time of a job is taken by whom. Two schedulers never take the same one.

Whoever runs a due time holds an advisory lock of its session meanwhile: a row without an end whose lock is
free was left by a scheduler that died, and may be taken again.
"""

from __future__ import annotations

from datetime import datetime

from schema.job_runs import Connection

# First half of the advisory locks' keys; ours and arbitrary.
_CLAIM, _RUNNING = 7_204_413, 7_204_414


def take(session: Connection, job: str, due_at: datetime, *, by: str) -> bool:
    """Whether this session is to run the job's due time; it then holds its lock until `ended`."""
    with session.transaction():
        session.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_CLAIM, job))
        free = session.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_RUNNING, job)
        ).fetchone()
        if free is None or not free[0]:
            return False  # this or an earlier due time is still running
        # Only now: what was read before the lock was free may have ended meanwhile.
        row = session.execute(
            "SELECT due_at, finished_at FROM job_schedule WHERE job = %s ORDER BY due_at DESC LIMIT 1",
            (job,),
        ).fetchone()
        if row is not None and (row[0] > due_at or (row[0] == due_at and row[1] is not None)):
            _let_go(session, job)
            return False
        session.execute(
            "INSERT INTO job_schedule (job, due_at, claimed_by) VALUES (%s, %s, %s)"
            " ON CONFLICT (job, due_at) DO UPDATE"
            " SET claimed_by = EXCLUDED.claimed_by, claimed_at = CURRENT_TIMESTAMP",
            (job, due_at, by),
        )
    return True


def ended(session: Connection, job: str, due_at: datetime, exit_code: int) -> None:
    """Write its end down and let go of its lock."""
    session.execute(
        "UPDATE job_schedule SET finished_at = CURRENT_TIMESTAMP, exit_code = %s"
        " WHERE job = %s AND due_at = %s",
        (exit_code, job, due_at),
    )
    _let_go(session, job)


def _let_go(session: Connection, job: str) -> None:
    session.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_RUNNING, job))
