/* The forecast: made on the server, shown here by office and province, with the rooms it needs and how past ones did. */
import { address, announce, get, post } from "./api.js";
import { axis, COLOURS, draw, tip } from "./chart.js";
import { fan } from "./fan.js";
import { day, list, month, number, percent, span } from "./format.js";
import { at, forecastFan } from "./forecast_fan.js";
import { onReturn, readState, writeState } from "./state.js";
import { table } from "./table.js";
import { data, el, language, t } from "./text.js";

const COLUMNS = "year, month, province, office, claims, source_url";
const MOST = 1_000_000;
const FIRST = "claims/QC/total";
const part = (name) => document.getElementById(name);
const charts = {};
let answer = null;
let asking = null;

function paint(name, spec) {
  if (charts[name]) charts[name].update({ ...spec, fresh: true });
  else charts[name] = draw(part(name), spec);
}

/* ---------- asking the server */
async function load(state, { said = true } = {}) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const slow = setTimeout(() => part("state").replaceChildren(making()), answer ? 250 : 0);
  part("forecast").classList.add("waiting");
  try {
    answer = await get("/api/forecast", { lang: language, as_of: state.as_of, newer: state.newer }, { signal });
    part("state").replaceChildren();
    show(state);
    if (said) announce(t("made", { day: day(answer.as_of) }));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.status === 404 && state.newer) {
      writeState({ ...state, newer: "" });
      part("used").replaceChildren(el("p", { class: "notice warn" }, t("add_gone")));
      load(readState(), { said: false });
      return;
    }
    part("state").replaceChildren(failed(error, state));
    if (error.status === undefined) console.error(error);
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) part("forecast").classList.remove("waiting");
  }
}

function making() {
  return el("div", { class: "making card wash" },
    el("p", {}, t("making")), el("progress", { class: "progress", "aria-label": t("making") }));
}

function failed(error, state) {
  return el("div", { class: "notice error", role: "alert" }, el("p", { class: "strong" }, t("not_made")), el("p", {}, error.message),
    el("button", { type: "button", class: "btn", onclick: () => load(state) }, t("try_again")));
}

/* ---------- what it says */
function show(state) {
  part("forecast").hidden = false;
  document.title = `${t("page_forecast")}: ${month(answer.known_to)} · Roxham`;
  part("title").textContent = t("forecast_title", { month: month(answer.known_to) });
  const past = answer.horizons.filter((one) => one < 1).length;
  part("span").textContent = t("forecast_span", { n: past, day: day(answer.as_of), first: month(answer.months[0]), last: month(answer.months.at(-1)) });
  const input = part("as-of");
  Object.assign(input, { min: answer.first_day, max: answer.latest_day, value: answer.as_of });
  part("as-of-hint").textContent = t("as_of_hint", { first: day(answer.first_day), last: day(answer.latest_day) });
  fault("");
  for (const button of part("picks").children) button.setAttribute("aria-pressed", String(button.dataset.day === (state.as_of ?? "")));
  part("warning-words").replaceChildren(...warnings());
  part("warning").classList.toggle("warn", answer.series.some((one) => one.warning.alarm));
  part("warning-rule").textContent = t("warning_rule", { threshold: percent(answer.threshold) });
  showUsed();
  choices(state);
  showSeries(state);
  showAll();
  showRooms(state);
  showLinks(state);
  const weights = Object.entries(answer.weights).filter(([, pair]) => pair.some((one) => one > 0));
  const named = weights.map(([name, [near, far]]) => `${name}\u00a0${percent(near)}\u00a0/\u00a0${percent(far)}`);
  part("models").textContent = t("models", { list: list(named) }) + (answer.not_run.length ? ` ${t("models_missing", { list: list(answer.not_run) })}` : "");
  part("add-lead").textContent = t("add_lead", { month: month(answer.newer ? answer.newer.last : answer.known_to), columns: COLUMNS });
}

/** Every alarm with its chance, the likeliest first, or that there is none and where the chance is highest. */
function warnings() {
  const three = answer.horizons.indexOf(3);
  const told = answer.series.filter((one) => one.warning.chance !== null);
  const line = (words) => el("p", { class: "strong" }, words);
  if (three < 0 || !told.length) return [line(t("alarm_unknown"))];
  const blanks = { now: month(answer.as_of), then: month(answer.months[three]) };
  const likeliest = [...told].sort((a, b) => b.warning.chance - a.warning.chance);
  const alarms = likeliest.filter((one) => one.warning.alarm);
  const chance = (one) => ({ series: titled(one), chance: percent(one.warning.chance) });
  if (!alarms.length) return [line(t("alarm_no", { ...blanks, ...chance(likeliest[0]) }))];
  return [line(t("alarm_yes", blanks)), el("ul", {}, alarms.map((one) => el("li", {}, t("alarm_one", chance(one)))))];
}

