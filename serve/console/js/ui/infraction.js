// The filters that queue and search share; cameras and zones are offered by name where they may be read.

import { get } from "../api.js";
import { t } from "../i18n.js";
import { may } from "../session.js";
import { itemsOf } from "./listing.js";

const TYPES = ["SPEED_VIOLATION", "RED_LIGHT", "LANE_INVASION", "NO_SEATBELT", "PHONE_USAGE", "OTHER"];
const STATUSES = ["pending", "validated", "rejected", "appealed", "paid", "cancelled"];
let places = null;

/** The fields of an infraction filter. Cameras and zones come late: an input until their names are known. */
export async function infractionFields(ctx, { status = true } = {}) {
  places ??= fetchPlaces().catch(() => null);
  const known = await Promise.race([places, new Promise((done) => setTimeout(done, 300, null))]);
  return [
    status && { name: "status", label: t("column.status"), kind: "choice", options: STATUSES, prefix: "status" },
    { name: "type", label: t("column.type"), kind: "choice", options: TYPES, prefix: "type" },
    { name: "plate", label: t("column.plate"), kind: "text" },
    where("device_id", t("column.camera"), known?.devices),
    where("zone_id", t("column.zone"), known?.zones),
    { name: "from", label: t("filter.from"), kind: "time" },
    { name: "to", label: t("filter.to"), kind: "time" },
    { name: "sort", label: t("filter.sort"), kind: "choice", options: ["-detected_at", "detected_at", "-confidence_score"], prefix: "sort", always: true },
  ].filter(Boolean);
}

function where(name, label, rows) {
  return rows?.length ? { name, label, kind: "choice", options: rows } : { name, label, kind: "text" };
}

async function fetchPlaces() {
  const [devices, zones] = await Promise.all([
    may("devices.read") ? get("/devices").catch(() => null) : null,
    may("zones.read") ? get("/zones").catch(() => null) : null,
  ]);
  return {
    devices: devices ? itemsOf(devices).map((row) => [row.id, row.name ?? row.id]) : null,
    zones: zones?.features?.map((zone) => [zone.properties?.id ?? zone.id, zone.properties?.name ?? zone.id]) ?? null,
  };
}

window.addEventListener("vigia:closed", () => { places = null; });
