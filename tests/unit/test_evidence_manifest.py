"""What the manifest says, what it refuses, and that nothing of it is left to chance."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.catalogue import DEFAULT_TOLERANCES
from enforcement.errors import BadInput
from enforcement.evidence import ChainLink, FileDigest
from enforcement.manifest import manifest
from enforcement.plain import canonical_json, from_plain, rounded, to_plain
from enforcement.rules.red_light import RedLight
from enforcement.rules.speeding import Speeding
from enforcement.scene import Scene
from tests.fixtures import evidence as case

FILES = {
    name: FileDigest(sha256=digit * 64, size=9)
    for name, digit in (("clip.mp4", "1"), ("snapshot.jpg", "2"), ("track.json", "3"))
}


def manifest_of(**changes: Any) -> dict[str, Any]:
    data = manifest(case.draft(**changes), FILES, key_id="k" * 64, previous=None)
    return dict(json.loads(data))


def test_the_manifest_says_everything_that_evidence_must_carry() -> None:
    row = manifest_of()
    assert row["captured"]["at"] == "2026-03-03T21:30:01.800000-05:00"
    assert row["measurement"]["speed_kmh"] == pytest.approx(90, abs=1.5)
    assert 0 < row["measurement"]["sigma_kmh"] < 1
    assert row["measurement"]["speed_less_tolerance_kmh"] == pytest.approx(
        row["measurement"]["speed_kmh"] - 5.0
    )
    assert row["camera"] == {
        "id": "CAM001",
        "serial": "H6C-0042",
        "certificate": "INACAL-2026-17",
        "location": {"latitude": -12.0464, "longitude": -77.0428},
    }
    assert (row["zone"]["speed_limit_kmh"], row["zone"]["limit_source"]) == (60, "Ordenanza 1234")
    assert row["software"] == {"version": "0.1.0", "source_sha256": "a" * 64}
    assert {role: m["sha256"][0] for role, m in row["models"].items()} == {
        "detector": "b",
        "plate_reader": "c",
    }
    assert len(row["calibration"]["sha256"]) == 64
    assert row["calibration"]["held_out_rmse_m"] < 0.1
    assert row["clock"]["jitter_s"] == 0.0004
    assert row["plate"]["text"] == "ABC-123"
    assert row["plate"]["reads"][0]["text"] == "ABC123"
    assert row["verdict"]["type"] == "SPEED_VIOLATION"
    assert row["verdict"]["confidence"] > 0.99
    assert row["signals"]["S1"]["readings"] > 2
    assert row["files"]["clip.mp4"] == {"sha256": "1" * 64, "size": 9}
    assert row["simulated"] is True
    assert "Trust starts at the ingest host" in row["trust"]
    assert row["unknown"] == []


def test_what_the_installation_does_not_know_is_listed_as_unknown() -> None:
    site = case.site()
    site["camera"] = {"id": "CAM001"}
    del site["zone"]["limit_source"]
    row = manifest_of(
        scene=Scene.from_mapping(site, image_size=case.SIZE), plate=None, clip_span_s=None
    )
    assert row["unknown"] == [
        "camera.certificate",
        "camera.location",
        "camera.serial",
        "captured.clip",
        "plate.text",
        "zone.limit_source",
    ]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({k: v for k, v in FILES.items() if k != "clip.mp4"}, "lacks clip.mp4"),
        (FILES | {"notes.txt": FILES["clip.mp4"]}, "cannot hold notes.txt"),
        (FILES | {"clip.mp4": FileDigest(sha256="0" * 64, size=0)}, "clip.mp4 is empty"),
    ],
)
def test_a_bundle_with_the_wrong_files_is_refused_by_name(
    files: dict[str, FileDigest], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        manifest(case.draft(), files, key_id="k", previous=None)


def test_the_same_violation_gives_the_same_bytes_and_the_same_id() -> None:
    one, two = case.draft(), case.draft()
    assert one.bundle_id == two.bundle_id
    assert one.track_json() == two.track_json()
    assert manifest(one, FILES, key_id="k", previous=None) == manifest(
        two, FILES, key_id="k", previous=None
    )


@pytest.mark.parametrize(
    "other",
    [{"camera_id": "CAM002"}, {"track_id": 8}, {"after_s": 0.000001}, {"rule": RedLight()}],
    ids=["camera", "track", "capture time", "rule"],
)
def test_another_camera_track_rule_or_capture_time_is_another_bundle(other: dict[str, Any]) -> None:
    mine = case.red_light_draft() if "rule" in other else case.draft()
    theirs = case.draft() if "rule" in other else case.draft(**other)
    assert mine.bundle_id != theirs.bundle_id


def test_the_manifest_names_the_bundle_before_it() -> None:
    before = ChainLink(sequence=4, bundle_id="before", manifest_sha256="d" * 64)
    row = json.loads(manifest(case.draft(), FILES, key_id="k", previous=before))
    assert row["chain"] == {
        "camera_id": "CAM001",
        "ingest_host": None,
        "sequence": 5,
        "previous": {"bundle_id": "before", "manifest_sha256": "d" * 64},
    }


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(case.draft(), sealed_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        to_plain(datetime(2026, 1, 1))  # noqa: DTZ001


def test_canonical_json_has_one_spelling_and_no_nan() -> None:
    assert canonical_json({"b": 1, "a": "ñ"}) == '{"a":"ñ","b":1}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_survives_the_file_to_the_last_bit(value: float) -> None:
    assert json.loads(canonical_json(to_plain(value))) == value


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_float32_survives_the_file_to_the_last_bit(value: float) -> None:
    told = json.loads(canonical_json(to_plain(np.float32(value))))
    assert np.float32(told) == np.float32(value)


def test_a_rule_survives_the_file_with_its_parameters() -> None:
    rule = Speeding(tolerance=DEFAULT_TOLERANCES[0])
    again = from_plain(Speeding, json.loads(canonical_json(to_plain(rule))))
    assert again == rule
    assert again.tolerance.valid_from == date(2022, 7, 18)


def test_results_are_compared_at_nine_digits() -> None:
    assert rounded({"a": [1.23456789012]}) == {"a": [1.23456789]}
    assert rounded(90.1234567891) == rounded(90.1234567894)
    assert rounded(90.12345671) != rounded(90.12345692)


def test_an_unknown_number_becomes_null_and_a_foreign_thing_is_refused() -> None:
    assert to_plain(float("nan")) is None
    with pytest.raises(TypeError, match="object"):
        to_plain(object())


def test_capture_time_is_told_in_the_zones_own_time() -> None:
    draft = case.draft(after_s=3600)
    assert draft.captured_at.utcoffset() == timedelta(hours=-5)
    assert draft.captured_at.astimezone(UTC) == datetime(2026, 3, 4, 3, 30, 1, 800_000, tzinfo=UTC)
