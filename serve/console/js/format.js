// How numbers, money and times are written. Times are Lima's, whatever the machine's clock says.

import { lang, locale, t } from "./i18n.js";

const ZONE = "America/Lima";

/** A number with so many decimals, a dash where there is none. */
export function number(value, decimals = 0) {
  if (value === null || value === undefined || value === "" || Number.isNaN(Number(value))) return "–";
  return Number(value).toLocaleString(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A share as per cent. */
export function percent(value, decimals = 0) {
  return value === null || value === undefined ? "–" : `${number(value * 100, decimals)} %`;
}

/** What a model holds likely: rounding never makes a certainty of it. */
export function likelihood(value) {
  if (value > 0.99 && value < 1) return "> 99 %";
  if (value > 0 && value < 0.01) return "< 1 %";
  return percent(value);
}

/** Soles. */
export function soles(value) {
  return value === null || value === undefined ? "–" : `S/ ${number(value, 2)}`;
}

/** Date and time, to the second. */
export function moment(at) {
  return at ? new Date(at).toLocaleString(locale(), { timeZone: ZONE, dateStyle: "short", timeStyle: "medium", hourCycle: "h23" }) : "–";
}

/** Only the date. */
export function day(at) {
  return at ? new Date(at).toLocaleDateString(locale(), { timeZone: ZONE, dateStyle: "medium" }) : "–";
}

/** Only the time. */
export function clock(at) {
  return at ? new Date(at).toLocaleTimeString(locale(), { timeZone: ZONE, timeStyle: "medium", hourCycle: "h23" }) : "–";
}

/** How long ago. */
export function ago(at) {
  if (!at) return "–";
  const seconds = (Date.now() - new Date(at).getTime()) / 1000;
  const steps = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [Infinity, "day", 86400]];
  const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit);
  const rule = new Intl.RelativeTimeFormat(lang(), { numeric: "auto", style: "short" });
  return rule.format(-Math.round(seconds / size), unit);
}

const COVERAGE_95 = 1.96;

/** Half of the 95 % interval of a standard uncertainty. */
export function half95(sigma) {
  return COVERAGE_95 * sigma;
}

/** The same as " ± 1.8": what every page means by ±. */
export function plusMinus(sigma) {
  return sigma ? ` ± ${number(half95(sigma), 1)}` : "";
}

/** Bytes for people. */
export function size(value) {
  return value >= 1e6 ? `${number(value / 1e6, 1)} MB` : `${number(value / 1e3, 0)} kB`;
}

/** A length of time in words. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return days ? t("span.days", { days, hours }) : t("span.hours", { hours, minutes });
}

/** What datetime-local gives (Lima's time) as ISO 8601 with offset. */
export function fromLocal(text) {
  return text ? `${text.length === 16 ? `${text}:00` : text}-05:00` : "";
}
