/* The right of the lab: what changes against the baseline, each with its band, and why, with the sources. */
import { get, tellError } from "./api.js";
import { number, quantity, scaleFor, span } from "./format.js";
import { source } from "./source.js";
import { table } from "./table.js";
import { el, has, language, t } from "./text.js";

/** The groups in the order in which people come before budgets. */
const GROUPS = ["heard", "unheard", "waiting", "nights", "danger", "dollars", "crossings"];
const SPACE = "http://www.w3.org/2000/svg";

/**
 * The numbers. `study()` gives the id of the study that runs, `period(name)` is called when the reader turns to a year.
 * Returns {show(result, scenario)}.
 */
export function makeNumbers({ study, period }) {
  const host = document.getElementById("numbers-list");
  const select = document.getElementById("period");
  const dialog = document.getElementById("why");
  const rows = new Map();
  let asking = null;
  select.addEventListener("change", () => period(select.value));
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  function show(result, scenario) {
    fillPeriods(result);
    const alone = scenario === result.baseline;
    const wanted = result.headlines.map((one) => one.metric).join();
    if (host.dataset.metrics !== wanted || host.dataset.alone !== String(alone)) layOut(result, alone);
    host.dataset.metrics = wanted;
    host.dataset.alone = String(alone);
    for (const one of result.headlines) {
      const of = (name) => one.scenarios.find((each) => each.scenario === name);
      fillRow(rows.get(one.metric), one, of(result.baseline), of(scenario), alone, result);
    }
    host.setAttribute("aria-busy", "false");
    document.getElementById("numbers-note").textContent = t(alone ? "numbers_note_alone" : "numbers_note", { n: result.draws, draws: number(result.draws) });
  }

  function fillPeriods(result) {
    const names = result.periods.filter((one) => one === "all" || /^\d{4}$/.test(one));
    const ordered = ["all", ...names.filter((one) => one !== "all")];
    if (select.dataset.periods !== ordered.join()) {
      select.replaceChildren(...ordered.map((one) => el("option", { value: one }, one === "all" ? t("period_all") : one)));
      select.dataset.periods = ordered.join();
    }
    select.value = ordered.includes(result.period) ? result.period : "all";
  }

  function layOut(result, alone) {
    host.replaceChildren();
    rows.clear();
    for (const group of [...GROUPS, ...new Set(result.headlines.map((one) => one.group))].filter((one, k, all) => all.indexOf(one) === k)) {
      const held = result.headlines.filter((one) => one.group === group);
      if (!held.length) continue;
      const list = el("ul", { class: "numbers-group" });
      host.append(el("h3", {}, has(`group_${group}`) ? t(`group_${group}`) : group), list);
      for (const one of held) {
        const parts = { change: el("strong", { class: "change" }), band: el("span", { class: "band" }), bar: el("span", { class: "interval" }), level: el("span", { class: "level" }) };
        const why = alone ? null : el("button", { type: "button", class: "btn small why", onclick: () => open(one.metric), "aria-label": t("why_of", { what: one.label[language] }) }, t("why"));
        list.append(el("li", { class: "numbers-row", dataset: { metric: one.metric } }, el("span", { class: "name" }, one.label[language]), why, el("span", { class: "outcome" }, parts.change, parts.bar), el("span", { class: "detail" }, parts.band, parts.level)));
        rows.set(one.metric, parts);
      }
    }
  }

  function fillRow(parts, one, base, value, alone, result) {
    const level = scaleFor([base?.value.q50, value?.value.q50]);
    if (alone || !value) {
      parts.change.textContent = quantity(base?.value.q50 ?? null, one.unit, level);
      parts.change.className = "change";
      parts.band.textContent = `(${band(base?.value, one.unit, level, {})})`;
      parts.level.textContent = "";
      return parts.bar.replaceChildren();
    }
    const change = value.difference;
    const scale = scaleFor([change.q05, change.q50, change.q95]);
    const none = change.q05 === 0 && change.q95 === 0;
    parts.change.textContent = none ? t("no_change") : quantity(change.q50, one.unit, scale, { signed: true });
    parts.change.className = `change ${none || !value.settled ? "is-open" : change.q50 > 0 ? "is-more" : "is-less"}`;
    parts.band.textContent = none ? "" : `(${band(change, one.unit, scale, { signed: true })}${value.settled ? "" : `; ${t("not_settled")}`})`;
    parts.level.textContent = t("instead_of", { value: quantity(value.value.q50, one.unit, level), base: quantity(base.value.q50, one.unit, level) });
    parts.bar.replaceChildren(...(none ? [] : [interval(change)]));
    return result;
  }

  function band(numbers, unit, scale, options) {
    if (!numbers || numbers.q05 === null) return "";
    const scaled = { ...scale, scale: "" };
    const plain = unit.startsWith("CAD") ? "" : unit;
    return span(quantity(numbers.q05, plain, scaled, options), quantity(numbers.q95, plain, scaled, options));
  }

  // ---------------------------------------------------------------- why
  async function open(metric) {
    const body = document.getElementById("why-body");
    const parts = rows.get(metric);
    document.getElementById("why-title").textContent = t("why_title", { what: host.querySelector(`[data-metric="${metric}"] .name`).textContent });
    body.replaceChildren(el("p", { class: "soft", role: "status" }, t("why_asking")));
    if (!dialog.open) dialog.showModal();
    asking?.abort();
    asking = new AbortController();
    const { id, scenario } = study();
    try {
      const query = { metric, scenario, place: "all", period: select.value || "all", by: "cause", lang: language };
      body.replaceChildren(...answer(await get(`/api/lab/studies/${id}/why`, query, { signal: asking.signal })));
    } catch (error) {
      if (error.name === "AbortError") return;
      body.replaceChildren(el("p", { class: "notice warn" }, error.status === 404 || error.status === 422 || error.status === 409 ? error.message : t("server_trouble")));
      tellError(error);
    }
    parts?.change.scrollIntoView({ block: "nearest" });
  }

  return { show, open };
}

