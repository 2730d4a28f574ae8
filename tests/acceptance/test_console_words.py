"""The console's two dictionaries say the same things, and everything shown goes through them."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from adapters.risk_model import sequence_inputs
from enforcement import risk_features
from enforcement.fines import NoFineReason
from enforcement.permissions import Permission, Role
from enforcement.review import Status
from enforcement.verdicts import InfractionType

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "serve" / "console"
SCRIPTS = sorted(path for path in (CONSOLE / "js").rglob("*.js") if path.parent.name != "lang")
_ENTRY = re.compile(r'"([a-zA-Z0-9_.-]+)": "((?:[^"\\]|\\.)*)"')
_USE = re.compile(r'\bt\(\s*"([a-zA-Z0-9_.-]+)"')


def _book(language: str) -> dict[str, str]:
    return dict(_ENTRY.findall((CONSOLE / "js" / "lang" / f"{language}.js").read_text("utf-8")))


ES, EN = _book("es"), _book("en")


def test_both_dictionaries_have_the_same_keys_and_the_same_places_to_fill() -> None:
    assert set(ES) == set(EN)
    assert len(ES) > 300
    for key, text in ES.items():
        assert text.strip(), key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", EN[key])), key


def test_no_key_stands_twice() -> None:
    for language in ("es", "en"):
        text = (CONSOLE / "js" / "lang" / f"{language}.js").read_text("utf-8")
        keys = [key for key, _ in _ENTRY.findall(text)]
        assert len(keys) == len(set(keys)), sorted({k for k in keys if keys.count(k) > 1})


def test_every_text_that_a_page_asks_for_is_in_the_dictionary() -> None:
    missing = {
        (path.name, key)
        for path in SCRIPTS
        for key in _USE.findall(path.read_text("utf-8"))
        if key not in ES
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("status", Status),
        ("type", InfractionType),
        ("role", Role),
        ("permission", Permission),
        ("nofine", NoFineReason),
    ],
)
def test_every_code_of_the_house_has_its_words(prefix: str, codes: type[StrEnum]) -> None:
    assert [code for code in codes if f"{prefix}.{code}" not in ES] == []


@pytest.mark.parametrize(
    ("prefix", "argument"), [("audited", "action"), ("resource", "resource_type")]
)
def test_every_deed_that_the_audit_names_has_its_words(prefix: str, argument: str) -> None:
    sources = [*(ROOT / "serve").rglob("*.py"), *(ROOT / "schema").glob("api_*.py")]
    named = re.compile(rf'\b{argument}="([a-z_.]+)"')
    codes = {code for path in sources for code in named.findall(path.read_text("utf-8"))}
    if prefix == "audited":
        codes |= {f"infraction.{status}" for status in Status}
    assert len(codes) > 5
    assert sorted(code for code in codes if f"{prefix}.{code}" not in ES) == []


def test_users_may_be_given_every_permission_there_is() -> None:
    page = (CONSOLE / "js" / "pages" / "users.js").read_text("utf-8")
    assert [p for p in Permission if f'"{p}"' not in page] == []


def test_no_page_writes_markup_or_styles_that_the_content_policy_would_refuse() -> None:
    html = (CONSOLE / "index.html").read_text("utf-8")
    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html) is None
    for path in SCRIPTS:
        text = path.read_text("utf-8")
        assert (
            re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://(?!www\.w3\.org/2000/svg)",
                text,
            )
            is None
        ), path.name


def test_files_stay_small() -> None:
    long = {
        path.name: lines
        for path in CONSOLE.rglob("*.*")
        if path.is_file() and (lines := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}


def test_every_factor_of_a_risk_has_words() -> None:
    names = {*risk_features.NAMES, *sequence_inputs()}
    assert names <= {key.removeprefix("factor.") for key in ES if key.startswith("factor.")}
