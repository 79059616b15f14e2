/* The page of the lab: from what the reader changes to a study, and from its draws to the map, the numbers and the charts. */
import { announce, get, tellError } from "./api.js";
import { drawn, makeCharts, showFiles } from "./lab_charts.js";
import { makeLevers, START } from "./lab_levers.js";
import { makeMap } from "./lab_map.js";
import { makeNumbers } from "./lab_numbers.js";
import { makeRun } from "./lab_run.js";
import { number } from "./format.js";
import { onReturn, readState, writeState } from "./state.js";
import { breath, data, el, has, language, t } from "./text.js";

const DRAWS = 40;
const MAP = "entries_irregular";
const VIEW = ["month", "map", "period", "show"];
const $ = (id) => document.getElementById(id);

const levers = data.levers ?? (await get("/api/lab/levers"));
let view = Object.fromEntries(VIEW.map((name) => [name, readState()[name] ?? ""]));
let state = null; // the study that runs or ran
let latest = null; // its last numbers, of all places and the whole period
let map = null;
let settle = 0;

const run = makeRun({ begun, progress, numbers: arrived, ended, refused, lost: () => mark("lost"), back: () => mark("") });
const panel = makeLevers({ levers, ask: asked });
const numbers = makeNumbers({ study: () => ({ id: state?.id, scenario: shown() }), period: (name) => { view.period = name === "all" ? "" : name; keep(); refreshNumbers(); } });
const charts = makeCharts();

// ---------------------------------------------------------------- from the reader to the server
function asked(question) {
  clearTimeout(settle);
  const whole = { ...question, draws: Number($("draws").value) || DRAWS };
  view = { ...view, month: map?.month() ?? view.month, show: "" };
  writeState({ ...asQuery(whole), ...view });
  head(whole, null);
  settle = setTimeout(() => run.ask(whole), 250);
}

/** A question as the query that opens it; the server gives a shorter one when the YAML is long. */
function asQuery({ settings, scenarios, yaml, from, to, draws, seed }) {
  const days = (one) => (one.from || one.until ? `@${one.from ?? ""}${one.until ? `..${one.until}` : ""}` : "");
  return {
    set: settings?.map((one) => `${one.lever}:${one.value}${days(one)}`), scenario: scenarios, yaml,
    from, to, draws, seed: seed === undefined || seed === 7 ? "" : seed,
  };
}

function begun(begun_) {
  state = begun_;
  latest = null;
  document.body.dataset.id = state.id;
  delete document.body.dataset.painted;
  keep();
  head(state.question, state);
  panel.checked(state);
  progress(state.progress);
  $("problems").replaceChildren();
  $("shown").parentElement.hidden = state.scenarios.length < 3;
  $("shown").replaceChildren(...state.scenarios.filter((one) => one.name !== state.baseline).map((one) => el("option", { value: one.name, selected: one.name === shown() }, one.title[language])));
}

/** Keep the address in step: what the server says opens this study, and how it is looked at. */
function keep() {
  const query = state ? Object.fromEntries([...new URLSearchParams(state.address)].map(([name]) => [name, new URLSearchParams(state.address).getAll(name)])) : asQuery({});
  if (state && !query.draws && !query.study) query.draws = [state.draws];
  writeState({ ...query, ...view });
}

// ---------------------------------------------------------------- what is asked, in words
function head(question, known) {
  const name = question.scenarios?.length === 1 ? question.scenarios[0] : question.scenarios?.length && known ? shown() : "";
  const one = panel.named(name);
  const own = known?.scenarios.find((each) => each.name === shown());
  $("question-title").textContent = one?.title[language] ?? known?.title[language] ?? t("own_title");
  const why = $("question-why");
  why.replaceChildren();
  why.removeAttribute("lang");
  if (one) {
    why.textContent = has(`why_${name}`) ? t(`why_${name}`) : one.why;
    if (!has(`why_${name}`) && language !== "en") why.lang = "en";
  } else if (own?.amendments.length) why.textContent = own.amendments.join("; ");
}

