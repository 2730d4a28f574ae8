// One infraction before a person: look, decide, next. The following one is fetched meanwhile.

import { announce, h, put } from "../dom.js";
import { named, t } from "../i18n.js";
import { icon } from "../icons.js";
import { cap } from "../keys.js";
import { bundle, outdate, refresh } from "../review/bundle.js";
import { after, before, drop, position, restore } from "../review/deck.js";
import { facts, proposal } from "../review/facts.js";
import { player } from "../review/player.js";
import { askReason, decide, refusal, taken } from "../review/verdict.js";
import { go } from "../router.js";
import { empty, failure, loading } from "../ui/states.js";
import { toast } from "../ui/toast.js";

// A verdict is taken only on what has been on screen this long.
const LOOKED_AT_MS = 250;
let lastVerdict = null;

/** Renders the review of ctx.id. */
export async function review(ctx) {
  const stageArea = h("div", { class: "review-stage" });
  const side = h("aside", { class: "review-side", tabindex: "0", "aria-label": t("review.facts") });
  const bar = h("div", { class: "verdict-bar", role: "group", "aria-label": t("review.verdict") });
  const summary = h("div", { class: "summary-slot" });
  put(ctx.root, loading());
  const made = await bundle(ctx.id);
  if (ctx.signal.aborted) return;
  const view = { ctx, made, bar, side, summary, shownAt: 0, busy: false, screen: player(made) };
  put(stageArea, h("div", { class: "notice-slot", role: "alert" }), view.screen.node, summary, bar);
  put(side, facts(made));
  put(summary, proposal(made));
  put(ctx.root, h("div", { class: "review" }, stageArea, side));
  ctx.title(`${made.detail.infraction_code} · ${t("page.review")}`);
  drawBar(view);
  ctx.keys(keys(view));
  ctx.signal.addEventListener("abort", () => view.screen.close());
  window.addEventListener("vigia:transition", ({ detail }) => detail.id === ctx.id && elsewhere(view), { signal: ctx.signal });
  await made.stage?.ready;
  view.screen.begin();
  view.shownAt = performance.now();
  ctx.root.dataset.usable = made.id;
  announce(t("review.shown", { type: named("type", made.detail.type), plate: made.detail.plate ?? t("word.unread") }));
  await prepareNext(view);
}

async function prepareNext({ ctx }) {
  const id = await after(ctx.id).catch(() => null);
  if (!id || ctx.signal.aborted) return;
  const next = await bundle(id).catch(() => null);
  await next?.stage?.ready;
  if (next && !ctx.signal.aborted) ctx.root.dataset.next = id;
}

function allowed(detail) {
  return (detail.allowed_transitions ?? []).map((row) => (typeof row === "string" ? row : row.to));
}

function drawBar(view) {
  const { made, bar } = view;
  const can = allowed(made.detail);
  const { at, of, more } = position(made.id);
  const act = (name, key, text, iconName, tone, run) => h("button", {
    class: `button ${tone}`, type: "button", dataset: { act: name }, "aria-keyshortcuts": key, disabled: view.busy, on: { click: run },
  }, icon(iconName), text, cap(key));
  put(bar,
    can.includes("validated") && made.detail.status === "pending" ? act("validate", "v", t("review.validate"), "check", "primary", () => verdict(view, "validated")) : null,
    can.includes("rejected") ? act("reject", "r", t("review.reject"), "cross", "danger", () => verdict(view, "rejected")) : null,
    can.includes("pending") ? act("undo", "u", t("review.undo"), "back", "", () => undo(view, made)) : null,
    can.length ? null : h("p", { class: "muted" }, t(made.detail.status === "pending" ? "review.readOnly" : "review.decided", { status: named("status", made.detail.status).toLowerCase() })),
    h("span", { class: "spacer" }),
    h("span", { class: "muted small num" }, at ? t("review.position", { at, of: more ? `${of}+` : of }) : ""),
    act("next", "n", t("review.next"), "next", "", () => move(view, after)));
}

