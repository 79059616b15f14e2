/* The page of the transfer desk: files go in, a plan comes back, and every choice made here is priced at once. */
import { Refusal, address, announce, get, post, tellError } from "./api.js";
import { day, dollars, number } from "./format.js";
import { boardView, ruleWords } from "./place_board.js";
import { bedsView, choicesView, compareView, provincesView } from "./place_tables.js";
import { switchInPlace } from "./switch.js";
import { save } from "./table.js";
import { el, t } from "./text.js";

const LARGEST = 800_000; // letters of one file, as the API has it
/* The desk, its plan and the choices made; nothing of it stays when the page closes. */
const held = { desk: null, plan: null, rule: "optimal", chosen: {}, said: null, turn: 0, files: {}, date: "" };
const place = (id) => document.getElementById(id);

// ---- opening

async function open(files) {
  const turn = ++held.turn;
  place("trouble").replaceChildren();
  place("open").classList.add("waiting");
  try {
    const desk = await post("/api/place/desks", files);
    if (turn !== held.turn) return close(desk.id);
    Object.assign(held, { desk, plan: desk.plan, rule: desk.plan.rule, chosen: { ...desk.plan.chosen }, said: ofFile(desk) });
    render();
    place("plan").querySelector("h2")?.focus();
    announce(t("plan_ready", { placed: number(desk.plan.persons_placed), without: number(desk.plan.persons_without_bed) }));
  } catch (error) {
    trouble(error);
  } finally {
    place("open").classList.remove("waiting");
  }
  return undefined;
}

async function openFiles() {
  const texts = {};
  for (const name of ["families", "places", "expected"]) {
    const file = held.files[name]?.[0];
    if (file && file.size > LARGEST) return tell([t("file_too_large", { kilobytes: LARGEST / 1000 })]);
    if (file) texts[name] = await file.text();
  }
  if (!texts.families || !texts.places) return tell([t("files_missing")]);
  return open({ ...texts, date: held.date || null });
}

async function openSample() {
  try {
    const files = await get("/api/place/sample");
    place("date").value = held.date = files.date;
    await open(files);
  } catch (error) {
    trouble(error);
  }
}

function ofFile(desk) {
  const lines = desk.plan.lines.filter((one) => one.breaks.length)
    .map((one) => t("refused_file", { id: one.id, place: one.override, rules: ruleWords(one.breaks) }));
  return lines.length ? { bad: true, words: lines.join(" ") } : null;
}

function trouble(error) {
  if (!(error instanceof Refusal)) return tellError(error);
  if (!error.problems.length) return tell([error.message]);
  return tell(error.problems.map((one) => {
    const words = one.hint ? `${one.message} (${t("did_you_mean", { hint: one.hint })})` : one.message;
    if (one.file && one.line) return t("problem_at", { file: one.file, line: one.line, message: words });
    return one.file ? t("problem_in", { file: one.file, message: words }) : words;
  }));
}

function tell(lines) {
  place("trouble").replaceChildren(
    el("div", { class: "notice error", role: "alert", tabindex: "-1" }, el("p", { class: "strong" }, t("files_bad")), el("ul", {}, lines.map((one) => el("li", {}, one)))));
  place("trouble").firstElementChild.focus();
}

// ---- planning

async function plan({ rule = held.rule, chosen = held.chosen, told = null, focus = null } = {}) {
  const turn = ++held.turn;
  place("plan").classList.add("waiting");
  try {
    const found = await post(`/api/place/desks/${held.desk.id}/plan`, { rule, overrides: chosen });
    if (turn !== held.turn) return;
    held.said = told ? told(found) : null;
    if (!held.said?.bad) Object.assign(held, { plan: found, rule, chosen });
    render(focus);
  } catch (error) {
    if (error.status === 404) ended(error);
    else tellError(error);
  } finally {
    place("plan").classList.remove("waiting");
  }
}

/** A family goes to a place (or waits, or goes where the rule has it); a choice that breaks a hard rule is not taken. */
function move(id, to) {
  const chosen = { ...held.chosen };
  delete chosen[id];
  if (to) chosen[id] = to;
  return plan({
    chosen,
    focus: `move-${id}`,
    told: (found) => {
      const price = found.overrides.find((one) => one.id === id && one.override === to);
      if (!to) return { words: t("back_told", { id }) };
      if (price.followed) return { words: priceWords(price) };
      const { breaks } = found.lines.find((one) => one.id === id);
      return { bad: true, words: t("refused", { id, place: to, rules: ruleWords(breaks) }) };
    },
  });
}

