/* Under the map: fans of what matters month by month, with the observed line, and the files of the study. */
import { address } from "./api.js";
import { COLOURS, draw } from "./chart.js";
import { fan } from "./fan.js";
import { axisUnit, quantity, scaleFor, tick } from "./format.js";
import { breath, el, language, t } from "./text.js";

/** What is drawn, where the study reports it; the first ones that it has. */
export const WANTED = ["entries_irregular", "heard", "pending_rpd", "wait_days_rpd", "persons_without_bed", "nights_without_bed", "cost_federal", "entries_undetected"];
const MOST = 7;
const FILES = ["summary.csv", "draws.parquet", "chart.png", "chart.svg", "brief.html", "brief.pdf", "study.yaml"];

/** The metrics that are drawn of those that a result has. */
export function drawn(result) {
  const known = result.headlines.map((one) => one.metric);
  return WANTED.filter((one) => known.includes(one)).slice(0, MOST);
}

/** The charts. Returns {show(series, result, {scenario, titles, head})}. */
export function makeCharts() {
  const host = document.getElementById("charts-list");
  const lead = document.getElementById("lead-chart");
  const held = new Map();
  let turn = 0;

  async function show(series, result, { scenario, titles, head }) {
    const alone = scenario === result.baseline;
    const wanted = drawn(result);
    if (host.dataset.metrics !== wanted.join()) {
      for (const one of held.values()) one.close();
      held.clear();
      const boxes = wanted.map((metric) => el("div", { class: "card", dataset: { metric } }));
      lead.replaceChildren(boxes[0] ?? "");
      host.replaceChildren(...boxes.slice(1));
      host.dataset.metrics = wanted.join();
    }
    const mine = (turn += 1);
    for (const metric of wanted) {
      await breath();
      if (mine !== turn) return;
      const spec = one(metric, { series, result, scenario, alone, titles, head });
      if (!spec) continue;
      if (held.has(metric)) held.get(metric).update(spec);
      else held.set(metric, draw(document.querySelector(`.card[data-metric="${metric}"]`), spec));
    }
  }
  return { show };
}

function one(metric, { series, result, scenario, alone, titles, head }) {
  const headline = result.headlines.find((each) => each.metric === metric);
  const of = (name) => series.fans.find((each) => each.metric === metric && each.scenario === name && each.place === "all");
  const base = of(result.baseline);
  const value = alone ? null : of(scenario);
  if (!base || (!alone && !value)) return null;
  const seen = series.observed.find((each) => each.metric === metric && each.place === "all");
  const observed = seen ? Object.fromEntries(series.months.map((month, k) => [month, seen.values[k]]).filter(([, number]) => number !== null)) : null;
  const scale = scaleFor([...(value ?? base).q95, ...base.q95]);
  const unit = headline.unit;
  const written = (number_) => (number_ === null ? "\u2013" : number_ === 0 ? quantity(0, unit, scaleFor([0])) : quantity(number_, unit, scale));
  const fans = [
    { label: titles[result.baseline], colour: alone ? COLOURS.blue : COLOURS.grey, ...base },
    ...(value ? [{ label: titles[scenario], colour: COLOURS.blue, ...value }] : []),
  ];
  const source = observed ? `${t("observed")}${t("colon")} ${seen.label[language]}` : "";
  return {
    title: headline.label[language],
    note: [axisUnit(unit, scale), source].filter(Boolean).join("; "),
    description: t("chart_says", { names: fans.map((each) => each.label).join(", ") }),
    file: `roxham-${metric}`,
    height: metric === drawn(result)[0] && innerWidth >= 1180 ? 380 : undefined,
    head: [...head, ...(source ? [source + (seen.source.url ? `, ${seen.source.url}` : "")] : [])],
    ...fan({ months: series.months, fans, observed, write: written, tick: (number_) => tick(number_, scale) }),
  };
}

/** The files of a study, each with its sources, version and address. */
export function showFiles(id, metric) {
  const host = document.getElementById("files");
  host.replaceChildren(...FILES.map((name) => el("a", { class: "btn small", href: address(`/api/lab/studies/${id}/export/${name}`, { lang: language, metric: name.startsWith("chart") ? metric : "" }), download: `roxham-${id.slice(0, 10)}-${name}`, rel: "nofollow" }, t(`file_${name.replace(".", "_")}`))));
}
