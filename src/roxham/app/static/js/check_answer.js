/* The answer on a claim: outcome, provisions, grounds, what is unknown, what would change it, why, and rival readings. */
import { capital, describe, momentWords } from "./check_facts.js";
import { day, either } from "./format.js";
import { data, el, has, language, t } from "./text.js";

const SIGNS = { yes: "✓", no: "✕", unknown: "?" };
const DEEP = 2;
const GOOD = new Set(["eligible"]);
const OPEN = new Set(["undetermined", "suspended", "directed_back"]);
const other = () => (language === "fr" ? "en" : "fr");
const here = (both) => both[language];

/** A citation, as a link to the official text where there is one. It opens beside this page, which keeps its memory. */
export function citeLink(cite) {
  const href = cite[`href_${language}`];
  if (!href) return el("span", { class: "cite" }, here(cite));
  return el("a", { class: "cite", href, target: "_blank", rel: "noopener noreferrer", "aria-label": t("official_text", { cite: here(cite) }) }, here(cite));
}

const tone = (outcome) => (GOOD.has(outcome) ? "good" : OPEN.has(outcome) ? "open" : "more");

/** The whole answer. ways: edit(key), read(switch, choice), more(), readings, told: [label, value] for paper. */
export function answerView(standing, ways) {
  const { answer, settled } = standing;
  return el("article", { class: "verdict", "aria-labelledby": "answer-title", "data-outcome": answer.outcome },
    settled ? null : partly(ways),
    head(answer),
    el("div", { class: "grid two facts" }, ...[unknown(answer, ways), flips(answer), follows(answer)].filter(Boolean)),
    onPaper(ways.told),
    readings(answer, ways),
    why(answer),
    closing(answer));
}

function partly({ more }) {
  return el("div", { class: "notice warn screen-only" }, el("p", {}, t("still_asked"), " ",
    el("button", { type: "button", class: "link", "data-way": "more", onclick: more }, t("continue_asking"))));
}

function head(answer) {
  const because = here(answer.because);
  const rows = [
    [t("provisions"), answer.cites.length ? el("ul", { class: "cites" }, answer.cites.map((cite) => el("li", {}, citeLink(cite), differs(cite)))) : null],
    [t("agreement"), [capital(here(answer.stca_words)), answer.exception ? [" · ", t("exception_is"), " : ".replace(" :", language === "fr" ? "\u00a0:" : ":"), citeLink(answer.exception)] : null]],
    [t("grounds"), answer.grounds.length ? el("ul", { class: "cites" }, answer.grounds.map((cite) => el("li", {}, citeLink(cite)))) : t("grounds_none")],
    [t("dates"), Object.entries(answer.dates).map(([name, when]) => `${t(`date_${name}`)} ${momentWords(when)}`).join(" · ")],
    [t("readings_chosen"), chosenReadings(answer)],
  ];
  return el("section", { class: `card lift outcome ${tone(answer.outcome)}` },
    el("p", { class: "kicker" }, t("answer_title")),
    el("h2", { id: "answer-title", tabindex: "-1" }, capital(here(answer.words)), "."),
    because ? el("p", { class: "because" }, because.replace(/\.?$/, ".")) : null,
    answer.before_burden === answer.outcome ? null : burden(answer),
    el("dl", { class: "facts-list" }, rows.filter(([, value]) => value !== null).map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value)))),
    el("p", { class: "strong notice warn" }, here(answer.notice)));
}

function chosenReadings(answer) {
  const others = data.switches.filter((one) => answer.readings[one.id] !== one.default);
  if (!others.length) return null;
  return el("ul", { class: "cites" }, others.map((one) => el("li", {}, readingWords(one.id, answer.readings[one.id]), " ", el("span", { class: "soft small" }, citeLink(one.cite)))));
}

const readingWords = (name, choice) => (has(`reading_${name}_${choice}`) ? t(`reading_${name}_${choice}`) : choice);

function differs(cite) {
  const said = cite[other()];
  return said === here(cite) ? null : el("span", { class: "soft small" }, " ", t("other_version", { cite: "\u0000" }).split("\u0000")[0], el("span", { lang: other() }, said));
}

function burden(answer) {
  return el("div", { class: "burden" }, el("h3", {}, t("burden_title")),
    el("p", {}, t("burden_before", { words: here(answer.before_words) }), " ",
      t("burden_after", { cite: language === "fr" ? "LIPR, par.\u00a0100(1.1)" : "IRPA, s. 100(1.1)", words: here(answer.words) })));
}

function unknown(answer, { edit }) {
  if (!answer.unknown.length) return null;
  return el("section", { class: "card" }, el("h3", {}, t("unknown_title")),
    el("ul", {}, answer.unknown.map((one) => {
      const what = one.key ? describe(one.key).label : capital(here(one));
      return el("li", {}, what, " ", one.key
        ? el("button", { type: "button", class: "link small screen-only", "aria-label": t("answer_it_what", { what }), onclick: () => edit(one.key) }, t("answer_it"))
        : null);
    })));
}

