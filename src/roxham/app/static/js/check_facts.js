/* What the facts of a person are called, and how an answer is shown. */
import { countryName } from "./countries.js";
import { day, list } from "./format.js";
import { data, has, language, t } from "./text.js";

const scopes = { anchors: "relative_number", prior_claims_abroad: "claim_number" };

/** The fact that an answer's name belongs to; none for "is there one more record". */
export function factOf(key) {
  const { fact } = parse(key);
  return data.facts.find((one) => one.name === fact);
}

/** An answer's name taken apart: {key, fact, scope, index}. */
export function parse(key) {
  const [scope, index, field] = key.split(".");
  if (index === undefined) return { key, fact: key, scope: null, index: 0 };
  const names = { anchors: "anchor_", prior_claims_abroad: "abroad_" };
  return { key, fact: field ? names[scope] + field : null, scope, index: Number(index) };
}

/** Everything that a question needs: words, help, kind, values, citation, and a short label. */
export function describe(key) {
  const about = parse(key);
  const fact = factOf(key);
  const record = about.scope ? t(scopes[about.scope], { number: about.index + 1 }) : "";
  if (!fact) {
    const name = about.index ? `${about.scope}_more` : about.scope;
    return { ...about, kind: "yesno", values: [], title: t(`ask_${name}`), help: t(`help_${about.scope}`), label: about.index ? `${capital(t(`label_${about.scope}`))} (${about.index + 1})` : capital(t(`label_${about.scope}`)) };
  }
  return {
    ...about,
    kind: fact.kind,
    values: fact.values.map((one) => ({ value: one.value, label: choiceWords(fact.name, one) })),
    title: t(`ask_${fact.name}`),
    help: t(`help_${fact.name}`),
    record,
    cite: fact.cite,
    label: capital(record ? `${record}${language === "fr" ? "\u00a0" : ""}: ${fact[language]}` : fact[language]),
  };
}

function choiceWords(fact, one) {
  const key = `choice_${fact}_${one.value}`;
  return capital(has(key) ? t(key) : one[language]);
}

/** Words with a capital at their beginning. */
export const capital = (words) => words.charAt(0).toLocaleUpperCase(language) + words.slice(1);

/** A moment such as 2023-04-01T22:00 in words. */
export function momentWords(text) {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text ?? "")) return t("unknown");
  const clock = text.slice(11, 16);
  if (!clock) return day(text);
  const [hour, minute] = clock.split(":");
  const french = `${Number(hour)}\u00a0h${minute === "00" ? "" : `\u00a0${minute}`}`;
  return `${day(text)}, ${language === "fr" ? french : clock}`;
}

/** An answer as it is shown. */
export function shown(key, text) {
  const about = describe(key);
  if (text === undefined || text === "unknown") return t("unknown");
  if (about.kind === "yesno") return { yes: t("yes"), no: t("no") }[text] ?? text;
  if (about.kind === "moment" || about.kind === "day") return momentWords(text);
  const parts = text.split(",").map((one) => one.trim());
  const words = (one) => {
    if (about.kind === "days") return momentWords(one);
    if (about.kind === "country" || about.kind === "countries") return countryName(one);
    return about.values.find((value) => value.value === one)?.label ?? one;
  };
  if (text === "none") {
    const none = about.values.find((value) => value.value === "none")?.label;
    return none ?? t(about.kind === "days" ? "no_days" : about.kind === "set" ? "none_of_these" : "no_country");
  }
  return list(parts.map(words));
}
