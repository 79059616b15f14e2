/* Words of the page. The server puts them, in the page's language, into <script id="texts">. */

/** The page's language: "en" or "fr". It changes where a page speaks another language in place (switch.js). */
export let language = document.documentElement.lang === "fr" ? "fr" : "en";

const inside = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
let held = inside("texts");
let plural = new Intl.PluralRules(language === "fr" ? "fr-CA" : "en-CA");

/** True where the page has that phrase. */
export function has(key) {
  return Object.hasOwn(held, key);
}

/**
 * The phrase of a key with its blanks filled in: t("people", {n: 2, shown: "2"}).
 * Where `n` is given and the phrases `key_one` and `key_other` stand, the plural of the language chooses.
 */
export function t(key, values = {}) {
  const form = "n" in values ? `${key}_${plural.select(Math.abs(values.n)) === "one" ? "one" : "other"}` : key;
  const words = held[form] ?? held[key];
  if (words === undefined) {
    console.error(`no phrase "${form}"`);
    return key;
  }
  return words.replace(/\{(\w+)\}/g, (blank, name) => (name in values ? String(values[name]) : blank));
}

/** What the server sent with the page: the content of <script id="data">. */
export let data = inside("data");

/** Read language, words and data of the document anew, once it is in another language. */
export function reread() {
  language = document.documentElement.lang === "fr" ? "fr" : "en";
  plural = new Intl.PluralRules(language === "fr" ? "fr-CA" : "en-CA");
  held = inside("texts");
  data = inside("data");
}

/**
 * An element with attributes, listeners (onclick ...) and children; text is always text, never HTML.
 * `class`, `for` and `aria-*` are attributes; `dataset` and properties such as `value` are set as properties.
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "dataset") Object.assign(made.dataset, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (["value", "checked", "selected", "disabled", "hidden", "open", "textContent"].includes(name)) made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

/** Lets the browser answer the reader before the next piece of work: await breath(). */
export function breath() {
  return globalThis.scheduler?.yield ? globalThis.scheduler.yield() : new Promise((go) => setTimeout(go, 0));
}
