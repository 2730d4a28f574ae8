"""Small parts of the API: pace, versions, tokens, passwords, problem details, the door's table."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from adapters.password_hash import Passwords
from enforcement.errors import BadInput, StaleVersion, Unavailable
from serve.access import ACCESS
from serve.etags import etag, expected_version
from serve.problems import Problem, as_problem
from serve.rate_limit import Buckets, Rate
from serve.security import CONTENT_POLICY
from serve.sse import event_text
from serve.tokens import AccessTokens, Claims

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_a_bucket_gives_its_burst_then_its_pace_and_forgets_the_oldest_key() -> None:
    clock = [0.0]
    limiter = Buckets(lambda: clock[0], most_keys=2)
    rate = Rate(per_second=2, burst=2)
    assert [limiter.wait_s("a", rate) for _ in range(3)] == [0.0, 0.0, 0.5]
    clock[0] = 0.5
    assert limiter.wait_s("a", rate) == 0.0
    assert limiter.wait_s("a", rate) > 0
    limiter.wait_s("b", rate)
    limiter.wait_s("c", rate)
    assert limiter.wait_s("a", rate) == 0.0


@pytest.mark.parametrize(
    ("given", "status"), [(None, 428), ("*", 412), ('"v"', 412), ('"v-1"', 412), ("v3", 412)]
)
def test_a_version_that_nobody_saw_is_refused(given: str | None, status: int) -> None:
    with pytest.raises(Problem) as refused:
        expected_version(given)
    assert refused.value.status == status


def test_a_version_survives_its_header() -> None:
    assert expected_version(etag(7)) == 7
    assert expected_version(f"W/{etag(7)}") == 7


def test_an_access_token_is_good_until_its_end_and_only_under_its_key() -> None:
    tokens, claims = AccessTokens(b"k" * 32), Claims(user_id=uuid.uuid4(), session_id=uuid.uuid4())
    text = tokens.sign(claims, NOON)
    assert tokens.read(text, NOON + timedelta(minutes=9, seconds=59)) == claims
    for reader, at, code in (
        (tokens, NOON + timedelta(minutes=10), "token_expired"),
        (tokens, NOON - timedelta(hours=1), "token_invalid"),
        (AccessTokens(b"o" * 32), NOON, "token_invalid"),
    ):
        with pytest.raises(Problem) as refused:
            reader.read(text, at)
        assert refused.value.code == code
    for text_of_none in ("", "a.b.c", text[:-2], text + "x", "é"):
        with pytest.raises(Problem):
            tokens.read(text_of_none, NOON)


def test_passwords_are_argon2id_and_a_missing_account_never_matches() -> None:
    passwords = Passwords(time_cost=1, memory_kib=8, lanes=1)
    kept = passwords.hash("trece caballos verdes")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "trece caballos verdes")
    assert not passwords.matches(kept, "trece caballos Verdes")
    assert not passwords.matches(None, "trece caballos verdes")
    assert not passwords.matches("not a hash", "trece caballos verdes")
    assert Passwords(time_cost=2, memory_kib=8, lanes=1).outdated(kept)
    with pytest.raises(BadInput):
        passwords.hash("short")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadInput("plate: odd"), 422, "bad_input"),
        (StaleVersion("changed", current=4), 412, "stale"),
        (Unavailable("s3://secret-host/bucket: down"), 503, "unavailable"),
        (asyncpg.UniqueViolationError("k"), 409, "already_exists"),
        (asyncpg.NumericValueOutOfRangeError("n"), 422, "bad_input"),
        (asyncpg.ConnectionDoesNotExistError("gone"), 503, "database_unavailable"),
        (ConnectionRefusedError(), 503, "database_unavailable"),
        (ZeroDivisionError("secret"), 500, "server_error"),
    ],
)
def test_every_error_becomes_a_problem_that_tells_no_more_than_it_should(
    error: Exception, status: int, code: str
) -> None:
    problem = as_problem(error)
    assert (problem.status, problem.code) == (status, code)
    assert "secret" not in problem.detail


def test_the_policy_lets_no_inline_script_or_style_in() -> None:
    assert "unsafe" not in CONTENT_POLICY
    assert "frame-ancestors 'none'" in CONTENT_POLICY


def test_only_signing_in_and_out_and_the_systems_standing_are_open_to_all() -> None:
    opened = {
        key.removeprefix("GET ").removeprefix("POST ") for key, a in ACCESS.items() if a.public
    }
    assert opened == {
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/logout",
        "/api/v1/system/health",
        "/api/v1/system/ready",
        "/api/v1/system/version",
    }


def test_an_event_is_one_block_whatever_its_data_holds() -> None:
    assert event_text("infraction", {"id": "a\nb"}).count(b"\n\n") == 1