function showUsed() {
  if (!answer.newer) {
    if (!part("used").querySelector(".warn")) part("used").replaceChildren();
    return;
  }
  const { rows, first, last } = answer.newer;
  part("used").replaceChildren(el("div", { class: "notice good" },
    el("p", {}, t("add_used", { rows: number(rows), first: month(first), last: month(last) })),
    el("button", { type: "button", class: "btn small", onclick: () => go({ ...readState(), newer: "", as_of: "" }) }, t("add_remove"))));
}

function chosen(state) {
  return answer.series.find((one) => one.id === state.series) ?? answer.series.find((one) => one.id === FIRST) ?? answer.series[0];
}

function choices(state) {
  const now = chosen(state);
  const option = (value, words, selected) => el("option", { value, selected }, words);
  const places = [...new Set(answer.series.map((one) => one.place))];
  part("place").replaceChildren(...places.map((one) => option(one, t(`place_${one}`), one === now.place)));
  const here = answer.series.filter((one) => one.place === now.place);
  part("office").replaceChildren(...here.map((one) => option(one.id, t(`office_${one.office}`), one.id === now.id)));
}

function titled(series) {
  return `${t(`office_${series.office}`)} ${t(`in_${series.place}`)}`;
}

function heads() {
  const day_ = t("forecast_span", { n: answer.horizons.filter((one) => one < 1).length, day: day(answer.as_of), first: month(answer.months[0]), last: month(answer.months.at(-1)) });
  return [t("source"), day_];
}

function showSeries(state) {
  const series = chosen(state);
  const middle = (k) => number(series.quantiles.at(k)[at(answer.levels, 0.5)]);
  paint("fan", {
    ...forecastFan(answer, series),
    title: titled(series),
    note: t("fan_note", { known: month(answer.known_to) }),
    description: t("fan_described", { first: month(answer.months[0]), near: middle(0), last: month(answer.months.at(-1)), far: middle(-1) }),
    file: `roxham-forecast-${answer.as_of}-${series.id.replaceAll("/", "-")}`,
    head: heads(),
    height: 340,
  });
}

function showAll() {
  const picks = [1, 6, 12].map((one) => answer.horizons.indexOf(one)).filter((one) => one >= 0);
  const cell = (row) => [number(row[at(answer.levels, 0.5)]), el("span", { class: "band" }, span(number(row[at(answer.levels, 0.1)]), number(row[at(answer.levels, 0.9)])))];
  const rows = answer.series.map((one) => [
    el("button", { type: "button", class: "link", onclick: () => pick(one.id) }, titled(one)),
    answer.known_to in one.known ? number(one.known[answer.known_to]) : "\u2013",
    ...picks.map((k) => el("span", {}, cell(one.quantiles[k]))),
    el("span", {}, one.warning.chance === null ? "\u2013" : percent(one.warning.chance), one.warning.alarm ? el("span", { class: "tag more" }, t("all_alarm")) : null),
  ]);
  const columns = [{ label: t("all_series") }, { label: t("all_last", { month: month(answer.known_to, { short: true }) }), number: true },
    ...picks.map((k) => ({ label: month(answer.months[k], { short: true }), number: true })), { label: t("all_rise"), number: true }];
  part("all").replaceChildren(table({ columns, rows, caption: t("all_caption"), stacked: true }));
}

function pick(id) {
  writeState({ ...readState(), series: id });
  choices(readState());
  showSeries(readState());
  part("series-title").scrollIntoView({ block: "start" });
  part("office").focus({ preventScroll: true });
}

