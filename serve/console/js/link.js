// Whether the server is heard: calls, the live stream and the health check report here.

const state = { reachable: navigator.onLine, live: "idle", parts: [] };

/** reachable: the last call got through. live: idle, live or waiting. parts: what runs degraded. */
export function linkState() {
  return { ...state };
}

/** A call got through. */
export function heard() {
  change({ reachable: true });
}

/** A call did not. */
export function unheard() {
  change({ reachable: false });
}

/** The live stream is up, or trying again. */
export function liveIs(live) {
  change({ live });
}

/** Names of the parts that the server says it goes on without. */
export function degraded(parts) {
  change({ parts });
}

function change(next) {
  const before = JSON.stringify(state);
  Object.assign(state, next);
  if (JSON.stringify(state) !== before) window.dispatchEvent(new Event("vigia:link"));
}

window.addEventListener("offline", unheard);
window.addEventListener("online", heard);
