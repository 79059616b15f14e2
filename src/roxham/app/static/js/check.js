/* The page that checks a claim: it holds the answers in its memory and asks the server for the next question. */
import { Refusal, announce, post, tellError } from "./api.js";
import { answerView } from "./check_answer.js";
import { describe, factOf, shown } from "./check_facts.js";
import { questionForm } from "./check_question.js";
import { readState, writeState } from "./state.js";
import { switchInPlace } from "./switch.js";
import { save } from "./table.js";
import { data, el, t } from "./text.js";

/* All that is known of the person; it is nowhere else, and goes with the page. */
const talk = { answers: {}, readings: {}, finish: false, standing: null, editing: null, turn: 0 };
const place = (id) => document.getElementById(id);

// ---- the address holds the day of decision and readings that were chosen here, never a fact of a person

function readAddress() {
  const state = readState();
  if (/^\d{4}-\d{2}-\d{2}$/.test(state.as_of ?? "")) talk.answers.as_of = state.as_of;
  const known = new Map(data.switches.map((one) => [one.id, one.choices]));
  for (const pair of (state.reading ?? "").split(",")) {
    const [name, choice] = pair.split(":");
    if (known.get(name)?.includes(choice)) talk.readings[name] = choice;
  }
}

function writeAddress({ day = readState().as_of } = {}) {
  const usual = new Map(data.switches.map((one) => [one.id, one.default]));
  const chosen = Object.entries(talk.readings).filter(([name, choice]) => usual.get(name) !== choice);
  writeState({ as_of: day, reading: chosen.map((pair) => pair.join(":")).join(",") });
}

// ---- asking the server

async function ask({ focus = true } = {}) {
  const turn = ++talk.turn;
  place("talk").classList.add("waiting");
  try {
    const { answers, readings, finish } = talk;
    const standing = await post("/api/check", { answers, readings, finish });
    if (turn !== talk.turn) return;
    talk.standing = standing;
    render({ focus });
  } catch (error) {
    if (turn === talk.turn) tellError(error);
  } finally {
    if (turn === talk.turn) place("talk").classList.remove("waiting");
  }
}

function answered(key, text) {
  talk.answers[key] = text;
  talk.editing = null;
  ask();
}

function edit(key) {
  talk.editing = key;
  render();
}

function back() {
  const asked = talk.standing?.asked ?? [];
  const at = talk.editing ? asked.indexOf(talk.editing) : asked.length;
  if (at > 0) edit(asked[at - 1]);
}

function read(key, text) {
  talk.readings[key] = text;
  writeAddress();
  ask({ focus: false });
}

function decideOn(day) {
  if (day) talk.answers.as_of = day;
  else delete talk.answers.as_of;
  writeAddress({ day });
  ask({ focus: false });
}

function begin(answers = {}, readings = {}, finish = false) {
  Object.assign(talk, { answers: { ...answers }, readings: { ...readings }, finish, editing: null, standing: null });
  writeAddress({ day: "" });
  ask();
}

// ---- files

async function openFile(file) {
  try {
    const found = await post("/api/check/read", { text: await file.text() });
    announce(t("file_read"));
    begin(found.answers, found.readings, true);
  } catch (error) {
    fileTrouble(error);
  }
}

function fileTrouble(error) {
  if (!(error instanceof Refusal)) return tellError(error);
  const lines = error.problems.map((one) => sayProblem(one));
  place("file-trouble").replaceChildren(
    el("div", { class: "notice error", role: "alert" }, el("p", { class: "strong" }, t("file_bad")),
      el("ul", {}, (lines.length ? lines : [error.message]).map((one) => el("li", {}, one)))));
  return undefined;
}

function sayProblem(one) {
  const words = one.hint ? `${one.message} (${t("did_you_mean", { hint: one.hint })})` : one.message;
  return one.line ? t("file_line", { line: one.line, message: words }) : words;
}

async function saveFile() {
  try {
    const { answers, readings } = talk;
    const file = await post("/api/check/file", { answers, readings });
    save(file.name, file.text, "application/yaml;charset=utf-8");
  } catch (error) {
    tellError(error);
  }
}

// ---- showing

function render({ focus = true } = {}) {
  const { standing, editing } = talk;
  if (!standing) return;
  const key = editing ?? (standing.answer ? null : standing.question?.key);
  const main = key ? form(key) : standing.answer ? result() : null;
  place("talk").replaceChildren(...(main ? [main] : []));
  place("told").replaceChildren(...toldList());
  place("keep").hidden = Object.keys(talk.answers).length === 0;
  place("start").hidden = Boolean(standing.answer) || standing.asked.length > 0;
  place("as-of").value = talk.answers.as_of ?? "";
  if (!focus) return;
  const heading = place("talk").querySelector("h2");
  heading?.focus({ preventScroll: true });
  if (heading && (heading.getBoundingClientRect().top < 0 || heading.getBoundingClientRect().bottom > innerHeight)) {
    place("talk").scrollIntoView({ block: "start" });
  }
}

function form(key) {
  const { standing } = talk;
  const about = describe(key);
  const wrong = standing.question?.key === key ? standing.wrong : [];
  const at = standing.asked.indexOf(key);
  const dated = ["entry_at", "entry_place", "claim_at", "claim_place"].every((one) => standing.asked.includes(one));
  return questionForm(about, {
    number: at >= 0 ? at + 1 : standing.asked.length + 1,
    given: talk.answers[key],
    faults: wrong.map(sayProblem),
    answered: (text) => answered(key, text),
    back: standing.asked.length && at !== 0 ? back : null,
    finish: dated && !talk.editing ? () => { talk.finish = true; talk.editing = null; ask(); } : null,
  });
}

function result() {
  return answerView(talk.standing, {
    edit,
    read,
    readings: talk.readings,
    more: () => { talk.finish = false; ask(); },
    told: talk.standing.asked.map((key) => [describe(key).label, shown(key, talk.answers[key])]),
  });
}

function toldList() {
  const { asked, beside } = talk.standing;
  const others = beside.filter((key) => talk.answers[key] !== "unknown" && factOf(key));
  const list = (keys) => el("dl", { class: "told" }, keys.map(told));
  return [
    asked.length ? list(asked) : el("p", { class: "soft" }, t("answers_none")),
    others.length
      ? el("details", {}, el("summary", {}, t("answers_beside")), el("p", { class: "hint" }, t("answers_beside_said")), list(others))
      : null,
  ].filter(Boolean);
}

function told(key) {
  const { label } = describe(key);
  const change = el("button", { type: "button", class: "link small screen-only", "aria-label": t("change_what", { what: label }), onclick: () => edit(key) }, t("change"));
  return el("div", { class: talk.editing === key ? "now" : null },
    el("dt", {}, label), el("dd", {}, el("span", {}, shown(key, talk.answers[key])), change));
}

function dress() {
  place("examples").replaceChildren(...data.examples.map((one) =>
    el("li", {}, el("button", { type: "button", class: "btn example", "data-example": one.id, onclick: () => begin(one.answers, one.readings, true) },
      one[document.documentElement.lang]))));
  place("open-file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    place("file-trouble").replaceChildren();
    if (file) openFile(file);
    event.target.value = "";
  });
  place("as-of").addEventListener("change", (event) => decideOn(event.target.value));
  place("save").addEventListener("click", saveFile);
  place("again").addEventListener("click", () => {
    begin();
    announce(t("started_again"));
  });
}

readAddress();
dress();
switchInPlace(() => {
  dress();
  render({ focus: false });
});
ask({ focus: false });
