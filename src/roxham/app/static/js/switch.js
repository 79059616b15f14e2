/* Another language in the same page: what was typed stays in the page's memory, where nobody else can find it.

   The language link of such a page fetches the same page in the other language and puts its words in place. Nothing is
   kept in the browser's storage for it, so that "nothing is stored" stays true. */
import { tellError } from "./api.js";
import { reread } from "./text.js";

/** Take over the language link; `render` is called once the words are there. */
export function switchInPlace(render) {
  const go = async (href, push) => {
    try {
      const answer = await fetch(href, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (push) history.pushState(null, "", href);
      reread();
      document.dispatchEvent(new CustomEvent("statechange"));
      render();
      document.getElementById("language")?.focus();
    } catch (error) {
      tellError(error);
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#language");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(link.href, true);
  });
  addEventListener("popstate", () => {
    const wanted = location.pathname.split("/").at(-2);
    if (wanted !== document.documentElement.lang) go(location.href, false);
  });
  // A page that comes back from the browser's own memory would show what somebody typed before: it begins anew.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

function replace(other) {
  document.documentElement.lang = other.documentElement.lang;
  document.title = other.title;
  for (const part of [".skip", ".top", "#main", ".foot"]) {
    const [old, fresh] = [document.querySelector(part), other.querySelector(part)];
    if (old && fresh) old.replaceWith(document.importNode(fresh, true));
  }
  for (const id of ["texts", "data"]) {
    document.getElementById(id).textContent = other.getElementById(id).textContent;
  }
}