function shown() {
  const names = state?.scenarios.map((one) => one.name) ?? [];
  if (names.includes(view.show)) return view.show;
  return names.find((one) => one !== state.baseline) ?? state?.baseline ?? "";
}

// ---------------------------------------------------------------- how far it is
function mark(what) {
  document.body.dataset.server = what;
  $("lost").hidden = what !== "lost";
}

function progress(told) {
  const busy = told.status === "queued" || told.status === "running";
  document.body.dataset.study = told.status;
  $("status").textContent = words(told);
  $("progress").value = told.wanted && told.total ? told.done / told.total : 0;
  $("progress").hidden = !busy;
  $("cancel").hidden = !busy;
  $("again").hidden = told.status !== "cancelled";
  document.body.dataset.draws = String(told.draws);
}

function words(told) {
  const counts = { n: told.draws, draws: number(told.draws), wanted: number(told.wanted) };
  if (told.status === "queued") return told.position ? t("status_queued", { n: told.position, position: number(told.position) }) : t("status_starting");
  if (told.status === "cancelled") return t("status_cancelled", counts);
  if (told.status === "failed") return t("status_failed");
  if (told.status === "done") return t("status_done", { ...counts, seconds: number(told.seconds, { decimals: 1 }) });
  if (!told.draws) return t("status_starting");
  const left = told.left === null ? null : Math.max(1, Math.round(told.left));
  return left === null ? t("status_running", counts) : `${t("status_running", counts)} ${t("status_left", { n: left, seconds: number(left) })}`;
}

function ended(told) {
  progress(told);
  if (told.status === "failed") refused({ problems: told.problems, message: t("status_failed") });
  else announce(words(told), { quiet: true });
}

function refused(error) {
  const problems = error.problems?.length ? error.problems : [{ message: error.message }];
  panel.problems(problems);
  $("problems").replaceChildren(el("div", { class: "notice error" }, el("p", { class: "strong" }, t("refused")), el("ul", {}, problems.map((one) => el("li", {}, one.message, one.hint ? ` ${t("did_you_mean", { hint: one.hint })}` : "")))));
  $("status").textContent = t("refused");
  $("progress").hidden = $("cancel").hidden = true;
  document.body.dataset.study = "refused";
}

// ---------------------------------------------------------------- what came
let fetching = false;
let waiting = false;

function arrived(result) {
  latest = result;
  refreshNumbers();
  refreshSeries();
}

async function refreshNumbers() {
  if (!latest) return;
  if (!view.period || view.period === "all") return numbers.show(latest, shown());
  const mine = latest;
  try {
    const result = await get(`/api/lab/studies/${state.id}/result`, { period: view.period, place: "all" });
    if (mine === latest) numbers.show(result, shown());
  } catch (error) {
    tellError(error);
  }
  return undefined;
}

async function refreshSeries() {
  if (fetching) {
    waiting = true;
    return;
  }
  fetching = true;
  const id = state.id;
  const result = latest;
  const metrics = result.headlines.filter((one) => one.by === "segment").map((one) => one.metric);
  const metric = metrics.includes(view.map) ? view.map : metrics.includes(MAP) ? MAP : metrics[0];
  try {
    const [fans, flows] = await Promise.all([
      get(`/api/lab/studies/${id}/series?${new URLSearchParams([...drawn(result).map((one) => ["metric", one]), ["place", "all"]])}`),
      metric ? get(`/api/lab/studies/${id}/series`, { metric, place: "each" }) : null,
    ]);
    if (id === state.id && latest) {
      if (flows) paintMap(flows, result, metric, metrics);
      await breath();
      await paint(fans, result);
      if (map && id === state.id) document.body.dataset.painted = String(fans.draws);
    }
  } catch (error) {
    if (!error.lost) tellError(error);
  }
  fetching = false;
  if (waiting) {
    waiting = false;
    refreshSeries();
  }
}

