/* The report, checked: a small chart for each figure, and the tour, one step at a time, each at its own address. */
import { COLOURS, axis, draw, tip } from "./chart.js";
import { crossings } from "./crossings.js";
import { bars, fan } from "./fan.js";
import { dollars, month, number, percent } from "./format.js";
import { onReturn, readState, writeState } from "./state.js";
import { data, t } from "./text.js";

const write = {
  number: (value) => number(value),
  percent: (value) => percent(value, { decimals: Math.abs(value) < 0.1 ? 1 : 0 }),
  points: (value) => percent(value / 100),
  times: (value) => number(value, { decimals: 2 }),
  dollars: (value) => dollars(value),
};

function barsOf(claim) {
  const { labels, values, written, told, marked } = claim.chart;
  const colour = (label) => (told.includes(label) ? COLOURS.orange : marked.includes(label) ? COLOURS.blue : COLOURS.sky);
  const made = bars({
    bars: labels.map((label, at) => ({ label, value: values[at], colour: colour(label) })),
    write: write[written],
  });
  made.option.series = made.option.series.slice(0, 1);
  made.option.series[0].label = { show: true, position: "right", formatter: ({ value }) => write[written](value), color: COLOURS.black, fontSize: 13 };
  const width = innerWidth < 700 ? 112 : 156;
  made.option.grid = { left: width + 8, right: 74, top: 4, bottom: 4 };
  made.option.xAxis = { ...made.option.xAxis, axisLabel: { show: false }, splitLine: { show: false } };
  made.option.yAxis.axisLabel = { ...made.option.yAxis.axisLabel, width, fontSize: 13, lineHeight: 15 };
  made.height = 14 + (labels.some((one) => one.length > 22) ? 42 : 30) * labels.length;
  const legend = [
    told.length ? { label: t("told_bar"), kind: "bar", colour: COLOURS.orange } : null,
    { label: t("marked_bar"), kind: "bar", colour: COLOURS.blue },
    labels.length > told.length + marked.length ? { label: t("record_bar"), kind: "bar", colour: COLOURS.sky } : null,
  ];
  return { ...made, legend: legend.filter(Boolean), description: t("bars_described") };
}

function lineOf(claim) {
  const { labels, values, written, marked } = claim.chart;
  const shown = write[written];
  const points = labels.map((label, at) => ({
    value: values[at], symbolSize: marked.includes(label) ? 9 : 4,
    itemStyle: { color: marked.includes(label) ? COLOURS.vermilion : COLOURS.blue },
  }));
  const every = labels.length > 24 ? (at, label) => label.endsWith("-01") : "auto";
  return {
    height: 190,
    description: t("chart_described", { from: month(labels[0]), to: month(labels.at(-1)) }),
    option: {
      grid: { left: 4, right: 30, top: 10, bottom: 10, containLabel: true },
      xAxis: axis({ type: "category", data: labels, boundaryGap: false, splitLine: { show: false }, axisLabel: { interval: every, hideOverlap: true, formatter: (label) => (labels.length > 24 ? label.slice(0, 4) : month(label, { short: true })) } }),
      yAxis: axis({ type: "value", splitNumber: 3, axisLabel: { formatter: shown } }),
      tooltip: { trigger: "axis", confine: true, transitionDuration: 0, formatter: ([first]) => tip(month(labels[first.dataIndex]), [[t("persons"), shown(values[first.dataIndex])]]) },
      series: [{ type: "line", data: points, symbol: "circle", showSymbol: true, showAllSymbol: true, lineStyle: { color: COLOURS.blue, width: 1.5 } }],
    },
    legend: [{ label: t("marked_bar"), kind: "dot", colour: COLOURS.vermilion }],
    columns: [{ label: t("month") }, { label: t("persons"), number: true }],
    rows: labels.map((label, at) => [month(label), shown(values[at])]),
    raw: { columns: ["month", "value"], rows: labels.map((label, at) => [label, values[at]]) },
  };
}

