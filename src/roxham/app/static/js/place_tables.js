/* What stands under the board: prices of choices, beds as bars with their table, rules side by side, counts to pass on. */
import { dollars, number } from "./format.js";
import { table } from "./table.js";
import { el, t } from "./text.js";

const PARTS = ["without_bed", "waiting", "beds", "ties", "distance", "fairness"];

/** Each choice made at the desk with its price; ways: back(family) takes one back. */
export function choicesView(plan, { back }) {
  const told = plan.overrides.map((one) => {
    const all = one.id === "all" && !one.override;
    return [
      all ? t("choices_all") : one.id,
      all ? "" : one.override === "wait" ? t("move_wait") : one.override,
      one.followed || all ? dollars(one.cost, { signed: true }) : t("not_followed"),
      number(one.persons_moved),
      number(one.persons_without_bed, { signed: true }),
      all ? "" : el("button", { type: "button", class: "btn small screen-only", "aria-label": t("take_back_what", { id: one.id }), onclick: () => back(one.id) }, t("take_back")),
    ];
  });
  return el("section", { class: "card", id: "choices" }, el("h2", {}, t("choices_title")),
    told.length ? el("p", { class: "hint" }, t("choices_said")) : null,
    told.length
      ? table({
        columns: [{ label: t("col_family") }, { label: t("col_choice") }, { label: t("col_price"), number: true }, { label: t("col_moved"), number: true }, { label: t("col_without"), number: true }, { label: t("col_action") }],
        rows: told, label: t("choices_title"), stacked: true })
      : el("p", { class: "soft" }, t("choices_none")));
}

/** Beds by place as bars, and the same numbers in a table. */
export function bedsView(plan) {
  const most = Math.max(1, ...plan.beds.map((one) => one.free));
  const rows = plan.beds.map((one) => {
    const [taken, left] = [el("span", { class: "fill" }), el("span", { class: "rest" })];
    taken.style.width = `${(100 * one.taken) / most}%`;
    left.style.width = `${(100 * Math.max(one.left, 0)) / most}%`;
    return el("li", {}, el("span", { class: "bar-name" }, one.place), el("span", { class: "bars", "aria-hidden": "true" }, taken, left),
      el("span", { class: "bar-value" }, t("beds_line", { n: one.taken, taken: number(one.taken), free: number(one.free) })));
  });
  return el("section", { class: "card", id: "beds" }, el("h2", {}, t("beds_title")),
    el("ul", { class: "legend", "aria-hidden": "true" }, el("li", {}, el("span", { class: "key fill" }), t("key_taken")), el("li", {}, el("span", { class: "key rest" }), t("key_left"))),
    el("ul", { class: "bar-list" }, rows),
    el("details", {}, el("summary", {}, t("beds_table")), table({
      columns: [{ label: t("col_place") }, { label: t("col_province") }, ...["free", "taken", "left", "fewest"].map((name) => ({ label: t(`col_${name}`), number: true }))],
      rows: plan.beds.map((one) => [one.place, one.province, number(one.free), number(one.taken), number(one.left), number(one.fewest)]),
      label: t("beds_caption") })));
}

/** The same morning by each rule; ways: use(rule). */
export function compareView(plan, now, { use }) {
  const rules = Object.keys(plan.compared);
  const line = (label, value) => [label, ...rules.map((rule) => value(plan.compared[rule]))];
  const rows = [
    line(t("row_placed"), (one) => number(one.persons_placed)),
    line(t("row_without"), (one) => number(one.persons_without_bed)),
    ...PARTS.map((part) => line(t(`part_${part}`), (one) => dollars(one.costs[part] ?? 0))),
    line(el("strong", {}, t("row_cost")), (one) => el("strong", {}, dollars(one.cost))),
    [t("rule_title"), ...rules.map((rule) => rule === now
      ? el("span", { class: "soft" }, t("rule_in_use"))
      : el("button", { type: "button", class: "btn small screen-only", "aria-label": `${t("use_rule")}: ${t(`rule_${rule}`)}`, onclick: () => use(rule) }, t("use_rule")))],
  ];
  return el("section", { class: "card", id: "compare" }, el("h2", {}, t("compare_title")), el("p", { class: "hint" }, t("compare_said")),
    table({ columns: [{ label: t("chart_what") }, ...rules.map((rule) => ({ label: t(`rule_${rule}`), number: true }))], rows, label: t("compare_title"), stacked: true }),
    el("p", { class: "note" }, t("compare_assumed")));
}

/** People placed by province, small counts not told. */
export function provincesView(plan) {
  const rows = Object.entries(plan.by_province).map(([name, count]) => [name, count === null ? t("count_hidden") : number(count)]);
  return el("section", { class: "card provinces", id: "provinces" }, el("h2", {}, t("provinces_title")),
    table({ columns: [{ label: t("col_province") }, { label: t("row_placed"), number: true }], rows, label: t("provinces_title") }),
    el("p", { class: "note" }, t("provinces_hidden")));
}
