// What is known of one infraction: measured, read, registered, due by law, and what became of it.

import { h } from "../dom.js";
import { moment, number, percent, plusMinus, soles } from "../format.js";
import { named, t } from "../i18n.js";
import { kind, meter, pairs, plate, simulated, status, unverified, chip } from "../ui/parts.js";
import { gauge } from "./gauge.js";
import { measured, particulars } from "./measured.js";
import { mismatches } from "./registry.js";
import { riskFacts } from "./risk.js";

/** The panel of facts beside the clip; blind: without what became of it, for a second look. */
export function facts({ detail, manifest, pictures }, { blind = false } = {}) {
  return h("div", { class: "facts" },
    heading(detail, manifest, blind), measurement(detail, manifest), plateFacts(detail, manifest, pictures), vehicleFacts(detail, manifest),
    blind ? null : [fineFacts(detail), riskFacts(detail), historyFacts(detail)], evidenceFacts(detail, manifest));
}

/** What a verdict would come to, in one line under the clip. */
export function proposal({ detail }) {
  const { fine } = detail;
  const points = fine?.points === null || fine?.points === undefined ? null : t("facts.pointsShort", { points: fine.points });
  return h("p", { class: "proposal" }, h("span", { class: "muted" }, t("facts.fine")), " ",
    fine ? [h("b", { class: "num" }, soles(fine.amount_soles)), h("span", {}, [fine.code, `${number(fine.uit_percent, fine.uit_percent % 1 ? 1 : 0)} % UIT`, points].filter(Boolean).join(" · ")), !fine.verified && unverified()]
      : h("span", {}, detail.no_fine ? named("nofine", detail.no_fine.absent) : t("facts.fine.none")));
}

function heading(detail, manifest, blind) {
  const made = detail.simulated ?? manifest?.simulated;
  return h("header", { class: "facts-head" },
    h("h1", {}, kind(detail.type)),
    h("p", { class: "chips" }, blind ? chip(t("review.second"), "info") : status(detail.status), made && simulated()),
    h("p", { class: "muted small" }, h("span", { class: "mono" }, detail.infraction_code), " · ", moment(detail.detected_at)),
    h("p", { class: "muted small" }, [detail.zone_name ?? detail.zone_id, detail.device_name ?? detail.device_id].filter(Boolean).join(" · ")));
}

function measurement(detail, manifest) {
  const got = measured(detail, manifest);
  const rows = particulars(detail, got);
  const speeding = detail.type === "SPEED_VIOLATION";
  return h("section", {}, h("h2", { class: "unseen" }, t("facts.measured")),
    got.speed === null ? null : h("p", { class: speeding ? "big num" : "num" }, speeding ? null : `${t("facts.speed")}: `,
      number(got.speed, 1), got.sigma === null ? null : h("span", { class: "sigma" }, plusMinus(got.sigma)), h("span", { class: "unit" }, " km/h")),
    speeding ? gauge(got) : null,
    pairs([...rows, [t("facts.confidence"), meter(detail.confidence_score)]]));
}

function plateFacts(detail, manifest, pictures) {
  const reads = manifest?.plate?.reads ?? detail.violation_details?.plate_reads ?? [];
  const picture = pictures["plate.jpg"];
  return h("section", {}, h("h2", {}, t("facts.plate")),
    h("div", { class: "plate-row" },
      picture ? h("img", { class: "crop", src: picture, alt: t("facts.plate.alt") }) : null,
      h("div", {}, h("p", { class: "plate-big" }, plate(detail.plate)),
        h("p", { class: "small muted" }, detail.ocr_confidence === null || detail.ocr_confidence === undefined
          ? t("facts.plate.unread") : [t("facts.ocr"), " ", meter(detail.ocr_confidence)]))),
    reads.length ? h("details", {}, h("summary", {}, t("facts.reads", { count: reads.length })),
      h("table", { class: "reads" }, h("caption", { class: "unseen" }, t("facts.reads.caption")),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("facts.read")), h("th", { scope: "col", class: "num" }, t("facts.confidence")))),
        h("tbody", {}, reads.map((read) => h("tr", {}, h("td", { class: "mono" }, read.text), h("td", { class: "num" }, percent(read.confidence, 1))))))) : null);
}

