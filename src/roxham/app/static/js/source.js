/* Where a number or a line of law comes from, as a link. */
import { el, language } from "./text.js";

/** A source as a link, in the language's own version where the law has two. */
export function source(one) {
  const title = (language === "fr" && one.title_fr) || one.title;
  const url = (language === "fr" && one.url_fr) || one.url;
  return url ? el("a", { href: url, rel: "noreferrer", target: "_blank" }, title) : title;
}
