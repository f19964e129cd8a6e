import { type Carrier, isStream } from "./carrier.ts";

/** Answers that bring nothing and come sooner than this, ms, are asked for ever more slowly. */
const HASTY = 1_000;
/** So many of them in a row are let pass. */
const FREE = 4;
const SLOWEST = 5_000;
/** Until the server's hint, ms. */
const SHORT_POLLING = 1_000;

/** Bounds of the server's hint when to ask again, ms. */
const HINT = { least: 10, most: 60_000 };

/** What a short poll ends with; undefined: a `noop` that says nothing. */
export function hintOf(data: string | Uint8Array): number | undefined {
  if (typeof data !== "string" || !/^\d{1,9}$/.test(data)) return undefined;
  return Math.min(Math.max(Number(data), HINT.least), HINT.most);
}

/** How soon another request follows one that was answered completely. */
export class RequestPace {
  #hasty = 0;

  /** Milliseconds; undefined: a stream that is ended as soon as it has begun, every time, is as good as a broken one. */
  pause({ hint, since, transport: { name }, useful }: Carrier, now: number): number | undefined {
    this.#hasty = useful || now - since >= HASTY ? 0 : this.#hasty + 1;
    const patience = this.#hasty < FREE ? 0 : Math.min(2 ** this.#hasty * 10, SLOWEST);
    if (patience > 0 && isStream(name)) {
      this.#hasty = 0;
      return undefined;
    }
    return name === "short-polling" ? (hint ?? Math.max(SHORT_POLLING, patience)) : patience;
  }
}