/* ---------- rooms */
function showRooms(state) {
  const host = part("rooms");
  if (!answer.places.length) {
    part("rooms-lead").textContent = t("rooms_none");
    host.replaceChildren();
    return;
  }
  part("rooms-lead").textContent = t("rooms_lead", { share: number(answer.persons_per_room, { decimals: 1 }) });
  const worst = (place, key) => Math.max(...place.needs.map((one) => one[key][2]));
  const shortest = [...answer.places].sort((a, b) => worst(b, "shortfall") - worst(a, "shortfall") || worst(b, "rooms") - worst(a, "rooms"))[0];
  const now = answer.places.find((one) => one.id === state.at) ?? shortest;
  const select = el("select", { id: "room-place", onchange: () => { writeState({ ...readState(), at: select.value }); drawRooms(answer.places.find((one) => one.id === select.value)); } },
    answer.places.map((one) => el("option", { value: one.id, selected: one === now }, one.name)));
  const chart = el("div", { id: "rooms-chart", class: "chart-place" });
  delete charts["rooms-chart"];
  const band = ([low, middle, high]) => el("span", {}, number(middle), number(low) === number(high) ? null : el("span", { class: "band" }, span(number(low), number(high))));
  const rows = answer.places.map((place) => {
    const peak = place.needs.reduce((best, one) => (one.persons[1] - best.persons[1] || one.persons[2] - best.persons[2]) > 0 ? one : best);
    return [place.name, month(peak.month), band(peak.persons), band(peak.rooms), band(peak.shortfall)];
  });
  const columns = [{ label: t("rooms_place") }, { label: t("rooms_peak") }, { label: t("rooms_persons"), number: true }, { label: t("rooms_rooms"), number: true }, { label: t("rooms_missing"), number: true }];
  host.replaceChildren(
    el("div", { class: "grid two" },
      el("div", {}, el("div", { class: "field screen-only" }, el("label", { for: "room-place" }, t("rooms_place")), select), chart),
      el("div", {}, table({ columns, rows, caption: t("rooms_caption"), stacked: true }))));
  drawRooms(now);
}

function drawRooms(place) {
  const triples = (key, k) => place.needs.map((one) => one[key][k]);
  const short = triples("shortfall", 2).some((one) => one > 0);
  const fans = [
    ...(short ? [{ label: t("rooms_short"), colour: COLOURS.vermilion, q05: triples("shortfall", 0), q50: triples("shortfall", 1), q95: triples("shortfall", 2) }] : []),
    { label: t("rooms_need"), colour: COLOURS.blue, q05: triples("rooms", 0), q50: triples("rooms", 1), q95: triples("rooms", 2) },
  ];
  const made = fan({ months: place.needs.map((one) => one.month), fans });
  made.legend = made.legend.filter((one) => one.kind !== "band");
  made.option.yAxis.min = 0;
  paint("rooms-chart", { ...made, title: t("rooms_chart", { place: place.name }), note: t("rooms_note"), description: t("rooms_note"), file: `roxham-rooms-${answer.as_of}-${place.id}`, head: heads() });
}

/* ---------- downloads */
function showLinks(state) {
  const query = { as_of: answer.as_of, newer: state.newer };
  const link = (path, words, more = {}) => el("a", { class: "btn", href: address(path, { ...query, ...more }), download: true }, words);
  part("downloads").replaceChildren(
    link("/api/forecast/quantiles.csv", t("down_forecast")),
    link("/api/forecast/quantiles.csv", t("down_naive"), { model: "baseline" }),
    link("/api/forecast/plain", t("down_plain")),
    el("button", { type: "button", class: "btn", "data-copy": true }, t("down_copy")));
}

/* ---------- how past ones did */
function scoreTable(lines, label, caption) {
  const skill = (value) => el("span", { class: value < 0 ? "skill-bad" : "skill-good" }, percent(value, { decimals: 1, signed: true }));
  const columns = [{ label: t("scores_when") }, { label: t("score_wis"), number: true }, { label: t("score_baseline"), number: true }, { label: t("score_skill"), number: true }, { label: t("score_hardest"), number: true }, { label: t("score_held"), number: true }];
  const rows = lines.map((one) => [
    label(one.label), number(one.wis), number(one.baseline_wis), skill(one.skill), skill(one.skill_hardest),
    one.coverage.map((held) => percent(held)).join(" · "),
  ]);
  return table({ columns, rows, caption, stacked: true });
}

function when(label) {
  const [who, months] = label.split(" ");
  return t(`when_${who}`, { months: months.replace("-", "\u2013") });
}

