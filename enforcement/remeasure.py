"""Measures again from a bundle alone, and says where the answer differs from the sealed one.

The rule is chosen among ours by the type's name and takes the parameters that were sealed; nothing in a
bundle names code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enforcement.errors import EvidenceBroken
from enforcement.manifest import results
from enforcement.passes import measure_pass
from enforcement.plain import canonical_json, from_plain
from enforcement.rules.lane_invasion import LaneInvasion
from enforcement.rules.red_light import RedLight
from enforcement.rules.speeding import Speeding
from enforcement.track_json import read_track_json
from enforcement.verdicts import InfractionType, Rule, Violation

_RULES: Mapping[str, type[Any]] = {
    InfractionType.SPEED_VIOLATION.value: Speeding,
    InfractionType.RED_LIGHT.value: RedLight,
    InfractionType.LANE_INVASION.value: LaneInvasion,
}


def remeasure(manifest: Mapping[str, Any], track_json: bytes) -> list[str]:
    """Differences between the sealed results and those measured now; empty when they agree.

    Raises EvidenceBroken when track.json cannot be measured at all.
    """
    measured = read_track_json(track_json)
    rule_class = _RULES.get(measured.rule_type)
    if rule_class is None:
        raise EvidenceBroken(f"track.json: no rule judges {measured.rule_type!r}")
    try:
        rule: Rule = from_plain(rule_class, measured.rule_parameters)
    except (TypeError, ValueError, KeyError) as error:
        raise EvidenceBroken(f"track.json: rule parameters cannot be read ({error!r})") from error
    pass_ = measure_pass(measured.track, measured.scene, measured.model)
    verdict = rule.judge(pass_, measured.scene, measured.signals)
    now = results(pass_, verdict if isinstance(verdict, Violation) else None)
    return [
        f"re-measured {part}: {_short(now[part])}, sealed {_short(manifest[part])}"
        for part in ("measurement", "vehicle", "verdict")
        if canonical_json(now[part]) != canonical_json(manifest[part])
    ]


def _short(value: Any) -> str:
    text = canonical_json(value).decode()
    return text if len(text) <= 160 else text[:157] + "…"
