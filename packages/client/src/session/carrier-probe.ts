import type { Clock } from "../transport/clock.ts";
import type { EngineTransport } from "../transport/engine-transport.ts";
import { Timers } from "../transport/timers.ts";

/** A probe may overtake the request it is to be answered by, and it may be lost, so it is repeated after so many ms. */
const REPEAT = 500;
/** Under way at a time. */
const MOST = 2;
/** The downlink may be so much later, ms, than the answer to the POST. */
const LATER = 1_000;
/** Where it is not known that the server has seen the attach; and where parts of a packet are not seen, ms. */
const MUCH_LATER = 3_000;
const BODY = "2probe";

export interface CarrierProbeSetup {
  readonly clock: Clock;
  /** Of the transport that is probed. */
  readonly post: NonNullable<EngineTransport["post"]>;
  /** Of a packet that is larger than what passes at once every part can be seen. */
  readonly seen: boolean;
  /** Something keeps the downlink back, if it is one that is to bring the sign at once. Probing goes on. */
  readonly held: () => void;
}

/**
 * Asks the server for a sign on a downlink (docs/protocol/session.md, "Heartbeat"), by requests of their own: no message
 * that is slow, and no request that hangs, holds them up.
 *
 * The server gives the sign no later than the answer to the POST. So when that has come, and nothing by the downlink for
 * as long as the ways of both may differ, the downlink is kept back. Without an answer nothing is known of the downlink.
 */
export class CarrierProbe {
  readonly #setup: CarrierProbeSetup;
  readonly #timers: Timers<"repeat" | "held">;
  readonly #abort = new AbortController();
  #underWay = 0;
  #begun = false;
  #answered = false;

  constructor(setup: CarrierProbeSetup) {
    this.#setup = setup;
    this.#timers = new Timers(setup.clock);
  }

  /** One of the requests has been answered since the attach is known to have arrived. */
  get answered(): boolean {
    return this.#answered;
  }

  start(): void {
    if (!this.#timers.has("repeat")) this.#send();
  }

  /** The server has seen the attach. Called again for whatever comes by the downlink: the waiting begins anew. */
  begun(): void {
    this.#timers.clear("held");
    if (this.#begun || this.#abort.signal.aborted) return;
    this.#begun = true;
    this.#underWay = 0;
    this.#send();
  }

  stop(): void {
    this.#timers.stop();
    this.#abort.abort();
  }

  #send(): void {
    this.#timers.set("repeat", REPEAT, () => this.#send());
    if (this.#underWay >= MOST) return;
    const { clock, post } = this.#setup;
    const [sent, begun] = [clock.now(), this.#begun];
    this.#underWay += 1;
    const over = (status: number): void => {
      // Those from before were asked of another downlink.
      if (begun !== this.#begun) return;
      this.#underWay -= 1;
      if (status === 200) this.#came(clock.now() - sent);
    };
    post(BODY, this.#abort.signal, false).then(
      ({ status }) => over(status),
      () => over(0),
    );
  }

  #came(roundTrip: number): void {
    if (this.#abort.signal.aborted) return;
    this.#answered = this.#begun;
    if (this.#timers.has("held")) return;
    const patience = this.#begun && this.#setup.seen ? LATER : MUCH_LATER;
    this.#timers.set("held", Math.max(patience, 2 * roundTrip), this.#setup.held);
  }
}
