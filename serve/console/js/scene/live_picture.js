// What a camera sees, asked for again and again while somebody looks; the newest sealed picture where it is silent.

import { h, put } from "../dom.js";
import { t } from "../i18n.js";
import { button } from "../ui/parts.js";
import { caption, snapshot } from "./snapshot.js";

const EVERY_MS = 4000;

/** A card with the picture of a device; it stops with ctx.signal. */
export function livePicture(ctx, device) {
  const place = h("div", { class: "live-picture" }, h("div", { class: "state" }, h("p", {}, t("state.loading"))));
  const below = h("div", { class: "board-tools" });
  let last = null;
  let timer = 0;
  let paused = false;
  const pause = button(t("picture.pause"), () => { paused = !paused; put(pause, t(paused ? "picture.resume" : "picture.pause")); again(0); }, { tone: "small" });

  async function show() {
    if (paused || ctx.signal.aborted) return;
    if (!document.hidden) {
      try {
        const next = await snapshot(device.id, ctx.signal);
        put(place, h("img", { src: next.url, alt: t("calibrate.picture", { camera: device.name ?? device.id }), width: next.width, height: next.height }));
        put(below, caption(next), h("span", { class: "spacer" }), pause);
        if (last) URL.revokeObjectURL(last);
        last = next.url;
      } catch (error) {
        if (ctx.signal.aborted) return;
        put(place, h("div", { class: "state" }, h("h2", {}, t("picture.none.title")), h("p", {}, t("picture.none.text")), h("p", { class: "small" }, error.message)));
        put(below, h("span", { class: "spacer" }), pause);
      }
    }
    again(EVERY_MS);
  }

  function again(wait) {
    clearTimeout(timer);
    if (!paused) timer = setTimeout(show, wait);
  }

  ctx.signal.addEventListener("abort", () => { clearTimeout(timer); if (last) URL.revokeObjectURL(last); });
  show();
  return h("section", { class: "card" }, h("h2", {}, t("picture.title")), place, below);
}
