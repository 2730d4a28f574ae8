// Dialogs over the native element: focus stays inside, Escape closes, focus goes back where it was.

import { h } from "../dom.js";
import { t } from "../i18n.js";

let count = 0;

/** Opens a dialog with a form; resolves with what submit returns, null when it is left. */
export function ask({ title, body, confirm, tone = "primary", wide = false, submit, keys = null }) {
  return new Promise((done) => {
    const name = `dialog-${++count}`;
    const fault = h("p", { class: "fault", role: "alert", hidden: true });
    const send = h("button", { class: `button ${tone}`, type: "submit" }, confirm);
    const form = h("form", { method: "dialog", novalidate: false },
      h("h2", { id: name }, title), body, fault,
      h("div", { class: "actions" },
        h("button", { class: "button", type: "button", on: { click: () => box.close() } }, t("action.cancel")), send));
    const box = h("dialog", { class: wide ? "wide" : "", "aria-labelledby": name }, form);
    let answer = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      send.disabled = true;
      try {
        answer = await submit(new FormData(form));
        box.close();
      } catch (error) {
        fault.hidden = false;
        fault.textContent = error.message;
      } finally {
        send.disabled = false;
      }
    });
    if (keys) box.addEventListener("keydown", (event) => keys(event, form));
    box.addEventListener("close", () => { box.remove(); done(answer); });
    document.body.append(box);
    box.showModal();
  });
}
