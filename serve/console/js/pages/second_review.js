// A second look: the clip and what was measured, without what the first person decided.

import { Offline, call, get } from "../api.js";
import { announce, h, put } from "../dom.js";
import { named, t } from "../i18n.js";
import { icon } from "../icons.js";
import { cap } from "../keys.js";
import { filled } from "../review/bundle.js";
import { facts } from "../review/facts.js";
import { player } from "../review/player.js";
import { askReason } from "../review/verdict.js";
import { go } from "../router.js";
import { itemsOf } from "../ui/listing.js";
import { loading } from "../ui/states.js";
import { toast } from "../ui/toast.js";

/** Renders the second review ctx.id. */
export async function secondReview(ctx) {
  put(ctx.root, loading());
  const { infraction } = await get(`/second-reviews/${encodeURIComponent(ctx.id)}`, null, ctx.signal);
  const made = await filled(infraction);
  ctx.signal.addEventListener("abort", () => made.close());
  if (ctx.signal.aborted) {
    made.close();
    return;
  }
  const screen = player(made);
  const bar = h("div", { class: "verdict-bar", role: "group", "aria-label": t("review.verdict") });
  const view = { ctx, made, bar, busy: false };
  const side = h("aside", { class: "review-side", tabindex: "0", "aria-label": t("review.facts") }, facts(made, { blind: true }));
  put(ctx.root, h("div", { class: "review" }, h("div", { class: "review-stage" },
    screen.node, h("p", { class: "proposal" }, t("second.blind")), bar), side));
  drawBar(view);
  ctx.title(`${infraction.infraction_code} · ${t("page.second")}`);
  ctx.keys(keys(view, screen));
  ctx.signal.addEventListener("abort", () => screen.close());
  await made.stage?.ready;
  screen.begin();
  ctx.root.dataset.usable = ctx.id;
  announce(t("review.shown", { type: named("type", infraction.type), plate: infraction.plate ?? t("word.unread") }));
}

function drawBar(view) {
  const act = (name, key, text, sign, tone, run) => h("button", {
    class: `button ${tone}`, type: "button", dataset: { act: name }, "aria-keyshortcuts": key, disabled: view.busy, on: { click: run },
  }, icon(sign), text, cap(key));
  put(view.bar,
    act("validate", "v", t("review.validate"), "check", "primary", () => verdict(view, "validated")),
    act("reject", "r", t("review.reject"), "cross", "danger", () => verdict(view, "rejected")),
    h("span", { class: "spacer" }),
    act("next", "n", t("review.next"), "next", "", () => further(view)));
}

function keys(view, screen) {
  const on = (label, name, repeat = false) => ({ label: t(label), act: () => screen.act(name), repeat });
  return {
    v: { label: t("key.validate"), act: () => verdict(view, "validated") },
    r: { label: t("key.reject"), act: () => verdict(view, "rejected") },
    n: { label: t("key.next"), act: () => further(view) },
    " ": on("key.play", "play"), ",": on("key.frameBack", "frameBack", true), ".": on("key.frameOn", "frameOn", true),
    ArrowLeft: on("key.back1", "back", true), ArrowRight: on("key.on1", "on", true),
    0: on("key.moment", "moment"), s: on("key.slow", "slow"), o: on("key.overlay", "overlay"),
    Escape: { label: t("key.back"), act: () => go("second") },
  };
}

async function verdict(view, to) {
  const { ctx, made } = view;
  if (view.busy || ctx.signal.aborted || !ctx.root.dataset.usable) return;
  const reason = to === "rejected" ? await askReason() : null;
  if (to === "rejected" && !reason) return;
  busy(view, true);
  try {
    const { data } = await call("POST", `/second-reviews/${encodeURIComponent(ctx.id)}`, {
      body: reason ? { verdict: to, reason } : { verdict: to }, headers: { "Idempotency-Key": crypto.randomUUID() },
    });
    toast(t(data.agrees ? "second.agrees" : "second.differs", { code: made.detail.infraction_code }));
    await further(view);
  } catch (error) {
    if (error.name === "TypeError") throw error;
    toast(refusal(error), { tone: "bad", keep: true });
    if (error.status === 409) go("second");
  } finally {
    busy(view, false);
  }
}

function refusal(error) {
  if (error instanceof Offline) return t("verdict.offline");
  return error.status === 409 ? t("second.taken") : t("verdict.failed", { detail: error.message });
}

async function further({ ctx }) {
  const rows = itemsOf(await get("/second-reviews").catch(() => []));
  const at = rows.findIndex((row) => String(row.id) === ctx.id);
  const next = rows.filter((row) => String(row.id) !== ctx.id).at(Math.max(at, 0)) ?? rows.find((row) => String(row.id) !== ctx.id);
  if (next) go("second-review", next.id);
  else go("second");
}

function busy(view, on) {
  view.busy = on;
  view.bar.querySelectorAll("button").forEach((node) => { node.disabled = on; });
}
