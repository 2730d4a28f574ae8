"""The papeleta as PDF: what was measured, by what, under which article, and how anyone verifies it.

Every value comes from the sealed manifest and the fine's row; what is not known is printed as not known.
It must not know the database, the store or who asks.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from fpdf import FPDF
from PIL import UnidentifiedImageError

from enforcement.errors import EvidenceBroken

UNKNOWN = "no consta"
_TYPES = {
    "SPEED_VIOLATION": "Exceso de velocidad",
    "RED_LIGHT": "Cruzar con luz roja",
    "LANE_INVASION": "Invasión de carril exclusivo",
    "NO_SEATBELT": "No usar cinturón de seguridad",
    "PHONE_USAGE": "Uso de teléfono al conducir",
    "OTHER": "Otra",
}
Rows = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a papeleta says.

    infraction, fine, owner: as the API shows them; owner empty for those who may not see it.
    manifest: of the sealed bundle. snapshot, plate: JPEG bytes, None where the bundle has none.
    """

    infraction: Mapping[str, Any]
    fine: Mapping[str, Any] | None
    owner: str | None
    manifest: Mapping[str, Any]
    manifest_digest: str
    snapshot: bytes | None
    plate: bytes | None
    verify_url: str
    printed_at: datetime
    issued: bool = False


def papeleta_pdf(sheet: Sheet) -> bytes:
    """The PDF, one or two A4 pages."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(sheet.printed_at)
    pdf.set_title(f"Papeleta {sheet.infraction['infraction_code']}")
    pdf.set_lang("es-PE")
    pdf.set_auto_page_break(auto=True, margin=15)
    pdf.add_page()
    _heading(pdf, sheet)
    _table(pdf, "La infracción", infraction_rows(sheet))
    _table(pdf, "La medición", measurement_rows(sheet.manifest))
    _table(pdf, "La sanción", fine_rows(sheet.fine))
    _pictures(pdf, sheet)
    _table(pdf, "La evidencia", evidence_rows(sheet))
    _footer(pdf, sheet)
    return bytes(pdf.output())


def infraction_rows(sheet: Sheet) -> Rows:
    """What, where, when, whose."""
    row, camera = sheet.infraction, sheet.manifest.get("camera", {})
    place = camera.get("location") or {}
    position = f"{place['latitude']:.6f}, {place['longitude']:.6f}" if place else UNKNOWN
    return (
        ("Código", str(row["infraction_code"])),
        ("Conducta", _TYPES.get(row["type"], str(row["type"]))),
        ("Fecha y hora", _moment(sheet.manifest)),
        ("Lugar", str(sheet.manifest.get("zone", {}).get("name") or UNKNOWN)),
        ("Posición GPS", position),
        ("Placa", str(row["plate"] or "no leída")),
        ("Titular registral", sheet.owner or UNKNOWN),
    )


def measurement_rows(manifest: Mapping[str, Any]) -> Rows:
    """What Lima's DA 010 asks: speed with its tolerance, limit, device, certificate."""
    measured, zone = manifest.get("measurement", {}), manifest.get("zone", {})
    camera = manifest.get("camera", {})
    interval = measured.get("interval_95_kmh")
    return (
        ("Velocidad medida", _kmh(measured.get("speed_kmh"))),
        (
            "Intervalo del 95 %",
            f"{interval[0]:.1f} a {interval[1]:.1f} km/h" if interval else UNKNOWN,
        ),
        ("Tolerancia", _kmh(measured.get("tolerance_kmh"))),
        ("Velocidad menos tolerancia", _kmh(measured.get("speed_less_tolerance_kmh"))),
        ("Límite autorizado", _kmh(zone.get("speed_limit_kmh"))),
        ("Fuente del límite", str(zone.get("limit_source") or UNKNOWN)),
        ("Equipo (serie)", str(camera.get("serial") or UNKNOWN)),
        ("Certificado", str(camera.get("certificate") or UNKNOWN)),
    )


