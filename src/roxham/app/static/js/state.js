/* The state of a page is its address: what stands in the query opens the same view again, here or elsewhere. */

/** The query as an object of strings. */
export function readState() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** A query with the marks that need no code left as they are, so that an address can be read. */
function readable(query) {
  return query.toString().replace(/%3A/g, ":").replace(/%40/g, "@").replace(/%2C/g, ",");
}

/**
 * Put a state into the address; empty values are left out, a list repeats its key. With `push` the back button returns to the state before.
 * Others hear of it by the event "statechange" on the document (the language link does).
 */
export function writeState(state, { push = false } = {}) {
  const pairs = Object.entries(state).flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((one) => [key, one]));
  const known = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  const query = readable(new URLSearchParams(known.map(([key, value]) => [key, value === true ? "1" : String(value)])));
  const address = location.pathname + (query ? `?${query}` : "") + location.hash;
  if (address !== location.pathname + location.search + location.hash) {
    if (push) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }
  document.dispatchEvent(new CustomEvent("statechange"));
}

/** Call a function when the back or forward button changed the address. */
export function onReturn(handle) {
  addEventListener("popstate", () => {
    document.dispatchEvent(new CustomEvent("statechange"));
    handle(readState());
  });
}

/** The whole address of this view, to be copied. */
export function wholeAddress() {
  return location.href;
}
