// What was measured, drawn over the clip: lanes, stop line, the box of the track and its path.

import { number } from "../format.js";
import { named } from "../i18n.js";

const BOX = "#ffd24a";
const LINE = "#ff4d4d";
const LANES = { exclusive_bus: "#ff9d3c", normal: "#7fd6ff" };
const NEAR_S = 0.13;

/** Draws the frame at clip time t onto a canvas that covers the video. */
export function draw(canvas, { track, detail }, t) {
  const box = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(box.width * scale);
  canvas.height = Math.round(box.height * scale);
  const [width, height] = track.size;
  const pen = canvas.getContext("2d");
  pen.scale(canvas.width / width, canvas.height / height);
  pen.lineJoin = "round";
  const unit = width / 640;
  (track.lanes ?? []).forEach((lane) => drawLane(pen, lane, unit));
  if (track.stop_line) drawStopLine(pen, track.stop_line, unit);
  drawPath(pen, track, t, unit);
  const found = boxAt(track, t);
  if (found) drawBox(pen, found, detail, unit, width);
  return found;
}

/** The box at time t, between the two observations around it; null where it was not seen. */
export function boxAt(track, t) {
  const frames = track.frames;
  let low = 0;
  let high = frames.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle].t_s < t) low = middle + 1;
    else high = middle;
  }
  const next = frames[low];
  const last = frames[Math.max(0, low - 1)];
  if (!next) return null;
  const [a, b] = [last.t_s, next.t_s];
  if (Math.min(Math.abs(a - t), Math.abs(b - t)) > NEAR_S) return null;
  const share = b > a ? Math.max(0, Math.min(1, (t - a) / (b - a))) : 0;
  return last.box.map((value, i) => value + (next.box[i] - value) * share);
}

function drawLane(pen, lane, unit) {
  const colour = LANES[lane.type] ?? LANES.normal;
  shape(pen, lane.polygon);
  pen.fillStyle = `${colour}1f`;
  pen.fill();
  pen.strokeStyle = `${colour}b0`;
  pen.lineWidth = unit;
  pen.stroke();
  if (lane.type && lane.type !== "normal") {
    const low = lane.polygon.reduce((a, b) => (b[1] > a[1] ? b : a));
    label(pen, named("lane", lane.type), low[0], Math.min(low[1], 1e4) - 14 * unit, unit, colour);
  }
}

function drawStopLine(pen, line, unit) {
  pen.beginPath();
  pen.moveTo(...line[0]);
  pen.lineTo(...line[1]);
  pen.strokeStyle = LINE;
  pen.lineWidth = 2.2 * unit;
  pen.stroke();
  label(pen, named("drawn", "stop_line"), line[0][0], line[0][1] - 3 * unit, unit, LINE);
}

function drawPath(pen, track, t, unit) {
  const seen = track.frames.filter((frame) => frame.t_s <= t);
  if (seen.length < 2) return;
  pen.beginPath();
  seen.forEach(({ box }, i) => pen[i ? "lineTo" : "moveTo"]((box[0] + box[2]) / 2, box[3]));
  pen.strokeStyle = `${BOX}b0`;
  pen.lineWidth = 1.3 * unit;
  pen.setLineDash([4 * unit, 3 * unit]);
  pen.stroke();
  pen.setLineDash([]);
}

function drawBox(pen, [x0, y0, x1, y1], detail, unit, width) {
  pen.strokeStyle = "#000000a0";
  pen.lineWidth = 3.2 * unit;
  pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  pen.strokeStyle = BOX;
  pen.lineWidth = 1.6 * unit;
  pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  const words = [detail.plate, detail.detected_speed === null || detail.detected_speed === undefined ? null : `${number(detail.detected_speed, 1)} km/h`];
  const text = words.filter(Boolean).join("  ");
  if (text) label(pen, text, Math.min(x0, width - 150 * unit), y0 > 20 * unit ? y0 - 3 * unit : y1 + 14 * unit, unit, BOX);
}

function label(pen, text, x, y, unit, colour) {
  pen.font = `600 ${10 * unit}px system-ui, sans-serif`;
  const wide = pen.measureText(text).width;
  const left = Math.max(2 * unit, x);
  pen.fillStyle = "#0b1012d9";
  pen.fillRect(left, y - 11 * unit, wide + 8 * unit, 14 * unit);
  pen.fillStyle = colour;
  pen.fillText(text, left + 4 * unit, y - unit);
}

function shape(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](x, y));
  pen.closePath();
}
