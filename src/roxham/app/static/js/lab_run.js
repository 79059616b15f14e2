/* A study at work: asked once, followed while its draws come, stopped, and taken up again when the server was lost. */
import { announce, get, post, remove, tellError } from "./api.js";
import { follow } from "./stream.js";
import { t } from "./text.js";

const AGAIN = 2000;

/**
 * Runs questions one at a time; a new one takes the place of the old.
 * on: begun(state), progress(progress), numbers(result), ended(progress), refused(error), lost(), back().
 */
export function makeRun(on) {
  let turn = 0;
  let stream = null;
  let asking = null;
  let state = null;
  let question = null;
  let timer = 0;

  function stop() {
    turn += 1;
    clearTimeout(timer);
    asking?.abort();
    stream?.close();
    stream = null;
  }

  async function ask(next) {
    stop();
    question = next;
    const mine = turn;
    asking = new AbortController();
    try {
      const begun = await post("/api/lab/studies", next, { signal: asking.signal });
      if (mine !== turn) return;
      take(begun);
    } catch (error) {
      if (error.name === "AbortError" || mine !== turn) return;
      trouble(error, () => ask(next));
    }
  }

  /** Open a study that the server keeps, by its id. */
  async function open(id) {
    stop();
    const mine = turn;
    try {
      const kept = await get(`/api/lab/studies/${id}`);
      if (mine !== turn) return;
      question = kept.question;
      take(kept);
    } catch (error) {
      if (mine === turn) trouble(error, () => open(id));
    }
  }

  function trouble(error, again) {
    if (error.lost || error.status === 429 || error.status === 503) {
      if (error.lost) on.lost();
      announce(error.message, { bad: true, stay: true });
      timer = setTimeout(again, error.retryAfter ? 1000 * error.retryAfter : AGAIN);
      return;
    }
    on.refused(error);
  }

  function take(begun) {
    if (document.getElementById("live")?.classList.contains("bad")) {
      announce(t("server_back"));
      on.back();
    }
    state = begun;
    on.begun(begun);
    const mine = turn;
    stream = follow(`/api/lab/studies/${begun.id}/events`, {
      check: `/api/lab/studies/${begun.id}`,
      last: ["end"],
      events: {
        progress: (progress) => mine === turn && on.progress(progress),
        numbers: (result) => mine === turn && on.numbers(result),
        end: (progress) => mine === turn && on.ended(progress),
      },
      lost: () => { on.lost(); announce(t("server_lost"), { bad: true, stay: true }); },
      back: () => { on.back(); announce(t("server_back")); },
      gone: () => mine === turn && ask(question),
    });
  }

  return {
    ask,
    open,
    again: () => question && ask(question),
    async cancel() {
      if (!state) return;
      try {
        const progress = await remove(`/api/lab/studies/${state.id}`);
        stop();
        on.ended({ ...progress, status: "cancelled" });
      } catch (error) {
        tellError(error);
      }
    },
  };
}
