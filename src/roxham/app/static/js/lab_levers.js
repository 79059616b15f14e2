/* The left of the lab: the case's scenarios in one click, the levers in groups, or the scenario's YAML with its problems. */
import { post } from "./api.js";
import { lever } from "./lab_lever.js";
import { tabs } from "./shell.js";
import { el, has, language, t } from "./text.js";

/** The scenario that comes first: the case's plainest story. */
export const START = "protocol-never";
/** How many levers of a group stand there before "more": those that the case's scenarios move come first. */
const FIRST = 4;

/**
 * What the reader asks: a question in the shape of the API. `ask(question)` is called when it changes.
 * Returns {show(question): puts a question on the levers, checked(state): tells the YAML of what runs}.
 */
export function makeLevers({ levers, ask }) {
  const byId = new Map(levers.levers.map((one) => [one.id, one]));
  const named = new Map(levers.scenarios.map((one) => [one.name, one]));
  const baseline = levers.scenarios.find((one) => one.as_levers && !one.settings.length)?.name ?? "";
  const settings = new Map();
  let question = {};

  const strip = document.getElementById("presets");
  const groups = document.getElementById("lever-groups");
  const editor = makeEditor(document.getElementById("editor"), (yaml) => asked({ yaml }));
  const tab = tabs(document.getElementById("lever-tabs"), (id) => id === "tab-yaml" && editor.shown());

  function asked(part) {
    question = { ...kept(question), ...part };
    paint();
    ask(question);
  }

  const used = new Set(levers.scenarios.flatMap((one) => one.settings.map((each) => each.lever)));
  const order = levers.levers.map((one) => one.id);
  const rank = (one) => (one.name === START ? -1 : Math.min(...one.settings.map((each) => order.indexOf(each.lever)), order.length));
  for (const one of levers.scenarios.filter((each) => each.name !== baseline).sort((a, b) => rank(a) - rank(b))) {
    strip.append(el("button", { type: "button", class: "preset", "aria-pressed": "false", dataset: { name: one.name }, onclick: () => choose(one) },
      has(`short_${one.name}`) ? t(`short_${one.name}`) : one.title[language]));
  }

  function choose(one) {
    putSettings(one.settings ?? []);
    groups.replaceChildren();
    asked({ scenarios: [one.name] });
  }

  function putSettings(list) {
    settings.clear();
    for (const one of list) if (byId.has(one.lever)) settings.set(one.lever, one);
  }

  function changed(id, setting) {
    if (setting) settings.set(id, setting);
    else settings.delete(id);
    if (settings.size === 0) asked(baseline ? { scenarios: [baseline] } : {});
    else asked({ settings: [...settings.values()] });
    tellMoved();
  }

  function paint() {
    const chosen = question.scenarios?.length === 1 ? question.scenarios[0] : "";
    for (const button of strip.children) button.setAttribute("aria-pressed", String(button.dataset.name === chosen));
    const one = named.get(chosen);
    const own = Boolean(question.yaml);
    document.getElementById("yaml-rules").hidden = !own && !(one && !one.as_levers);
    groups.hidden = own;
    if (!groups.childElementCount) fillGroups();
    tellMoved();
  }

  function fillGroups() {
    const open = new Set([...settings.keys()].map((id) => byId.get(id).group));
    const names = [...new Set(levers.levers.map((one) => one.group))];
    if (!open.size) open.add(names[0]);
    for (const name of names) {
      const title = levers.groups[name];
      const all = levers.levers.filter((one) => one.group === name);
      const inside = el("div", { class: "inside" });
      const panel = el("details", { class: "panel", open: open.has(name), dataset: { group: name } },
        el("summary", {}, el("span", {}, title[language]), el("span", { class: "moved-count" })), inside);
      const fill = () => panel.open && !inside.childElementCount && fillGroup(inside, all);
      panel.addEventListener("toggle", fill);
      fill();
      groups.append(panel);
    }
  }

  function fillGroup(inside, all) {
    const make = (one) => lever(one, settings.get(one.id), (setting) => changed(one.id, setting), { first: levers.from, last: levers.to });
    const moved = all.filter((one) => settings.has(one.id));
    const ordered = [...all].sort((a, b) => used.has(b.id) - used.has(a.id));
    const first = [...moved, ...ordered.filter((one) => !settings.has(one.id))].slice(0, Math.max(FIRST, moved.length));
    const rest = all.filter((one) => !first.includes(one));
    inside.append(...first.map(make));
    if (!rest.length) return;
    const more = el("details", { class: "more" }, el("summary", {}, t("more_levers", { n: rest.length, shown: rest.length })));
    more.addEventListener("toggle", () => more.open && more.childElementCount === 1 && more.append(...rest.map(make)));
    inside.append(more);
  }

  function tellMoved() {
    for (const panel of groups.querySelectorAll("details.panel")) {
      const n = [...settings.keys()].filter((id) => byId.get(id).group === panel.dataset.group).length;
      panel.querySelector(".moved-count").textContent = n ? t("moved", { n, shown: n }) : "";
    }
    document.getElementById("reset").hidden = settings.size === 0 && !question.yaml && !question.scenarios?.length;
  }

  document.getElementById("reset").addEventListener("click", () => {
    settings.clear();
    groups.replaceChildren();
    tab.choose("tab-levers");
    asked(baseline ? { scenarios: [baseline] } : {});
    document.getElementById("levers-title").focus();
  });

  return {
    show(next) {
      question = { ...next };
      const one = question.scenarios?.length === 1 ? named.get(question.scenarios[0]) : null;
      putSettings(question.settings?.length ? question.settings : (one?.settings ?? []));
      groups.replaceChildren();
      paint();
      if (question.yaml) {
        editor.put(question.yaml);
        tab.choose("tab-yaml");
      }
    },
    checked(state) {
      const own = state.scenarios.find((one) => one.name !== state.baseline) ?? state.scenarios.at(-1);
      editor.offer(question.yaml || own?.yaml || "");
    },
    problems: (list) => editor.problems(list),
    named: (name) => named.get(name),
    baseline,
  };
}

