// The live stream: server-sent events read through fetch, because EventSource cannot carry a token.

import { stream } from "./api.js";
import { liveIs } from "./link.js";

const LONGEST_WAIT_MS = 20000;

/** Follows the stream until signal ends; dispatches vigia:infraction, vigia:transition, vigia:resumed. */
export async function follow(signal) {
  let wait = 500;
  for (let first = true; !signal.aborted; first = false) {
    try {
      const answer = await stream("/infractions/live", signal);
      liveIs("live");
      if (!first) tell("resumed", null);
      wait = 500;
      await read(answer.body.getReader());
    } catch (error) {
      if (signal.aborted || error.status === 401 || error.status === 403) break;
    }
    liveIs("waiting");
    await new Promise((done) => setTimeout(done, wait * (0.7 + Math.random() * 0.6)));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
  liveIs("idle");
}

async function read(reader) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    blocks.forEach(deliver);
  }
}

function deliver(block) {
  const lines = block.split("\n");
  const kind = lines.find((line) => line.startsWith("event:"))?.slice(6).trim();
  const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim()).join("\n");
  if (!kind || !data) return;
  try {
    tell(kind === "reset" ? "resumed" : kind, JSON.parse(data));
  } catch (error) {
    console.warn("live stream: unreadable event", error);
  }
}

function tell(kind, detail) {
  window.dispatchEvent(new CustomEvent(`vigia:${kind}`, { detail }));
}
