// What every key does and how a shift is worked.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { cap } from "../keys.js";
import { PAGES } from "../router.js";
import { may } from "../session.js";
import { head } from "../ui/parts.js";

const REVIEW = [
  ["V", "key.validate"], ["R", "key.reject"], ["N", "key.next"], ["P", "key.previous"], ["U", "key.undo"], [" ", "key.play"],
  [",", "key.frameBack"], [".", "key.frameOn"], ["ArrowLeft", "key.back1"], ["ArrowRight", "key.on1"],
  ["0", "key.moment"], ["S", "key.slow"], ["O", "key.overlay"],
];
const LISTS = [["j", "key.down"], ["k", "key.up"], ["Enter", "key.open"], ["/", "key.search"]];

/** Renders the help. */
export async function help({ root }) {
  root.append(
    head(t("page.help"), t("help.text")),
    h("div", { class: "columns" },
      section("help.review", REVIEW.map(([key, text]) => [cap(key), t(text)])),
      section("help.lists", LISTS.map(([key, text]) => [cap(key), t(text)])),
      section("help.go", PAGES.filter((page) => page.key && may(page.needs))
        .map((page) => [[cap("g"), " ", cap(page.key)], t(`page.${page.name}`)])),
      h("section", { class: "card" }, h("h2", {}, t("help.work")),
        h("ol", { class: "steps" }, ["look", "plate", "decide", "doubt"].map((step) => h("li", {}, t(`help.step.${step}`)))),
        h("p", { class: "muted small" }, t("help.simulated")))));
}

function section(title, rows) {
  return h("section", { class: "card" }, h("h2", {}, t(title)),
    h("dl", { class: "keys" }, rows.map(([keys, text]) => h("div", {}, h("dt", {}, keys), h("dd", {}, text)))));
}
