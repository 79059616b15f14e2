/* Charts: ECharts on a canvas, fetched when the first chart comes near the window; every chart has its numbers in a table,
   a description in words, and buttons for PNG, SVG and CSV. No inline style, no HTML from strings. */
import { announce } from "./api.js";
import { wholeAddress } from "./state.js";
import { csv, save, table } from "./table.js";
import { breath, el, t } from "./text.js";

/** Okabe and Ito's colours, which colour-blind readers tell apart (show/plot.py). */
export const COLOURS = {
  black: "#1d1d1d", orange: "#e69f00", sky: "#56b4e9", green: "#009e73", blue: "#0072b2",
  vermilion: "#d55e00", purple: "#cc79a7", grey: "#7a7a7a", line: "#d9dde0", soft: "#555555",
};
const FONT = getComputedStyle(document.body).fontFamily;
const still = matchMedia("(prefers-reduced-motion: reduce)");
let library = null;
let ready = null; // the library, once it is there: paper does not wait

/** The charting library, fetched once. */
export function load() {
  library ??= import("../vendor/echarts/echarts.esm.min.js").then((found) => (ready = found));
  return library;
}

let turn = Promise.resolve();

/** One piece of drawing after another, each in a task of its own, so that no key or click waits for all of them. */
function inTurn(work) {
  turn = turn.then(breath).then(work).catch((error) => console.error(error));
}

const THEME = {
  textStyle: { fontFamily: FONT, fontSize: 13, color: COLOURS.black },
  grid: { left: 8, right: 14, top: 14, bottom: 4, containLabel: true },
  animationDuration: 300,
  animationDurationUpdate: 250,
};

/** An axis in the house style; `more` is merged in. */
export function axis(more = {}) {
  return {
    axisLine: { lineStyle: { color: "#848d94" } },
    axisTick: { show: false },
    axisLabel: { color: COLOURS.soft, fontSize: 13, ...more.axisLabel },
    splitLine: { lineStyle: { color: "#e8ebed" } },
    nameTextStyle: { color: COLOURS.soft, fontSize: 13, align: "left" },
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== "axisLabel")),
  };
}

/** What shows under the pointer: a heading and rows of [label, value], as an element. */
export function tip(heading, rows) {
  return el("div", { class: "chart-tip" }, el("strong", {}, heading),
    el("table", {}, el("tbody", {}, rows.map(([label, value]) => el("tr", {}, el("th", { scope: "row" }, label), el("td", {}, value))))));
}

/** A small sign for a legend: kind "line", "band", "dot", "dash" or "bar". */
export function key(kind, colour) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 22 12");
  svg.setAttribute("class", "key");
  svg.setAttribute("aria-hidden", "true");
  const shapes = {
    line: ["line", { x1: 0, x2: 22, y1: 6, y2: 6, stroke: colour, "stroke-width": 2.5 }],
    dash: ["line", { x1: 0, x2: 22, y1: 6, y2: 6, stroke: colour, "stroke-width": 2, "stroke-dasharray": "5 3" }],
    band: ["rect", { x: 0, y: 0, width: 22, height: 12, fill: colour, "fill-opacity": 0.25 }],
    bar: ["rect", { x: 0, y: 1, width: 22, height: 10, fill: colour }],
    dot: ["circle", { cx: 11, cy: 6, r: 3.2, fill: colour }],
  };
  const [tag, attributes] = shapes[kind] ?? shapes.line;
  const shape = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  svg.append(shape);
  return svg;
}

/**
 * Draw a chart into `host` (emptied). Returns {update(spec), close()}.
 *
 * spec: title; note (under the title); description (what it shows, for those who do not see it); option (ECharts);
 * legend [{label, kind, colour}]; columns and rows (the table, as shown); raw {columns, rows} (the CSV; by default what is
 * shown); file (name of downloads, without ending); head (lines that go above the CSV and under the picture: sources,
 * version); height in px where not 260 to 300.
 */
