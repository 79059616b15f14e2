/* What every page does: the language link keeps the state, tabs move with arrow keys, addresses are copied, pages print. */
import { announce } from "./api.js";
import { wholeAddress } from "./state.js";
import { t } from "./text.js";

function keepLanguageLink() {
  const link = document.getElementById("language");
  if (!link) return;
  const to = new URL(link.href);
  to.search = location.search;
  to.hash = location.hash;
  link.href = to.href;
}

/** Copy words to the clipboard, with or without the clipboard API, and say so. */
export async function copy(words, said = t("address_copied")) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const field = document.createElement("textarea");
    field.value = words;
    field.className = "unseen";
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  announce(said);
}

/** Make a role=tablist work: arrows, Home and End move; the panel of the chosen tab shows. `chosen(id)` is called. */
export function tabs(list, chosen = () => {}) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const choose = (tab, focus) => {
    for (const one of all) {
      const on = one === tab;
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls"))?.toggleAttribute("hidden", !on);
    }
    if (focus) tab.focus();
    chosen(tab.id);
  };
  for (const tab of all) {
    tab.addEventListener("click", () => choose(tab, false));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const at = all.indexOf(tab);
      const to = step ? all[(at + step + all.length) % all.length] : { Home: all[0], End: all.at(-1) }[event.key];
      if (!to) return;
      event.preventDefault();
      choose(to, true);
    });
  }
  const first = all.find((one) => one.getAttribute("aria-selected") === "true") ?? all[0];
  if (first) choose(first, false);
  return { choose: (id) => choose(all.find((one) => one.id === id) ?? first, false) };
}

document.addEventListener("statechange", keepLanguageLink);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy], [data-print]");
  if (button?.hasAttribute("data-copy")) copy(button.dataset.copy || wholeAddress());
  if (button?.hasAttribute("data-print")) print();
});
for (const list of document.querySelectorAll('[role="tablist"]:not([data-own])')) tabs(list);
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
keepLanguageLink();
