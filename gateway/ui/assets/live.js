// What goes on while the page is looked at, and costs nothing while it is not.

import { lines } from "./api.js";

/** `begin` is called when the page is visible and answers what ends it. Answers what ends all. */
function whileVisible(begin) {
  let end = null;
  const change = () => {
    if (document.hidden) {
      end?.();
      end = null;
    } else {
      end ??= begin();
    }
  };
  document.addEventListener("visibilitychange", change);
  change();
  return () => {
    document.removeEventListener("visibilitychange", change);
    end?.();
  };
}

/** Calls `task` now and then again, each time `pause` ms after it was done. */
export function poll(task, pause = 2000) {
  return whileVisible(() => {
    let timer;
    let ended = false;
    const turn = async () => {
      await task();
      if (!ended) timer = setTimeout(turn, pause);
    };
    turn();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  });
}

/** Follows a stream, and opens it again when it breaks off. `opened` comes before its first line, each time. */
export function follow(path, opened, onLine, onFailure) {
  return whileVisible(() => {
    const abort = new AbortController();
    const go = async () => {
      while (!abort.signal.aborted) {
        try {
          for await (const line of lines(path, abort.signal, opened)) onLine(line);
        } catch (error) {
          if (abort.signal.aborted) return;
          onFailure(error);
        }
        await new Promise((done) => setTimeout(done, 1000));
      }
    };
    go();
    return () => abort.abort();
  });
}
