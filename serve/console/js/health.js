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
  if (Array.isArray(body.degraded)) return body.degraded;
  if (ok) return [];
  return [String(body.code ?? "").startsWith("database") ? "database" : "server"];
}
