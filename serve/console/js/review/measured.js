// The numbers of a measurement from wherever they are kept: the sealed manifest first, then the row.

import { half95, number } from "../format.js";
import { named, t } from "../i18n.js";

/** {speed, sigma, low, high, limit, tolerance, excess} in km/h, null where unknown. */
export function measured(detail, manifest) {
  const details = detail.violation_details ?? {};
  const sealed = manifest?.measurement ?? {};
  const [low, high] = details.interval_kmh ?? sealed.interval_95_kmh ?? interval(detail);
  return {
    speed: detail.detected_speed ?? null,
    sigma: detail.speed_sigma_kmh ?? details.speed_sigma_kmh ?? sealed.sigma_kmh ?? null,
    low, high,
    limit: detail.speed_limit ?? null,
    tolerance: details.tolerance_kmh ?? sealed.tolerance_kmh ?? null,
    excess: detail.speed_excess ?? null,
  };
}

function interval(detail) {
  const { detected_speed: speed, speed_sigma_kmh: sigma } = detail;
  return speed && sigma ? [speed - half95(sigma), speed + half95(sigma)] : [null, null];
}

/** Pairs of name and value that matter for this type of infraction. */
export function particulars(detail, got) {
  const details = detail.violation_details ?? {};
  const kmh = (value) => (value === null || value === undefined ? null : `${number(value, 1)} km/h`);
  const seconds = (value) => (value === null || value === undefined ? null : `${number(value, 2)} s`);
  const yes = (value) => (value === undefined ? null : t(value ? "word.yes" : "word.no"));
  const speeding = [
    [t("facts.interval"), got.low === null ? null : `${number(got.low, 1)} – ${number(got.high, 1)} km/h`],
    [t("facts.limit"), got.limit === null ? null : `${number(got.limit)} km/h`],
    [t("facts.tolerance"), kmh(got.tolerance)],
    [t("facts.excess"), kmh(got.excess)],
  ];
  const byType = {
    SPEED_VIOLATION: speeding,
    RED_LIGHT: [
      [t("facts.afterRed"), seconds(details.time_after_red_seconds)],
      [t("facts.grace"), seconds(details.grace_seconds)],
      [t("facts.onset"), yes(details.onset_seen)],
      [t("facts.crossed"), yes(details.stop_line_crossed)],
    ],
    LANE_INVASION: [
      [t("facts.lane"), details.invaded_lane_type ? `${named("lane", details.invaded_lane_type)} (${details.invaded_lane_id})` : null],
      [t("facts.duration"), seconds(details.invasion_duration_seconds)],
      [t("facts.distance"), details.distance_m === undefined ? null : `${number(details.distance_m, 1)} m`],
      [t("facts.share"), details.mean_share === undefined ? null : `${number(details.mean_share * 100)} %`],
    ],
  };
  return byType[detail.type] ?? speeding.slice(1, 2);
}
