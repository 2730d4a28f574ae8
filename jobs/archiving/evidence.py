"""Which bundles are kept how, by their age and by what still needs them; the row follows the files.

Files first, then the row: a killed run does the same again, which changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.evidence_classes import EvidenceClasses, Keeping
from enforcement.errors import EvidenceBroken
from schema.sql_files import read_sql

if TYPE_CHECKING:
    from jobs.batch_job import Job
    from schema.archive_tables import Connection

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooler:
    """Moves bundles to the keeping their age asks for."""

    session: Connection
    classes: EvidenceClasses

    def cool(self, job: Job, *, dry_run: bool) -> dict[str, int]:
        """All that is due. Returns how many changed, wait for their other part, have no files."""
        found = {"due": 0, "changed": 0, "waiting": 0, "missing": 0}
        task = job.bar("evidence")
        after = ""
        while rows := self.session.execute(
            read_sql("evidence_due").encode(), {"after": after, "limit": _BATCH}
        ).fetchall():
            for bundle, url, clip, stills in rows:
                after = bundle
                found["due"] += 1
                if not dry_run:
                    found[self._one(bundle, url, Keeping(clip), Keeping(stills))] += 1
                job.advance(task)
        return found

    def _one(self, bundle: str, url: str, clip: Keeping, stills: Keeping) -> str:
        try:
            kept_clip, kept_stills = self.classes.keep(url, clip=clip, stills=stills)
        except EvidenceBroken:
            return "missing"
        self.session.execute(
            "UPDATE evidence SET clip_class = %s, stills_class = %s WHERE bundle_id = %s",
            (kept_clip, kept_stills, bundle),
        )
        # A folder moves a bundle whole: a clip that is due waits for its pictures.
        return "waiting" if kept_clip is Keeping.HOT else "changed"
