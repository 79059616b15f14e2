/* One lever of the lab: its control, its days when it is moved, and what held in truth with its sources. */
import { day, number } from "./format.js";
import { source } from "./source.js";
import { el, language, t } from "./text.js";

const AS_IT_WAS = "as_it_was";
const TYPED = "typed";
let count = 0;

/**
 * A lever as an element. `setting` is {lever, value, from, until} or undefined for "as it was"; `changed(setting or null)` is
 * called whenever the reader moves it; `first` and `last` bound the days.
 */
export function lever(spec, setting, changed, { first, last }) {
  const id = `lever-${++count}`;
  const now = { value: setting?.value ?? spec.default, from: setting?.from ?? "", until: setting?.until ?? "" };
  const box = el("div", { class: "lever", dataset: { lever: spec.id } });
  const days = el("div", { class: "lever-days" });
  const moved = () => now.value !== spec.default;

  function tell() {
    box.classList.toggle("moved", moved());
    fillDays();
    changed(moved() ? { lever: spec.id, value: now.value, ...(now.from ? { from: now.from } : {}), ...(now.until ? { until: now.until } : {}) } : null);
  }

  function set(value) {
    const before = now.value;
    now.value = value;
    if (!wantsDays()) now.from = now.until = "";
    else if (!now.from && before !== value && spec.control === "choice" && spec.choices.some((one) => one.dated)) now.from = firstDay(value);
    tell();
  }

  function wantsDays() {
    if (!spec.dated || !moved()) return false;
    const choice = spec.choices.find((one) => one.value === now.value);
    return spec.group !== "law" || spec.control !== "choice" || Boolean(choice?.dated);
  }

  /** A day to begin with: a year before the real one, or the middle of the study. */
  function firstDay(value) {
    const real = spec.held.find((one) => one.value === true && one.from >= first)?.from;
    if (value === "starts" && real) return shifted(real, first);
    const middle = Math.round((Number(first.slice(0, 4)) + Number(last.slice(0, 4))) / 2);
    const day_ = `${middle}-01-01`;
    return day_ >= first && day_ <= last ? day_ : first;
  }

  function fillDays() {
    if (!wantsDays()) return days.replaceChildren();
    if (days.childElementCount) return undefined;
    const field = (name, words) => el("label", {}, el("span", {}, t(words)),
      el("input", { type: "date", value: now[name], min: name === "from" ? null : first, max: last, onchange: (event) => { now[name] = event.target.value; tell(); } }));
    const needsOne = spec.group === "law" && spec.control === "choice";
    days.replaceChildren(field("from", "day_from"), needsOne ? "" : field("until", "day_until"));
    return undefined;
  }

  const control = controls(spec, now, id, set);
  box.append(el("div", { class: "lever-head" }, el("label", { for: id, id: `${id}-name` }, spec.title[language]), truth(spec, id)), control, days);
  box.classList.toggle("moved", moved());
  fillDays();
  return box;
}

function shifted(day_, first) {
  const earlier = `${Number(day_.slice(0, 4)) - 1}${day_.slice(4)}`.replace("02-29", "02-28");
  return earlier >= first ? earlier : first;
}

function controls(spec, now, id, set) {
  if (spec.control === "switch") {
    return el("input", { type: "checkbox", id, checked: now.value === true, onchange: (event) => set(event.target.checked) });
  }
  if (spec.control === "choice") return select(spec.choices, now.value, id, set);
  if (!spec.choices.length) return slider(spec, now, id, set);
  const typed = () => typeof now.value === "number";
  const field = el("div", { class: "lever-number" });
  const fill = () => field.replaceChildren(...(typed() ? [slider(spec, now, `${id}-n`, set, `${id}-name`)] : []));
  fill();
  const choices = [...spec.choices, { value: TYPED, title: { en: t("set_to"), fr: t("set_to") } }];
  const choose = select(choices, typed() ? TYPED : now.value, id, (value) => {
    set(value === TYPED ? start(spec) : value);
    fill();
  });
  return el("div", {}, choose, field);
}

