/* The fan of a forecast: counts known on the day, the median with its 50, 80 and 95 % bands, the naive median in grey. */
import { axis, COLOURS, tip } from "./chart.js";
import { month, number, percent, span } from "./format.js";
import { t } from "./text.js";

const PAST = innerWidth < 700 ? 15 : 30;
const BANDS = [[0.025, 0.975, 0.14], [0.1, 0.9, 0.22], [0.25, 0.75, 0.34]];

/** The position of a quantile level in the answer. */
export function at(levels, level) {
  return levels.findIndex((one) => Math.abs(one - level) < 1e-6);
}

/** A part of a spec of chart.js for one series of the answer. */
export function forecastFan(answer, series) {
  const { levels } = answer;
  const past = Object.keys(series.known).slice(-PAST);
  const months = [...past, ...answer.months];
  const ahead = (values) => [...past.map(() => null), ...values];
  const level = (quantiles, share) => ahead(quantiles.map((row) => row[at(levels, share)]));
  const median = level(series.quantiles, 0.5);
  const naive = series.baseline ? level(series.baseline, 0.5) : null;
  const known = months.map((one) => series.known[one] ?? null);
  const seen = months.map((one) => series.seen[one] ?? null);
  const later = seen.some((one) => one !== null);
  const tops = [...known, ...seen, ...level(series.quantiles, 0.9)].filter((one) => one !== null);
  const top = nice(Math.max(...tops) * 1.15);
  const lines = BANDS.flatMap(([low, high, opacity]) => band(level(series.quantiles, low), level(series.quantiles, high), opacity, low));
  lines.push({ name: t("fan_median"), type: "line", data: median, symbol: "none", itemStyle: { color: COLOURS.blue }, lineStyle: { color: COLOURS.blue, width: 2.5 }, z: 6 });
  if (naive) lines.push({ name: t("fan_naive"), type: "line", data: naive, symbol: "none", itemStyle: { color: COLOURS.grey }, lineStyle: { color: COLOURS.grey, width: 1.5, type: "dashed" }, z: 5 });
  lines.push({
    name: t("fan_known"), type: "line", data: known, symbol: "circle", symbolSize: 5, showSymbol: true, showAllSymbol: true,
    itemStyle: { color: COLOURS.black }, lineStyle: { color: COLOURS.black, width: 1.3 }, z: 7,
    markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: "#444", width: 1, type: "solid" }, data: [{ xAxis: answer.as_of.slice(0, 7) }] },
  });
  if (later) lines.push({ name: t("fan_seen"), type: "line", data: seen, symbol: "emptyCircle", symbolSize: 8, showSymbol: true, showAllSymbol: true, itemStyle: { color: COLOURS.vermilion, borderWidth: 2 }, lineStyle: { opacity: 0 }, z: 8 });
  return {
    option: {
      grid: { left: 4, right: 16, top: 12, bottom: 10, containLabel: true },
      xAxis: axis({ type: "category", data: months, boundaryGap: false, splitLine: { show: false }, axisLabel: { hideOverlap: true, interval: "auto", formatter: (label) => month(label, { short: true }) } }),
      yAxis: axis({ type: "value", min: 0, max: top, interval: top / 4, axisLabel: { formatter: (value) => number(value) } }),
      tooltip: { trigger: "axis", confine: true, transitionDuration: 0, formatter: ([first]) => tip(month(months[first.dataIndex]), told(answer, series, months[first.dataIndex])) },
      series: lines,
    },
    legend: [
      { label: t("fan_known"), kind: "dot", colour: COLOURS.black },
      { label: t("fan_median"), kind: "line", colour: COLOURS.blue },
      { label: t("fan_95"), kind: "band", colour: COLOURS.blue },
      ...(naive ? [{ label: t("fan_naive"), kind: "dash", colour: COLOURS.grey }] : []),
      ...(later ? [{ label: t("fan_seen"), kind: "dot", colour: COLOURS.vermilion }] : []),
    ],
    ...rows(answer, series, later),
  };
}

/** The numbers of one month under the pointer. */
function told(answer, series, label) {
  if (label in series.known) return [[t("fan_known"), number(series.known[label])]];
  const row = series.quantiles[answer.months.indexOf(label)];
  const beside = series.baseline?.[answer.months.indexOf(label)];
  const value = (share) => number(row[at(answer.levels, share)]);
  return [
    [t("fan_median"), value(0.5)],
    ...[...BANDS].reverse().map(([low, high]) => [t("band_of", { share: percent(high - low) }), span(value(low), value(high))]),
    ...(beside ? [[t("fan_naive"), number(beside[at(answer.levels, 0.5)])]] : []),
    ...(label in series.seen ? [[t("fan_seen"), number(series.seen[label])]] : []),
  ];
}

function rows(answer, series, later) {
  const { levels, months, horizons } = answer;
  const pick = (row, share) => number(row[at(levels, share)]);
  const ends = (row, low, high) => span(pick(row, low), pick(row, high));
  return {
    columns: [
      { label: t("month") }, { label: t("fan_median"), number: true },
      ...[...BANDS].reverse().map(([low, high]) => ({ label: t("band_of", { share: percent(high - low) }), number: true })),
      ...(series.baseline ? [{ label: t("naive_band"), number: true }] : []),
      ...(later ? [{ label: t("fan_seen"), number: true }] : []),
    ],
    rows: months.map((label, k) => {
      const row = series.quantiles[k];
      const beside = series.baseline?.[k];
      return [
        horizons[k] < 1 ? t("month_past", { month: month(label) }) : month(label), pick(row, 0.5),
        ...[...BANDS].reverse().map(([low, high]) => ends(row, low, high)),
        ...(beside ? [`${pick(beside, 0.5)} (${ends(beside, 0.1, 0.9)})`] : []),
        ...(later ? [label in series.seen ? number(series.seen[label]) : "\u2013"] : []),
      ];
    }),
    raw: {
      columns: ["series", "month", "horizon", ...levels.map((one) => `q${one}`), ...(series.baseline ? levels.map((one) => `naive_q${one}`) : []), "published_since"],
      rows: months.map((label, k) => [series.id, label, horizons[k], ...series.quantiles[k], ...(series.baseline?.[k] ?? []), series.seen[label] ?? null]),
    },
  };
}

function band(low, high, opacity, name) {
  const quiet = { type: "line", symbol: "none", silent: true, lineStyle: { opacity: 0 }, stack: `band ${name}`, stackStrategy: "all", tooltip: { show: false } };
  return [
    { ...quiet, data: low },
    { ...quiet, data: high.map((value, k) => (value === null ? null : value - low[k])), areaStyle: { color: COLOURS.blue, opacity } },
  ];
}

/** The next number whose quarters are round. */
function nice(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((one) => one * size).find((one) => one >= value);
}
