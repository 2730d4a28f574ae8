"""Numbers of the law, read from their rows into the types that judging uses.

It must not know how they are applied.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from enforcement import plate_grammar
from enforcement.catalogue import Tolerance
from enforcement.detections import VehicleClass
from schema.law import LawArticle, PlateGrammar


def plate_grammars(session: Session) -> tuple[plate_grammar.PlateGrammar, ...]:
    """All grammars of plates, of all dates, in the order they were added."""
    rows = session.scalars(select(PlateGrammar).order_by(PlateGrammar.id)).all()
    return tuple(
        plate_grammar.PlateGrammar(
            pattern=row.pattern,
            vehicle_classes=frozenset(VehicleClass[name.upper()] for name in row.vehicle_classes),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            lines=row.line_count,
            letters=row.letters,
            source=row.source,
            verified=row.verified,
        )
        for row in rows
    )


def speed_tolerances(session: Session) -> tuple[Tolerance, ...]:
    """The speed above the limit that is not sanctioned, by date; of the least excess of each date."""
    rows = session.scalars(
        select(LawArticle)
        .where(
            LawArticle.infraction_type == "SPEED_VIOLATION",
            LawArticle.tolerance_kmh.is_not(None),
            LawArticle.excess_over_kmh == 0,
        )
        .order_by(LawArticle.valid_from)
    ).all()
    return tuple(
        Tolerance(
            kmh=float(row.tolerance_kmh),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            source=row.source,
            verified=row.verified,
        )
        for row in rows
        if row.valid_from is not None and row.tolerance_kmh is not None
    )