def fine_rows(fine: Mapping[str, Any] | None) -> Rows:
    """Article, amount, points, discounts, and whether a person has read the source."""
    if fine is None:
        return (("Sanción", "no se puede determinar con el catálogo vigente"),)
    rows = [
        ("Artículo", f"{fine['code']} - {fine['description']}"),
        ("Cálculo", f"{fine['uit_percent']} % de la UIT (S/ {fine['uit_soles']})"),
        ("Importe", f"S/ {fine['amount_soles']}"),
        ("Puntos", UNKNOWN if fine["points"] is None else str(fine["points"])),
        ("Fuente", str(fine["source"])),
        ("Norma verificada", "sí" if fine["verified"] else "NO: pendiente de verificar"),
    ]
    for discount in fine["discounts"]:
        days = discount["within_working_days"]
        when = f"en {days} días hábiles" if days else "hasta la resolución"
        rows.append((f"{discount['name']} ({when})", f"S/ {discount['amount_soles']}"))
    return rows


def evidence_rows(sheet: Sheet) -> Rows:
    """What lets anyone check it."""
    software = sheet.manifest.get("software", {})
    return (
        ("Paquete", str(sheet.manifest.get("bundle_id") or UNKNOWN)),
        ("SHA-256 del manifiesto", sheet.manifest_digest),
        ("Sellado", str(sheet.manifest.get("sealed_at") or UNKNOWN)),
        ("Software", f"{software.get('version')} / {str(software.get('source_sha256'))[:16]}"),
        ("Clave de firma", str(sheet.manifest.get("signing_key_id") or UNKNOWN)),
    )


def _heading(pdf: FPDF, sheet: Sheet) -> None:
    pdf.set_font("Helvetica", "B", 16)
    pdf.cell(0, 9, "Papeleta de infracción de tránsito", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", "", 9)
    if sheet.manifest.get("simulated"):
        pdf.set_text_color(180, 0, 0)
        pdf.cell(
            0,
            5,
            "SIMULADO: evidencia del simulador, sin valor legal",
            new_x="LMARGIN",
            new_y="NEXT",
        )
        pdf.set_text_color(0, 0, 0)
    if not sheet.issued:
        pdf.cell(0, 5, "BORRADOR: aún no emitida", new_x="LMARGIN", new_y="NEXT")
    printed = sheet.printed_at.strftime("%d/%m/%Y %H:%M %z")
    pdf.cell(0, 5, _latin(f"Impreso: {printed}"), new_x="LMARGIN", new_y="NEXT")


def _table(pdf: FPDF, title: str, rows: Rows) -> None:
    pdf.ln(2)
    pdf.set_font("Helvetica", "B", 11)
    pdf.cell(0, 6, _latin(title), new_x="LMARGIN", new_y="NEXT")
    for name, value in rows:
        pdf.set_font("Helvetica", "B", 9)
        pdf.cell(55, 5, _latin(name))
        pdf.set_font("Helvetica", "", 9)
        pdf.multi_cell(0, 5, _latin(value), new_x="LMARGIN", new_y="NEXT")


def _pictures(pdf: FPDF, sheet: Sheet) -> None:
    pdf.ln(2)
    if sheet.snapshot is not None and pdf.get_y() > 170:
        pdf.add_page()
    _picture(pdf, sheet.snapshot, "Fotografía de la infracción", w=150)
    _picture(pdf, sheet.plate, "Recorte de la placa", h=14)


def _picture(pdf: FPDF, data: bytes | None, what: str, *, w: float = 0, h: float = 0) -> None:
    if data is None:
        return
    try:
        pdf.image(io.BytesIO(data), w=w, h=h, alt_text=what)
    except UnidentifiedImageError:
        raise EvidenceBroken(f"{what}: not a picture") from None


def _footer(pdf: FPDF, sheet: Sheet) -> None:
    code = io.BytesIO()
    segno.make(sheet.verify_url, error="m").save(code, kind="png", scale=4, border=2)
    code.seek(0)
    if pdf.get_y() > 240:
        pdf.add_page()
    pdf.ln(2)
    pdf.image(code, w=32, alt_text="Código QR con las instrucciones de verificación")
    pdf.set_font("Helvetica", "", 8)
    pdf.multi_cell(
        0,
        4,
        _latin(f"Cómo verificar esta evidencia: {sheet.verify_url}"),
        new_x="LMARGIN",
        new_y="NEXT",
    )


def _moment(manifest: Mapping[str, Any]) -> str:
    at = manifest.get("captured", {}).get("at")
    return datetime.fromisoformat(at).strftime("%d/%m/%Y %H:%M:%S.%f (UTC%z)") if at else UNKNOWN


def _kmh(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f} km/h"


def _latin(text: str) -> str:
    """The PDF's own fonts hold Latin-1; what is beyond it is shown as a question mark."""
    return text.encode("latin-1", "replace").decode("latin-1")
