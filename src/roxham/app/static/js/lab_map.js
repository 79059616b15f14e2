/* The middle of the lab: the border from ocean to ocean with what happens at each crossing, one crossing drawn large, and
   the months played one after another. A filled circle is the scenario, a dashed ring the baseline; areas are counts. */
import { month, number, quantity, scaleFor } from "./format.js";
import { table } from "./table.js";
import { el, t } from "./text.js";

const SPACE = "http://www.w3.org/2000/svg";
const LARGEST = 46; // radius, in units of the whole sheet, of the largest count of all months
const PACE = { moving: 220, still: 700 };
const NAMED = 3; // places that are named on the whole sheet,
const NAMED_FROM = 0.04; // where they have at least this share of the largest

function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * The map. `atlas` is what /api/lab/map gives; `moved({month, metric})` is called when the reader turns to another month or
 * measure. Returns {show(flows), month()}; flows: {metric, unit, label, months, base: {place: []}, value: {place: []}, same}.
 */
export function makeMap(atlas, { moved, start }) {
  const box = document.getElementById("map");
  const slider = document.getElementById("month");
  const play = document.getElementById("play");
  const heading = document.getElementById("month-shown");
  const total = document.getElementById("month-total");
  const hover = el("div", { class: "map-tip", hidden: true });
  const details = document.getElementById("map-table");
  let flows = null;
  let top = 1;
  let timer = 0;
  let wanted = start;
  let unit = 1.5; // of the whole sheet, in a pixel

  const sheets = [sheet(atlas.whole, "whole"), sheet(atlas.near, "near")];
  const near = el("div", { class: "map-near" }, el("p", { class: "map-near-title" }, t("map_near", { place: atlas.names[atlas.focus] })), sheets[1].root);
  box.replaceChildren(sheets[0].root, near, hover);
  box.setAttribute("aria-label", t("map_name"));
  document.getElementById("map-credit").textContent = atlas.credit;
  new ResizeObserver(() => sheets.forEach((one) => one.resize())).observe(box);

  slider.addEventListener("input", () => turn(Number(slider.value)));
  slider.addEventListener("change", () => moved({ month: flows?.months[Number(slider.value)] }));
  play.addEventListener("click", () => (timer ? pause() : go()));
  details.addEventListener("toggle", () => flows && fillTable());
  box.addEventListener("pointermove", (event) => tell(event));
  box.addEventListener("pointerdown", (event) => tell(event));
  box.addEventListener("pointerleave", () => { hover.hidden = true; });

  function go() {
    if (!flows) return;
    if (Number(slider.value) >= Number(slider.max)) turn(0);
    const pace = matchMedia("(prefers-reduced-motion: reduce)").matches ? PACE.still : PACE.moving;
    play.textContent = t("pause");
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next > Number(slider.max)) pause();
      else turn(next);
    }, pace);
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    play.textContent = t("play");
    play.setAttribute("aria-pressed", "false");
    if (flows) moved({ month: flows.months[Number(slider.value)] });
  }

  function at(place, side, k) {
    return flows[side][place]?.[k] ?? 0;
  }

  function turn(k) {
    slider.value = String(k);
    const shown = month(flows.months[k]);
    const sums = ["base", "value"].map((side) => Object.keys(flows[side]).reduce((sum, place) => sum + at(place, side, k), 0));
    const scale = scaleFor(sums);
    const words = sums.map((one) => quantity(one, flows.unit, scale));
    heading.textContent = shown;
    total.textContent = flows.same ? t("month_total_same", { base: words[0] }) : t("month_total", { value: words[1], base: words[0] });
    slider.setAttribute("aria-valuetext", `${shown}. ${total.textContent}`);
    for (const one of sheets) one.turn(k);
    marker.setAttribute("x1", (k / Math.max(1, flows.months.length - 1)) * 1000);
    marker.setAttribute("x2", (k / Math.max(1, flows.months.length - 1)) * 1000);
    if (details.open) fillTable();
  }

  // ---------------------------------------------------------------- sheets
  function sheet(drawn, name) {
    const { width, height } = drawn;
    const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: `sheet ${name}`, "aria-hidden": "true", preserveAspectRatio: "xMidYMid slice" });
    for (const layer of ["province", "state", "lake", "river", "inner"]) if (drawn.layers[layer]) root.append(svg("path", { d: drawn.layers[layer], class: `land-${layer}` }));
    for (const one of drawn.labels) root.append(svg("text", { x: one.x, y: one.y, class: `land-name ${one.layer}` }, one.name));
    const lines = {};
    for (const [place, d] of Object.entries(drawn.stretches)) {
      root.append(svg("path", { d, class: "stretch-edge" }));
      lines[place] = svg("path", { d, class: "stretch", "data-place": place });
    }
    root.append(...Object.values(lines));
    const marks = {};
    const words = svg("g", { class: "mark-names" });
    for (const point of drawn.points) {
      if (point.kind === "hub") {
        root.append(svg("circle", { cx: point.x, cy: point.y, r: 3, class: "town" }), svg("text", { x: point.x + (point.x > width * 0.62 ? -8 : 8), y: point.y, class: "town-name", "text-anchor": point.x > width * 0.62 ? "end" : "start" }, point.name));
        continue;
      }
      marks[point.id] = {
        point,
        dot: svg("circle", { cx: point.x, cy: point.y, r: 0, class: `flow ${point.kind}`, "data-place": point.id }),
        ring: svg("circle", { cx: point.x, cy: point.y, r: 0, class: "flow-before", "data-place": point.id }),
        name: svg("text", { class: "mark-name", x: point.x, y: point.y }),
      };
    }
    const order = Object.values(marks).sort((a, b) => (a.point.kind === "port") - (b.point.kind === "port"));
    for (const one of order) root.append(one.dot, one.ring);
    for (const one of order) words.append(one.name);
    if (name === "near") for (const one of order) root.append(svg("circle", { cx: one.point.x, cy: one.point.y, r: 3.5, class: "spot" }));
    root.append(words);
    if (name === "whole") {
      const focus = marks[atlas.focus]?.point;
      if (focus) root.append(svg("rect", { x: focus.x - 7, y: focus.y - 5, width: 14, height: 10, class: "focus" }));
    }
    return { root, turn: (k) => turnSheet(k, { lines, marks, drawn, name }), resize };

    function resize() {
      const each = width / Math.max(1, root.clientWidth);
      if (name === "whole") unit = each;
      root.style.setProperty("--u", String(each));
    }
  }

  function turnSheet(k, { lines, marks, drawn, name }) {
    const scale = name === "whole" ? LARGEST : LARGEST * 1.15;
    const known = Object.entries(marks).filter(([place]) => place in flows.base || place in flows.value);
    for (const [place, one] of Object.entries(marks)) {
      const idle = !(place in flows.base || place in flows.value);
      if (idle && one.idle) continue;
      one.idle = idle;
      const [before, after] = [at(place, "base", k), at(place, "value", k)];
      one.dot.setAttribute("r", radius(after, scale));
      one.ring.setAttribute("r", flows.same ? 0 : radius(before, scale));
      one.name.textContent = "";
    }
    for (const [place, line] of Object.entries(lines)) {
      const value = at(place, "value", k);
      line.setAttribute("class", `stretch ${value > 0 ? "used" : ""}`);
      line.setAttribute("stroke-width", value > 0 ? 1.5 + 3.5 * Math.sqrt(value / top) : 1.2);
    }
    const shown = name === "near" ? known : known.sort(([a], [b]) => Math.max(at(b, "value", k), at(b, "base", k)) - Math.max(at(a, "value", k), at(a, "base", k))).slice(0, NAMED);
    const most = Math.max(...known.map(([place]) => Math.max(at(place, "value", k), at(place, "base", k))), 0);
    const worth = (place) => name === "near" || Math.max(at(place, "value", k), at(place, "base", k)) >= NAMED_FROM * most;
    nameThem(most > 0 || name === "near" ? shown.filter(([place]) => worth(place)) : [], k, scale, drawn, name);
  }

  function radius(value, scale) {
    return value > 0 ? Math.max(1.5, Math.sqrt(value / top) * scale) : 0;
  }

  /** Names beside the largest circles, none over another: to the side that the sheet leaves free, or over and under them. */
  function nameThem(shown, k, scale, drawn, name) {
    const taken = [];
    const height = unit * 17;
    for (const [place, one] of shown) {
      const { x, y } = one.point;
      const away = Math.max(radius(at(place, "value", k), scale), flows.same ? 0 : radius(at(place, "base", k), scale)) + 6;
      const value = at(place, "value", k);
      const close = name === "near";
      const left = x > drawn.width * 0.62;
      const port = one.point.kind === "port";
      one.name.textContent = value < 0.5 && close ? one.point.name : `${one.point.name} ${quantity(value, flows.unit, scaleFor([value]))}`;
      let line = close ? (port ? y + away + 18 : y - away) : y + 4;
      while (taken.some((other) => Math.abs(other - line) < height)) line += close && !port ? -height : height;
      taken.push(line);
      one.name.setAttribute("x", close ? (left ? drawn.width - 8 : x) : x + (left ? -away : away));
      one.name.setAttribute("y", Math.min(drawn.height - 8, Math.max(height, line)));
      one.name.setAttribute("text-anchor", left ? "end" : close ? "middle" : "start");
    }
  }

  function tell(event) {
    const place = event.target.dataset?.place;
    hover.hidden = !place || !flows;
    if (hover.hidden) return;
    const k = Number(slider.value);
    const [before, after] = [at(place, "base", k), at(place, "value", k)];
    const scale = scaleFor([before, after]);
    hover.replaceChildren(el("strong", {}, atlas.names[place] ?? place), el("span", {}, `${flows.label}, ${month(flows.months[k])}`),
      el("span", {}, flows.same ? quantity(before, flows.unit, scale) : t("place_both", { value: quantity(after, flows.unit, scale), base: quantity(before, flows.unit, scale) })));
    const area = box.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    hover.style.left = `${Math.max(0, Math.min(x + 14, area.width - hover.offsetWidth - 4))}px`;
    hover.style.top = `${y + 18 + hover.offsetHeight > area.height ? y - hover.offsetHeight - 12 : y + 18}px`;
  }

  // ---------------------------------------------------------------- months, key and table
  const line = document.getElementById("month-line");
  const marker = svg("line", { y1: 0, y2: 60, class: "month-marker" });

  function drawLine() {
    const n = flows.months.length;
    const sums = ["base", "value"].map((side) => flows.months.map((_, k) => Object.keys(flows[side]).reduce((sum, place) => sum + at(place, side, k), 0)));
    const most = Math.max(...sums.flat(), 1e-9);
    const path = (row) => row.map((value, k) => `${k ? "L" : "M"}${((k / Math.max(1, n - 1)) * 1000).toFixed(1)} ${(58 - (value / most) * 54).toFixed(1)}`).join("");
    const years = flows.months.map((label, k) => [label, k]).filter(([label]) => label.endsWith("-01") && flows.months.length > 18);
    line.replaceChildren(...years.map(([, k]) => svg("line", { x1: (k / (n - 1)) * 1000, x2: (k / (n - 1)) * 1000, y1: 52, y2: 60, class: "month-year" })),
      svg("path", { d: `${path(sums[0])}L1000 60L0 60z`, class: "month-base" }), svg("path", { d: path(sums[1]), class: "month-value" }), marker);
    return sums;
  }

  function drawKey() {
    const steps = nice(top);
    const host = document.getElementById("map-key");
    const size = (value) => (radius(value, LARGEST) * box.clientWidth) / atlas.whole.width;
    const circles = steps.map((value) => {
      const r = Math.max(1.5, size(value));
      return el("li", {}, svg("svg", { width: 2 * r + 2, height: 2 * r + 2, "aria-hidden": "true" }, svg("circle", { cx: r + 1, cy: r + 1, r, class: "flow stretch" })), quantity(value, flows.unit, scaleFor([value])));
    });
    const ring = svg("svg", { width: 20, height: 20, "aria-hidden": "true" }, svg("circle", { cx: 10, cy: 10, r: 8, class: "flow-before" }));
    const port = svg("svg", { width: 20, height: 20, "aria-hidden": "true" }, svg("circle", { cx: 10, cy: 10, r: 8, class: "flow port" }));
    const hasPorts = Object.keys(flows.value).some((place) => atlas.whole.points.some((one) => one.id === place && one.kind === "port"));
    host.replaceChildren(...circles, hasPorts ? el("li", {}, port, t("key_port")) : "", flows.same ? "" : el("li", {}, ring, t("key_before")));
  }

  function nice(value) {
    const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-6)));
    const first = [5, 2, 1].find((step) => step * power <= value) * power;
    return first / 10 >= 0.5 || value < 5 ? [first, first / 10] : [first];
  }

  function fillTable() {
    const k = Number(slider.value);
    const places = [...new Set([...Object.keys(flows.base), ...Object.keys(flows.value)])].sort((a, b) => at(b, "value", k) - at(a, "value", k));
    const write = (value) => quantity(value, flows.unit, scaleFor([value]));
    const columns = [{ label: t("place") }, ...(flows.same ? [] : [{ label: t("scenario"), number: true }]), { label: t("as_it_was"), number: true }];
    const rows = places.map((place) => [atlas.names[place] ?? place, ...(flows.same ? [] : [write(at(place, "value", k))]), write(at(place, "base", k))]);
    document.getElementById("map-rows").replaceChildren(table({ columns, rows, caption: `${flows.label}, ${month(flows.months[k])}` }));
  }

  /** The month to begin with: where scenario and baseline are furthest apart, or the fullest. */
  function telling(sums) {
    const gap = flows.months.map((_, k) => (flows.same ? sums[0][k] : Math.abs(sums[1][k] - sums[0][k])));
    return gap.indexOf(Math.max(...gap));
  }

  return {
    /** Show the months of a measure; the month stays where it was. */
    show(next) {
      flows = next;
      const all = [...Object.values(flows.base), ...Object.values(flows.value)].flat().filter((value) => value !== null);
      top = Math.max(1e-9, ...all);
      slider.max = String(flows.months.length - 1);
      slider.disabled = play.disabled = false;
      const sums = drawLine();
      const held = wanted ? flows.months.indexOf(wanted) : -1;
      const same = slider.dataset.months === flows.months.join();
      const k = held >= 0 ? held : same ? Number(slider.value) : telling(sums);
      wanted = "";
      slider.dataset.months = flows.months.join();
      box.setAttribute("aria-label", t("map_says", { metric: flows.label, places: number(Object.keys(flows.value).length) }));
      turn(k);
      sheets.forEach((one) => one.resize());
      drawKey();
    },
    month: () => flows?.months[Number(slider.value)] ?? "",
  };
}
