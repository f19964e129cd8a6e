import { AsyncResource } from "node:async_hooks";
import { TransportFailure } from "../failures.ts";

/** How long the request bodies of all sessions together may keep the event loop in one turn, in milliseconds. */
const TURN = 10;

/**
 * How long one of them may before it is the next one's turn. Most are through by then: what is decoded and still waits is
 * held for longer than a young object lives, and that is paid for later.
 */
const SHARE = 5;

/** What is left to them if reading took the whole turn. */
const LEAST = 1;

/** What is applied of a small body at once: to read its request took as long. */
const SMALL_BYTES = 4096;
const FIRST_STEPS = 16;

const NOTHING: Buffer = Buffer.alloc(0);

/** What is to be done with a body, a little at a time. `R` reads its packets. */
export interface BodyUse<R extends object> {
  /** Decodes it, which comes first. Nobody else holds the bytes. */
  open(bytes: Buffer): R | TransportFailure;
  /** Dispatches one packet: there may be more, or all are through, or one was refused. */
  step(reader: R): "more" | TransportFailure | undefined;
  /** Hears once how that ended, and then nothing is called any more. */
  done(result: TransportFailure | undefined): void;
}

/** Does the next little thing; false when that was the last. */
type Step = () => boolean;

/**
 * Has request bodies share the event loop. A body of 1 MB can hold sixteen thousand events, and as many sessions as like
 * may post one at the same time. So there is an end to what is applied in one turn of the loop: all bodies that are not
 * small wait, and have their shares in order, round and round, in this turn and those to come. Whatever is waiting lies in
 * memory already, within `maxPayload` for each request.
 *
 * Time runs from the first body of a turn, so that reading the others counts as well. The first packets of a small body,
 * and that is all of most bodies, are never put off.
 */
export class BodyTurns {
  readonly #clock: () => number;
  /** Bodies that wait, the next one first, and the asynchronous contexts that they came in. */
  readonly #waiting = new Map<Step, AsyncResource>();
  #scheduled = false;
  /** When the present turn is over, once a body has come in it. */
  #end: number | undefined;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Applies a body, given in pieces, in turns and perhaps wholly within this call. */
  apply<R extends object>(pieces: readonly Buffer[], use: BodyUse<R>): void {
    const step = stepsOf(pieces, use);
    if (pieces.reduce((sum, { length }) => sum + length, 0) <= SMALL_BYTES) {
      for (let steps = 0; steps < FIRST_STEPS; steps++) if (!step()) return;
    }
    this.#end ??= this.#clock() + TURN;
    this.#waiting.set(step, new AsyncResource("EverwireBodyTurn"));
    if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#scheduled = false;
    if (this.#waiting.size === 0) {
      this.#end = undefined;
      return;
    }
    // Set before anybody goes on: one that throws must not keep the others waiting.
    this.#schedule();
    const now = this.#clock();
    // Bodies that come without pause must not stop those that wait.
    const end = Math.max(this.#end ?? now + TURN, now + LEAST);
    this.#end = undefined;
    // One that is put back is met again, after all others.
    for (const [step, context] of this.#waiting) {
      this.#waiting.delete(step);
      if (context.runInAsyncScope(this.#share, this, step, end)) this.#waiting.set(step, context);
      if (this.#clock() >= end) return;
    }
  };

  /** Whether there is more to do. */
  #share(step: Step, turn: number): boolean {
    const end = Math.min(this.#clock() + SHARE, turn);
    while (step()) if (this.#clock() >= end) return true;
    return false;
  }
}

function stepsOf<R extends object>(pieces: readonly Buffer[], use: BodyUse<R>): Step {
  let unread: readonly Buffer[] = pieces;
  let reader: R | undefined;
  const advance = (): R | "more" | TransportFailure | undefined => {
    if (reader !== undefined) return use.step(reader);
    const [first, ...others] = unread;
    unread = [];
    return use.open(first !== undefined && others.length === 0 ? first : Buffer.concat([first ?? NOTHING, ...others]));
  };
  return () => {
    const next = advance();
    if (next === "more") return true;
    if (next === undefined || next instanceof TransportFailure) {
      use.done(next);
      return false;
    }
    reader = next;
    return true;
  };
}

/** The turns of this process. */
export const bodyTurns: BodyTurns = new BodyTurns();
