import { handshakeFailure } from "../failures.ts";
import { refusalOf, type Upgrade } from "./upgrade.ts";

const OVERLOADED = handshakeFailure("overloaded");
const SHUTTING_DOWN = handshakeFailure("shutting_down");

/** How long opening handshakes may keep the event loop in one turn, in milliseconds. */
const TURN = 5;

/** How many may wait. Each holds its socket and its request, some kilobytes, and all are served within seconds. */
const MOST_WAITING = 16_384;

/**
 * Has opening handshakes share the event loop with connections that are open: when everybody comes back at once, those
 * for whom there is no time in this turn wait, in order, for the turns to come. Nobody reads them meanwhile. Those whose
 * socket is gone by then are forgotten; who has waited too long, or finds too many waiting, gets 503.
 */
export class HandshakeTurns {
  readonly #admit: (upgrade: Upgrade) => void;
  readonly #timeout: number;
  readonly #clock: () => number;
  /** Who waits, in order, and since when. */
  readonly #waiting = new Map<Upgrade, number>();
  /** When the present turn is over; there is none as long as nobody comes. */
  #end = Infinity;

  /** `admit` sees to the answer. `timeout` is the longest wait in milliseconds. */
  constructor(admit: (upgrade: Upgrade) => void, timeout: number, clock: () => number = () => performance.now()) {
    this.#admit = admit;
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /** Admits a request, now or in its turn. */
  take(upgrade: Upgrade): void {
    const now = this.#clock();
    if (this.#end === Infinity) {
      this.#end = now + TURN;
      setImmediate(this.#next);
    }
    if (this.#waiting.size === 0 && now < this.#end) {
      this.#admit(upgrade);
    } else if (this.#waiting.size < MOST_WAITING) {
      this.#waiting.set(upgrade, now);
      // A reset must not end the process while nobody else listens.
      upgrade.stream.on("error", ignoreError);
    } else {
      upgrade.refuse(refusalOf(OVERLOADED));
    }
  }

  /** Refuses all who wait: the server closes. */
  close(): void {
    for (const upgrade of this.#waiting.keys()) {
      upgrade.stream.off("error", ignoreError);
      upgrade.refuse(refusalOf(SHUTTING_DOWN));
    }
    this.#waiting.clear();
  }

  /** It is the turn of one that has waited. */
  #answer(upgrade: Upgrade, since: number): void {
    upgrade.stream.off("error", ignoreError);
    if (upgrade.stream.destroyed) return;
    if (this.#clock() - since > this.#timeout) upgrade.refuse(refusalOf(OVERLOADED));
    else this.#admit(upgrade);
  }

  readonly #next = (): void => {
    if (this.#waiting.size === 0) {
      this.#end = Infinity;
      return;
    }
    // Set before anybody is admitted: one whose listener throws must not keep the others waiting.
    setImmediate(this.#next);
    this.#end = this.#clock() + TURN;
    for (const [upgrade, since] of this.#waiting) {
      this.#waiting.delete(upgrade);
      this.#answer(upgrade, since);
      if (this.#clock() >= this.#end) break;
    }
  };
}

function ignoreError(): void {}
