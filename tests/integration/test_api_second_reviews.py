"""Second reviews over HTTP: how many are asked for, what is shown of them, and who may give one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.settings import Settings, read_settings
from enforcement.errors import BadInput
from tests.fixtures.api import add_infractions, served

SHOWS_THE_VERDICT = {
    "status",
    "version",
    "history",
    "fine",
    "fine_amount",
    "rejection_reason",
    "validated_at",
}


@pytest.mark.parametrize(("share", "asked"), [(1.0, 1), (0.0, 0)])
def test_as_many_verdicts_are_asked_for_again_as_the_setting_says(
    database_url: str, tmp_path: Path, share: float, asked: int
) -> None:
    one, *_ = add_infractions(database_url, 1)
    settings = Settings(local_dir=tmp_path, database_url=database_url, second_review_share=share)

    async def path() -> None:
        async with served(database_url, tmp_path, settings=settings) as api:
            operator, other = await api.sign_in("operator"), await api.sign_in("supervisor")
            why = {"to": "rejected", "reason": "Motivo del primero"}
            made = await api.post(f"/infractions/{one}/transitions", operator, why, If_Match='"v1"')
            assert made.status_code == 200, made.text
            rows = (await api.get("/second-reviews", other)).json()["items"]
            assert [row["infraction_id"] for row in rows] == [str(one)] * asked
            assert (await api.get("/second-reviews", operator)).json()["items"] == []

    asyncio.run(path())


def test_a_second_look_shows_the_evidence_and_nothing_of_the_first_verdict(
    database_url: str, tmp_path: Path
) -> None:
    one, *_ = add_infractions(database_url, 1)
    settings = Settings(local_dir=tmp_path, database_url=database_url, second_review_share=1.0)

    async def path() -> None:
        async with served(database_url, tmp_path, settings=settings) as api:
            operator, other = await api.sign_in("operator"), await api.sign_in("supervisor")
            why = {"to": "rejected", "reason": "Motivo del primero"}
            await api.post(f"/infractions/{one}/transitions", operator, why, If_Match='"v1"')
            review = (await api.get("/second-reviews", other)).json()["items"][0]["id"]
            shown = await api.get(f"/second-reviews/{review}", other)
            assert "Motivo del primero" not in shown.text
            assert "operator" not in shown.text
            seen = shown.json()["infraction"]
            assert seen["detected_speed"] == 78.5
            assert "clip.mp4" in seen["evidence"]["files"]
            assert not SHOWS_THE_VERDICT & set(seen)
            own = await api.get(f"/second-reviews/{review}", operator)
            assert (own.status_code, own.json()["code"]) == (403, "forbidden")
            given = await api.post(f"/second-reviews/{review}", other, {"verdict": "validated"})
            assert given.json()["agrees"] is False
            again = await api.get(f"/second-reviews/{review}", other)
            assert (again.status_code, again.json()["code"]) == (409, "already_exists")

    asyncio.run(path())


@pytest.mark.parametrize("value", ["1.5", "-0.1", "half", "nan"])
def test_a_share_that_is_none_is_one_line_that_names_the_variable(value: str) -> None:
    with pytest.raises(
        BadInput, match=r"^VIGIA_SECOND_REVIEW_SHARE: expected a share from 0 to 1$"
    ):
        read_settings({"VIGIA_SECOND_REVIEW_SHARE": value})
    assert read_settings({"VIGIA_SECOND_REVIEW_SHARE": "0.25"}).second_review_share == 0.25
