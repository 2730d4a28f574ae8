"""The private PostgreSQL: started by anyone, once, again after a kill, and one line when it cannot."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres_programs import as_server_user, find_binaries
from enforcement.errors import BadInput, Unavailable
from tests.fixtures.postgres import quick_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's own user may enter."""
    path = quick_folder()
    yield path
    EmbeddedPostgres(path / "pg").stop()
    shutil.rmtree(path)


def server(folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder / "pg", durable=False)


def ask(url: str, question: str = "SELECT 1") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None


START = """
import sys
from pathlib import Path
from adapters.embedded_postgres import EmbeddedPostgres
sys.stdout.write(EmbeddedPostgres(Path(sys.argv[1]), durable=False).start())
"""


def test_two_processes_that_start_the_same_folder_get_one_server(
    folder: Path, repository: Path
) -> None:
    command = [sys.executable, "-c", START, str(folder / "pg")]
    others = [
        subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    mine = server(folder).start()
    assert {other.communicate()[0] for other in others} == {mine}
    assert ask(mine) == 1


def test_it_comes_back_with_its_rows_after_a_kill_and_after_a_stop(folder: Path) -> None:
    url = EmbeddedPostgres(folder / "pg").start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (x INTEGER)")
    pid = server(folder).pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert EmbeddedPostgres(folder / "pg").start() == url
    assert ask(url, "SELECT count(*) FROM kept") == 0
    server(folder).stop()
    server(folder).stop()
    assert server(folder).pid() is None
    assert ask(server(folder).start(), "SELECT count(*) FROM kept") == 0


def test_it_moves_to_another_port_when_its_own_is_taken(folder: Path) -> None:
    url = server(folder).start()
    server(folder).stop()
    port = psycopg.conninfo.conninfo_to_dict(url)["port"]
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(str(port))))
        other.listen()
        moved = server(folder).start()
    assert moved != url
    assert ask(moved) == 1


def test_its_password_is_needed_and_kept_from_others(folder: Path) -> None:
    url = server(folder).start()
    access = folder / "pg" / "access.json"
    assert access.stat().st_mode & 0o077 == 0
    wrong = url.replace(url.split(":")[2].split("@")[0], "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        ask(wrong)


def test_a_making_that_was_cut_short_is_made_again(folder: Path) -> None:
    data = folder / "pg" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")  # what a killed initdb leaves
    assert ask(server(folder).start()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_a_folder_the_servers_user_cannot_reach_is_served_from_elsewhere(folder: Path) -> None:
    folder.chmod(0o700)
    try:
        assert ask(server(folder).start()) == 1
        elsewhere = (folder / "pg" / "data").resolve()
        assert not elsewhere.is_relative_to(folder)
    finally:
        server(folder).stop()
        shutil.rmtree((folder / "pg" / "data").resolve())


def test_no_binaries_is_one_line_that_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "12" / "bin").mkdir(parents=True)
    (tmp_path / "12" / "bin" / "initdb").touch()
    with pytest.raises(BadInput, match="install postgresql-15"):
        find_binaries(tmp_path)
    with pytest.raises(BadInput, match="VIGIA_DATABASE_URL"):
        EmbeddedPostgres(tmp_path / "pg", binaries=tmp_path / "nothing").start()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="file/pg"):
        EmbeddedPostgres(tmp_path / "file" / "pg").start()


def test_a_lost_password_is_named_and_nothing_is_overwritten(folder: Path) -> None:
    server(folder).start()
    server(folder).stop()
    (folder / "pg" / "access.json").write_text("{")
    with pytest.raises(BadInput, match=r"access\.json"):
        server(folder).start()
    assert (folder / "pg" / "data" / "PG_VERSION").exists()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    server(folder).start()
    server(folder).stop()
    with (folder / "pg" / "data" / "postgresql.conf").open("a") as conf:
        conf.write("max_connections = many\n")
    with pytest.raises(Unavailable, match=r"postgresql\.conf"):
        server(folder).start()


def test_a_full_disk_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # initdb under a file size limit fails as it does on a full disk: it cannot write its files.
    def limited(command: list[str], **options: tuple[int, ...]) -> object:
        if command[0].endswith("initdb"):
            command = ["/bin/sh", "-c", 'ulimit -f 64; exec "$@"', "sh", *command]
        return as_server_user(command, **options)

    monkeypatch.setattr("adapters.embedded_postgres.as_server_user", limited)
    with pytest.raises(BadInput, match="initdb failed"):
        server(folder).start()
    assert not (folder / "pg" / "initialised").exists()
    monkeypatch.undo()
    assert ask(server(folder).start()) == 1
