// What was seen against what the registry says.

import { named, t } from "../i18n.js";

/** Sentences naming what does not agree; the API's own findings first. */
export function mismatches(vehicle, seenClass) {
  const told = (vehicle.mismatches ?? []).map((row) => (typeof row === "string" ? row
    : t("facts.mismatch", { what: named("what", row.field), seen: named("class", row.seen), registered: named("class", row.registered) })));
  if (told.length) return told;
  const registered = vehicle.class ?? vehicle.vehicle_type;
  if (!registered || !seenClass || registered === seenClass) return [];
  return [t("facts.mismatch", { what: t("what.class"), seen: named("class", seenClass), registered: named("class", registered) })];
}
