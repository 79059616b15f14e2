/* Tables: the numbers of a chart in rows, and the same rows as CSV. */
import { el } from "./text.js";

/**
 * A table that scrolls sideways inside its own frame.
 * columns: [{label, number: true}]; rows: arrays of text (or elements), the first cell heads the row.
 * Options: caption, tall (at most 440 px high), stacked (one under the other on a phone).
 */
export function table({ columns, rows, caption = "", tall = false, stacked = false, label = caption }) {
  const made = el("table", { class: stacked ? "stacked" : null },
    caption ? el("caption", {}, caption) : null,
    el("thead", {}, el("tr", {}, columns.map((one) => el("th", { scope: "col", class: one.number ? "number" : null }, one.label)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, k) =>
      k === 0
        ? el("th", { scope: "row" }, cell)
        : el("td", { class: columns[k]?.number ? "number" : null, "data-label": stacked ? columns[k]?.label : null }, cell))))));
  return el("div", { class: tall ? "scroll tall" : "scroll", tabindex: "0", role: "region", "aria-label": label || columns.map((one) => one.label).join(", ") }, made);
}

/** Rows as CSV with a head of comment lines (source, version, address); numbers stand as they are, not as they are shown. */
export function csv(columns, rows, head = []) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    const number = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text); // the rule of roxham/_csv.py
    const formula = typeof value === "string" && !number && /^([\t\r\n]|\s*[=+\-@＝＋－＠])/.test(text);
    const safe = formula ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [...head.map((line) => `# ${line}`), columns.map(cell).join(","), ...rows.map((row) => row.map(cell).join(","))];
  return lines.join("\n") + "\n";
}

/** Hand the reader a file made in the page. */
export function save(name, content, type = "text/plain;charset=utf-8") {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