function priceWords(price) {
  const where = price.override === "wait" ? t("move_wait") : price.override;
  if (Math.abs(price.cost) < 0.5) return t("price_nothing", { id: price.id, place: where });
  return t("price_told", { id: price.id, place: where, price: dollars(price.cost) });
}

async function download() {
  try {
    const file = await post(`/api/place/desks/${held.desk.id}/csv`, { rule: held.rule, overrides: held.chosen });
    save(file.name, file.text, "text/csv;charset=utf-8");
  } catch (error) {
    if (error.status === 404) ended(error);
    else tellError(error);
  }
}

// ---- ending

function close(id = held.desk?.id) {
  if (id) fetch(address(`/api/place/desks/${id}`), { method: "DELETE", keepalive: true, credentials: "same-origin" }).catch(() => {});
}

function leave() {
  close();
  held.turn += 1;
  Object.assign(held, { desk: null, plan: null, chosen: {}, said: null, files: {} });
  for (const name of ["families", "places", "expected"]) place(name).value = "";
  render();
  place("families").focus();
  announce(t("desk_closed"));
}

function ended(error) {
  held.desk = null;
  held.plan = null;
  render();
  tell([error.message]);
}

// ---- showing

function render(focus = null) {
  const { desk, plan: found } = held;
  place("open").hidden = Boolean(desk);
  place("plan").hidden = !desk;
  if (!desk) return;
  const [board, fill] = boardView(desk, found, held.chosen, { move });
  place("plan").replaceChildren(
    head(found),
    saidView(),
    board,
    el("div", { class: "grid two lower" }, choicesView(found, { back: (id) => move(id, "") }), bedsView(found)),
    compareView(found, held.rule, { use: (rule) => plan({ rule }) }),
    provincesView(found));
  fill(() => { if (focus) place(focus)?.focus(); });
}

function saidView() {
  const made = el("div", { id: "said", role: "status", class: held.said ? `notice ${held.said.bad ? "warn" : ""}` : "" });
  // Written after it stands in the page, so that screen readers hear it.
  requestAnimationFrame(() => { made.textContent = held.said?.words ?? ""; });
  return made;
}

function head(found) {
  const all = found.overrides.find((one) => one.id === "all" && !one.override) ?? found.overrides[0];
  const figures = [
    [number(found.persons_placed), t("figure_placed")],
    [number(found.persons_without_bed), t("figure_without")],
    [dollars(found.cost), t("figure_cost")],
    [all ? dollars(all.cost, { signed: true }) : dollars(0), t("figure_choices")],
  ];
  return el("section", { class: "plan-head" },
    el("div", { class: "spread" }, el("h2", { tabindex: "-1" }, t("plan_title", { day: day(found.date) })),
      el("div", { class: "cluster screen-only" },
        el("button", { type: "button", class: "btn", id: "download", onclick: download }, t("download_plan")),
        el("button", { type: "button", class: "btn", "data-print": true }, t("print_plan")),
        el("button", { type: "button", class: "btn quiet", id: "leave", onclick: leave }, t("other_files")))),
    rules(),
    el("dl", { class: "figures" }, figures.map(([value, words]) => el("div", { class: "figure" }, el("dt", {}, words), el("dd", { class: "figure-number" }, value)))));
}

function rules() {
  return el("div", { class: "rules" },
    el("div", { class: "segmented", role: "radiogroup", "aria-label": t("rule_title") },
      held.desk.rules.map((rule) => el("label", {},
        el("input", { type: "radio", name: "rule", id: `rule-${rule}`, value: rule, checked: rule === held.rule, onchange: () => plan({ rule, focus: `rule-${rule}` }) }),
        t(`rule_${rule}`)))),
    el("p", { class: "hint" }, t(`said_${held.rule}`)));
}

function today() {
  const now = new Date();
  return new Date(now.getTime() - 60_000 * now.getTimezoneOffset()).toISOString().slice(0, 10);
}

function dress() {
  for (const name of ["families", "places", "expected"]) {
    if (held.files[name]) place(name).files = held.files[name];
    place(name).addEventListener("change", (event) => { held.files[name] = event.target.files; });
  }
  held.date ||= today();
  place("date").value = held.date;
  place("date").addEventListener("change", (event) => { held.date = event.target.value; });
  place("files").addEventListener("submit", (event) => {
    event.preventDefault();
    openFiles();
  });
  place("sample").addEventListener("click", openSample);
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.addEventListener("click", async () => {
      try {
        save(`${button.dataset.sample}.csv`, (await get("/api/place/sample"))[button.dataset.sample], "text/csv;charset=utf-8");
      } catch (error) {
        tellError(error);
      }
    });
  }
}

addEventListener("pagehide", () => close());
switchInPlace(() => {
  dress();
  held.said = null;
  render();
});
dress();

