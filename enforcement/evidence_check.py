"""Whether a bundle is what was sealed, and whether bundles still follow one another: pure comparisons.

Nothing is believed before a trusted key has signed it; a key that travels inside a bundle is only a name
to look up. Reading files, folders and URLs is somebody else's work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enforcement.evidence import (
    FORMAT,
    MANIFEST,
    REQUIRED,
    SIGNATURE,
    ChainLink,
    FileDigest,
    Verifier,
)
from enforcement.plain import canonical_json

Chain = tuple[str, str | None]
"""(camera, ingest host): whose bundles follow one another."""
_SIGNATURE_KEYS = {"algorithm", "key_id", "public_key", "signature"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One bundle's answer: what is wrong (nothing when intact), and its manifest once believed."""

    problems: tuple[str, ...]
    manifest: Mapping[str, Any] | None
    manifest_sha256: str | None

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_bundle(
    files: Mapping[str, FileDigest],
    manifest_bytes: bytes | None,
    signature_bytes: bytes | None,
    trusted: Sequence[Verifier],
) -> Checked:
    """Compare a bundle with its seal.

    files: digests of everything in the bundle's folder, the manifest and signature included.
    """
    problem = _signature_problem(manifest_bytes, signature_bytes, trusted)
    if problem is not None or manifest_bytes is None:
        absent = [f"{name}: missing" for name in sorted(REQUIRED - files.keys())]
        return Checked(
            problems=(problem or f"{MANIFEST}: missing", *absent),
            manifest=None,
            manifest_sha256=None,
        )
    manifest = json.loads(manifest_bytes)
    if manifest.get("format") != FORMAT:
        unknown = f"{MANIFEST}: unknown format {manifest.get('format')!r}"
        return Checked(problems=(unknown,), manifest=None, manifest_sha256=None)
    return Checked(
        problems=tuple(_file_problems(files, manifest["files"])),
        manifest=manifest,
        manifest_sha256=hashlib.sha256(manifest_bytes).hexdigest(),
    )


def _file_problems(found: Mapping[str, FileDigest], sealed: Mapping[str, Any]) -> list[str]:
    problems = []
    for name, row in sorted(sealed.items()):
        digest = found.get(name)
        if digest is None:
            problems.append(f"{name}: missing")
        elif digest.size != row["size"]:
            problems.append(f"{name}: {digest.size} bytes, sealed with {row['size']}")
        elif digest.sha256 != row["sha256"]:
            problems.append(f"{name}: content differs from what was sealed (SHA-256)")
    extra = sorted(found.keys() - sealed.keys() - {MANIFEST, SIGNATURE})
    return problems + [f"{name}: not part of the sealed bundle" for name in extra]


def _signature_problem(
    manifest: bytes | None, signature: bytes | None, trusted: Sequence[Verifier]
) -> str | None:
    if manifest is None:
        return f"{MANIFEST}: missing"
    if signature is None:
        return f"{SIGNATURE}: missing"
    row = _signature_row(signature)
    if row is None:
        return f"{SIGNATURE}: damaged, not in the form it was written in"
    key = next((key for key in trusted if key.key_id == row["key_id"]), None)
    if key is None:
        return (
            f"{SIGNATURE}: made with key {row['key_id'][:16]}…, which is not a trusted key; the key"
            " inside a bundle proves nothing by itself (name one you trust with --public-key)"
        )
    if not key.verifies(bytes.fromhex(row["signature"]), manifest):
        return f"{MANIFEST}: signature does not match, so it or {SIGNATURE} was changed"
    return None


def _signature_row(data: bytes) -> dict[str, str] | None:
    """The signature's fields, None unless spelled exactly as we spell them.

    One spelling only: otherwise a changed byte could still say the same.
    """
    row = canonical_row(data)
    if row is None or row.keys() != _SIGNATURE_KEYS or row["algorithm"] != "Ed25519":
        return None
    try:
        public_key, raw = bytes.fromhex(row["public_key"]), bytes.fromhex(row["signature"])
    except (TypeError, ValueError):
        return None
    as_written = {
        "algorithm": "Ed25519",
        "key_id": hashlib.sha256(public_key).hexdigest(),
        "public_key": public_key.hex(),
        "signature": raw.hex(),
    }
    return as_written if row == as_written else None


