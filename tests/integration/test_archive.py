"""Rows go to the archive, leave the database only against it, and come back equal."""

from __future__ import annotations

import asyncio
import json

import pyarrow.parquet as pq
import pytest

from jobs import cli, verify_audit
from schema.api_audit import AuditEntry, append
from schema.api_pool import open_connection
from tests.fixtures.history import History, months_ago

pytest_plugins = ["tests.fixtures.object_store"]
OLD, OLDER = months_ago(26), months_ago(27)


def test_what_is_due_is_archived_by_month_compared_and_written_down(history: History) -> None:
    history.fill("infractions", OLD)
    history.fill("infractions", months_ago(1), first=1000)
    history.fill("ml_predictions", OLDER)
    before = history.rows("infractions", OLD)
    code, figures, _ = history.run("archive")
    assert code == cli.DONE
    assert figures["archived"] == [
        {"table": "infractions", "month": str(OLD), "rows": 300},
        {"table": "ml_predictions", "month": str(OLDER), "rows": 300},
    ]
    assert history.rows("infractions", OLD) == before
    file = next(one for one in history.files() if "infractions" in str(one))
    assert file.parent.name == f"month={OLD}"
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    stored = pq.read_table(file).to_pylist()
    assert [row["id"] for row in stored] == [str(row["id"]) for row in before]
    assert [row["detected_speed"] for row in stored] == [row["detected_speed"] for row in before]
    assert [row["detected_at"] for row in stored] == [row["detected_at"] for row in before]
    assert json.loads(stored[0]["violation_details"]) == before[0]["violation_details"]
    # Again: nothing to do. And the mark is the ledger's.
    assert history.run("archive")[1]["archived"] == []
    left = history.session.execute("SELECT count(*) FROM archive_old_infractions()").fetchone()
    assert left == (0,)


def test_rows_change_after_they_were_archived_and_the_month_is_archived_again(
    history: History,
) -> None:
    history.fill("infractions", OLD)
    history.run("archive")
    first = history.files()
    history.session.execute("UPDATE infractions SET status = 'paid' WHERE status = 'validated'")
    assert history.run("archive")[1]["rows"] == 300
    assert len(history.files()) == 1
    assert history.files() != first
    assert "validated" not in pq.read_table(history.files()[0])["status"].to_pylist()


def test_a_month_leaves_the_database_only_once_the_archive_holds_it(history: History) -> None:
    history.fill("ml_predictions", OLD)
    code, figures, said = history.run("enforce_retention")
    assert (code, figures["dropped"]) == (cli.NO, [])
    assert f"ml_predictions {OLD}: not archived" in said
    before = history.rows("ml_predictions", OLD)
    assert len(before) == 300
    history.run("archive")
    code, figures, _ = history.run("enforce_retention")
    assert (code, figures["dropped"]) == (
        cli.DONE,
        [{"table": "ml_predictions", "month": str(OLD)}],
    )
    assert history.rows("ml_predictions", OLD) == []
    gone = history.session.execute(
        "SELECT to_regclass(%s)", (f"ml_predictions_y{OLD.first_day:%Y}m{OLD.first_day:%m}",)
    ).fetchone()
    assert gone == (None,)
    code, figures, _ = history.run(
        "restore_archive", "--table", "ml_predictions", "--month", str(OLD)
    )
    assert (code, figures["restored"]) == (cli.DONE, 300)
    assert history.rows("ml_predictions", OLD) == before
    # It was brought back for a time, and is left alone so long.
    code, figures, _ = history.run("enforce_retention")
    assert code == cli.DONE
    assert figures["kept"][0]["why"].startswith("restored")
    again = history.run("restore_archive", "--table", "ml_predictions", "--month", str(OLD))
    assert again[1]["restored"] == 0


def test_rows_in_the_default_partition_are_archived_and_dropped_too(history: History) -> None:
    history.fill("ml_predictions", OLD)
    partition = f"ml_predictions_y{OLD.first_day:%Y}m{OLD.first_day:%m}"
    history.session.execute(
        f"ALTER TABLE ml_predictions DETACH PARTITION {partition};".encode()
        + f"INSERT INTO ml_predictions SELECT * FROM {partition}; DROP TABLE {partition}".encode()  # noqa: S608
    )
    before = history.rows("ml_predictions", OLD)
    history.run("archive")
    assert history.run("enforce_retention")[1]["dropped"]
    assert history.rows("ml_predictions", OLD) == []
    history.run("restore_archive", "--table", "ml_predictions", "--month", str(OLD))
    assert history.rows("ml_predictions", OLD) == before


