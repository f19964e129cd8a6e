import { failure } from "../failures.ts";
import type { Visitor } from "./visitor.ts";

/** How long the opening of sessions may keep the event loop in one turn, in milliseconds. */
const TURN = 5;

/** How many may wait. Each holds its connection and its request, some kilobytes, and all are served within seconds. */
const MOST_WAITING = 16_384;

/** How long one may wait, in milliseconds; clients give up a little later. */
const LONGEST_WAIT = 10_000;

interface Waiting {
  readonly visitor: Visitor;
  readonly open: (waited: boolean) => void;
  readonly since: number;
}

/**
 * Has those who open a session share the event loop with the sessions that are open: when everybody comes back at once,
 * those for whom there is no time in this turn wait, in order, for the turns to come. Who has left by then is forgotten;
 * who has waited too long, or finds too many waiting, is told to come again (503).
 */
export class OpeningTurns {
  readonly #clock: () => number;
  #waiting: Waiting[] = [];
  /** How many of them have had their turn. */
  #served = 0;
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
    const waiting = this.#waiting.length - this.#served;
    if (waiting === 0 && now < this.#end) open(false);
    else if (waiting < MOST_WAITING) this.#waiting.push({ visitor, open, since: now });
    else visitor.refuse(failure("overloaded"));
  }

  readonly #next = (): void => {
    if (this.#served === this.#waiting.length) {
      this.#end = Infinity;
      return;
    }
    // Set before anybody is let in: one whose application throws must not keep the others waiting.
    setImmediate(this.#next);
    this.#end = this.#clock() + TURN;
    do this.#serve();
    while (this.#served < this.#waiting.length && this.#clock() < this.#end);
  };

  #serve(): void {
    const next = this.#waiting[this.#served++];
    if (this.#served === this.#waiting.length) {
      this.#waiting = [];
      this.#served = 0;
    }
    if (next === undefined || next.visitor.gone) return;
    if (this.#clock() - next.since > LONGEST_WAIT) next.visitor.refuse(failure("overloaded"));
    else next.open(true);
  }
}
