import { AsyncResource } from "node:async_hooks";

/** How long what sockets bring may keep the event loop in one turn, in milliseconds. */
const TURN = 5;

/** How many may wait with what they have read: with 64 KiB each they come to 4 MiB. */
const MOST_HELD = 64;

/** How much the last read counts in the mean. */
const SHARE_OF_LAST = 0.1;

/** A wait. What comes after it is in the asynchronous context of what was before, not in that of who waited first. */
class Wait extends AsyncResource {
  /** Whether the reader holds bytes that it has read. */
  readonly held: boolean;

  constructor(held: boolean) {
    super("EverwireReadTurn");
    this.held = held;
  }
}

/** Who waits for the next turn of the event loop. */
export interface Reader {
  /** Goes on with what it has read before, and reads again; or waits again. */
  proceed(): void;
}

/**
 * Has sockets that bring much share the event loop. libuv reads one socket up to 32 times before it looks at the next, and
 * one read can hold nine thousand frames. So there is an end to what is parsed in one turn of the loop: who brings a heavy
 * read after that waits, and all who wait go on in their order, in the turns to come.
 *
 * Time runs from the first heavy read of a turn. Other reads are never put off.
 */
export class ReadTurns {
  readonly #clock: () => number;
  /** Those that wait, in order. */
  readonly #waiting = new Map<Reader, Wait>();
  #held = 0;
  /** When the present turn is over; there is none as long as nothing heavy comes. */
  #end = Infinity;
  /** What a heavy read takes, in milliseconds. */
  #mean = 1;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** A heavy read begins. */
  begin(now: number): void {
    if (this.#end < Infinity) return;
    this.#end = now + TURN;
    setImmediate(this.#next);
  }

  /** The heavy read that began at `since` has been parsed. Returns whether its socket has to wait now. */
  done(since: number): boolean {
    const now = this.#clock();
    this.#mean += (now - since - this.#mean) * SHARE_OF_LAST;
    return now >= this.#end || this.#waiting.size > 0;
  }

  /** Whether parsing is to stop, as its time is over, and what is left can be held. */
  get mustHold(): boolean {
    return this.#end < Infinity && this.#held < MOST_HELD && this.#clock() >= this.#end;
  }

  /** Calls `proceed` once, in a later turn. `held`: it holds bytes that it has read. */
  wait(reader: Reader, held: boolean): void {
    this.leave(reader);
    this.#waiting.set(reader, new Wait(held));
    if (held) this.#held++;
    this.begin(this.#clock());
  }

  waits(reader: Reader): boolean {
    return this.#waiting.has(reader);
  }

  /** It does not wait any more. */
  leave(reader: Reader): void {
    if (this.#waiting.get(reader)?.held === true) this.#held--;
    this.#waiting.delete(reader);
  }

  readonly #next = (): void => {
    if (this.#waiting.size === 0) {
      this.#end = Infinity;
      return;
    }
    // Set before anybody goes on: one that throws must not keep the others waiting.
    setImmediate(this.#next);
    this.#end = this.#clock() + TURN;
    // As many are read again as are expected to fit into the turn, by what such a read took lately.
    let reads = Math.max(1, Math.floor(TURN / this.#mean));
    // Who has to wait again is not to have another turn now.
    let left = this.#waiting.size;
    for (const [reader, wait] of this.#waiting) {
      if (left-- === 0 || reads === 0 || this.#clock() >= this.#end) break;
      this.leave(reader);
      if (!wait.held) reads--;
      wait.runInAsyncScope(reader.proceed, reader);
    }
  };
}

/** The turns of this process. */
export const readTurns: ReadTurns = new ReadTurns();
