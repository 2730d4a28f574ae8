// The way in. It says what is wrong without saying which half was wrong, and how long a lock lasts.

import { Offline, logIn } from "../api.js";
import { h, put } from "../dom.js";
import { t } from "../i18n.js";
import { languageSwitch, themeSwitch } from "../shell.js";
import { explain } from "../ui/states.js";

/** Shows the log-in; done(user) follows a good one. */
export function logInPage(app, { ended, done }) {
  const fault = h("p", { class: "fault", role: "alert" }, ended ? t("login.ended") : "");
  const name = h("input", { id: "username", name: "username", type: "text", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false", maxlength: "150" });
  const word = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: "200" });
  const send = h("button", { class: "button primary", type: "submit" }, t("login.enter"));
  const form = h("form", { class: "card login-card" },
    h("img", { src: "icon.svg", alt: "", width: "44", height: "44" }),
    h("h1", {}, t("login.title")), h("p", { class: "muted" }, t("login.text")),
    h("div", { class: "field" }, h("label", { for: "username" }, t("login.username")), name),
    h("div", { class: "field" }, h("label", { for: "password" }, t("login.password")), word),
    fault, send,
    h("p", { class: "muted small" }, t("login.forgotten")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    fault.textContent = "";
    try {
      done(await logIn(name.value.trim(), word.value));
    } catch (error) {
      fault.textContent = wording(error);
      word.value = "";
      word.focus();
    } finally {
      send.disabled = false;
    }
  });
  put(app, h("main", { class: "login" }, form, h("div", { class: "login-foot" }, languageSwitch(), themeSwitch())));
  name.focus();
}

function wording(error) {
  if (error instanceof Offline) return t("state.offline.text");
  if (error.status === 401 || error.status === 422) return t("login.wrong");
  if (error.status === 423) return t("login.locked", { minutes: Math.max(1, Math.ceil(Number(error.body.retry_after || 60) / 60)) });
  if (error.status === 429) return t("state.slow.text");
  return explain(error).text;
}