/** The band of a difference as a small picture: zero, the ends, the middle. */
function interval({ q05, q50, q95 }) {
  const far = Math.max(Math.abs(q05), Math.abs(q95)) || 1;
  const x = (value) => 100 + (value / far) * 96;
  const svg = document.createElementNS(SPACE, "svg");
  const shape = (tag, attributes) => {
    const made = document.createElementNS(SPACE, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    svg.append(made);
  };
  svg.setAttribute("viewBox", "0 0 200 14");
  svg.setAttribute("aria-hidden", "true");
  shape("line", { x1: 2, x2: 198, y1: 7, y2: 7, class: "interval-axis" });
  shape("line", { x1: 100, x2: 100, y1: 1, y2: 13, class: "interval-zero" });
  shape("rect", { x: x(q05), width: Math.max(1.5, x(q95) - x(q05)), y: 4, height: 6, rx: 3, class: q05 > 0 ? "interval-more" : q95 < 0 ? "interval-less" : "interval-open" });
  shape("circle", { cx: x(q50), cy: 7, r: 4, class: "interval-middle" });
  return svg;
}

/** The citation of a line, linked where its source is known. */
function cited(one) {
  const known = (one.sources ?? []).find((each) => each.id === one.cite);
  if (!one.cite && !one.sources?.length) return null;
  return el("span", { class: "cite" }, known ? source(known) : one.sources?.length ? one.sources.slice(0, 3).flatMap((each, k) => [k ? "; " : "", source(each)]) : one.cite);
}

/** An answer to "why" as elements: the heading, the lines with their citations, the amendments, the sources. */
function answer(why) {
  const scale = scaleFor([why.difference, ...why.lines.map((one) => one.mean)]);
  const write = (value) => quantity(value, why.unit, scale, { signed: true });
  const plain = why.unit.startsWith("CAD") ? "" : why.unit;
  const ends = (one) => span(quantity(one.q05, plain, { ...scale, scale: "" }, { signed: true }), quantity(one.q95, plain, { ...scale, scale: "" }, { signed: true }));
  const rows = why.lines.map((one) => [
    el("span", {}, (one.what || one.step).replace(` [${one.cite}]`, ""), cited(one), one.payer && has(`payer_${one.payer}`) ? el("span", { class: "band" }, t(`payer_${one.payer}`)) : null),
    el("span", { class: "nowrap" }, write(one.mean), el("span", { class: "band" }, one.q05 === one.q95 ? "" : ends(one))),
  ]);
  const level = scaleFor([why.baseline_mean, why.scenario_mean]);
  const lines = new Map();
  for (const one of [...why.sources, ...why.lines.flatMap((each) => each.sources ?? [])]) lines.set(one.id, one);
  return [
    el("p", { class: "why-heading" }, t("why_heading", { base: quantity(why.baseline_mean, why.unit, level), value: quantity(why.scenario_mean, why.unit, level) })),
    why.lines.length ? table({ columns: [{ label: t("why_line") }, { label: t("why_part"), number: true }], rows: [...rows, [el("strong", {}, t("why_total")), el("strong", { class: "nowrap" }, write(why.difference))]], caption: t("why_caption", { n: why.draws, draws: number(why.draws) }) }) : el("p", {}, t("why_nothing")),
    why.amendments.length ? el("h3", {}, t("why_amendments")) : null,
    why.amendments.length ? el("ul", {}, why.amendments.map((one) => el("li", {}, one))) : null,
    why.notes.length ? el("ul", { class: "soft small" }, why.notes.map((one) => el("li", {}, one))) : null,
    lines.size ? el("h3", {}, t("sources_title")) : null,
    lines.size ? el("ul", { class: "sources" }, [...lines.values()].map((one) => el("li", {}, source(one), one.publisher ? ` \u2013 ${one.publisher}` : ""))) : null,
  ].filter(Boolean);
}
