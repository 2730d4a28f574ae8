// Which notices a person wants through which channel, and what was sent of one.

import { call, get } from "../api.js";
import { announce, h } from "../dom.js";
import { named, t } from "../i18n.js";
import { ask } from "../ui/dialog.js";
import { chip, when } from "../ui/parts.js";
import { empty, into } from "../ui/states.js";
import { table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

const CHANNELS = ["in_app", "email", "sms", "push"];
const LANGUAGES = ["es", "en"];
const TONES = { pending: "warn", sent: "good", failed: "bad", expired: "plain" };

let seen = null;

/** The card with a box for each notice and channel; ticking one keeps it at once. */
export async function preferences(ctx) {
  const region = h("div", {});
  ctx.root.append(h("section", { class: "card" }, h("h2", {}, t("preferences.title")), h("p", {}, t("preferences.text")), region));
  const draw = () => into(region, () => call("GET", "/notifications/preferences", { signal: ctx.signal }), ({ data, etag }) => {
    seen = etag;
    if (!data.items.length) return empty(t("preferences.empty.title"), t("preferences.empty.text"));
    const cells = new Map(data.items.map((item) => [`${item.type} ${item.channel}`, item]));
    const shown = table({
      caption: t("preferences.title"), idOf: (row) => row.type,
      columns: [
        { label: t("preferences.notice"), cell: (row) => named("notice", row.type) },
        ...CHANNELS.map((channel) => ({ label: named("channel", channel), cell: (row) => box(cells.get(`${row.type} ${channel}`), draw) })),
      ],
    });
    shown.set([...new Set(data.items.map((item) => item.type))].map((type) => ({ type })));
    return [language(data.language, draw), h("div", { class: "scroll-x" }, shown.node)];
  });
  await draw();
}

function language(now, draw) {
  const select = h("select", { id: "notice-language", name: "language", on: { change: () => keep(select, { language: select.value }, draw) } },
    LANGUAGES.map((code) => h("option", { value: code, selected: code === now }, t(`preferences.language.${code}`))));
  return h("div", { class: "field" }, h("label", { for: "notice-language" }, t("preferences.language")), select);
}

function box(item, draw) {
  const label = t("preferences.cell", { notice: named("notice", item.type), channel: named("channel", item.channel) });
  const input = h("input", { type: "checkbox", name: `${item.type}.${item.channel}`, checked: item.enabled, "aria-label": label, on: {
    change: () => keep(input, { items: [{ type: item.type, channel: item.channel, enabled: input.checked }] }, draw),
  } });
  return input;
}

// What is refused is drawn anew as it is there: changed meanwhile in another window, or not kept at all. One after
// another: each names what the one before left.
let last = Promise.resolve();
function keep(control, body, draw) {
  last = last.then(() => keepNow(control, body, draw));
  return last;
}

async function keepNow(control, body, draw) {
  control.disabled = true;
  try {
    ({ etag: seen } = await call("PUT", "/notifications/preferences", { body, headers: { "If-Match": seen } }));
    announce(t("preferences.saved"));
  } catch (error) {
    toast(error.status === 412 ? t("preferences.stale") : error.message, { tone: "bad" });
    await draw();
  } finally {
    control.disabled = false;
    control.focus();
  }
}

/** Shows what was sent of a notice, and when. */
export async function sendings(row) {
  let items;
  try {
    ({ items } = await get(`/notifications/${row.id}/deliveries`));
  } catch (error) {
    toast(error.message, { tone: "bad" });
    return;
  }
  const shown = table({
    caption: row.title, idOf: (one) => one.channel,
    columns: [
      { label: t("sent.channel"), cell: (one) => named("channel", one.channel) },
      { label: t("sent.state"), cell: (one) => chip(named("delivery", one.state), TONES[one.state] ?? "info") },
      { label: t("sent.attempts"), num: true, cell: (one) => String(one.attempts) },
      { label: t("sent.at"), cell: (one) => when(one.sent_at) },
      { label: t("sent.error"), full: true, cell: (one) => one.last_error ?? "–" },
    ],
  });
  shown.set(items);
  await ask({
    title: t("sent.title"), confirm: t("sent.close"), wide: true, submit: () => true,
    body: items.length ? h("div", { class: "scroll-x" }, shown.node) : empty(t("sent.empty.title"), t("sent.empty.text")),
  });
}
