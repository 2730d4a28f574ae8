// A row of filters that lives in the address, so that a search can be kept, shared and gone back to.

import { h } from "../dom.js";
import { named, t } from "../i18n.js";

const WIDE = window.matchMedia("(min-width: 861px)");

/** fields: [{name, label, kind: text|choice|time|number, options?, prefix?}]; change(values) when one changes. */
export function filters({ fields, values, change }) {
  const form = h("form", { class: "filters", role: "search", "aria-label": t("filter.label") }, fields.map((field) => one(field, values[field.name])));
  let waiting = 0;
  const tell = () => change(read(form, fields));
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(tell, event.target.matches("select") ? 0 : 350);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    tell();
  });
  form.append(h("button", {
    class: "button", type: "button",
    on: { click: () => { form.querySelectorAll("input, select").forEach((input) => { input.value = ""; if (input.selectedIndex < 0) input.selectedIndex = 0; }); tell(); } },
  }, t("filter.clear")));
  return h("details", { class: "filter-box", open: WIDE.matches }, h("summary", {}, t("filter.label")), form);
}

function one(field, value = "") {
  const id = `filter-${field.name}`;
  const input = field.kind === "choice"
    ? h("select", { id, name: field.name }, field.always ? null : h("option", { value: "" }, t("filter.any")),
      field.options.map((option) => choice(option, field.prefix, value)))
    : h("input", { id, name: field.name, type: { time: "datetime-local", number: "number" }[field.kind] ?? "text", value, autocomplete: "off", maxlength: "80" });
  return h("div", { class: "field", dataset: { kind: field.kind } }, h("label", { for: id }, field.label), input);
}

function choice(option, prefix, value) {
  const [code, text] = Array.isArray(option) ? option : [option, named(prefix, option)];
  return h("option", { value: code, selected: code === value }, text);
}

function read(form, fields) {
  const data = new FormData(form);
  return Object.fromEntries(fields.map(({ name }) => [name, String(data.get(name) ?? "").trim()]).filter(([, value]) => value));
}
