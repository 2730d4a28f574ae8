// Asks now and then how the server's parts are, so that a degraded day is seen and not guessed.

import { address } from "./api.js";
import { degraded, heard, unheard } from "./link.js";

const EVERY_MS = 20000;

/** Begins asking; once for the life of the page. */
export function watchHealth() {
  ask();
  setInterval(ask, EVERY_MS);
}

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(address("/system/ready"), { cache: "no-store" });
    heard();
    degraded(faulty(await answer.json().catch(() => ({})), answer.ok));
  } catch {
    unheard();
  }
}

function faulty(body, ok) {
  const parts = body.parts ?? body.checks ?? body.components ?? {};
  const names = Object.entries(parts).filter(([, part]) => !well(part)).map(([name]) => name);
  return names.length || ok ? names : ["server"];
}

function well(part) {
  const state = typeof part === "object" && part !== null ? part.status ?? part.state ?? part.ok : part;
  return [true, "ok", "up", "ready", "healthy", "in_process", "embedded", "not_set", "off"].includes(state);
}