/** What of a question stays when its scenario changes. */
function kept({ from, to, draws, seed }) {
  return Object.fromEntries(Object.entries({ from, to, draws, seed }).filter(([, value]) => value !== undefined && value !== null));
}

/** The editor of a scenario's YAML: problems with line and column while one types, and a button that runs it. */
function makeEditor(host, run) {
  const area = el("textarea", { id: "yaml", class: "mono", spellcheck: "false", autocapitalize: "off", autocomplete: "off", rows: "16", "aria-describedby": "yaml-hint", wrap: "off" });
  const list = el("ul", { class: "problems", id: "yaml-problems" });
  const said = el("p", { class: "hint", role: "status" });
  const button = el("button", { type: "button", class: "btn primary", onclick: go }, t("yaml_run"));
  host.append(el("label", { for: "yaml", class: "strong" }, t("yaml_label")), el("p", { class: "hint", id: "yaml-hint" }, t("yaml_hint")), area, said, list, button);
  let touched = false;
  let timer = 0;
  let asking = null;

  area.addEventListener("input", () => {
    touched = true;
    clearTimeout(timer);
    timer = setTimeout(check, 450);
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      go();
    }
  });

  async function check() {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await post("/api/lab/check", { yaml: area.value }, { signal: asking.signal });
      problems(answer.problems ?? []);
      return answer.ok;
    } catch (error) {
      if (error.name !== "AbortError") problems(error.problems?.length ? error.problems : [{ message: error.message }]);
      return false;
    }
  }

  async function go() {
    clearTimeout(timer);
    if (await check()) {
      touched = false;
      run(area.value);
    } else list.querySelector("button")?.focus();
  }

  function problems(found) {
    area.setAttribute("aria-invalid", String(found.length > 0));
    said.textContent = found.length ? t("problems", { n: found.length, shown: found.length }) : touched ? t("yaml_fine") : "";
    list.replaceChildren(...found.map((one) => {
      const words = `${one.message}${one.hint ? ` ${t("did_you_mean", { hint: one.hint })}` : ""}`;
      const where = one.line ? t("line_column", { line: one.line, column: one.column ?? 1 }) : "";
      return el("li", {}, where ? el("button", { type: "button", class: "link", onclick: () => jump(one) }, where) : null, where ? ` ${words}` : words);
    }));
  }

  function jump({ line, column }) {
    const lines = area.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const end = at + (lines[line - 1]?.length ?? 0);
    area.focus();
    area.setSelectionRange(Math.min(at + (column ?? 1) - 1, end), end);
    area.scrollTop = Math.max(0, (line - 4) * 21);
  }

  return {
    put: (yaml) => { area.value = yaml; touched = false; },
    offer: (yaml) => { if (!touched) area.value = yaml; },
    shown: () => {},
    problems,
  };
}
