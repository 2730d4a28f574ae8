// Cameras as they report themselves: health first, because a silent camera is the one to see.

import { ago, moment, number } from "../format.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { addDevice } from "../scene/device_form.js";
import { may } from "../session.js";
import { listing } from "../ui/listing.js";
import { button, head, status, two } from "../ui/parts.js";
import { h } from "../dom.js";

/** Renders the list of cameras. */
export async function cameras(ctx) {
  ctx.root.append(head(t("page.cameras"), t("cameras.text"), may("devices.manage") ? button(t("device.new"), () => addDevice(() => list.reload()), { name: "plus" }) : null));
  const list = await listing(ctx, {
    path: "/devices", caption: t("cameras.caption"), open: (row) => go("camera", row.id),
    none: { title: t("cameras.empty.title"), text: t("cameras.empty.text") },
    columns: [
      { label: t("column.camera"), cell: (row) => two(row.name ?? row.id, row.id) },
      { label: t("column.status"), cell: (row) => status(row.status) },
      { label: t("column.heartbeat"), cell: heartbeat },
      { label: t("column.fps"), num: true, cell: (row) => number(row.current_fps, 1) },
      { label: t("column.latency"), num: true, cell: (row) => (row.avg_latency_ms ? `${number(row.avg_latency_ms)} ms` : "–") },
      { label: t("column.infractions"), num: true, cell: (row) => number(row.total_infractions) },
      { label: t("column.zone"), cell: (row) => row.zone_name ?? row.zone_id ?? "–" },
    ],
  });
}

function heartbeat(row) {
  return row.last_heartbeat ? h("time", { datetime: row.last_heartbeat, title: moment(row.last_heartbeat) }, ago(row.last_heartbeat)) : t("cameras.never");
}
