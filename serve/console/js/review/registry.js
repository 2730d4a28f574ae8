// What was seen against what the registry says.

import { named, t } from "../i18n.js";

/** Sentences naming what the registry contradicts, as the API found it. */
export function mismatches(vehicle) {
  return (vehicle.mismatch ?? []).map((row) => (row.field === "plate" ? t("facts.mismatch.plate")
    : t("facts.mismatch", { what: named("what", row.field), seen: named(row.field, row.seen), registered: named(row.field, row.registered) })));
}
