// The clip with what was measured over it, its time line and its controls.

import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { empty } from "../ui/states.js";
import { momentOf } from "./bundle.js";
import { draw } from "./overlay.js";

let overlay = true;

/** Builds the player of a bundle; returns {node, act(name), close()}. */
export function player(made) {
  const { stage } = made;
  if (!stage || stage.failed) return still(made);
  const canvas = h("canvas", { class: "overlay", role: "img", "aria-label": t("player.overlay.alt") });
  const play = h("button", { class: "button quiet icon", type: "button", on: { click: () => stage.toggle() } });
  const time = h("output", { class: "num small" });
  const rate = h("button", { class: "button quiet small num", type: "button", title: `${t("key.slow")} (S)`, "aria-label": t("key.slow"), on: { click: () => stage.slower() } });
  const line = timeline(made);
  stage.video.setAttribute("aria-label", t("player.clip.alt"));

  const show = () => {
    if (made.track) {
      if (overlay) draw(canvas, made, stage.time);
      canvas.hidden = !overlay;
    }
    put(play, icon(stage.video.paused ? "play" : "pause"));
    play.setAttribute("aria-label", t(stage.video.paused ? "player.play" : "player.pause"));
    time.textContent = `${number(stage.time, 2)} s`;
    rate.textContent = `${number(stage.video.playbackRate, 2)}×`;
    line.at(stage.time);
    if (!stage.video.paused && stage.past) stage.replay();
  };
  const acts = {
    play: () => stage.toggle(),
    frameBack: () => stage.step(-1),
    frameOn: () => stage.step(1),
    back: () => { stage.video.pause(); stage.seek(stage.time - 1); },
    on: () => { stage.video.pause(); stage.seek(stage.time + 1); },
    moment: () => stage.replay(),
    slow: () => stage.slower(),
    overlay: () => { overlay = !overlay; show(); },
  };
  const node = h("figure", { class: "player" },
    h("div", { class: "screen" }, stage.video, made.track && canvas),
    h("div", { class: "controls" },
      tool("key.frameBack", ",", "‹", acts.frameBack), play, tool("key.frameOn", ".", "›", acts.frameOn),
      line.node, time, rate,
      tool("key.moment", "0", "↺", acts.moment),
      h("button", { class: "button quiet icon", type: "button", title: `${t("key.overlay")} (O)`, "aria-label": t("key.overlay"), on: { click: acts.overlay } }, icon("layers"))));
  stage.paced(made.track?.fps ?? pace(made.track));
  stage.listeners.add(show);
  const fitted = new ResizeObserver(show);
  fitted.observe(canvas);
  show();
  return {
    node,
    act: (name) => acts[name]?.(),
    begin: () => stage.begin(),
    close: () => { stage.listeners.delete(show); stage.video.pause(); fitted.disconnect(); },
  };
}

function still(made) {
  const src = made.pictures["snapshot.jpg"];
  const why = made.missing.length ? t("player.missing", { files: made.missing.map(({ name }) => name).join(", ") }) : t("player.none");
  const node = h("figure", { class: "player" },
    src ? h("div", { class: "screen" }, h("img", { src, alt: t("player.snapshot.alt") })) : empty(t("player.none.title"), why));
  return { node, act: () => {}, begin: () => {}, close: () => {} };
}

function tool(key, cap, sign, act) {
  return h("button", { class: "button quiet icon", type: "button", title: `${t(key)} (${cap})`, "aria-label": t(key), on: { click: act } }, sign);
}

function pace(track) {
  const times = (track?.frames ?? []).map((frame) => frame.t_s);
  const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  return gaps.length ? 1 / gaps[gaps.length >> 1] : 0;
}

function timeline(made) {
  const { video } = made.stage;
  const { from, to } = momentOf(made);
  const slider = h("input", { type: "range", min: "0", max: "1000", value: "0", step: "1", "aria-label": t("player.position") });
  slider.addEventListener("input", () => { video.pause(); made.stage.seek((slider.value / 1000) * (video.duration || 0)); });
  const mark = s("rect", { class: "moment", y: 0, height: 4, rx: 1 });
  const node = h("div", { class: "timeline" }, s("svg", { viewBox: "0 0 1000 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "whole", width: 1000, height: 4 }), mark), slider);
  return {
    node,
    at(seconds) {
      const length = video.duration || 0;
      if (!length) return;
      mark.setAttribute("x", (from / length) * 1000);
      mark.setAttribute("width", Math.max(3, ((to - from) / length) * 1000));
      if (document.activeElement !== slider) slider.value = String(Math.round((seconds / length) * 1000));
      slider.setAttribute("aria-valuetext", `${number(seconds, 1)} s / ${number(length, 1)} s`);
    },
  };
}
