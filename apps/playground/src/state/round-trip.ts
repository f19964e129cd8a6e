import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { connection, socket } from "./connection.ts";

/** How often the round trip is measured, ms. */
const MEASURE_EVERY = 5000;
/** A new connection is busy with the start of the page for so long, ms; a round trip then would say little. */
const SETTLE = 400;
/** A connection that is silent for so long, ms, after the network went away, went with it. */
const ANSWER_WITHIN = 2000;

const trip = signal<number | undefined>(undefined);
const network = signal(navigator.onLine);
const silent = signal(false);
let measuring: Promise<void> | undefined;

/** Round trip of the connection, ms. */
export const roundTrip: ReadonlySignal<number | undefined> = trip;

/**
 * True when the device has no network and nothing answers. A server on the same machine answers without a network, so
 * the word of the browser alone is not taken for it.
 */
export const isCutOff: ReadonlySignal<boolean> = computed(
  () => !network.value && (connection.value.kind !== "online" || silent.value),
);

/** Measures from now on. */
export function startRoundTrip(): void {
  socket.on("connect", () => setTimeout(() => void measure(), SETTLE));
  socket.on("disconnect", () => {
    trip.value = undefined;
  });
  addEventListener("online", () => {
    network.value = true;
    void measure();
  });
  addEventListener("offline", () => {
    network.value = false;
    const silence = setTimeout(() => {
      silent.value = true;
    }, ANSWER_WITHIN);
    void measure().then(() => clearTimeout(silence));
  });
  setInterval(() => {
    if (!document.hidden) void measure();
  }, MEASURE_EVERY);
}

/** One at a time: a session that stands still answers all of them at once when it goes on. */
function measure(): Promise<void> {
  measuring ??= measureOnce().finally(() => {
    measuring = undefined;
  });
  return measuring;
}

async function measureOnce(): Promise<void> {
  if (!socket.connected) return;
  try {
    trip.value = await socket.roundTrip();
    silent.value = false;
  } catch {
    // The connection was lost meanwhile; `disconnect` says so.
  }
}
