/* The board: a column for each place, a card for each family; a card is dragged, or its place is chosen in a list. */
import { dollars, number } from "./format.js";
import { el, language, t } from "./text.js";

const MANY = 4_000; // pairs of family and place above which a list of places is filled only when it is opened
const AT_ONCE = 60; // families shown at once; the rest follow in slices, so that the page never stands still
const SLICE = 12; // milliseconds

/** Hard rules in words: "school, language fr". */
export function ruleWords(rules) {
  return rules.map(needWords).join(", ");
}

/** One need, or rule, in words. */
export function needWords(name) {
  const [head, rest] = name.split(" ");
  if (head === "language") return t("need_language", { code: rest });
  if (head === "only") return t("need_only", { what: rest });
  return { accessible: t("need_accessible"), school: t("need_school"), beds: t("need_beds") }[name] ?? name;
}

/**
 * The board of a plan: the element, and a function that fills it once it stands in the page and then calls `done`.
 * ways: move(family, place), where the place may be "wait", or empty for the rule's own.
 */
export function boardView(desk, plan, chosen, { move }) {
  const families = new Map(desk.families.map((one) => [one.id, one]));
  const lines = new Map(plan.lines.map((one) => [one.id, one]));
  const beds = new Map(plan.beds.map((one) => [one.place, one]));
  const columns = [];
  const waiting = [];
  const homeless = plan.lines.filter((one) => one.place === null);
  if (homeless.length) columns.push(column(null, homeless));
  for (const site of desk.places) columns.push(column(site, plan.lines.filter((one) => one.place === site.id)));
  const board = el("div", { class: "board" }, columns);
  const made = el("section", { class: "board-part" }, el("h2", {}, t("board_title")), el("p", { class: "hint screen-only" }, t("board_said")), board);
  return [made, fill];

  function fill(done) {
    if (!made.isConnected) return; // a newer plan stands there
    const until = performance.now() + (plan.lines.length > AT_ONCE ? SLICE : Infinity);
    while (waiting.length && performance.now() < until) waiting.shift()();
    if (!waiting.length) done();
    else setTimeout(() => fill(done));
  }

  function column(site, inside) {
    const to = site ? site.id : "wait";
    const made = el("section", { class: site ? "column" : "column none", "data-place": to, "aria-label": site ? site.id : t("no_place") },
      el("h3", {}, site ? site.id : t("no_place")),
      site ? about(site) : null,
      inside.length ? cards(inside) : el("p", { class: "soft small" }, t("place_nobody")));
    made.addEventListener("dragover", (event) => {
      event.preventDefault();
      made.classList.add("over");
    });
    made.addEventListener("dragleave", (event) => {
      if (!made.contains(event.relatedTarget)) made.classList.remove("over");
    });
    made.addEventListener("drop", (event) => {
      event.preventDefault();
      const id = event.dataTransfer.getData("text/plain");
      made.classList.remove("over");
      if (lines.has(id) && (lines.get(id).place ?? "wait") !== to) move(id, to);
    });
    return made;
  }

  function cards(inside) {
    const list = el("ul", { class: "cards" });
    for (const line of inside) waiting.push(() => list.append(card(line)));
    return list;
  }

  function about(site) {
    const { taken, free, left, fewest } = beds.get(site.id);
    const bar = el("span", { class: "fill" });
    bar.style.width = `${free ? (100 * taken) / free : 0}%`;
    return [
      el("p", { class: "soft small" }, t("place_about", { province: site.province, price: dollars(site.price, { decimals: site.price % 1 ? 2 : 0 }), km: number(site.km) })),
      el("p", { class: "small beds-line" }, t(fewest < left ? "beds_line_later" : "beds_line", { n: taken, taken: number(taken), free: number(free), fewest: number(fewest) })),
      el("div", { class: "bar", "aria-hidden": "true" }, bar),
      el("p", { class: "soft small" }, site.offers.map(needWords).join(" · ")),
    ];
  }

  function card(line) {
    const of = families.get(line.id);
    const size = [t("family_persons", { n: line.persons, count: line.persons }), of.nights ? t("family_nights", { n: of.nights, count: of.nights }) : null];
    const made = el("li", { class: line.override ? "family chosen" : "family", draggable: "true", "data-family": line.id },
      el("p", { class: "family-head" }, el("strong", {}, line.id), " ", el("span", {}, size.filter(Boolean).join(" · ")),
        line.override && line.reason !== "refused" ? el("span", { class: "tag info" }, t("chosen_tag")) : null),
      of.needs.length || of.ties.length
        ? el("p", { class: "needs" }, of.needs.map((one) => el("span", { class: "need" }, needWords(one))), of.ties.length ? el("span", { class: "need tie" }, t("near_tag", { ties: of.ties.join(" ") })) : null)
        : null,
      el("p", { class: "reason" }, sentence(line[`reason_${language}`])),
      picker(line));
    made.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/plain", line.id);
      event.dataTransfer.effectAllowed = "move";
      made.classList.add("dragged");
      for (const one of board.children) one.classList.toggle("shut", Boolean(desk.closed[line.id]?.[one.dataset.place]));
    });
    made.addEventListener("dragend", () => {
      made.classList.remove("dragged");
      for (const one of board.children) one.classList.remove("shut", "over");
    });
    return made;
  }

  function picker(line) {
    const now = chosen[line.id] ?? "";
    const option = (value, label) => el("option", { value, selected: value === now }, label);
    const all = () => [
      option("", t("move_rule")),
      ...desk.places.map((site) => {
        const rules = desk.closed[line.id]?.[site.id];
        return option(site.id, rules ? t("move_breaks", { place: site.id, rules: ruleWords(rules) }) : site.id);
      }),
      option("wait", t("move_wait")),
    ];
    const few = desk.families.length * desk.places.length <= MANY;
    const made = el("select", { id: `move-${line.id}`, class: "screen-only", "aria-label": t("family_move", { id: line.id }), onchange: () => move(line.id, made.value) },
      few ? all() : option(now, now || t("move_rule")));
    if (!few) {
      made.addEventListener("focus", () => made.replaceChildren(...all()), { once: true });
      made.addEventListener("pointerdown", () => made.replaceChildren(...all()), { once: true });
    }
    return made;
  }
}

function sentence(words) {
  const plain = words.replaceAll("`", "");
  return `${plain.charAt(0).toLocaleUpperCase(language)}${plain.slice(1)}${/[.!?]$/.test(plain) ? "" : "."}`;
}
