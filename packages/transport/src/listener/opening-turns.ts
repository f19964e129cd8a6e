import { AsyncResource } from "node:async_hooks";
import { failure } from "../failures.ts";
import type { Visitor } from "./visitor.ts";

/** How long the opening of sessions may keep the event loop in one turn, in milliseconds. */
const TURN = 5;

/** How many may wait. Each holds its connection and its request, some kilobytes, and all are served within seconds. */
const MOST_WAITING = 16_384;

/** How long one may wait, in milliseconds; clients give up a little later. */
const LONGEST_WAIT = 10_000;

/** Who waits. It opens its session in the asynchronous context that it came in, and not in that of who came first. */
class Waiting extends AsyncResource {
  readonly visitor: Visitor;
  readonly open: (waited: boolean) => void;
  readonly since: number;

  constructor(visitor: Visitor, open: (waited: boolean) => void, since: number) {
    super("EverwireOpening");
    this.visitor = visitor;
    this.open = open;
    this.since = since;
  }
}

/**
 * Has those who open a session share the event loop with the sessions that are open: when everybody comes back at once,
 * those for whom there is no time in this turn wait, in order, for the turns to come. Who has left by then is forgotten;
 * who has waited too long, or finds too many waiting, is told to come again (503).
 */
export class OpeningTurns {
  readonly #clock: () => number;
  /** In order. Who has had a turn is not held, however long there is somebody behind. */
  readonly #waiting = new Set<Waiting>();
  /** When the present turn is over; there is none as long as nobody comes. */
  #end = Infinity;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Calls `open`, now or in the visitor's turn, and says which. */
  take(visitor: Visitor, open: (waited: boolean) => void): void {
    const now = this.#clock();
    if (this.#end === Infinity) {
      this.#end = now + TURN;
      setImmediate(this.#next);
    }
    if (this.#waiting.size === 0 && now < this.#end) open(false);
    else if (this.#waiting.size < MOST_WAITING) this.#waiting.add(new Waiting(visitor, open, now));
    else visitor.refuse(failure("overloaded"));
  }

  readonly #next = (): void => {
    if (this.#waiting.size === 0) {
      this.#end = Infinity;
      return;
    }
    // Set before anybody is let in: one whose application throws must not keep the others waiting.
    setImmediate(this.#next);
    this.#end = this.#clock() + TURN;
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      this.#serve(next);
      if (this.#clock() >= this.#end) return;
    }
  };

  #serve(next: Waiting): void {
    if (next.visitor.gone) return;
    if (this.#clock() - next.since > LONGEST_WAIT) next.visitor.refuse(failure("overloaded"));
    else next.runInAsyncScope(next.open, undefined, true);
  }
}
