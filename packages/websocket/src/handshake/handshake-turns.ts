import { AsyncResource } from "node:async_hooks";
import { handshakeFailure } from "../failures.ts";
import { refusalOf, type Upgrade } from "./upgrade.ts";

const OVERLOADED = handshakeFailure("overloaded");
const SHUTTING_DOWN = handshakeFailure("shutting_down");

/** How long opening handshakes may take before the event loop turns, in milliseconds. */
const TURN = 5;

/** How many may wait. Each holds its socket and its request, some kilobytes, and all are served within seconds. */
const MOST_WAITING = 16_384;

/** A wait, which ends in the asynchronous context that it began in, and not in that of who waited first. */
class Wait extends AsyncResource {
  readonly since: number;

  constructor(since: number) {
    super("EverwireHandshakeTurn");
    this.since = since;
  }
}

/**
 * Has opening handshakes share the event loop with connections that are open: when everybody comes back at once, those
 * for whom there is no time in this turn wait, in order, for the turns to come. Nobody reads them meanwhile. Those whose
 * socket is gone by then are forgotten; who has waited too long, or finds too many waiting, gets 503.
 */
export class HandshakeTurns {
  readonly #admit: (upgrade: Upgrade) => void;
  readonly #timeout: number;
  readonly #clock: () => number;
  /** Who waits, in order. */
  readonly #waiting = new Map<Upgrade, Wait>();
  /**
   * What has been spent on handshakes since the last turn that was waited for. Nobody looks whether the loop has turned
   * since, as that would cost each handshake more than it costs one in hundreds to wait for a turn.
   */
  #spent = 0;
  #scheduled = false;

  /** `admit` sees to the answer. `timeout` is the longest wait in milliseconds. */
  constructor(admit: (upgrade: Upgrade) => void, timeout: number, clock: () => number = () => performance.now()) {
    this.#admit = admit;
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /** Admits a request, now or in its turn. */
  take(upgrade: Upgrade): void {
    if (this.#waiting.size === 0 && this.#spent < TURN) {
      this.#serve(upgrade);
    } else if (this.#waiting.size < MOST_WAITING) {
      this.#schedule();
      this.#waiting.set(upgrade, new Wait(this.#clock()));
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
    else this.#serve(upgrade);
  }

  #serve(upgrade: Upgrade): void {
    const began = this.#clock();
    try {
      this.#admit(upgrade);
    } finally {
      this.#spent += this.#clock() - began;
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#scheduled = false;
    this.#spent = 0;
    // Before anybody is admitted: one whose listener throws must not keep the others waiting.
    if (this.#waiting.size > 0) this.#schedule();
    for (const [upgrade, wait] of this.#waiting) {
      this.#waiting.delete(upgrade);
      wait.runInAsyncScope(this.#answer, this, upgrade, wait.since);
      if (this.#spent >= TURN) break;
    }
  };
}

function ignoreError(): void {}
