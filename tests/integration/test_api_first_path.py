"""An operator's whole path through the API: in, queue, evidence, decision, and what was written down."""

from __future__ import annotations

import asyncio
from pathlib import Path

from enforcement.audit_chain import verify
from schema.api_audit import chain, head
from tests.fixtures.api import add_infractions, make_bundle, served


def test_an_operator_signs_in_reviews_and_every_step_is_in_the_audit(
    database_url: str, tmp_path: Path
) -> None:
    bundle = make_bundle(tmp_path)
    add_infractions(database_url, 3, store_url=bundle.as_uri())

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            token = await api.sign_in("operator")
            queue = (await api.get("/infractions?status=pending", token)).json()
            assert len(queue["items"]) == 3
            assert queue["next_cursor"] is None
            one = queue["items"][0]["id"]
            detail = await api.get(f"/infractions/{one}", token)
            assert detail.headers["etag"] == '"v1"'
            assert set(detail.json()["allowed_transitions"]) == {"validated", "rejected"}
            files = detail.json()["evidence"]["files"]
            clip = await api.client.get(files["clip.mp4"]["url"], headers=token)
            assert clip.content == (bundle / "clip.mp4").read_bytes()
            made = await api.post(
                f"/infractions/{one}/transitions", token, {"to": "validated"}, If_Match='"v1"'
            )
            assert made.status_code == 200, made.text
            assert made.headers["etag"] == '"v2"'
            # 18.5 km/h over in 2026: 24 % of 5 500 soles.
            assert made.json()["fine"]["amount_soles"] == 1320
            two = queue["items"][1]["id"]
            refused = await api.post(
                f"/infractions/{two}/transitions", token, {"to": "rejected"}, If_Match='"v1"'
            )
            assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
            rejected = await api.post(
                f"/infractions/{two}/transitions",
                token,
                {"to": "rejected", "reason": "La placa no se lee"},
                If_Match='"v1"',
            )
            assert rejected.json()["status"] == "rejected"
            left = (await api.get("/infractions?status=pending", token)).json()
            assert len(left["items"]) == 1
            async with api.pool.acquire() as connection, connection.transaction():
                start, end = await head(connection)
                entries = [row async for row in chain(connection)]
                assert verify(entries, start=start, head=end) is None
            acts = [row.fields["action"] for row in entries]
            assert acts == ["login", "evidence.view", "infraction.validated", "infraction.rejected"]
            assert all(row.fields["username"] == "operator" for row in entries)

    asyncio.run(path())
