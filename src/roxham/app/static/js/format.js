/* Numbers, dates and bands as the page's language writes them: the same rules as the brief (show/text.py). */
import { language, t } from "./text.js";

const locale = () => (language === "fr" ? "fr-CA" : "en-CA");
const NO_BREAK = "\u00a0";
const formats = new Map();

function digits(value, decimals) {
  const key = `${language} ${decimals}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  }
  return formats.get(key).format(value).replace(/\u202f/g, NO_BREAK);
}

/** A number: 39,540 or 39 540. Options: decimals (0), signed (false). Not a number is an en dash. */
export function number(value, { decimals = 0, signed = false } = {}) {
  if (value === null || value === undefined || Number.isNaN(value)) return "\u2013";
  const rounded = Number(value.toFixed(decimals));
  const shown = digits(Math.abs(rounded), decimals);
  if (rounded < 0) return "\u2212" + shown;
  return signed && rounded > 0 ? "+" + shown : shown;
}

/** A share of one as a percentage: 0.5% or 0,5 %. */
export function percent(share, { decimals = 0, signed = false } = {}) {
  return number(share === null ? null : 100 * share, { decimals, signed }) + (language === "fr" ? NO_BREAK : "") + "%";
}

/** Canadian dollars: $14,321 or 14 321 $; millions and billions in words where `scale` says so. */
export function dollars(value, { decimals = 0, signed = false, scale = "" } = {}) {
  const shown = number(Math.abs(value), { decimals });
  const sign = Number(value.toFixed(decimals)) < 0 ? "\u2212" : signed && value > 0 ? "+" : "";
  const unit = scale ? NO_BREAK + t(scale) : "";
  const of = scale && language === "fr" ? NO_BREAK + "de" : "";
  return language === "fr" ? `${sign}${shown}${unit}${of}${NO_BREAK}$` : `${sign}$${shown}${unit}`;
}

/** How numbers of that size are written: {factor, decimals, scale}, about three figures (show/headline.py). */
export function scaleFor(values) {
  const top = Math.max(0, ...values.filter((one) => Number.isFinite(one)).map(Math.abs));
  const factor = top >= 1e9 ? 1e9 : top >= 1e6 ? 1e6 : 1;
  const scaled = top / factor;
  const decimals = factor === 1 ? (scaled >= 20 || scaled === 0 ? 0 : scaled >= 1 ? 1 : 2) : scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return { factor, decimals, scale: { 1e6: "scale_million", 1e9: "scale_billion" }[factor] ?? "" };
}

/** A value in its unit ("persons", "CAD", "days" ...) on a scale from scaleFor. */
export function quantity(value, unit, scale, { signed = false } = {}) {
  if (value === null || !Number.isFinite(value)) return "\u2013";
  const scaled = value / scale.factor;
  const options = { decimals: scale.decimals, signed, scale: scale.scale };
  if (unit.startsWith("CAD")) return dollars(scaled, options);
  return number(scaled, options) + (scale.scale ? NO_BREAK + t(scale.scale) : "");
}

/** A value on an axis, without its unit (axisUnit says it) and without decimals that say nothing. */
export function tick(value, scale) {
  const scaled = value / scale.factor;
  const decimals = [0, 1, 2].find((one) => Math.abs(scaled - Number(scaled.toFixed(one))) < 1e-9) ?? scale.decimals;
  return number(scaled, { decimals });
}

/** What the numbers on an axis count: "millions of dollars", "thousands", or nothing where they count as they are. */
export function axisUnit(unit, scale) {
  const size = { 1e6: "million", 1e9: "billion" }[scale.factor] ?? "";
  const money = unit.startsWith("CAD") ? "dollars" : "";
  return size || money ? t(["axis", size, money].filter(Boolean).join("_")) : "";
}

/** Two ends of a band: "1.2 to 3.4", "1,2 à 3,4". */
export function span(low, high) {
  return t("span", { low, high });
}

/** A month such as 2023-03 in words: March 2023, mars 2023. `short`: Mar 2023. */
export function month(label, { short = false } = {}) {
  const day = new Date(`${label.slice(0, 7)}-15T00:00:00Z`);
  return new Intl.DateTimeFormat(locale(), { year: "numeric", month: short ? "short" : "long", timeZone: "UTC" }).format(day);
}

/** A civil day such as 2023-03-25 in words: 25 March 2023, 1er mars 2023. */
export function day(label) {
  const ordinal = Number(label.slice(8, 10));
  return `${language === "fr" && ordinal === 1 ? "1er" : ordinal} ${month(label)}`;
}

/** Values in a list: "a, b and c". */
export function list(words) {
  return new Intl.ListFormat(locale(), { style: "long", type: "conjunction" }).format(words);
}

/** Values in a list of which one is enough: "a, b or c". */
export function either(words) {
  return new Intl.ListFormat(locale(), { style: "long", type: "disjunction" }).format(words);
}