function flips(answer) {
  if (GOOD.has(answer.outcome)) return null;
  return el("section", { class: "card" }, el("h3", {}, t("flips_title")),
    answer.flips.length
      ? [el("p", {}, t("flips_said")), el("ul", {}, grouped(answer.flips.map(here)).map((one) => el("li", {}, capital(one))))]
      : el("p", {}, t("flips_none")));
}

/* "Documents held: a", "Documents held: b" as one line: the same fact with each value that would do. */
function grouped(lines) {
  const found = new Map();
  for (const one of lines) {
    const [, fact, value] = one.match(/^(.*?\u00a0?: )(.*)$/) ?? [null, "", one];
    found.set(fact, [...(found.get(fact) ?? []), value]);
  }
  return [...found].flatMap(([fact, values]) => (fact ? [fact + either(values)] : values));
}

function follows(answer) {
  if (!answer.consequences.length) return null;
  return el("section", { class: "card" }, el("h3", {}, t("follows_title")),
    el("ul", {}, answer.consequences.map((one) => el("li", {}, here(one), " ", el("span", { class: "soft small" }, citeLink(one.cite))))));
}

function onPaper(told) {
  return el("section", { class: "paper-only" }, el("h3", {}, t("answers_title")),
    el("dl", { class: "paper-facts" }, told.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value)))));
}

// ---- why

function why(answer) {
  const lines = [...answer.frame, ...answer.tree];
  const made = el("section", { class: "why screen-only" }, el("h2", {}, t("why_title")), el("p", { class: "hint" }, t("why_said")));
  const list = el("ul", { class: "tree" }, lines.map((one, at) => line(one, at <= answer.frame.length || one.answer !== "no")));
  const toggle = el("input", { type: "checkbox", onchange: () => list.classList.toggle("all", toggle.checked) });
  made.append(el("label", { class: "choice" }, toggle, el("span", {}, t("why_all"))), list);
  return made;
}

/* A line and what it rests on: opened down to DEEP levels where it leads to the answer. */
function line(one, open = false, decisive = true, depth = 1) {
  const words = [
    el("span", { class: `sign ${one.answer}` }, el("span", { "aria-hidden": "true" }, SIGNS[one.answer]), " ", t(`said_${one.answer}`)),
    el("span", { class: "said" }, capital(here(one))),
  ];
  const cite = one.cite ? el("span", { class: "soft small" }, citeLink(one.cite)) : null;
  const kind = decisive ? null : "aside";
  if (!one.parts.length) return el("li", { class: kind }, el("div", { class: "leaf" }, words, cite));
  return el("li", { class: kind },
    el("details", { open }, el("summary", {}, words), cite ? el("div", { class: "of" }, cite) : null,
      el("ul", { class: "tree" }, one.parts.map((part) => line(part, open && part.decisive && depth < DEEP, part.decisive, depth + 1)))));
}

// ---- rival readings

function readings(answer, { read }) {
  const differing = answer.rivals.filter((one) => one.differs);
  const first = new Set(differing.map((one) => one.switch));
  const chosen = data.switches.filter((one) => answer.readings[one.id] !== one.default);
  for (const one of chosen) first.add(one.id);
  const [near, rest] = [data.switches.filter((one) => first.has(one.id)), data.switches.filter((one) => !first.has(one.id))];
  const sets = (list) => list.map((one) => reading(one, answer, read));
  return el("section", { class: "readings screen-only" },
    el("h2", {}, t("readings_title")),
    el("p", { class: "hint" }, t("readings_said")),
    el("p", { class: "strong" }, differing.length ? t("readings_differ", { n: differing.length, count: differing.length }) : t("readings_same")),
    sets(near),
    el("details", {}, el("summary", {}, t("readings_rest", { count: rest.length })), sets(rest)));
}

function reading(one, answer, read) {
  const rivals = new Map(answer.rivals.filter((rival) => rival.switch === one.id).map((rival) => [rival.choice, rival]));
  return el("fieldset", { class: "card reading" },
    el("legend", {}, here(one), " ", el("span", { class: "soft small" }, citeLink(one.cite), " · ", el("code", {}, one.id))),
    one.choices.map((choice) => {
      const rival = rivals.get(choice);
      return el("label", { class: "choice" },
        el("input", { type: "radio", name: one.id, value: choice, checked: answer.readings[one.id] === choice, onchange: () => read(one.id, choice) }),
        el("span", {}, readingWords(one.id, choice),
          choice === one.default ? el("span", { class: "soft small" }, ` (${t("reading_usual")})`) : null,
          rival?.differs ? [" ", el("span", { class: `tag ${tone(rival.outcome)}` }, t("reading_would", { words: here(rival.words) }))] : null));
    }));
}

function closing(answer) {
  const { A: act, R: regulations } = answer.checked_to;
  const until = act && regulations ? t("checked_to", { act: day(act), regulations: day(regulations) }) : "";
  return el("section", { class: "note" },
    el("p", {}, until, " ", answer.after_check ? el("strong", {}, t("after_check")) : ""),
    el("p", {}, t("abbreviations"), " ", el("span", { class: "paper-only" }, document.querySelector(".version")?.textContent ?? "")));
}