function showScores() {
  const { scores } = data;
  part("scores-headline").replaceChildren(scoreTable(scores.headline, when, t("scores_headline")));
  const more = [["year", (one) => t("when_year", { year: one })], ["series", seriesTitle], ["model", (one) => one]];
  part("scores-more").replaceChildren(...more.map(([key, label]) => el("details", {}, el("summary", {}, t(`scores_${key}`)), scoreTable(scores[key], label, t(`scores_${key}`)))));
  const ahead = scores.horizon.map((one) => Number(one.label));
  const line = (name, colour, key, type) => ({ name, type: "line", data: scores.horizon.map((one) => one[key]), symbol: "circle", symbolSize: 6, itemStyle: { color: colour }, lineStyle: { color: colour, width: 2, type } });
  paint("scores-chart", {
    title: t("scores_chart"), note: t("scores_chart_note"), file: "roxham-scores",
    description: `${t("scores_ours")}: ${number(scores.horizon[0].wis)} – ${number(scores.horizon.at(-1).wis)}; ${t("scores_naive")}: ${number(scores.horizon[0].baseline_wis)} – ${number(scores.horizon.at(-1).baseline_wis)}`,
    option: {
      xAxis: axis({ type: "category", data: ahead, name: t("scores_ahead"), nameLocation: "middle", nameGap: 28, nameTextStyle: { align: "center", color: COLOURS.soft } }),
      yAxis: axis({ type: "value", min: 0, splitNumber: 4, axisLabel: { formatter: (value) => number(value) } }),
      grid: { left: 4, right: 14, top: 14, bottom: 26, containLabel: true },
      tooltip: { trigger: "axis", confine: true, transitionDuration: 0, formatter: ([one]) => tip(`${ahead[one.dataIndex]} ${t("scores_ahead")}`, [[t("scores_ours"), number(scores.horizon[one.dataIndex].wis)], [t("scores_naive"), number(scores.horizon[one.dataIndex].baseline_wis)]]) },
      series: [line(t("scores_naive"), COLOURS.grey, "baseline_wis", "dashed"), line(t("scores_ours"), COLOURS.blue, "wis", "solid")],
    },
    legend: [{ label: t("scores_ours"), kind: "line", colour: COLOURS.blue }, { label: t("scores_naive"), kind: "dash", colour: COLOURS.grey }],
    columns: [{ label: t("scores_ahead") }, { label: t("scores_ours"), number: true }, { label: t("scores_naive"), number: true }],
    rows: scores.horizon.map((one) => [one.label, number(one.wis), number(one.baseline_wis)]),
    raw: { columns: ["months_ahead", "wis", "baseline_wis", "skill"], rows: scores.horizon.map((one) => [Number(one.label), one.wis, one.baseline_wis, one.skill]) },
    head: [t("scores_made", scores)],
  });
}

function seriesTitle(id) {
  const [, place, office] = id.split("/");
  return titled({ place, office });
}

/* ---------- what the reader does */
function go(state) {
  writeState(state, { push: true });
  load(readState());
}

function fault(words) {
  const said = part("as-of-fault");
  said.hidden = !words;
  said.textContent = words;
  if (words) part("as-of").setAttribute("aria-invalid", "true");
  else part("as-of").removeAttribute("aria-invalid");
}

part("as-of").addEventListener("change", ({ target }) => {
  if (!target.value || target.value < target.min || target.value > target.max) {
    fault(t("as_of_bad", { first: day(target.min), last: day(target.max) }));
    return;
  }
  go({ ...readState(), as_of: target.value === target.max ? "" : target.value });
});
part("picks").addEventListener("click", ({ target }) => {
  if (target.dataset.day !== undefined) go({ ...readState(), as_of: target.dataset.day });
});
part("place").addEventListener("change", ({ target }) => {
  const now = chosen(readState());
  const here = answer.series.filter((one) => one.place === target.value);
  const next = here.find((one) => one.office === now.office) ?? here[0];
  writeState({ ...readState(), series: next.id });
  choices(readState());
  showSeries(readState());
});
part("office").addEventListener("change", ({ target }) => {
  writeState({ ...readState(), series: target.value });
  showSeries(readState());
});
part("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = part("file").files;
  const said = part("add-fault");
  const refuse = (words, faults = []) => said.replaceChildren(el("div", { class: "notice error" }, el("p", { class: "strong" }, words),
    faults.length ? el("ul", { class: "problems" }, faults.slice(0, 30).map((one) => el("li", {}, problem(one)))) : null));
  if (!file) return refuse(t("add_none"));
  if (file.size > MOST) return refuse(t("add_large", { size: number(MOST / 1000) }));
  said.replaceChildren(el("p", {}, t("add_checking")));
  try {
    const held = await post("/api/forecast/newer", new Blob([await file.arrayBuffer()], { type: "text/csv" }));
    said.replaceChildren();
    part("adding").open = false;
    part("file").value = "";
    go({ ...readState(), newer: held.id, as_of: "" });
    part("title").scrollIntoView({ block: "start" });
  } catch (error) {
    if (error.problems?.length) refuse(t("add_wrong"), error.problems);
    else refuse(error.message);
  }
  return undefined;
});

function problem({ message, line, hint }) {
  const said = hint ? t("add_hint", { said: message, hint }) : message;
  return line ? t("add_line", { line, said }) : said;
}

onReturn((state) => load(state));
part("all-panel").open = innerWidth >= 700;
showScores();
if (data.answer) {
  answer = data.answer;
  show(readState());
} else {
  load(readState(), { said: false });
}