def canonical_row(data: bytes) -> dict[str, Any] | None:
    """A JSON object spelled canonically; None for anything else."""
    try:
        row = json.loads(data)
        return row if isinstance(row, dict) and canonical_json(row) == data else None
    except (ValueError, TypeError, RecursionError):
        return None


def check_head(data: bytes, trusted: Sequence[Verifier]) -> tuple[Chain, ChainLink] | None:
    """The chain and last link a head file tells of, None unless a trusted key signed it as it is."""
    row = canonical_row(data)
    if row is None or "signature" not in row or "key_id" not in row:
        return None
    body = {key: value for key, value in row.items() if key != "signature"}
    key = next((key for key in trusted if key.key_id == row["key_id"]), None)
    try:
        signature = bytes.fromhex(row["signature"])
    except (TypeError, ValueError):
        return None
    if key is None or signature.hex() != row["signature"]:
        return None
    if not key.verifies(signature, canonical_json(body)):
        return None
    link = ChainLink(
        sequence=row["sequence"],
        bundle_id=row["bundle_id"],
        manifest_sha256=row["manifest_sha256"],
    )
    return (row["camera_id"], row["ingest_host"]), link


def chain_of(manifest: Mapping[str, Any]) -> Chain:
    """(camera, ingest host): whose chain a bundle belongs to."""
    chain = manifest["chain"]
    return chain["camera_id"], chain["ingest_host"]


def link_of(manifest: Mapping[str, Any], manifest_sha256: str) -> ChainLink:
    """A sealed bundle's place in its chain."""
    return ChainLink(
        sequence=manifest["chain"]["sequence"],
        bundle_id=manifest["bundle_id"],
        manifest_sha256=manifest_sha256,
    )


def check_chain(name: str, bundles: Sequence[Checked], head: ChainLink | None = None) -> list[str]:
    """What is wrong with one camera's chain: removed, reordered, doubled or foreign bundles.

    bundles: the believed ones of that chain, in any order. head: the signed last link, where known;
    without it a removed tail cannot be seen.
    """
    rows = [(b.manifest, b.manifest_sha256) for b in bundles]
    by_sequence = sorted(
        ((link_of(m, sha), m["chain"]["previous"]) for m, sha in rows if m and sha),
        key=lambda row: row[0].sequence,
    )
    problems: list[str] = []
    before: ChainLink | None = None
    for link, previous in by_sequence:
        problems += _step_problems(name, before, link, previous)
        before = link
    if head is not None and (before is None or before != head):
        if before is None or before.sequence < head.sequence:
            problems.append(f"chain {name}: bundle {head.bundle_id}, its last, was removed")
        elif before.sequence == head.sequence:
            problems.append(f"chain {name}: bundle {before.bundle_id} is not its last link")
    return problems


def _step_problems(
    name: str, before: ChainLink | None, link: ChainLink, previous: Mapping[str, Any] | None
) -> list[str]:
    expected = 1 if before is None else before.sequence + 1
    if link.sequence < expected:
        other = before.bundle_id if before else ""
        return [
            f"chain {name}: bundles {other} and {link.bundle_id} both claim place {link.sequence}"
        ]
    if link.sequence > expected:
        named = f"; the one before {link.bundle_id} was {previous['bundle_id']}" if previous else ""
        gone = _span(expected, link.sequence - 1)
        return [f"chain {name}: {gone} removed{named}"]
    told = None if before is None else (before.bundle_id, before.manifest_sha256)
    claimed = None if previous is None else (previous["bundle_id"], previous["manifest_sha256"])
    if told != claimed:
        return [f"chain {name}: bundle {link.bundle_id} does not follow the one before it"]
    return []


def _span(first: int, last: int) -> str:
    return f"bundle {first} was" if first == last else f"bundles {first} to {last} were"
