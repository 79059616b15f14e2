/* Talking with the server, under whatever prefix it runs, and telling the reader. */
import { language, t } from "./text.js";

/** The path prefix of the app, without a slash at its end. */
export const root = document.querySelector('meta[name="root"]')?.content ?? "";
/** Where this version's static files stand. */
export const assets = document.querySelector('meta[name="static"]')?.content ?? `${root}/static`;

/** What the server refused: `status`, words, and `problems` with message, line, column and hint. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer?.detail || answer?.title || t("server_trouble"));
    this.status = status;
    this.problems = answer?.problems ?? [];
    this.lost = status === 0;
  }
}

/** The address of a path of the app: address("/api/lab/case", {lang: "fr"}). */
export function address(path, query = {}) {
  const known = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(known).toString();
  return root + path + (text ? `?${text}` : "");
}

async function ask(method, path, { query, body, signal } = {}) {
  const headers = { Accept: "application/json", "Accept-Language": language };
  let answer;
  if (body !== undefined && !(body instanceof FormData) && !(body instanceof Blob)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  try {
    answer = await fetch(address(path, query), { method, headers, body, signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, { detail: t("server_lost") });
  }
  const text = await answer.text();
  const told = (answer.headers.get("Content-Type") ?? "").includes("json") && text ? JSON.parse(text) : null;
  if (answer.ok) return told ?? text;
  const wait = answer.status === 429 ? Number(answer.headers.get("Retry-After") || 5) : 0;
  const refusal = new Refusal(answer.status, wait ? { ...told, detail: t("server_busy", { n: wait, seconds: wait }) } : told);
  refusal.retryAfter = wait;
  throw refusal;
}

/** GET as JSON; throws Refusal. */
export const get = (path, query, options = {}) => ask("GET", path, { query, ...options });
/** POST JSON (or FormData); throws Refusal. */
export const post = (path, body, options = {}) => ask("POST", path, { body, ...options });
/** DELETE; throws Refusal. */
export const remove = (path, options = {}) => ask("DELETE", path, options);

let clearing = 0;

/** Say something in the polite live region; `bad` for what went wrong, `stay` to keep it until the next, `quiet` only for ears. */
export function announce(words, { bad = false, stay = false, quiet = false } = {}) {
  const live = document.getElementById("live");
  if (!live) return;
  clearTimeout(clearing);
  live.classList.toggle("bad", bad);
  live.classList.toggle("unseen", quiet);
  live.textContent = words;
  if (words && !stay) clearing = setTimeout(() => announce(""), bad ? 9000 : 4000);
}

/** Say what a request came to; a request that the page itself gave up is no news. */
export function tellError(error) {
  if (error.name === "AbortError") return;
  announce(error instanceof Refusal ? error.message : t("server_trouble"), { bad: true });
  if (!(error instanceof Refusal)) console.error(error);
}
