"""Gathers what a papeleta says: the infraction's row and its sealed bundle.

It must not know how the sheet looks, nor who asks.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from anyio import to_thread

from adapters.papeleta_pdf import Sheet, papeleta_pdf
from adapters.remote_files import Place
from enforcement.errors import EvidenceBroken, TransitionRefused
from enforcement.evidence import MANIFEST, PLATE, SNAPSHOT
from enforcement.review import FINED
from schema.api_law import LIMA
from serve.problems import Problem
from serve.state import Api


async def papeleta_of(api: Api, row: dict[str, Any], *, base: str) -> bytes:
    """The PDF for an infraction as the schema gave it; base: address of this service.

    Raises TransitionRefused without a standing verdict, Problem 404 without evidence, EvidenceBroken.
    """
    if row["status"] not in FINED:
        raise TransitionRefused(f"an infraction that is {row['status']} has no papeleta")
    kept = row["evidence"]
    if kept is None:
        raise Problem(404, "evidence_missing", "this infraction has no sealed bundle")
    place = api.place(kept["store_url"])
    found = await to_thread.run_sync(_read, place)
    manifest = found[MANIFEST]
    if manifest is None:
        raise Problem(404, "evidence_missing", "the bundle is not in the store")
    query = urlencode({"paquete": kept["bundle_id"], "huella": kept["manifest_digest"]})
    sheet = Sheet(
        infraction=row,
        fine=row["fine"],
        owner=(row["vehicle"] or {}).get("owner_name"),
        manifest=_manifest(manifest),
        manifest_digest=kept["manifest_digest"],
        snapshot=found[SNAPSHOT],
        plate=found[PLATE],
        verify_url=f"{base}/verificar?{query}",
        printed_at=api.now().astimezone(LIMA),
        issued=row["fine_issued"],
    )
    return await to_thread.run_sync(papeleta_pdf, sheet)


def _read(place: Place) -> dict[str, bytes | None]:
    return {name: place.read(name) for name in (MANIFEST, SNAPSHOT, PLATE)}


def _manifest(data: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(data))
    except (ValueError, TypeError):
        raise EvidenceBroken("manifest.json: cannot be read") from None