def test_a_row_that_came_or_changed_after_archiving_keeps_the_month(history: History) -> None:
    history.fill("ml_predictions", OLD)
    history.run("archive")
    # Triggers off: its updated_at does not tell.
    history.session.execute(
        "SET session_replication_role = replica;"
        "UPDATE ml_predictions SET actual_value = 1 WHERE id = (SELECT min(id) FROM ml_predictions)"
    )
    code, figures, said = history.run("enforce_retention")
    assert (code, figures["dropped"]) == (cli.NO, [])
    assert "changed since it was archived" in said
    assert len(history.rows("ml_predictions", OLD)) == 300
    assert history.run("archive")[1]["rows"] == 300
    assert history.run("enforce_retention")[1]["dropped"]


def test_telemetry_goes_without_an_archive_and_infractions_never_go(history: History) -> None:
    for table in ("events", "inference_metrics", "infractions"):
        history.fill(table, OLD)
    history.run("archive")
    code, figures, _ = history.run("enforce_retention")
    assert code == cli.DONE
    assert {one["table"] for one in figures["dropped"]} == {"events", "inference_metrics"}
    assert len(history.rows("infractions", OLD)) == 300


def test_telemetry_may_be_archived_by_name_and_is_then_compared_before_it_goes(
    history: History,
) -> None:
    history.fill("events", OLD)
    before = history.rows("events", OLD)
    assert history.run("archive", "--table", "events")[1]["rows"] == 300
    assert history.run("enforce_retention")[1]["dropped"]
    history.run("restore_archive", "--table", "events", "--month", str(OLD))
    assert history.rows("events", OLD) == before


def audit(history: History, count: int, month: object) -> None:
    """Chained rows, then moved to the past with triggers and time as they are."""

    async def add() -> None:
        connection = await open_connection(history.url)
        for number in range(count):
            await append(
                connection, AuditEntry(action="x", resource_type="test", resource_id=str(number))
            )
        await connection.close()

    asyncio.run(add())


def test_the_audits_chain_is_intact_after_months_leave_and_come_back(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The chain covers the time of a row: two months of it are made by a clock in the past.
    for month in (OLDER, OLD):
        history.session.execute(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS TIMESTAMPTZ LANGUAGE sql AS"
            f" $$ SELECT TIMESTAMPTZ '{month.low.isoformat()}' + interval '1 day' $$".encode()
        )
        history.session.execute(
            f"ALTER DATABASE {history.session.info.dbname} SET search_path = public, pg_catalog".encode()
        )
        history.session.execute(
            "SELECT ensure_month_partitions('audit_logs'::regclass, %s, 1)", (month.first_day,)
        )
        audit(history, 5, month)
    history.session.execute("DROP FUNCTION public.clock_timestamp()")
    before = {month: history.rows("audit_logs", month) for month in (OLDER, OLD)}
    assert [len(rows) for rows in before.values()] == [5, 5]
    assert history.run("archive")[0] == cli.DONE
    assert [one["month"] for one in history.run("enforce_retention")[1]["dropped"]] == [
        str(OLDER),
        str(OLD),
    ]
    url = ["--database-url", history.url, "--quiet"]
    assert cli.run(verify_audit.main, "verify_audit", url) == cli.DONE
    code, _, said = history.run("restore_archive", "--table", "audit_logs", "--month", str(OLDER))
    assert code == cli.BAD_INPUT
    assert "newest first" in said
    for month in (OLD, OLDER):
        assert (
            history.run("restore_archive", "--table", "audit_logs", "--month", str(month))[0]
            == cli.DONE
        )
        assert history.rows("audit_logs", month) == before[month]
        assert cli.run(verify_audit.main, "verify_audit", url) == cli.DONE


def test_what_a_killed_run_left_in_the_store_is_swept(history: History) -> None:
    history.fill("ml_predictions", OLD)
    assert history.run("archive")[2] == ""
    kept = history.files()
    left = kept[0].with_name("0123.parquet")
    left.write_bytes(b"half")
    assert history.run("archive")[1]["swept"] == 1
    assert history.files() == kept


def test_the_archive_works_on_s3_as_in_a_folder(
    history: History, bucket: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_STORE_URL", bucket)
    monkeypatch.setenv("VIGIA_S3_ENDPOINT", s3_endpoint)
    history.fill("ml_predictions", OLD)
    before = history.rows("ml_predictions", OLD)
    assert history.run("archive")[1]["rows"] == 300
    assert history.run("enforce_retention")[1]["dropped"]
    assert (
        history.run("restore_archive", "--table", "ml_predictions", "--month", str(OLD))[0]
        == cli.DONE
    )
    assert history.rows("ml_predictions", OLD) == before
