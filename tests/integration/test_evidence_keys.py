"""The key that seals: made once, kept close, and named when it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.settings import Settings
from adapters.signing import open_signing_key, trusted_key
from enforcement.errors import BadInput
from tests.fixtures.processes import quick_processes


def test_a_named_key_that_is_missing_is_not_made_but_named(tmp_path: Path) -> None:
    named = tmp_path / "hsm" / "key.pem"
    settings = Settings(local_dir=tmp_path, signing_key=named)
    with pytest.raises(BadInput, match="VIGIA_SIGNING_KEY: no such file"):
        open_signing_key(settings)
    assert not named.exists()


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    named = tmp_path / "key.pem"
    named.write_bytes(b"not a key")
    settings = Settings(local_dir=tmp_path, signing_key=named)
    with pytest.raises(BadInput, match=r"VIGIA_SIGNING_KEY: key\.pem is not a private key"):
        open_signing_key(settings)


def test_a_key_of_another_kind_is_named(tmp_path: Path) -> None:
    named = tmp_path / "key.pem"
    named.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(BadInput, match="not an Ed25519 one"):
        open_signing_key(Settings(local_dir=tmp_path, signing_key=named))


def test_a_folder_in_place_of_the_key_is_one_line(tmp_path: Path) -> None:
    named = tmp_path / "key.pem"
    named.mkdir()
    with pytest.raises(BadInput, match="cannot read"):
        open_signing_key(Settings(local_dir=tmp_path, signing_key=named))


def test_a_key_cannot_be_made_where_there_is_no_folder_for_it(tmp_path: Path) -> None:
    (tmp_path / "local").write_text("a file")
    with pytest.raises(BadInput, match="cannot write here"):
        open_signing_key(Settings(local_dir=tmp_path / "local"))


def test_the_key_shows_its_name_only(tmp_path: Path) -> None:
    key = open_signing_key(Settings(local_dir=tmp_path))
    assert repr(key) == f"SigningKey({key.key_id[:16]}…)"


def _open(folder: str) -> str:
    return open_signing_key(Settings(local_dir=Path(folder))).key_id


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    with quick_processes().Pool(3) as pool:
        names = pool.map(_open, [str(tmp_path)] * 6)
    assert len(set(names)) == 1
    assert trusted_key(Settings(local_dir=tmp_path)).key_id == names[0]
