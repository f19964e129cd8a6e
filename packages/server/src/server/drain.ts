import type { SetDeadline } from "../event/acknowledgements.ts";
import { ServerError } from "../failures.ts";

/** How a server is emptied. */
export interface DrainOptions {
  /** Milliseconds over which the clients are sent away, evenly. Default 10 000; with 0 all go at once. */
  readonly over?: number;
  /** Told to each socket before it goes, as the event `server:drain` with `{ reason }`. Default: nothing is told. */
  readonly reason?: string;
}

/** Longest that the end of a session may be put off, in milliseconds, so that few clients go at the same moment. */
const STEP = 50;

/**
 * Calls `close` for every item, in random order and spread evenly over a time, the first at once. Clients that all
 * connected in one order, or came from one place, do not all come back in it.
 */
export function spread<T>(
  items: readonly T[],
  over: number,
  close: (item: T) => void,
  { setDeadline, now }: { readonly setDeadline: SetDeadline; readonly now: () => number },
): Promise<void> {
  const waiting = shuffled(items);
  const total = waiting.length;
  const started = now();
  return new Promise((resolve) => {
    const step = (): void => {
      const share = over === 0 ? 1 : Math.min(1, (now() - started) / over);
      const due = Math.min(total, Math.floor(share * total) + 1);
      while (total - waiting.length < due) {
        const [item] = waiting.splice(-1);
        if (item !== undefined) close(item);
      }
      if (waiting.length === 0) resolve();
      else setDeadline(Math.min(STEP, over), step);
    };
    step();
  });
}

/** Throws `invalid_option` for a time that is none. */
export function drainTime({ over = 10_000 }: DrainOptions): number {
  if (over >= 0 && over < 2 ** 31) return over;
  throw new ServerError("invalid_option", "over is a number of milliseconds");
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    const [one, two] = [order[last], order[other]];
    if (one === undefined || two === undefined) continue;
    order[last] = two;
    order[other] = one;
  }
  return order;
}
