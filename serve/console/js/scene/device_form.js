// A camera added or changed: its name, place and stream. A password goes in and never comes back.

import { call, get } from "../api.js";
import { h } from "../dom.js";
import { named, t } from "../i18n.js";
import { ask } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

/** Asks for a new camera; done() when it is there. */
export async function addDevice(done) {
  const zones = await zoneChoices();
  return ask({
    title: t("device.new"), confirm: t("action.save"), wide: true,
    body: [
      h("div", { class: "shape-form" }, field("id", "device.id", { required: true, maxlength: "50", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*" }),
        field("name", "device.name", { required: true, maxlength: "255" }), choice("zone_id", "column.zone", zones, "")),
      stream({ required: true }), place({}),
    ],
    submit: async (data) => {
      await call("POST", "/devices", {
        body: { id: data.get("id").trim(), name: data.get("name").trim(), zone_id: data.get("zone_id"), stream: streamOf(data), ...placeOf(data) },
        headers: { "Idempotency-Key": crypto.randomUUID() },
      });
      toast(t("device.added", { name: data.get("name") }));
      done();
      return true;
    },
  });
}

/** Asks for changes of one; done() when they are kept. */
export async function editDevice(id, done) {
  const path = `/devices/${encodeURIComponent(id)}`;
  const [{ data: row, etag }, zones] = await Promise.all([call("GET", path), zoneChoices()]);
  const aside = ["inactive", "maintenance"].includes(row.status) ? row.status : "active";
  return ask({
    title: t("device.edit", { name: row.name }), confirm: t("action.save"), wide: true,
    body: [
      h("div", { class: "shape-form" }, field("name", "device.name", { required: true, maxlength: "255", value: row.name ?? "" }),
        choice("zone_id", "column.zone", zones, row.zone_id ?? ""),
        choice("status", "device.wanted", ["active", "maintenance", "inactive"].map((code) => [code, code === "active" ? t("device.wanted.active") : named("status", code)]), aside)),
      place(row), h("p", { class: "muted small" }, t("device.stream.now", { url: row.rtsp_url, kept: t(row.has_credentials ? "device.kept" : "device.notKept") })),
      stream({}),
    ],
    submit: async (data) => {
      const change = { name: data.get("name").trim(), ...placeOf(data) };
      if (data.get("zone_id") !== (row.zone_id ?? "")) change.zone_id = data.get("zone_id") || null;
      if (data.get("status") !== aside) change.status = data.get("status");
      if (data.get("url").trim()) change.stream = streamOf(data);
      try {
        await call("PATCH", path, { body: change, headers: { "If-Match": etag } });
      } catch (error) {
        if (error.status === 412) throw new Error(t("calibrate.changed"), { cause: error });
        throw error.code === "credentials_needed" ? new Error(t("device.credentialsNeeded"), { cause: error }) : error;
      }
      toast(t("device.saved", { name: change.name }));
      done();
      return true;
    },
  });
}

async function zoneChoices() {
  const found = await get("/zones");
  return found.features.map((zone) => [zone.id, zone.properties?.name ?? zone.id]);
}

function streamOf(data) {
  const username = data.get("username").trim();
  return { url: data.get("url").trim(), ...(username ? { credentials: { username, password: data.get("password") } } : {}) };
}

function placeOf(data) {
  const [latitude, longitude] = ["latitude", "longitude"].map((name) => String(data.get(name)).trim().replace(",", "."));
  return { location: latitude && longitude ? { latitude: Number(latitude), longitude: Number(longitude) } : null };
}

function stream({ required = false }) {
  return h("fieldset", { class: "field" }, h("legend", {}, t("device.stream")), h("div", { class: "shape-form" },
    h("div", { class: "wide" }, field("url", "device.url", { required, maxlength: "500", placeholder: "rtsp://10.20.0.7:554/h264", autocapitalize: "none", spellcheck: false }, "device.url.hint")),
    field("username", "device.user", { maxlength: "150", autocomplete: "off", autocapitalize: "none" }),
    field("password", "device.password", { type: "password", maxlength: "256", autocomplete: "new-password" })));
}

function place(row) {
  const text = (value) => (value === null || value === undefined ? "" : String(value));
  return h("div", { class: "shape-form" }, field("latitude", "device.latitude", { inputmode: "decimal", maxlength: "20", value: text(row.latitude) }),
    field("longitude", "device.longitude", { inputmode: "decimal", maxlength: "20", value: text(row.longitude) }));
}

function field(name, label, props, hint = null) {
  const { type = "text", ...rest } = props;
  return h("div", { class: "field" }, h("label", { for: `device-${name}` }, t(label)),
    h("input", { id: `device-${name}`, name, type, ...rest }), hint && h("span", { class: "hint" }, t(hint)));
}

function choice(name, label, options, value) {
  return h("div", { class: "field" }, h("label", { for: `device-${name}` }, t(label)),
    h("select", { id: `device-${name}`, name }, options.map(([code, text]) => h("option", { value: code, selected: code === value }, text))));
}
