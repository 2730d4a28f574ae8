// Everything one infraction's review needs, fetched beforehand so that it shows at once.

import { bytes, call, get } from "../api.js";
import { may } from "../session.js";
import { Stage } from "./stage.js";

const KEPT = 4;
const held = new Map();
let manifestServed = true;

/** The bundle of an infraction, from the kept ones or fetched now. {detail, etag, track, manifest, stage, …}. */
export function bundle(id) {
  const ready = held.get(id)?.then((kept) => (kept.stale ? freshen(kept) : kept)) ?? fetchAll(id);
  held.delete(id);
  held.set(id, ready);
  ready.catch(() => held.delete(id));
  while (held.size > KEPT) forget(held.keys().next().value);
  return ready;
}

/** The row of a bundle changed: it is read again before it is next used. Clip and pictures never change. */
export function outdate(id) {
  held.get(id)?.then((kept) => { kept.stale = true; }, () => {});
}

function forget(id) {
  const ready = held.get(id);
  held.delete(id);
  ready?.then((kept) => kept.close(), () => {});
}

/** Fetches the row again, keeping clip and pictures; returns the bundle. */
export async function refresh(id) {
  return freshen(await bundle(id));
}

async function freshen(kept) {
  const { data, etag } = await call("GET", `/infractions/${kept.id}`);
  return Object.assign(kept, { detail: data, etag, stale: false });
}

async function fetchAll(id) {
  const { data, etag } = await call("GET", `/infractions/${id}`);
  return filled(data, etag);
}

/** A bundle around a row that was read elsewhere; its owner closes it. */
export async function filled(detail, etag = null) {
  const made = { id: detail.id, detail, etag, track: null, manifest: null, stage: null, pictures: {}, missing: [], urls: [] };
  made.close = () => {
    made.stage?.close();
    made.urls.forEach((url) => URL.revokeObjectURL(url));
  };
  if (!detail.evidence || !may("evidence.view")) return made;
  await Promise.all([clip(made), track(made), picture(made, "plate.jpg"), manifest(made)]);
  made.stage?.aim(momentOf(made));
  return made;
}

async function clip(made) {
  const url = await part(made, "clip.mp4");
  if (url) made.stage = new Stage(url);
  else await picture(made, "snapshot.jpg");
}

async function picture(made, name) {
  made.pictures[name] = await part(made, name);
}

async function part(made, name) {
  const file = made.detail.evidence.files[name];
  if (!file) return null;
  try {
    const url = URL.createObjectURL(await bytes(file.url));
    made.urls.push(url);
    return url;
  } catch (error) {
    made.missing.push({ name, error });
    return null;
  }
}

async function track(made) {
  made.track = await get(`/infractions/${made.id}/track`).catch((error) => {
    made.missing.push({ name: "track.json", error });
    return null;
  });
}

async function manifest(made) {
  if (!manifestServed) return;
  const listed = made.detail.evidence.files["manifest.json"]?.url;
  try {
    made.manifest = await get(listed ?? `/infractions/${made.id}/evidence/manifest.json`);
  } catch (error) {
    if (!listed && error.status === 404) manifestServed = false;
  }
}

/** The stretch of the clip in which it happened, in seconds of the clip: {from, to}. */
export function momentOf({ track, manifest }) {
  if (track?.window) return { from: track.window[0], to: track.window[1] };
  const captured = manifest?.captured;
  if (captured?.clip && captured.window) {
    const start = Date.parse(captured.clip[0]);
    return { from: (Date.parse(captured.window[0]) - start) / 1000, to: (Date.parse(captured.window[1]) - start) / 1000 };
  }
  const times = (track?.frames ?? []).map((frame) => frame.t_s);
  return times.length ? { from: times[0], to: times.at(-1) } : { from: 0, to: 0 };
}

window.addEventListener("vigia:transition", ({ detail }) => outdate(detail.id));
window.addEventListener("vigia:closed", () => [...held.keys()].forEach(forget));