export function draw(host, spec) {
  const ink = el("div", { class: "chart-ink", role: "img" });
  const caption = el("figcaption", {});
  const legend = el("ul", { class: "legend", "aria-hidden": "true" });
  const summary = el("summary", {}, t("chart_table"));
  const rows = el("div", {});
  const details = el("details", {}, summary, rows);
  const tools = el("div", { class: "chart-tools", role: "group" },
    ["PNG", "SVG", "CSV"].map((kind) => el("button", { type: "button", class: "btn quiet small", onclick: () => hand(kind, now) }, kind)));
  host.replaceChildren(el("figure", { class: "chart" }, caption, legend, ink, tools, details));
  let now = spec;
  let shown = null;
  let near = false;
  let drawn = null;
  let filled = null;

  const fill = () => {
    if (!details.open || filled === now) return;
    filled = now;
    rows.replaceChildren(table({ columns: now.columns, rows: now.rows, caption: now.title, tall: now.rows.length > 14 }));
  };
  const put = (echarts, quick) => {
    if (!near || !ink.isConnected || drawn === now) return;
    drawn = now;
    shown ??= echarts.init(ink, null, { renderer: "canvas" });
    const first = !shown.getOption()?.series?.length || now.fresh === true;
    shown.setOption({ ...THEME, animation: !still.matches && !quick, ...now.option }, first ? { notMerge: true } : { replaceMerge: ["series"] });
  };
  const paint = async () => near && drawn !== now && put(await load(), false);
  const words = () => {
    caption.replaceChildren(el("strong", {}, now.title), now.note ?? "");
    legend.replaceChildren(...(now.legend ?? []).map((one) => el("li", {}, key(one.kind, one.colour), one.label)));
    ink.setAttribute("aria-label", `${now.title}. ${now.description ?? ""}`);
    tools.setAttribute("aria-label", t("chart_downloads", { title: now.title }));
    if (now.height) ink.style.height = `${now.height}px`;
    fill();
  };
  details.addEventListener("toggle", fill);
  const watch = new IntersectionObserver((seen) => {
    near = seen.at(-1).isIntersecting;
    if (near) inTurn(() => paint());
  }, { rootMargin: "300px" });
  watch.observe(ink);
  const size = new ResizeObserver(() => shown?.resize());
  size.observe(ink);
  addEventListener("beforeprint", () => { near = true; if (ready) put(ready, true); });
  words();
  return {
    update(next) { now = next; words(); inTurn(() => paint()); },
    close() { watch.disconnect(); size.disconnect(); shown?.dispose(); },
  };
}

async function hand(kind, spec) {
  const head = [...(spec.head ?? []), wholeAddress()];
  if (kind === "CSV") {
    const { columns, rows } = spec.raw ?? { columns: spec.columns.map((one) => one.label), rows: spec.rows };
    save(`${spec.file}.csv`, csv(columns, rows, [spec.title, ...head]), "text/csv;charset=utf-8");
    return;
  }
  const echarts = await load();
  const vector = kind === "SVG";
  const width = 1000;
  const height = (spec.height ?? 420) + 90 + 15 * head.length;
  const box = el("div", {});
  const picture = echarts.init(vector ? null : box, null, vector ? { renderer: "svg", ssr: true, width, height } : { renderer: "canvas", width, height, devicePixelRatio: 2 });
  picture.setOption({ ...THEME, animation: false, backgroundColor: "#fff", ...spec.option, ...framed(spec, head, height) });
  const name = `${spec.file}.${kind.toLowerCase()}`;
  if (vector) save(name, picture.renderToSVGString(), "image/svg+xml");
  else save(name, await pixels(picture.renderToCanvas({ pixelRatio: 2, backgroundColor: "#fff" })));
  picture.dispose();
  announce(t("file_made", { name }));
}

/** A canvas as PNG; the page's policy lets no script fetch an address of data. */
function pixels(canvas) {
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
}

/** A picture that travels alone carries its title, its keys, its sources and its address. */
function framed(spec, head, height) {
  const named = (spec.option.series ?? []).map((one) => one.name).filter(Boolean);
  return {
    title: { text: spec.title, left: 8, top: 6, textStyle: { fontFamily: FONT, fontSize: 17 } },
    legend: { show: named.length > 1, data: named, top: 34, left: 4, icon: "roundRect", itemWidth: 18, itemHeight: 4 },
    grid: { ...THEME.grid, ...spec.option.grid, left: 16, top: 76, bottom: 26 + 15 * head.length },
    graphic: head.map((line, k) => ({ type: "text", left: 10, top: height - 8 - 15 * (head.length - k), style: { text: line, fontSize: 11, fill: COLOURS.soft, fontFamily: FONT } })),
  };
}
