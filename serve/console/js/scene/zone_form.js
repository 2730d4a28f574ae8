// What is known of a zone: its name, its limit and where that comes from.

import { call } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { ask } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

/** Asks for a new zone; done(id, [lon, lat] or null) when it is made: where its drawing begins. */
export function addZone(done) {
  return ask({
    title: t("zone.new"), confirm: t("action.save"), body: [field("id", "zone.id", { required: true, maxlength: "50", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*" }), ...fields({}),
      h("div", { class: "shape-form" }, field("latitude", "device.latitude", { inputmode: "decimal", maxlength: "20" }), field("longitude", "device.longitude", { inputmode: "decimal", maxlength: "20" })),
      h("p", { class: "muted small" }, t("zone.centre"))],
    submit: async (data) => {
      const id = data.get("id").trim();
      await call("POST", "/zones", { body: { type: "Feature", id, properties: read(data) }, headers: { "Idempotency-Key": crypto.randomUUID() } });
      toast(t("zone.made", { name: data.get("name") }));
      const centre = ["longitude", "latitude"].map((name) => Number.parseFloat(String(data.get(name)).replace(",", ".")));
      done(id, centre.every(Number.isFinite) ? centre : null);
      return true;
    },
  });
}

/** Asks for changes of one; done() when they are kept. */
export async function editZone(id, done) {
  const path = `/zones/${encodeURIComponent(id)}`;
  const { data: zone, etag } = await call("GET", path);
  return ask({
    title: t("zone.edit", { name: zone.properties.name }), confirm: t("action.save"), body: fields(zone.properties),
    submit: async (data) => {
      await keepZone(path, etag, { properties: read(data) });
      toast(t("zone.saved", { name: data.get("name") }));
      done();
      return true;
    },
  });
}

/** PATCH of a zone, whose refusal for being out of date is said in words. */
export async function keepZone(path, etag, change) {
  try {
    return await call("PATCH", path, { body: change, headers: { "If-Match": etag } });
  } catch (error) {
    throw error.status === 412 ? new Error(t("calibrate.changed"), { cause: error }) : error;
  }
}

function read(data) {
  const text = (name) => String(data.get(name)).trim() || null;
  const limit = text("speed_limit");
  return { name: text("name"), speed_limit: limit === null ? null : Number(limit), limit_source: text("limit_source"), district: text("district") };
}

function fields(zone) {
  return [
    field("name", "zone.name", { required: true, maxlength: "255", value: zone.name ?? "" }),
    field("speed_limit", "zone.limit", { type: "number", min: "1", max: "200", step: "1", value: zone.speed_limit === null || zone.speed_limit === undefined ? "" : String(zone.speed_limit) }),
    field("limit_source", "zone.source", { maxlength: "500", value: zone.limit_source ?? "" }),
    field("district", "zone.district", { maxlength: "100", value: zone.district ?? "" }),
  ];
}

function field(name, label, props) {
  const { type = "text", ...rest } = props;
  return h("div", { class: "field" }, h("label", { for: `zone-${name}` }, t(label)), h("input", { id: `zone-${name}`, name, type, ...rest }));
}