function vehicleFacts(detail, manifest) {
  const vehicle = detail.vehicle;
  if (!vehicle) return h("section", {}, h("h2", {}, t("facts.vehicle")), h("p", { class: "muted" }, t("facts.vehicle.none")));
  const seen = vehicle.seen_class ?? manifest?.vehicle?.class ?? detail.violation_details?.vehicle_class;
  return h("section", {},
    h("h2", {}, t("facts.vehicle"), " ", vehicle.simulated && simulated(), vehicle.stale && chip(t("facts.stale"), "warn")),
    mismatches(vehicle).map((text) => h("p", { class: "notice", role: "note" }, text)),
    pairs([
      [t("facts.class"), named("class", vehicle.class ?? vehicle.vehicle_type)],
      [t("facts.make"), [vehicle.make ?? vehicle.brand, vehicle.model, vehicle.year].filter(Boolean).join(" ")],
      [t("facts.color"), vehicle.color], [t("facts.owner"), vehicle.owner_name], [t("facts.district"), vehicle.district],
      [t("facts.registered"), vehicle.registration_status], [t("facts.checked"), vehicle.sunarp_last_check && moment(vehicle.sunarp_last_check)],
      [t("facts.seenClass"), named("class", seen)],
      [t("facts.record"), vehicle.total_infractions === undefined ? null : number(vehicle.total_infractions)],
    ]));
}

function fineFacts(detail) {
  const fine = detail.fine;
  const title = h("h2", {}, t("facts.fine"), " ", fine && !fine.verified && unverified());
  if (!fine) {
    const why = detail.no_fine?.absent;
    return h("section", {}, title, h("p", { class: "muted" }, why ? named("nofine", why) : t("facts.fine.none")));
  }
  return h("section", {}, title,
    h("p", { class: "big num" }, soles(fine.amount_soles)),
    !fine.verified ? h("p", { class: "notice", role: "note" }, t("facts.fine.unverified")) : null,
    pairs([
      [t("facts.article"), `${fine.code}: ${fine.description}`],
      [t("facts.uit"), fine.uit_percent && `${number(fine.uit_percent, fine.uit_percent % 1 ? 1 : 0)} % × ${soles(fine.uit_soles)}`],
      [t("facts.points"), fine.points === null ? t("word.unknown") : number(fine.points)],
      [t("facts.discounts"), discounts(fine)], [t("facts.source"), fine.source],
    ]),
    fine.preview === false ? null : h("p", { class: "muted small" }, t("facts.fine.proposal")));
}

function discounts(fine) {
  if (!fine.discounts?.length) return t("facts.discounts.none");
  return fine.discounts.map((row) => h("div", {}, `${row.name} −${number(row.percent)} %: ${soles(row.amount_soles)}`,
    row.within_working_days ? ` (${t("facts.within", { days: row.within_working_days })})` : "", " ", row.verified === false && unverified()));
}

function historyFacts(detail) {
  const rows = detail.history ?? [];
  return h("section", {}, h("h2", {}, t("facts.history")),
    rows.length ? h("ol", { class: "history" }, rows.map((row) => h("li", {},
      h("span", {}, status(row.to), " ", row.by ?? t("word.system")),
      h("span", { class: "muted small" }, moment(row.at)), row.reason && h("span", { class: "reason" }, row.reason))))
      : h("p", { class: "muted" }, t("facts.history.none")));
}

function evidenceFacts(detail, manifest) {
  const sealed = detail.evidence;
  if (!sealed) return h("section", {}, h("h2", {}, t("facts.evidence")), h("p", { class: "notice" }, t("facts.evidence.none")));
  return h("section", {}, h("h2", {}, t("facts.evidence")), pairs([
    [t("facts.sealed"), moment(sealed.sealed_at)],
    [t("facts.digest"), h("code", { class: "digest" }, sealed.manifest_digest)],
    [t("facts.device"), [manifest?.camera?.serial ?? detail.device_serial, manifest?.camera?.certificate ?? detail.device_certificate].filter(Boolean).join(" · ")],
    [t("facts.limitSource"), manifest?.zone?.limit_source ?? detail.limit_source],
    [t("facts.software"), manifest?.software?.version],
  ]));
}
