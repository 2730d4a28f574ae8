"""The report as one page in Spanish: no network, no script, to be read on a screen or printed.

It must not compute a figure; what it shows is what it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any

from jobs.reporting import plots
from jobs.reporting.counting import Spans
from jobs.reporting.figures import Figures, Rows
from jobs.reporting.plots import Interval, number, percent

_STYLE = Path(__file__).with_name("page.css")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre",
    "noviembre", "diciembre",
)  # fmt: skip
_DAYS = ("domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado")
TYPES = {
    "SPEED_VIOLATION": "Exceso de velocidad",
    "RED_LIGHT": "Luz roja",
    "LANE_INVASION": "Invasión de carril",
    "NO_SEATBELT": "Sin cinturón",
    "PHONE_USAGE": "Uso de celular",
    "OTHER": "Otra",
}
_SHOWN = 15
Cell = Callable[[dict[str, Any]], str]
Column = tuple[str, Cell, bool]


def render(report: Figures, spans: Spans, *, month: date, at: datetime) -> str:
    """The whole page. at: when it was made, in Lima."""
    title = f"Infracciones de tránsito, {_MONTHS[month.month - 1]} de {month.year}"
    until = spans.month.high.astimezone(at.tzinfo)
    partial = (
        "" if until < at else f" El mes no ha terminado: datos hasta el {until:%d/%m/%Y %H:%M}."
    )
    sections = [
        _summary(report),
        _section("Por tipo", _by_type(report.by_type)),
        _section("Por día", _by_day(report.by_day)),
        _section("Por hora", _by_hour(report.by_hour)),
        _section("Por zona", _by_zone(report.by_zone)),
        _section("Cámaras: rendimiento y precisión", _cameras(report.cameras)),
        _section("Antes y después en cada cámara", _before_after(report.before_after)),
        _section("Vehículos con más infracciones", _offenders(report.offenders)),
        _section("Reincidencia", _recidivism(report.recidivism)),
        _section("Multas", _fines(report.fines)),
    ]
    style = _STYLE.read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="es"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style></head><body><main><header><p class=brand>Vigía · Reporte mensual</p>"
        f"<h1>{title}</h1><p class=muted>Hecho el {at:%d/%m/%Y a las %H:%M}, hora de Lima.{partial}</p>"
        f"{_simulated(report.summary)}</header>"
        f"{''.join(sections)}{_notes()}</main></body></html>\n"
    )


def _simulated(summary: dict[str, Any]) -> str:
    made, whole = summary["simulated"], summary["infractions"]
    if not made:
        return ""
    which = "todas las" if made == whole else f"{number(made)} de las {number(whole)}"
    return f"<p class=simulated><strong>Simulado</strong>: {which} infracciones del mes.</p>"


def _summary(report: Figures) -> str:
    s = report.summary
    issued = sum(row["issued"] for row in report.fines)
    paid = sum(row["paid"] for row in report.fines)
    cards = (
        (
            "Infracciones detectadas",
            number(s["infractions"]),
            f"{number(s['pending'])} por revisar",
        ),
        ("Confirmadas", number(s["standing"]), f"{number(s['rejected'])} rechazadas"),
        ("Precisión", percent(s["precision"]), _between(s, percent)),
        ("Multas emitidas", number(issued), f"{number(paid)} pagadas"),
        ("Reincidentes", percent(report.recidivism["share"]), "de los vehículos del mes"),
    )
    return "<div class=cards>{}</div>".format(
        "".join(
            f"<div class=card><p>{name}</p><strong>{value}</strong><small>{note}</small></div>"
            for name, value, note in cards
        )
    )


def _by_type(rows: Rows) -> str:
    return _table(
        rows,
        [
            ("Tipo", lambda row: _type(row["type"]), False),
            *_status_columns(),
            ("Precisión", lambda row: percent(_precision(row)), True),
        ],
    )


def _by_day(rows: Rows) -> str:
    labels = [row["day"][-2:].lstrip("0") for row in rows]
    series = [
        ("confirmadas", "c0", [row["standing"] for row in rows]),
        ("por revisar", "c1", [row["pending"] for row in rows]),
        (
            "rechazadas y anuladas",
            "c2",
            [row["infractions"] - row["standing"] - row["pending"] for row in rows],
        ),
    ]
    return plots.bars("Infracciones por día del mes", labels, series, every=2)


def _by_hour(rows: Rows) -> str:
    grid = [[0] * 24 for _ in _DAYS]
    for row in rows:
        grid[row["day_of_week"]][row["hour"]] += row["infractions"]
    order = [1, 2, 3, 4, 5, 6, 0]
    return plots.heat(
        "Infracciones por día de la semana y hora de Lima",
        [_DAYS[day].capitalize() for day in order],
        [grid[day] for day in order],
    )


def _by_zone(rows: Rows) -> str:
    named = [(row["name"] or "Sin zona", row["infractions"]) for row in rows[:_SHOWN]]
    columns = [("Zona", lambda row: escape(row["name"] or "Sin zona"), False), *_status_columns()]
    return plots.rows_of_bars("Infracciones por zona", named) + _table(rows, columns)


def _cameras(rows: Rows) -> str:
    columns: list[Column] = [
        ("Cámara", lambda row: escape(row["name"]), False),
        ("Por día", lambda row: number(row["per_day"], 1), True),
        *_status_columns(),
        ("Precisión", lambda row: percent(row["precision"]), True),
        ("Intervalo 95 %", lambda row: _between(row, percent), True),
    ]
    return "<p>Precisión: parte de las acusaciones revisadas que se confirmaron.</p>" + _table(
        rows, columns, most=40
    )


def _before_after(rows: Rows) -> str:
    given = [row for row in rows if row["change_given"]]
    shown = given or sorted(rows, key=lambda row: -(row["before"] + row["after"]))[:_SHOWN]
    text = (
        "Infracciones confirmadas por día: cuatro semanas antes y después del cambio indicado."
        if given
        else "Infracciones confirmadas por día: mes anterior y este mes, cámaras con más infracciones."
    )
    points = [
        Interval(label=row["name"], value=row["ratio"], low=row["low"], high=row["high"])
        for row in shown
    ]
    columns: list[Column] = [
        ("Cámara", lambda row: escape(row["name"]), False),
        ("Antes, por día", lambda row: number(row["before"] / row["before_days"], 1), True),
        ("Después, por día", lambda row: number(row["after"] / row["after_days"], 1), True),
        ("Razón", lambda row: number(row["ratio"], 2), True),
        ("Intervalo 95 %", lambda row: _between(row, lambda v: number(v, 2)), True),
    ]
    plot = plots.intervals("Razón entre después y antes, con su intervalo del 95 %", points)
    return (
        f"<p>{text} Una razón menor que 1 es una reducción; si el intervalo contiene 1, no se distingue del"
        f" azar.</p>{plot}" + _table(shown, columns)
    )


def _offenders(rows: Rows) -> str:
    columns: list[Column] = [
        ("Placa", lambda row: f"<span class=plate>{escape(row['plate'])}</span>", False),
        ("Infracciones confirmadas", lambda row: number(row["infractions"]), True),
        ("Mayor exceso", lambda row: _kmh(row["max_speed_excess_kmh"]), True),
    ]
    return _table(rows, columns)


def _recidivism(row: dict[str, Any]) -> str:
    return (
        f"<p><strong>{number(row['had_one_before'])}</strong> de {number(row['vehicles'])} vehículos con"
        " una infracción confirmada en el mes ya tenían otra en los doce meses anteriores:"
        f" <strong>{percent(row['share'])}</strong> (intervalo del 95 %: {_between(row, percent)})."
        f" {number(row['several_in_the_month'])} tuvieron más de una en el mes. Una placa identifica un"
        " vehículo, no a quien conduce.</p>"
    )


def _fines(rows: Rows) -> str:
    if not rows:
        return "<p>No se emitieron multas por infracciones de este mes.</p>"
    whole = {
        "type": None,
        **{key: sum(row[key] for row in rows) for key in rows[0] if key != "type"},
    }
    columns: list[Column] = [
        ("Tipo", lambda row: "<b>Total</b>" if row["type"] is None else _type(row["type"]), False),
        ("Emitidas", lambda row: number(row["issued"]), True),
        ("S/", lambda row: number(row["issued_soles"], 2), True),
        ("Pagadas", lambda row: number(row["paid"]), True),
        ("S/", lambda row: number(row["paid_soles"], 2), True),
        ("Apeladas", lambda row: number(row["appealed"]), True),
        (
            "Pagado",
            lambda row: percent(row["paid"] / row["issued"] if row["issued"] else None),
            True,
        ),
    ]
    return _table([*rows, whole], columns)


def _notes() -> str:
    return (
        "<footer><p>Confirmadas: validadas por una persona, apeladas o pagadas. Las horas son de Lima. Los"
        " intervalos son del 95 %: de Wilson para partes, exactos (Clopper y Pearson) para razones de tasas."
        " Las cifras cambian mientras haya infracciones por revisar o apelaciones en curso.</p></footer>"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _status_columns() -> list[Column]:
    return [
        ("Infracciones", lambda row: number(row["infractions"]), True),
        ("Confirmadas", lambda row: number(row["standing"]), True),
        ("Rechazadas", lambda row: number(row["rejected"]), True),
        ("Por revisar", lambda row: number(row["pending"]), True),
    ]


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[Column], *, most: int = 60) -> str:
    if not rows:
        return "<p class=muted>Sin datos.</p>"
    head = "".join(f"<th{' class=num' if num else ''}>{name}</th>" for name, _, num in columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=num' if num else ''}>{cell(row)}</td>" for _, cell, num in columns)
        + "</tr>"
        for row in rows[:most]
    )
    left = len(rows) - most
    more = f"<p class=muted>Y {number(left)} más, en los archivos Parquet.</p>" if left > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _precision(row: dict[str, Any]) -> float | None:
    judged = row["standing"] + row["rejected"]
    return row["standing"] / judged if judged else None


def _between(row: dict[str, Any], show: Callable[[float | None], str]) -> str:
    if row["low"] is None and row["high"] is None:
        return "–"
    return f"{show(row['low'])} a {'∞' if row['high'] is None else show(row['high'])}"


def _type(name: str) -> str:
    return escape(TYPES.get(name, name))


def _kmh(value: float | None) -> str:
    return "–" if value is None else f"+{number(value, 1)} km/h"