async function paint(series, result) {
  const titles = Object.fromEntries(state.scenarios.map((one) => [one.name, has(`short_${one.name}`) ? t(`short_${one.name}`) : one.title[language]]));
  const title = state.title[language];
  $("results").hidden = false;
  await charts.show(series, result, { scenario: shown(), titles, head: [`${title}; Roxham ${state.version}, ${state.case}, ${t("seed")} ${state.seed}, ${t("draws_of", { n: result.draws, draws: result.draws })}`] });
  showFiles(state.id, drawn(result)[0]);
}

function paintMap(series, result, metric, metrics) {
  const select = $("map-metric");
  if (select.dataset.metrics !== metrics.join()) {
    select.replaceChildren(...metrics.map((name) => el("option", { value: name }, result.headlines.find((one) => one.metric === name).label[language])));
    select.dataset.metrics = metrics.join();
  }
  select.value = metric;
  const scenario = shown();
  const side = (name) => Object.fromEntries(series.fans.filter((one) => one.scenario === name && one.place !== "all").map((one) => [one.place, one.q50]));
  const headline = result.headlines.find((one) => one.metric === metric);
  map?.show({ metric, unit: headline.unit, label: headline.label[language], months: series.months, base: side(result.baseline), value: side(scenario), same: scenario === result.baseline });
}

// ---------------------------------------------------------------- controls and the start
$("draws").addEventListener("change", () => asked(bare(state?.question ?? {})));
$("cancel").addEventListener("click", () => run.cancel());
$("again").addEventListener("click", () => run.again());
$("map-metric").addEventListener("change", () => { view.map = $("map-metric").value === MAP ? "" : $("map-metric").value; keep(); refreshSeries(); });
$("shown").addEventListener("change", () => { view.show = $("shown").value; keep(); head(state.question, state); refreshNumbers(); refreshSeries(); });
const wide = matchMedia("(min-width: 1180px)");
const fold = () => { $("levers").open = wide.matches; };
wide.addEventListener("change", fold);
fold();

/** A question with only what was asked: an empty list or an empty text is not an answer. */
function bare(question) {
  return Object.fromEntries(Object.entries(question).filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length)));
}

function begin(question, study) {
  const asks = bare(question ?? {});
  const known = asks.settings || asks.yaml || asks.scenarios;
  const first = levers.scenarios.find((one) => one.name === START) ?? levers.scenarios.find((one) => one.settings.length) ?? levers.scenarios[0];
  const start = known || study ? asks : { ...asks, scenarios: [first.name] };
  const draws = readState().draws ? asks.draws : known || study ? asks.draws : DRAWS;
  fillDraws(draws ?? DRAWS);
  panel.show(start);
  head(start, null);
  if (study) run.open(study);
  else run.ask({ ...start, draws: Number($("draws").value) });
}

function fillDraws(wanted) {
  const most = levers.limits?.draws ?? 200;
  const choices = [...new Set([2, 10, 20, 40, 100, 200, wanted])].filter((one) => one === wanted || (one <= most && one > 2)).sort((a, b) => a - b);
  $("draws").replaceChildren(...choices.map((one) => el("option", { value: one, selected: one === wanted }, number(one))));
}

onReturn(() => location.reload());
if (data.problems?.length) {
  fillDraws(DRAWS);
  panel.show({});
  refused({ problems: data.problems, message: t("refused") });
  $("numbers-list").replaceChildren(el("p", { class: "empty" }, t("numbers_none")));
  $("numbers-note").textContent = "";
} else begin(data.state?.question ?? data.question, data.study);
get("/api/lab/map", { lang: language, case: levers.case }).then((atlas) => {
  map = makeMap(atlas, { start: view.month, moved: ({ month }) => { view.month = month ?? ""; keep(); } });
  if (latest) refreshSeries();
}).catch(tellError);
