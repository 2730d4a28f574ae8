"""From the spool to store and database: each bundle once, in that order, however often it dies.

It moves sealed bundles and keeps count; what a violation is, it must not know.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actors.backoff import Backoff
from adapters.evidence_reading import read_checked
from adapters.evidence_store import EvidenceStore
from adapters.remote_files import open_place
from adapters.spool import Spool
from enforcement.errors import EvidenceBroken, Unavailable
from enforcement.evidence import Verifier

_LOG = logging.getLogger(__name__)
_IDLE_S = 0.25
_OUTAGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBundle:
    """A bundle that the store holds: its believed manifest, that one's SHA-256, and where it is."""

    manifest: Mapping[str, Any]
    manifest_sha256: str
    url: str


Save = Callable[[StoredBundle], None]
"""One transaction, idempotent; raises Unavailable when the database cannot take it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStatus:
    """What a person must see. oldest_s: age of the bundle that has waited longest, seconds."""

    waiting: int
    set_aside: int
    recorded: int
    oldest_s: float
    last_error: str | None

    @property
    def degraded(self) -> bool:
        """Whether something keeps bundles from getting through, or one is damaged."""
        return self.last_error is not None or self.set_aside > 0


class Recorder:
    """Delivers a node's spool.

    Promises: a bundle `accept` returned for is stored, read back and in the database exactly once, and
    leaves the spool only after that. A restart loses nothing but counts: the spool is the memory, and
    store and database recognise what they already have. A damaged bundle is set aside, never dropped.
    """

    def __init__(
        self,
        *,
        spool: Spool,
        store: EvidenceStore,
        save: Save,
        trusted: Sequence[Verifier],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """trusted: keys of those who may seal on this node."""
        self._spool, self._store, self._save, self._trusted = spool, store, save, trusted
        self._clock, self._wall_clock = clock, wall_clock
        self._backoffs: dict[str, Backoff] = {}
        self._errors: dict[str, str] = {}
        self._recorded = 0

    def accept(self, bundle: Path) -> None:
        """Take over a sealed bundle; on return it is safe on this disk. Raises DiskRefuses."""
        self._spool.put(bundle)

    def step(self) -> int:
        """Try the bundles that are due, those never refused first; returns how many got through.

        Three refusals in a row are an outage of all, and the rest is not tried against it.
        """
        done = refused = 0
        waiting = self._spool.waiting()
        self._forget({path.name for path in waiting})
        for bundle in sorted(waiting, key=self._failures):
            backoff = self._backoffs.setdefault(bundle.name, Backoff())
            if refused < _OUTAGE and backoff.due(self._clock()):
                through = self._try(bundle, backoff)
                done += through
                refused = 0 if through else refused + 1
        self._recorded += done
        return done

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop; what ends it otherwise stays visible in `status`."""
        try:
            while not stop.is_set():
                done = self.step()
                self._errors.pop("", None)
                if done == 0:
                    stop.wait(_IDLE_S)
        except BaseException as error:
            self._errors[""] = f"recorder ended by {type(error).__name__}"
            raise

    def status(self) -> RecorderStatus:
        """Counts, age and the latest trouble."""
        waiting = self._spool.waiting()
        return RecorderStatus(
            waiting=len(waiting),
            set_aside=self._spool.set_aside_count(),
            recorded=self._recorded,
            oldest_s=self._age(waiting[0]) if waiting else 0.0,
            last_error=errors[-1] if (errors := list(self._errors.values())) else None,
        )

    def _try(self, bundle: Path, backoff: Backoff) -> bool:
        try:
            self._deliver(bundle)
        except FileNotFoundError:
            if bundle.exists():
                raise
            return False  # another recorder of this node was quicker
        except Unavailable as error:
            self._refused(bundle, backoff, str(error))
            _LOG.warning("bundle %s waits: %s", bundle.name, error)
            return False
        except EvidenceBroken as error:
            self._spool.set_aside(bundle)
            _LOG.error("bundle %s set aside: %s", bundle.name, error)
            return False
        except Exception as error:  # noqa: BLE001 - shown and logged; the others go on
            self._refused(bundle, backoff, f"defect: {type(error).__name__}: {error}")
            _LOG.exception("bundle %s waits", bundle.name)
            return False
        self._errors.pop(bundle.name, None)
        self._backoffs.pop(bundle.name, None)
        return True

    def _refused(self, bundle: Path, backoff: Backoff, reason: str) -> None:
        backoff.failed(self._clock())
        # Taken out first: the latest trouble is the last of them.
        self._errors.pop(bundle.name, None)
        self._errors[bundle.name] = reason

    def _deliver(self, bundle: Path) -> None:
        checked = read_checked(open_place(str(bundle)), "", self._trusted)
        if checked.manifest is None or checked.manifest_sha256 is None or checked.problems:
            bundle.stat()  # gone meanwhile is not broken
            raise EvidenceBroken("; ".join(checked.problems))
        url = self._store.put(bundle)
        self._save(
            StoredBundle(
                manifest=checked.manifest, manifest_sha256=checked.manifest_sha256, url=url
            )
        )
        self._spool.remove(bundle)

    def _failures(self, bundle: Path) -> int:
        backoff = self._backoffs.get(bundle.name)
        return 0 if backoff is None else backoff.failures

    def _forget(self, present: set[str]) -> None:
        for name in self._backoffs.keys() - present:
            del self._backoffs[name]
            self._errors.pop(name, None)

    def _age(self, bundle: Path) -> float:
        try:
            return max(0.0, self._wall_clock() - bundle.stat().st_mtime)
        except FileNotFoundError:
            return 0.0
