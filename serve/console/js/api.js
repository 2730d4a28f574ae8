// The only place that speaks HTTP. The access token lives in this module's memory and nowhere else.

import { heard, unheard } from "./link.js";

const BASE = "/api/v1";
const OPEN = "vigia.open"; // says that a refresh cookie may exist; no secret

let token = null;
let renewing = null;

/** What the API refused, as RFC 9457 tells it. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? null;
    this.requestId = body.request_id ?? null;
    this.body = body;
  }
}

/** The API could not be reached. */
export class Offline extends Error {}

/** GET and the like; returns {data, etag}. Renews the access token once when it has run out. */
export async function call(method, path, options = {}) {
  let answer = await authorised(method, path, options);
  if (answer.status === 204) return { data: null, etag: null };
  let text;
  try {
    text = await answer.text();
  } catch (error) {
    // Whoever was answering is gone in the middle of it. What only reads is asked again; of a change, the
    // caller must look what came of it.
    if (method !== "GET" || options.signal?.aborted) throw error;
    answer = await authorised(method, path, options);
    text = await answer.text();
  }
  return { data: text ? JSON.parse(text) : null, etag: answer.headers.get("ETag") };
}

/** The data of a GET. */
export async function get(path, query, signal) {
  return (await call("GET", path, { query, signal })).data;
}

/** The bytes of a GET, for pictures, clips and papers. */
export async function bytes(path, signal) {
  return (await authorised("GET", path, { signal, accept: "*/*" })).blob();
}

/** A camera's picture: {blob, origin, at}; origin: live, recording or evidence. */
export async function picture(path, query, signal) {
  const answer = await authorised("GET", path, { query, signal, accept: "image/jpeg, application/problem+json" });
  return { blob: await answer.blob(), origin: answer.headers.get("X-Vigia-Picture"), at: answer.headers.get("X-Vigia-Captured-At") };
}

/** The raw answer of a GET that goes on: the live stream. */
export function stream(path, signal) {
  return authorised("GET", path, { signal, accept: "text/event-stream" });
}

/** Logs in; returns the user. */
export async function logIn(username, password) {
  const answer = await send("POST", "/auth/login", { body: { username, password }, bare: true });
  if (!answer.ok) throw await problem(answer);
  return opened(await answer.json());
}

/** Takes up the session that the refresh cookie carries, null where there is none. */
export async function resume() {
  if (!localStorage.getItem(OPEN)) return null;
  return renew();
}

/** Ends the session here, or everywhere. */
export async function logOut({ everywhere = false } = {}) {
  try {
    await call("POST", everywhere ? "/auth/logout-everywhere" : "/auth/logout");
  } finally {
    closed();
  }
}

/** Where an API path lies, evidence addresses being given whole. */
export function address(path, query) {
  const url = new URL(path.startsWith("/api/") ? path : BASE + path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== "" && value !== null && value !== undefined) url.searchParams.set(name, value);
  }
  if (url.origin !== location.origin) throw new Problem(0, { detail: "foreign address" });
  return url;
}

async function authorised(method, path, options) {
  let answer = await send(method, path, options);
  if (answer.status === 401 && (await renew())) answer = await send(method, path, options);
  if (answer.status === 401) {
    closed();
    window.dispatchEvent(new Event("vigia:closed"));
  }
  if (!answer.ok) throw await problem(answer);
  return answer;
}

async function send(method, path, { body, query, headers, signal, accept, bare } = {}) {
  const all = { Accept: accept ?? "application/json", "X-Requested-With": "vigia-console", ...headers };
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (token && !bare) all.Authorization = `Bearer ${token}`;
  try {
    const answer = await fetch(address(path, query), {
      method, headers: all, signal, credentials: "same-origin", cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.status < 500) heard();
    return answer;
  } catch (error) {
    if (error.name === "AbortError" || signal?.aborted) throw error;
    unheard();
    throw new Offline(error.message);
  }
}

// All tabs share one refresh cookie, and it is good once: one tab at a time, each with the cookie then in the jar.
function alone(work) {
  return navigator.locks ? navigator.locks.request("vigia.refresh", work) : work();
}

function renew() {
  renewing ??= alone(async () => {
    const answer = await send("POST", "/auth/refresh", { bare: true, body: {} });
    if (answer.ok) return opened(await answer.json());
    if (answer.status >= 500) throw await problem(answer);
    closed();
    return null;
  }).finally(() => { renewing = null; });
  return renewing;
}

function opened(answer) {
  token = answer.access_token;
  localStorage.setItem(OPEN, "1");
  return answer.user;
}

function closed() {
  token = null;
  localStorage.removeItem(OPEN);
}

async function problem(answer) {
  const body = await answer.json().catch(() => ({}));
  body.retry_after = answer.headers.get("Retry-After");
  return new Problem(answer.status, body);
}
