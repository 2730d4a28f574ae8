"""Reads a bundle wherever it lies and checks it against its seal.

What counts as intact is decided in `enforcement`; here files are only listed, read and digested.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.evidence_folder import HEADS, SET_ASIDE
from adapters.remote_files import Place
from enforcement.evidence import ALLOWED, MANIFEST, SIGNATURE, FileDigest, Verifier
from enforcement.evidence_check import Checked, check_bundle

_OURS = ALLOWED | {MANIFEST, SIGNATURE}
_DEPTH = 4


def find_bundles(place: Place) -> list[str]:
    """Paths of bundles in a place, "" where the place itself is one.

    A folder with none of a bundle's files counts too when it stands among bundles: emptied of all,
    it is still missing everything.
    """
    files, _ = place.entries()
    return [""] if _OURS & set(files) else sorted(_search(place, "", _DEPTH))


def _search(place: Place, path: str, depth: int) -> list[str]:
    _, folders = place.entries(path)
    found, bare = [], []
    for name in folders:
        if name.startswith(".") or name in (HEADS, SET_ASIDE):
            continue
        inner = f"{path}/{name}".lstrip("/")
        files, below = place.entries(inner)
        if _OURS & set(files):
            found.append(inner)
        elif below and depth > 1:
            found += _search(place, inner, depth - 1)
        else:
            bare.append(inner)
    return found + (bare if found else [])


def head_files(place: Place, bundles: Sequence[str]) -> dict[str, bytes]:
    """Content of the signed chain heads that lie beside these bundles, by path."""
    parents = {path.rpartition("/")[0] for path in bundles if path}
    heads = {}
    for parent in sorted(parents):
        folder = f"{parent}/{HEADS}".lstrip("/")
        for name in place.entries(folder)[0]:
            if not name.startswith("."):
                heads[f"{folder}/{name}"] = place.read(f"{folder}/{name}") or b""
    return heads


def read_checked(place: Place, path: str, trusted: Sequence[Verifier]) -> Checked:
    """Check one bundle. Raises Unavailable when the place does not answer."""
    prefix = f"{path}/" if path else ""
    digests: dict[str, FileDigest] = {}
    for name, kind in place.kinds(path).items():
        digest = place.digest(prefix + name) if kind == "file" else None
        # A folder, link or pipe is foreign to a bundle whatever is behind it.
        digests[name] = digest or FileDigest(sha256="", size=0)
    return check_bundle(
        digests, place.read(prefix + MANIFEST), place.read(prefix + SIGNATURE), trusted
    )
