// Short messages at the corner. What must be read stays until it is closed.

import { announce, h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

/** Shows a message. tone: good, bad, warn. keep: stays until closed. action: {label, act}. */
export function toast(text, { tone = "good", keep = false, action = null, seconds = 6 } = {}) {
  const place = document.querySelector(".toasts") ?? document.body.appendChild(h("div", { class: "toasts" }));
  const node = h("div", { class: "toast", dataset: { tone } },
    h("div", {}, h("p", {}, text), action && h("button", {
      class: "button small", type: "button", on: { click: () => { node.remove(); action.act(); } },
    }, action.label)),
    h("button", {
      class: "button quiet icon small", type: "button", "aria-label": t("action.close"), on: { click: () => node.remove() },
    }, icon("cross")));
  place.append(node);
  while (place.children.length > 4) place.firstElementChild.remove();
  announce(text);
  if (!keep) setTimeout(() => node.remove(), seconds * 1000);
  return node;
}