function select(choices, value, id, set) {
  return el("select", { id, onchange: (event) => set(event.target.value) },
    choices.map((one) => el("option", { value: one.value, selected: one.value === value }, one.title[language])));
}

/** What held last in truth, or the middle of what the lever allows. */
function start(spec) {
  const held = spec.held.at(-1)?.value;
  if (typeof held === "number" && held >= (spec.low ?? held) && held <= (spec.high ?? held)) return held;
  return ((spec.low ?? 0) + (spec.high ?? 2)) / 2;
}

/** A slider with the number beside it, or a field for a number where the lever has no ends. */
function slider(spec, now, id, set, labelled = "") {
  const low = spec.low ?? null;
  const high = spec.high ?? null;
  const step = spec.step || (low !== null && high !== null && high > low ? 10 ** Math.floor(Math.log10((high - low) / 50)) : "any");
  const unit = spec.unit?.[language] ?? "";
  if (low === null || high === null || high <= low) {
    return el("span", { class: "lever-slide" },
      el("input", { type: "number", id, value: now.value, step: "any", min: low, max: high, "aria-labelledby": labelled || null, onchange: (event) => event.target.value !== "" && set(Number(event.target.value)) }), el("span", { class: "unit" }, unit));
  }
  const decimals = step === "any" ? 2 : Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const shown = (value) => {
    const signed = low < 0;
    return spec.unit && spec.default === 1 ? `×${"\u00a0"}${number(value, { decimals: 2 })}` : `${number(value, { decimals, signed })}${unit ? "\u00a0" + unit : ""}`;
  };
  const output = el("output", { for: id }, shown(Number(now.value)));
  const input = el("input", {
    type: "range", id, min: low, max: high, step, "aria-labelledby": labelled || null, "aria-valuetext": shown(Number(now.value)),
    oninput: (event) => {
      output.textContent = shown(Number(event.target.value));
      event.target.setAttribute("aria-valuetext", output.textContent);
    },
    onchange: (event) => set(Number(event.target.value)),
  });
  input.value = String(now.value);
  return el("span", { class: "lever-slide" }, input, output);
}

/** The button that opens what held in truth, and that part. */
function truth(spec, id) {
  const part = el("div", { class: "lever-truth", id: `${id}-truth`, hidden: true });
  const button = el("button", {
    type: "button", class: "lever-info", "aria-expanded": "false", "aria-controls": `${id}-truth`, "aria-label": t("truth_of", { what: spec.title[language] }), title: t("truth"),
    onclick: () => {
      const open = part.hidden;
      if (open && !part.childElementCount) part.append(...held(spec));
      part.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    },
  }, "?");
  return [button, part];
}

function held(spec) {
  const rows = spec.held.map((one) => el("li", {}, one.from ? el("strong", {}, `${day(one.from)}${t("colon")} `) : null, value(one),
    one.status ? ` (${t(`status_${one.status}`)}${one.low !== null && one.high !== null && one.low !== undefined ? `, ${t("span", { low: number(one.low, { decimals: 2 }), high: number(one.high, { decimals: 2 }) })}` : ""})` : null));
  const sources = spec.sources.map((one) => el("li", {}, source(one)));
  return [
    el("p", {}, spec.help[language]),
    spec.cite ? el("p", { class: "soft" }, spec.cite) : null,
    rows.length ? el("p", { class: "strong" }, t("truth_held")) : null,
    rows.length ? el("ul", {}, rows) : null,
    sources.length ? el("p", { class: "strong" }, t("sources_title")) : null,
    sources.length ? el("ul", {}, sources) : null,
  ].filter(Boolean);
}

function value(step) {
  if (step.value === true) return t("in_force");
  if (step.value === false) return t("not_in_force");
  if (typeof step.value === "number") return `${number(step.value, { decimals: Number.isInteger(step.value) ? 0 : 2 })} ${step.unit}`;
  return step.value === "none" ? t("no_limit") : `${step.value ?? "\u2013"} ${step.unit}`;
}

/** True where a setting leaves everything as it was. */
export function still(spec, value_) {
  return value_ === spec.default || value_ === AS_IT_WAS;
}