function keys(view) {
  const player = (label, name, repeat = false) => ({ label: t(label), act: () => view.screen.act(name), repeat });
  return {
    v: { label: t("key.validate"), act: () => verdict(view, "validated") },
    r: { label: t("key.reject"), act: () => verdict(view, "rejected") },
    n: { label: t("key.next"), act: () => move(view, after) },
    p: { label: t("key.previous"), act: () => move(view, before) },
    u: { label: t("key.undo"), act: () => undo(view, allowed(view.made.detail).includes("pending") ? view.made : lastVerdict) },
    " ": player("key.play", "play"), ",": player("key.frameBack", "frameBack", true), ".": player("key.frameOn", "frameOn", true),
    ArrowLeft: player("key.back1", "back", true), ArrowRight: player("key.on1", "on", true),
    0: player("key.moment", "moment"), s: player("key.slow", "slow"), o: player("key.overlay", "overlay"),
    Escape: { label: t("key.back"), act: () => go("queue") },
  };
}

async function verdict(view, to) {
  const { made, ctx } = view;
  if (view.busy || ctx.signal.aborted || !allowed(made.detail).includes(to) || made.detail.status !== "pending") return;
  if (!view.shownAt || performance.now() - view.shownAt < LOOKED_AT_MS) return;
  const reason = to === "rejected" ? await askReason() : null;
  if (to === "rejected" && !reason) return;
  busy(view, true);
  try {
    const { detail, etag } = await decide({ id: made.id, etag: made.etag, to, reason });
    outdate(made.id);
    lastVerdict = allowed(detail).includes("pending") ? { id: made.id, etag, detail } : null;
    drop(made.id);
    told(to, made, view);
    await move(view, after);
  } catch (error) {
    await refused(view, error);
  } finally {
    busy(view, false);
  }
}

function told(to, made, view) {
  const fine = to === "validated" && made.detail.fine && !made.detail.fine.verified ? ` ${t("verdict.unverified")}` : "";
  const done = lastVerdict;
  toast(`${t(`verdict.${to}`, { code: made.detail.infraction_code })}${fine} ${done ? t("verdict.undoHint") : ""}`, {
    action: done && { label: t("review.undo"), act: () => undo(view, done) }, seconds: 8,
  });
}

async function undo(view, done) {
  if (!done || view.busy) return;
  busy(view, true);
  try {
    await decide({ id: done.id, etag: done.etag, to: "pending" });
    lastVerdict = null;
    outdate(done.id);
    restore(done.id);
    toast(t("verdict.undone", { code: done.detail.infraction_code }));
    if (view.ctx.id === done.id) go("queue");
    go("review", done.id);
  } catch (error) {
    toast(refusal(error), { tone: "bad", keep: true });
  } finally {
    busy(view, false);
  }
}

async function refused(view, error) {
  if (error.name === "TypeError") throw error;
  if ([409, 412].includes(error.status)) await again(view);
  const { detail } = view.made;
  say(view, error.status === 409 && detail.status !== "pending" ? taken(detail) : refusal(error));
}

async function elsewhere(view) {
  if (view.busy) return;
  await again(view);
  if (view.made.detail.status !== "pending") say(view, taken(view.made.detail));
}

async function again(view) {
  const kept = await refresh(view.ctx.id).catch(() => null);
  if (!kept || view.ctx.signal.aborted) return;
  view.made = kept;
  put(view.side, facts(view.made));
  put(view.summary, proposal(view.made));
  drawBar(view);
  if (view.made.detail.status !== "pending") drop(view.made.id);
}

function say(view, text) {
  put(view.ctx.root.querySelector(".notice-slot"), h("p", { class: "banner", dataset: { kind: "offline" } }, icon("alert"), text));
}

function busy(view, on) {
  view.busy = on;
  view.bar.querySelectorAll("button").forEach((node) => { node.disabled = on; });
}

async function move(view, which) {
  let id = null;
  try {
    id = await which(view.ctx.id);
  } catch (error) {
    say(view, failure(error).querySelector("p").textContent);
    return;
  }
  if (id) go("review", id);
  else put(view.ctx.root, empty(t("review.done.title"), t("review.done.text"),
    h("button", { class: "button primary", type: "button", on: { click: () => go("queue") } }, t("review.toQueue"))));
}
