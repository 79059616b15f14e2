/* Server-sent events that come back by themselves after the connection was lost. */
import { get, root } from "./api.js";

const FIRST = 700;
const MOST = 8000;

/**
 * Follow the events of a job: follow("/api/jobs/ID/events", {events: {result: fn(data)}, lost, back, gone, last: ["done"]}).
 *
 * `lost` is called once when the connection breaks, `back` when it holds again, `gone` when the server knows nothing of
 * the job any more (it was restarted): the page may then start it again. A job ends with an event named in `last`.
 * `check` is the path that tells whether the job still stands. Returns {close}.
 */
export function follow(path, { events = {}, lost = () => {}, back = () => {}, gone = () => {}, last = ["done"], check = "" }) {
  let source = null;
  let wait = FIRST;
  let timer = 0;
  let broken = false;
  let ended = false;
  let seen = "";

  function close() {
    ended = true;
    clearTimeout(timer);
    source?.close();
  }

  function open() {
    source = new EventSource(root + path + (seen ? `${path.includes("?") ? "&" : "?"}last=${encodeURIComponent(seen)}` : ""));
    source.onopen = () => {
      wait = FIRST;
      if (broken) back();
      broken = false;
    };
    source.onerror = again;
    for (const [name, handle] of Object.entries(events)) {
      source.addEventListener(name, (event) => {
        if (ended || !("data" in event) || event.data === undefined) return;
        seen = event.lastEventId || seen;
        if (last.includes(name)) close();
        handle(JSON.parse(event.data));
      });
    }
  }

  async function again() {
    if (ended) return;
    source.close();
    if (!broken) lost();
    broken = true;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (ended) return;
      if (check) {
        try {
          await get(check);
        } catch (error) {
          if (ended) return;
          if (error.status === 404 || error.status === 410) {
            close();
            back();
            gone();
            return;
          }
          again();
          return;
        }
      }
      if (!ended) open();
    }, wait);
    wait = Math.min(MOST, wait * 1.7);
  }

  open();
  return { close };
}
