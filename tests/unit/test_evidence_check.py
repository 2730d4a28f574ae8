"""What is believed, and what a removed, doubled or reordered bundle looks like."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.signing import SigningKey
from enforcement.evidence import ChainLink, FileDigest
from enforcement.evidence_check import Checked, check_bundle, check_chain, check_head
from enforcement.manifest import head_json, manifest, signature_json
from enforcement.plain import canonical_json
from tests.fixtures import evidence as case

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER_KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
FILES = {name: FileDigest.of(name.encode()) for name in ("clip.mp4", "snapshot.jpg", "track.json")}
MANIFEST = manifest(case.draft(), FILES, key_id=KEY.key_id, previous=None)
SIGNATURE = signature_json(KEY, MANIFEST)


def check(
    files: dict[str, FileDigest] = FILES,
    data: bytes | None = MANIFEST,
    signature: bytes | None = SIGNATURE,
    key: SigningKey = KEY,
) -> tuple[str, ...]:
    return check_bundle(files, data, signature, [key.public]).problems


def test_what_was_sealed_is_intact() -> None:
    assert check() == ()


def test_any_flipped_bit_of_the_signature_file_is_noticed() -> None:
    for offset in range(len(SIGNATURE)):
        for bit in range(8):
            flipped = bytearray(SIGNATURE)
            flipped[offset] ^= 1 << bit
            assert check(signature=bytes(flipped)), (offset, bit)


def test_any_flipped_byte_of_the_manifest_is_noticed() -> None:
    for offset in range(0, len(MANIFEST), 3):
        flipped = bytearray(MANIFEST)
        flipped[offset] ^= 0x20
        assert check(data=bytes(flipped)), offset


@pytest.mark.parametrize(
    "spelled",
    [
        SIGNATURE + b"\n",
        SIGNATURE.replace(b":", b": "),
        json.dumps(json.loads(SIGNATURE) | {"note": "x"}, sort_keys=True).encode(),
        SIGNATURE.upper(),
        b"[]",
        b"",
        b"\xff" * 80,
    ],
)
def test_a_signature_spelled_otherwise_is_damaged(spelled: bytes) -> None:
    assert "damaged" in check(signature=spelled)[0]


def test_a_bundle_forged_with_another_key_is_not_believed() -> None:
    forged = signature_json(OTHER_KEY, MANIFEST)
    (problem,) = check(signature=forged)
    assert "not a trusted key" in problem
    assert "--public-key" in problem


def test_a_forger_who_claims_the_trusted_name_is_found_out() -> None:
    row = json.loads(signature_json(OTHER_KEY, MANIFEST)) | {"key_id": KEY.key_id}
    assert "damaged" in check(signature=canonical_json(row))[0]
    row["public_key"] = KEY.public_key.hex()
    assert "does not match" in check(signature=canonical_json(row))[0]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({k: v for k, v in FILES.items() if k != "clip.mp4"}, "clip.mp4: missing"),
        (FILES | {"plate.jpg": FileDigest.of(b"x")}, "plate.jpg: not part"),
        (FILES | {"clip.mp4": FileDigest.of(b"longer than before")}, "18 bytes, sealed with 8"),
        (FILES | {"clip.mp4": FileDigest.of(b"clip.mp5")}, "clip.mp4: content differs"),
    ],
)
def test_a_changed_missing_or_added_file_is_named(files: dict[str, FileDigest], says: str) -> None:
    (problem,) = check(files)
    assert says in problem


def test_a_missing_manifest_or_signature_is_named() -> None:
    assert check(data=None) == ("manifest.json: missing",)
    assert check(signature=None) == ("manifest.sig: missing",)


def chain(count: int, first: int = 1) -> list[Checked]:
    """Believed bundles 1..count that follow one another."""
    made, before = [], None
    for number in range(1, count + 1):
        row: dict[str, Any] = {
            "bundle_id": f"b{number}",
            "chain": {"sequence": number, "previous": before},
        }
        digest = f"{number:064d}"
        made.append(Checked(problems=(), manifest=row, manifest_sha256=digest))
        before = {"bundle_id": f"b{number}", "manifest_sha256": digest}
    return made[first - 1 :]


def head(number: int) -> ChainLink:
    return ChainLink(sequence=number, bundle_id=f"b{number}", manifest_sha256=f"{number:064d}")


def test_a_whole_chain_is_right_in_whatever_order_it_is_read() -> None:
    assert check_chain("cam", list(reversed(chain(4))), head(4)) == []


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        ([0], "bundle 1 was removed; the one before b2 was b1"),
        ([1], "bundle 2 was removed; the one before b3 was b2"),
        ([1, 2], "bundles 2 to 3 were removed; the one before b4 was b3"),
        ([3], "bundle b4, its last, was removed"),
    ],
)
def test_a_removed_bundle_is_named(gone: list[int], says: str) -> None:
    left = [b for number, b in enumerate(chain(4)) if number not in gone]
    (problem,) = check_chain("cam", left, head(4))
    assert says in problem


def test_two_bundles_in_one_place_are_named() -> None:
    rows = chain(3)
    (problem, *_) = check_chain("cam", [*rows, rows[1]])
    assert "both claim place 2" in problem


def test_a_bundle_that_follows_another_history_is_named() -> None:
    rows = chain(3)
    assert rows[2].manifest is not None
    strange = dict(rows[2].manifest)
    strange["chain"] = {
        "sequence": 3,
        "previous": {"bundle_id": "b2", "manifest_sha256": "f" * 64},
    }
    other = Checked(problems=(), manifest=strange, manifest_sha256="9" * 64)
    assert check_chain("cam", [*rows[:2], other]) == [
        "chain cam: bundle b3 does not follow the one before it"
    ]


def test_a_head_is_believed_only_as_it_was_signed() -> None:
    data = head_json(("CAM001", None), head(7), KEY)
    assert check_head(data, [KEY.public]) == (("CAM001", None), head(7))
    assert check_head(data, [OTHER_KEY.public]) is None
    assert check_head(data + b" ", [KEY.public]) is None
    for offset in range(len(data)):
        flipped = bytearray(data)
        flipped[offset] ^= 1
        assert check_head(bytes(flipped), [KEY.public]) is None, offset
