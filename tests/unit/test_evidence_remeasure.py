"""Measured again from the bundle's own bytes, speed and verdict are the sealed ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from enforcement.errors import EvidenceBroken
from enforcement.evidence import BundleDraft, FileDigest
from enforcement.manifest import manifest
from enforcement.plain import canonical_json
from enforcement.remeasure import remeasure
from enforcement.track_json import read_track_json
from tests.fixtures import evidence as case

DIGEST = FileDigest(sha256="0" * 64, size=1)
FILES = dict.fromkeys(("clip.mp4", "snapshot.jpg", "track.json"), DIGEST)


def sealed(draft: BundleDraft) -> dict[str, Any]:
    return dict(json.loads(manifest(draft, FILES, key_id="k", previous=None)))


@pytest.mark.parametrize("make", [case.draft, case.red_light_draft])
def test_the_same_speed_and_verdict_come_out_again(make: Callable[[], BundleDraft]) -> None:
    draft = make()
    assert remeasure(sealed(draft), draft.track_json()) == []


def test_every_observation_survives_the_file() -> None:
    draft = case.draft()
    again = read_track_json(draft.track_json()).track
    for name in ("frame_index", "pts", "t_s", "sigma_t_s", "xyxy", "confidence", "contested"):
        before, after = getattr(draft.pass_.track, name), getattr(again, name)
        assert before.dtype == after.dtype
        assert np.array_equal(before, after)


def test_readings_of_the_lamps_come_back_unthinned() -> None:
    draft = case.red_light_draft()
    assert read_track_json(draft.track_json()).signals.readings == draft.signals.readings


def test_another_speed_in_the_manifest_is_noticed() -> None:
    draft = case.draft()
    row = sealed(draft)
    row["measurement"]["speed_kmh"] += 1e-5
    assert "re-measured measurement" in remeasure(row, draft.track_json())[0]


def test_a_moved_box_changes_the_answer() -> None:
    draft = case.draft()
    track = json.loads(draft.track_json())
    track["track"]["xyxy"][-1][3] += 3.0
    assert remeasure(sealed(draft), canonical_json(track))


def test_a_light_that_was_green_accuses_nobody_again() -> None:
    draft = case.red_light_draft()
    track = json.loads(draft.track_json())
    states = track["signals"]["S1"]["state"]
    track["signals"]["S1"]["state"] = ["green"] * len(states)
    problems = remeasure(sealed(draft), canonical_json(track))
    assert any("re-measured verdict: null" in problem for problem in problems)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: row.update(format="other/9"), "unknown format"),
        (lambda row: row.pop("site"), "cannot be read"),
        (lambda row: row["track"].pop("t_s"), "cannot be read"),
        (lambda row: row["site"]["zone"].update(timezone="Mars/Olympus"), "unknown time zone"),
        (lambda row: row["rule"].update(type="OTHER"), "no rule judges"),
        (lambda row: row["rule"]["parameters"].update(colour=1), "rule parameters"),
    ],
)
def test_a_track_file_that_cannot_be_measured_is_named(
    change: Callable[[dict[str, Any]], Any], says: str
) -> None:
    draft = case.draft()
    track = json.loads(draft.track_json())
    change(track)
    with pytest.raises(EvidenceBroken, match=says):
        remeasure(sealed(draft), canonical_json(track))
