"""`jobs.watch --record`: a run's bundles through the recorder into store and database.

The same recorder as the live system's, run here until its spool is empty.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actors.infraction_rows import saver
from actors.recorder import Recorder
from adapters.evidence_folder import EvidenceFolder
from adapters.evidence_store import open_store
from adapters.settings import Settings
from adapters.signing import open_signing_key, trusted_key
from adapters.spool import Spool
from enforcement.errors import Unavailable
from schema.scenes import save_site
from schema.session import open_engine, sessions

PATIENCE_S = 60.0


def record_run(evidence: Path, settings: Settings, site: Mapping[str, Any]) -> int:
    """Store and record every bundle of a run; returns how many rows are new or known.

    settings must name an answering database. Raises Unavailable when store or database do not take
    them in time: the bundles stay in the spool.
    """
    engine = open_engine(str(settings.database_url))
    try:
        factory = sessions(engine)
        with factory() as session:
            save_site(session, site)
            session.commit()
        spool = Spool(settings.spool_dir, open_signing_key(settings))
        recorder = Recorder(
            spool=spool,
            store=open_store(settings),
            save=saver(factory),
            trusted=[trusted_key(settings)],
        )
        for bundle in EvidenceFolder(evidence).bundles():
            recorder.accept(bundle)
        give_up = time.monotonic() + PATIENCE_S
        while spool.waiting() and time.monotonic() < give_up:
            if recorder.step() == 0:
                time.sleep(0.2)
        status = recorder.status()
    finally:
        engine.dispose()
    if status.waiting:
        raise Unavailable(f"{status.waiting} bundles wait in the spool: {status.last_error}")
    return status.recorded
