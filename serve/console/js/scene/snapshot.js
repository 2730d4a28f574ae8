// A camera's picture, ready to be shown, with where it comes from and when it was taken.

import { picture } from "../api.js";
import { h } from "../dom.js";
import { ago, moment } from "../format.js";
import { t } from "../i18n.js";
import { chip } from "../ui/parts.js";

const TONES = { live: "good", recording: "warn", evidence: "info" };

/** {url, width, height, origin, at}; let go of url with URL.revokeObjectURL. Throws what the API refused. */
export async function snapshot(id, signal, source = "auto") {
  const { blob, origin, at } = await picture(`/devices/${encodeURIComponent(id)}/snapshot`, { source }, signal);
  const url = URL.createObjectURL(blob);
  const image = new Image();
  image.src = url;
  await image.decode();
  return { url, width: image.naturalWidth, height: image.naturalHeight, origin, at };
}

/** Says which picture it is and of when. */
export function caption({ origin, at }) {
  return h("span", { class: "picture-caption" }, chip(t(`picture.${origin}`), TONES[origin] ?? "info"),
    at ? h("time", { datetime: at, title: moment(at) }, origin === "evidence" ? moment(at) : ago(at)) : t("picture.unknown"));
}
