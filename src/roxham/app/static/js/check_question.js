/* One question: its words, the fields that its kind of answer needs, and the way on or back. */
import { countries } from "./countries.js";
import { el, language, t } from "./text.js";

const OFF = { autocomplete: "off", autocorrect: "off", spellcheck: "false" };
const FEW = 12; // values up to which each stands on a line of its own

/**
 * The form of a question. `about` is from describe(); given: the answer so far; answered(text) is called with text as at
 * the terminal; back and finish are functions, or none where there is no such way.
 */
export function questionForm(about, { number, given, faults, answered, back, finish }) {
  const fault = el("p", { class: "fault", id: "fault", role: "alert" }, faults.join(" "));
  const field = FIELDS[about.kind](about, given === "unknown" ? undefined : given);
  const submit = (event) => {
    event.preventDefault();
    const text = field.read();
    if (text) return answered(text);
    fault.textContent = t("needs_answer");
    field.first()?.focus();
    return undefined;
  };
  const cite = about.cite ? el("a", { href: about.cite[`href_${language}`] || null, target: "_blank", rel: "noopener noreferrer" }, about.cite[language]) : null;
  return el("form", { class: "card lift question", "data-key": about.key, novalidate: true, onsubmit: submit, ...OFF },
    el("p", { class: "kicker" }, [t("question_number", { number }), about.record].filter(Boolean).join(" · ")),
    el("h2", { tabindex: "-1", id: "question" }, about.title),
    el("p", { class: "hint", id: "help" }, about.help, about.kind === "moment" ? ` ${t("time_local")}` : ""),
    field.box,
    fault,
    el("div", { class: "cluster ways" },
      el("button", { type: "submit", class: "btn primary", "data-way": "next" }, t("next")),
      el("button", { type: "button", class: "btn", "data-way": "unknown", onclick: () => answered("unknown") }, t("do_not_know")),
      back ? el("button", { type: "button", class: "btn quiet", "data-way": "back", onclick: back }, t("back")) : null),
    el("div", { class: "spread under" },
      cite ? el("details", {}, el("summary", {}, t("why_asked")), el("p", { class: "hint" }, around(t("why_asked_said", { cite: "\u0000" }), cite))) : null,
      finish ? el("button", { type: "button", class: "link small", "data-way": "finish", onclick: finish }, t("answer_now")) : null));
}

function around(words, element) {
  const [before, after] = words.split("\u0000");
  return [before, element, after];
}

function radios(about, choices, given) {
  const box = el("fieldset", { class: "choices", "aria-labelledby": "question", "aria-describedby": "help" },
    choices.map((one) => el("label", { class: "choice" },
      el("input", { type: "radio", name: "answer", value: one.value, checked: one.value === given }), el("span", {}, one.label))));
  return { box, read: () => box.querySelector("input:checked")?.value, first: () => box.querySelector("input") };
}

function checks(about, given) {
  const held = new Set(given && given !== "none" ? given.split(",").map((one) => one.trim()) : []);
  const line = (value, label, checked) => el("label", { class: "choice" },
    el("input", { type: "checkbox", value, checked }), el("span", {}, label));
  const none = line("none", t("none_of_these"), given === "none");
  const box = el("fieldset", { class: "choices", "aria-labelledby": "question", "aria-describedby": "help" },
    about.values.map((one) => line(one.value, one.label, held.has(one.value))), none);
  box.addEventListener("change", (event) => {
    if (!event.target.checked) return;
    for (const one of box.querySelectorAll("input")) {
      if ((event.target.value === "none") !== (one.value === "none")) one.checked = false;
    }
  });
  return { box, read: () => [...box.querySelectorAll("input:checked")].map((one) => one.value).join(", "), first: () => box.querySelector("input") };
}

function input(type, given, more = {}) {
  const made = el("input", { type, value: given ?? "", "aria-labelledby": "question", "aria-describedby": "help fault", ...OFF, ...more });
  return { box: el("div", { class: "field one" }, made), read: () => made.value.trim(), first: () => made };
}

function choice(options, given, more = {}) {
  return el("select", { "aria-labelledby": "question", "aria-describedby": "help fault", ...more },
    el("option", { value: "" }, t("choose")),
    options.map((one) => el("option", { value: one.value, selected: one.value === given }, one.label)));
}

function select(options, given) {
  const made = choice(options, given);
  return { box: el("div", { class: "field one" }, made), read: () => made.value, first: () => made };
}

/** Several of the same: `make(value)` makes one field; a button adds another; a box says that there is none. */
function several(make, given, { another, none, most }) {
  const values = given && given !== "none" ? given.split(",").map((one) => one.trim()) : [""];
  const rows = el("div", { class: "rows" }, values.map(make));
  const nothing = el("input", { type: "checkbox", value: "none", checked: given === "none" });
  const add = el("button", { type: "button", class: "btn small", onclick: () => {
    const made = make("");
    rows.append(made);
    made.focus();
    add.hidden = rows.children.length >= most;
  } }, another);
  const box = el("div", { class: "field one" }, rows, add, el("label", { class: "choice" }, nothing, el("span", {}, none)));
  rows.addEventListener("input", () => { nothing.checked = false; });
  const read = () => (nothing.checked ? "none" : [...rows.children].map((one) => one.value).filter(Boolean).join(", "));
  return { box, read, first: () => rows.firstElementChild };
}

const named = (label) => (made) => {
  made.removeAttribute("aria-labelledby");
  made.setAttribute("aria-label", label);
  return made;
};

const FIELDS = {
  yesno: (about, given) => radios(about, [{ value: "yes", label: t("yes") }, { value: "no", label: t("no") }], given),
  value: (about, given) => {
    const known = about.fact === "anchor_relation" ? about.values.filter((one) => one.value !== "none") : about.values;
    return known.length > FEW ? select(known, given) : radios(about, known, given);
  },
  set: checks,
  moment: (about, given) => input("datetime-local", given?.length === 10 ? `${given}T12:00` : given, { min: "1970-01-01T00:00", max: "2100-12-31T23:59" }),
  day: (about, given) => input("date", given, { min: "1900-01-01", max: "2100-12-31" }),
  number: (about, given) => input("number", given, { min: "0", max: "1200", step: "1", inputmode: "numeric" }),
  days: (about, given) => several(
    (value) => named(t("day_pick"))(el("input", { type: "date", value, min: "1970-01-01", max: "2100-12-31", "aria-describedby": "help fault", ...OFF })),
    given, { another: t("day_another"), none: t("no_days"), most: 12 }),
  country: (about, given) => select([{ value: "none", label: t("no_country") }, ...countries()], given),
  countries: (about, given) => several(
    (value) => named(t("country_pick"))(choice(countries(), value)),
    given, { another: t("country_another"), none: t("no_country"), most: 6 }),
};
