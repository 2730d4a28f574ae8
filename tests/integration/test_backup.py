"""Backups of the private database: taken, verified, shipped, restored, kept seven of, damaged, absent."""

from __future__ import annotations

import json
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.base_backup import archive_command
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.remote_files import Place
from enforcement.errors import EvidenceBroken
from jobs import backup, cli, restore_drill
from jobs.backing_up import WAL, Backups
from jobs.benches import backup_kills
from jobs.migrate import prepare
from schema import bench_rows, job_runs
from tests.fixtures.postgres import quick_folder

COMMANDS = {"backup": backup.main, "restore_drill": restore_drill.main}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A private database of its own, with the commands on it."""

    local: Path
    server: EmbeddedPostgres
    capsys: pytest.CaptureFixture[str]

    @property
    def store(self) -> Path:
        return self.local / "store"

    def run(self, command: str, *arguments: str) -> tuple[int, dict[str, Any], str]:
        self.capsys.readouterr()
        code = cli.run(COMMANDS[command], command, ["--quiet", *arguments])
        said = self.capsys.readouterr()
        return code, json.loads(said.out) if said.out else {}, said.err

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.server.start(), autocommit=True) as session:
            session.execute(statement.encode())


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Own]:
    local = quick_folder()
    for name in ("VIGIA_DATABASE_URL", "VIGIA_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(local))
    server = EmbeddedPostgres(local / "postgres")
    prepare(server.start())
    with job_runs.open_session(server.start(), application="test") as session:
        bench_rows.add_places(session, cameras=10, people=50)
    try:
        yield Own(local=local, server=server, capsys=capsys)
    finally:
        server.stop()


def test_a_backup_restores_with_what_came_after_it_and_its_cost_is_said(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To look changes nothing: it is no reason to restart a server.
    code, figures, said = own.run("backup", "--list")
    assert (code, figures["backups"], said) == (cli.DONE, [], "")
    code, figures, said = own.run("backup")
    assert code == cli.DONE
    assert "restarts once" in said
    assert figures["bytes"] < figures["cluster_bytes"] / 2
    own.sql("INSERT INTO vehicles (plate) VALUES ('NEW-001')")
    code, figures, said = own.run("backup", "--wal")
    assert (code, said) == (cli.DONE, "")
    assert figures["pieces_of_log"] >= 1
    # Came after the last shipping: a lost machine would cost it, and it is no difference.
    own.sql("INSERT INTO vehicles (plate) VALUES ('LATE-01')")
    code, figures, said = own.run("restore_drill")
    assert (code, said) == (cli.DONE, "")
    assert figures["equal"]
    assert figures["rows_compared"] >= 50 + 50 + 10 + 1
    assert 0 < figures["rpo_s"] < 60
    assert 0 < figures["rto_s"] < 120
    # The drill sees what is missing: a piece of the log that is gone.
    log = sorted((own.store / "backups" / "wal").iterdir())
    log[-1].unlink()
    code, figures, _ = own.run("restore_drill")
    assert figures["rpo_s"] > 0
    # Equal, and yet too much would be lost.
    with monkeypatch.context() as strict:
        strict.setattr(restore_drill, "MOST_RPO_S", 0.0)
        code, figures, said = own.run("restore_drill")
    assert (code, figures["equal"]) == (cli.NO, True)
    assert "would be lost" in said
    # One that has changed since is not: the copy rightly holds what it said then.
    own.sql("UPDATE vehicles SET color = 'red' WHERE plate = 'NEW-001'")
    code, figures, _ = own.run("restore_drill")
    assert (code, figures["equal"]) == (cli.DONE, True)
    # A column that was changed behind the log's back is, and so is a row that came so.
    other = "UPDATE devices SET firmware_version = 'other' WHERE id = (SELECT min(id) FROM devices)"
    change_quietly(own, other)
    code, figures, said = own.run("restore_drill")
    assert (code, figures["equal"]) == (cli.NO, False)
    assert "devices: 10 rows restored, 10 wanted, or others" in said
    old = "SET created_at = '2020-01-01', updated_at = '2020-01-01'"
    change_quietly(own, f"UPDATE vehicles {old} WHERE plate = 'LATE-01'")
    code, figures, said = own.run("restore_drill")
    assert (code, figures["equal"]) == (cli.NO, False)
    assert "vehicles: " in said


def change_quietly(own: Own, statement: str) -> None:
    """Without the trigger that notes when a row changed."""
    own.sql(f"SET session_replication_role = replica; {statement}")


def test_a_damaged_backup_or_none_is_one_line(own: Own) -> None:
    code, _, said = own.run("restore_drill")
    assert (code, said.count("\n")) == (cli.BAD_INPUT, 1)
    assert "holds no backup" in said
    own.run("backup")
    packed = next((own.store / "backups" / "base").glob("*.zst"))
    packed.write_bytes(packed.read_bytes()[:-1000])
    code, _, said = own.run("restore_drill")
    assert (code, said.count("\n")) == (cli.BAD_INPUT, 1)
    assert "not the file that was stored" in said


def test_a_server_of_somebody_else_s_keeps_its_own_log(own: Own, database_url: str) -> None:
    code, _, said = own.run("backup", "--wal", "--database-url", database_url)
    assert code == cli.BAD_INPUT
    assert "archive_command" in said


def put(backups: Backups, folder: Path, number: int) -> None:
    packed = folder / "packed"
    packed.write_bytes(b"x" * number)
    name = f"202611{number:02d}T010000Z"
    at = datetime(2026, 11, number, 1, tzinfo=UTC)
    backups.put(packed, name, at, f"00000001000000000000{number:04X}", "15")


def test_seven_are_kept_and_only_the_log_that_they_need(tmp_path: Path) -> None:
    store = tmp_path / "store"
    backups = Backups(place=Place.of_folder(store))
    for number in range(1, 11):
        put(backups, tmp_path, number)
        log = tmp_path / "log"
        log.mkdir(exist_ok=True)
        (log / f"00000001000000000000{number:04X}").write_bytes(b"piece")
        (log / f".00000001000000000000{number:04X}.new").write_bytes(b"half")
        assert backups.ship(log) == 1
    (store / "backups" / "base" / "20261130T010000Z.tar.zst").write_bytes(b"never finished")
    backups.keep(7)
    assert [one.name[6:8] for one in backups.all()] == [f"{n:02d}" for n in range(4, 11)]
    assert len(list((store / "backups" / "base").iterdir())) == 14
    left = sorted(path.name for path in (store / WAL).iterdir())
    assert left == [f"00000001000000000000{n:04X}.zst" for n in range(4, 11)]


def test_a_piece_of_the_log_that_is_there_already_is_compared_not_replaced(tmp_path: Path) -> None:
    backups = Backups(place=Place.of_folder(tmp_path / "store"))
    log = tmp_path / "log"
    log.mkdir()
    piece = log / "000000010000000000000001"
    piece.write_bytes(b"piece")
    assert backups.ship(log) == 1
    piece.write_bytes(b"piece")
    assert backups.ship(log) == 0
    assert not piece.exists()
    piece.write_bytes(b"other")
    with pytest.raises(EvidenceBroken):
        backups.ship(log)
    assert piece.exists()


def test_a_piece_asked_for_again_is_kept_already_and_never_written_over(tmp_path: Path) -> None:
    # A server that died between keeping a piece and noting so asks again.
    piece, folder = tmp_path / "0001", tmp_path / "log"
    folder.mkdir()
    piece.write_bytes(b"changes")
    command = archive_command(folder).replace("%p", str(piece)).replace("%f", piece.name)

    def keep() -> int:
        return subprocess.run(["/bin/sh", "-c", command], check=False).returncode

    assert (keep(), keep()) == (0, 0)
    piece.write_bytes(b"others")
    assert keep() != 0
    assert (folder / piece.name).read_bytes() == b"changes"
    assert [path.name for path in folder.iterdir()] == [piece.name]


def test_backups_survive_kill_9() -> None:
    found = backup_kills.run(Namespace(rounds=4, drill=4, rows=100, seed=2))
    assert found["killed"] > 0
    assert found["drills"] == 1
    assert (found["unequal"], found["broken"]) == (0, 0)
