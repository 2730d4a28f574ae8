"""The public page that a papeleta's QR leads to: how anyone verifies the evidence, without us.

It shows what the QR names and looks nothing up: whether a bundle exists is nobody's to learn here.
"""

from __future__ import annotations

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="es"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cómo verificar una evidencia - Vigía</title></head>
<body><main>
<h1>Cómo verificar una evidencia</h1>
<dl><dt>Paquete</dt><dd>{bundle}</dd><dt>SHA-256 del manifiesto</dt><dd>{digest}</dd></dl>
<ol>
<li>Pida a la autoridad el paquete de evidencia (la carpeta completa) y, por otra vía, su clave pública.</li>
<li>Calcule el SHA-256 de <code>manifest.json</code> y compárelo con el impreso en la papeleta.</li>
<li>Compruebe la firma Ed25519 de <code>manifest.sig</code> sobre los bytes de <code>manifest.json</code>
con esa clave pública.</li>
<li>Compruebe el SHA-256 de cada archivo que el manifiesto enumera.</li>
<li>O deje que lo haga el programa, que es libre:
<code>python -m jobs.verify_evidence PAQUETE --public-key CLAVE.pem --remeasure</code></li>
</ol>
<p>La firma prueba que nada cambió desde que el equipo receptor selló el paquete. No prueba lo ocurrido entre
la cámara y ese equipo: las cámaras no firman.</p>
</main></body></html>
"""


async def show(request: Request) -> HTMLResponse:
    """The page; what the address names is shown as text."""
    named = {
        "bundle": request.query_params.get("paquete", "")[:200] or "el de su papeleta",
        "digest": request.query_params.get("huella", "")[:64] or "el de su papeleta",
    }
    return HTMLResponse(_PAGE.format(**{key: html.escape(text) for key, text in named.items()}))
