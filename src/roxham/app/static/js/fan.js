/* The two kinds of charts that most pages need: medians with their bands over months, and bars with their bands. */
import { axis, COLOURS, tip } from "./chart.js";
import { month, number, span } from "./format.js";
import { t } from "./text.js";

/**
 * A fan chart as a part of a spec of chart.js: {option, legend, columns, rows, raw}.
 *
 * months: ["2017-01", ...]; fans: [{label, colour, q05, q25, q50, q75, q95}] (arrays as long as the months; nulls are holes),
 * the last one drawn on top; observed: {month: value} or null; write: how a number is written, tick: how on the axis.
 */
export function fan({ months, fans, observed = null, write = (value) => number(value), tick = write, observedLabel = t("observed"), mark = null }) {
  const series = fans.flatMap((one) => bands(one));
  if (observed && Object.keys(observed).length) {
    series.push({
      name: observedLabel, type: "line", data: months.map((one) => observed[one] ?? null), symbol: "circle", symbolSize: 4,
      showSymbol: true, itemStyle: { color: COLOURS.black }, lineStyle: { color: COLOURS.black, width: 1, type: "dotted" }, z: 9,
    });
  }
  if (mark && series.length) {
    series.at(-1).markLine = { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: "#444", width: 1, type: "solid" }, data: [{ xAxis: mark }] };
  }
  const lines = (at) => [
    ...fans.map((one) => [one.label, one.q50[at] === null ? "\u2013" : `${write(one.q50[at])} (${span(write(one.q05[at]), write(one.q95[at]))})`]),
    ...(observed && months[at] in observed ? [[observedLabel, write(observed[months[at]])]] : []),
  ];
  return {
    option: {
      xAxis: axis({ type: "category", data: months, boundaryGap: false, axisLabel: { interval: january(months), formatter: (label) => (months.length > 18 ? label.slice(0, 4) : month(label, { short: true })), hideOverlap: true }, splitLine: { show: false } }),
      yAxis: axis({ type: "value", splitNumber: 4, axisLabel: { formatter: (value) => tick(value) } }),
      tooltip: { trigger: "axis", confine: true, transitionDuration: 0, formatter: ([first]) => tip(month(months[first.dataIndex]), lines(first.dataIndex)) },
      series,
    },
    legend: [
      ...fans.map((one) => ({ label: one.label, kind: "line", colour: one.colour })),
      { label: t("fan_bands"), kind: "band", colour: fans.at(-1)?.colour ?? COLOURS.blue },
      ...(observed && Object.keys(observed).length ? [{ label: observedLabel, kind: "dot", colour: COLOURS.black }] : []),
    ],
    columns: [{ label: t("month") }, ...fans.map((one) => ({ label: one.label, number: true })), ...(observed ? [{ label: observedLabel, number: true }] : [])],
    rows: months.map((label, at) => [
      month(label),
      ...fans.map((one) => (one.q50[at] === null ? "\u2013" : `${write(one.q50[at])} (${span(write(one.q05[at]), write(one.q95[at]))})`)),
      ...(observed ? [label in observed ? write(observed[label]) : "\u2013"] : []),
    ]),
    raw: {
      columns: ["month", ...fans.flatMap((one) => QUANTILES.map((q) => `${one.label} ${q}`)), ...(observed ? ["observed"] : [])],
      rows: months.map((label, at) => [label, ...fans.flatMap((one) => QUANTILES.map((q) => one[q]?.[at] ?? null)), ...(observed ? [observed[label] ?? null] : [])]),
    },
  };
}

const QUANTILES = ["q05", "q25", "q50", "q75", "q95"];

function january(months) {
  if (months.length <= 18) return "auto";
  const every = months.length > 130 ? 2 : 1;
  return (at, label) => label.endsWith("-01") && Number(label.slice(0, 4)) % every === 0;
}

/** The lines of one fan: an unseen floor with an area above it for each band, then the median. */
function bands(one) {
  const quiet = { type: "line", symbol: "none", silent: true, lineStyle: { opacity: 0 }, stackStrategy: "all", tooltip: { show: false } };
  const made = [["q05", "q95", 0.16], ["q25", "q75", 0.28]].flatMap(([low, high, opacity]) => {
    if (!one[low] || !one[high]) return [];
    const stack = `${one.label} ${low}`;
    return [
      { ...quiet, stack, data: one[low] },
      { ...quiet, stack, data: one[high].map((value, at) => (value === null ? null : value - one[low][at])), areaStyle: { color: one.colour, opacity } },
    ];
  });
  return [...made, { name: one.label, type: "line", data: one.q50, symbol: "none", itemStyle: { color: one.colour }, lineStyle: { color: one.colour, width: 2, type: one.dash ? "dashed" : "solid" }, z: 5 }];
}

/**
 * Lying bars with their bands, the first on top: a part of a spec of chart.js.
 * bars: [{label, value, low, high, colour}]; write: how a number is written; unit: heading of the numbers.
 */
export function bars({ bars: all, write = (value) => number(value), unit = "", head = "" }) {
  const whisker = (params, api) => {
    const at = api.value(0);
    const [left, y] = api.coord([api.value(1), at]);
    const [right] = api.coord([api.value(2), at]);
    const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: COLOURS.black, lineWidth: 1.3 } });
    return { type: "group", children: [line(left, y, right, y), line(left, y - 4, left, y + 4), line(right, y - 4, right, y + 4)] };
  };
  const shown = (one) => (one.low === undefined || one.low === null ? write(one.value) : `${write(one.value)} (${span(write(one.low), write(one.high))})`);
  return {
    height: 40 + 34 * all.length,
    option: {
      yAxis: axis({ type: "category", inverse: true, data: all.map((one) => one.label), axisLabel: { width: 200, overflow: "break", color: COLOURS.black } }),
      xAxis: axis({ type: "value", splitNumber: 4, axisLabel: { formatter: (value) => write(value), hideOverlap: true } }),
      tooltip: { trigger: "axis", confine: true, transitionDuration: 0, axisPointer: { type: "none" }, formatter: ([first]) => tip(all[first.dataIndex].label, [[unit, shown(all[first.dataIndex])]]) },
      series: [
        { type: "bar", barMaxWidth: 16, data: all.map((one) => ({ value: one.value, itemStyle: { color: one.colour ?? COLOURS.blue } })) },
        { type: "custom", renderItem: whisker, silent: true, z: 8, data: all.map((one, at) => [at, one.low ?? one.value, one.high ?? one.value]) },
      ],
    },
    columns: [{ label: head || t("chart_what") }, { label: unit || t("chart_value"), number: true }],
    rows: all.map((one) => [one.label, shown(one)]),
    raw: { columns: ["what", "value", "low", "high"], rows: all.map((one) => [one.label, one.value, one.low ?? null, one.high ?? null]) },
  };
}
