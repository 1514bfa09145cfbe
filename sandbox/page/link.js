/* For talking with the sandbox over HTTP: calls out, and the stream of events in, which it takes up again by itself. */

/** The JSON answer; throws an Error with the server's own sentence when it refuses. */
export async function call(path, body) {
  const form = body instanceof FormData;
  const init = body === undefined ? {} : {
    method: "POST",
    body: form ? body : JSON.stringify(body),
    headers: form ? {} : { "Content-Type": "application/json" },
  };
  let response;
  try {
    response = await fetch(`/play/${path}`, init);
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const text = await response.text();
  let data = {};
  try {
    data = text ? JSON.parse(text) : {};
  } catch {
    if (response.ok) throw new Error(`The sandbox answered /play/${path} with something that is not JSON.`);
  }
  if (!response.ok) throw new Error(data.description ?? data.error ?? (text.slice(0, 200) || `The sandbox said ${response.status}.`));
  return data;
}

/**
 * Follows the sandbox for good. `onState(state)` at the start and after every break, `onEvent(event)` for each event,
 * `onLink({up, retryAt})` when the line goes down or comes back. Waits 0.5 s after the first failure, doubling to 10 s.
 * Returns a function that tries again at once.
 */
export function follow({ onState, onEvent, onLink }) {
  let failures = 0;
  let timer = 0;
  let source = null;
  let lastSeen = 0;

  async function open() {
    clearTimeout(timer);
    source?.close();
    let state;
    try {
      state = await call("state");
    } catch {
      return again();
    }
    onState(state);
    lastSeen = Date.now();
    const mine = new EventSource(`/play/events?after=${state.seq ?? 0}`);
    source = mine;
    mine.onopen = () => {
      failures = 0;
      onLink({ up: true });
    };
    mine.onmessage = ({ data }) => {
      lastSeen = Date.now();
      onEvent(JSON.parse(data));
    };
    mine.onerror = () => {
      mine.close();
      if (source === mine) again();
    };
  }

  function again() {
    source = null;
    const wait = Math.min(10_000, 500 * 2 ** failures) * (0.85 + Math.random() * 0.3);
    failures += 1;
    onLink({ up: false, retryAt: Date.now() + wait });
    timer = setTimeout(open, wait);
  }

  // A laptop that slept may hold a dead connection without knowing: look again when it wakes.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - lastSeen > 120_000) open();
  });
  open();
  return open;
}