function stepChart(step) {
  if (step.stretches) {
    const shown = (value) => number(value, { signed: true });
    const made = bars({
      bars: step.stretches.filter((one) => one.q05 || one.q95).map((one) => ({ label: one.name, value: one.q50, low: one.q05, high: one.q95, colour: one.q50 < 0 ? COLOURS.blue : COLOURS.vermilion })),
      write: shown, unit: t("change_persons"), head: t("stretch"),
    });
    const ends = (way, values) => (way > 0 ? Math.ceil : Math.floor)(Math[way > 0 ? "max" : "min"](0, ...values) / 50000) * 50000;
    Object.assign(made.option.xAxis, { min: ends(-1, step.stretches.map((one) => one.q05)), max: ends(1, step.stretches.map((one) => one.q95)) });
    const width = innerWidth < 700 ? 120 : 190;
    made.option.grid = { left: width + 8, right: 24, top: 4, bottom: 24 };
    made.option.yAxis.axisLabel = { ...made.option.yAxis.axisLabel, width, fontSize: 12, lineHeight: 14 };
    made.height = 40 + (innerWidth < 700 ? 34 : 28) * made.rows.length;
    return { ...made, note: t("change_persons"), description: t("bars_described") };
  }
  const described = { note: step.unit, description: t("chart_described", { from: month(step.months[0]), to: month(step.months.at(-1)) }) };
  if (step.observed) return { ...crossings({ ...step, laws: data.tour.laws }), ...described };
  const fans = [
    { label: t("behind"), colour: COLOURS.grey, q50: step.behind, q05: null, q25: null, q75: null, q95: null, dash: true },
    { label: t("scenario_line"), colour: COLOURS.vermilion, ...step.bands },
  ];
  return { ...fanOf(step, fans), ...described };
}

function fanOf(step, fans) {
  const whole = (at) => (step.behind[at] === null ? "\u2013" : number(step.behind[at]));
  const made = fan({ months: step.months, fans: fans.map((one) => ({ ...one, q05: one.q05 ?? one.q50, q95: one.q95 ?? one.q50 })) });
  made.legend[0].kind = "dash";
  made.rows = made.rows.map((row, at) => [row[0], whole(at), row[2]]);
  return made;
}

const placed = new Map();

function drawStep(article) {
  const host = article.querySelector("[data-chart]");
  if (placed.has(host)) return;
  const step = data.tour.steps[Number(host.dataset.chart)];
  placed.set(host, draw(host, {
    ...stepChart(step), title: step.chart_title, file: `roxham-tour-${step.id}`,
    head: [t("tour_made", data.tour)],
  }));
}

const articles = [...document.querySelectorAll(".step")];
const body = document.body;

function show(state, moved) {
  const at = Number(state.tour);
  const inside = Number.isInteger(at) && at >= 1 && at <= articles.length;
  body.classList.toggle("on-tour", inside);
  articles.forEach((article, k) => {
    article.hidden = !inside || k !== at - 1;
    if (!article.hidden) drawStep(article);
  });
  document.querySelectorAll("#tour-steps a").forEach((link, k) => {
    if (inside && k === at - 1) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  });
  if (!moved) return;
  const target = inside ? articles[at - 1] : document.getElementById("report-head");
  target.scrollIntoView({ block: "start" });
  if (inside) target.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#tour a[href^='?']");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const tour = new URLSearchParams(link.getAttribute("href")).get("tour") ?? "";
  writeState({ ...readState(), tour }, { push: true });
  show(readState(), true);
});
onReturn((state) => show(state, true));
show(readState(), false);
addEventListener("beforeprint", () => articles.forEach((one) => { one.hidden = false; drawStep(one); }));
addEventListener("afterprint", () => show(readState(), false));

for (const host of document.querySelectorAll("[data-claim]")) {
  const claim = data.claims[Number(host.dataset.claim)];
  const made = claim.chart.kind === "bars" ? barsOf(claim) : lineOf(claim);
  draw(host, { ...made, title: claim.chart.title, file: `roxham-${claim.id}`, head: claim.sources.map((one) => one.address).slice(0, 4) });
}
