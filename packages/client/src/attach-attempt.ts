import { abandon, type Carrier, isStream, polls } from "./carrier.ts";
import type { Clock } from "./clock.ts";
import type { TransportName } from "./engine-transport.ts";
import { Timers } from "./timers.ts";
import type { TransportReason } from "./transport-choice.ts";

/** A stream on which a probe is not answered within so many ms is kept back by something on the way. */
export const BUFFERED = 3_000;
/** A probe may overtake the request it is to be answered by, so it is repeated. */
export const PROBE = 500;
/** A stream that is filled before it is proven is followed by another of its kind so many times. */
const FULL = 16;

export interface AttemptPlan {
  /** In the order of trying. */
  readonly names: readonly TransportName[];
  readonly reason: TransportReason;
  /** The carrier in use is good; one of these would be better. */
  readonly climb: boolean;
}

export interface AttemptSetup {
  readonly clock: Clock;
  /** Milliseconds that one transport may take. */
  readonly timeout: number;
  readonly open: (name: TransportName) => Carrier;
  /** `2probe` is to be sent. */
  readonly probe: (carrier: Carrier) => void;
  /** A transport was silent: it neither opened nor was refused. */
  readonly silent: () => void;
  /** None has been proven. */
  readonly exhausted: () => void;
}

/** An attach under way: one carrier is opening, and the next name is tried when it is not proven in time. Used once. */
export class AttachAttempt {
  readonly climb: boolean;
  readonly #setup: AttemptSetup;
  readonly #timers: Timers<"deadline" | "probe">;
  #names: readonly TransportName[];
  #reason: TransportReason;
  #carrier: Carrier | undefined;
  #full = 0;

  constructor({ climb, names, reason }: AttemptPlan, setup: AttemptSetup) {
    this.climb = climb;
    this.#names = names;
    this.#reason = reason;
    this.#setup = setup;
    this.#timers = new Timers(setup.clock);
  }

  get carrier(): Carrier | undefined {
    return this.#carrier;
  }

  /** Why the carrier, once it is proven, is in use. */
  get reason(): TransportReason {
    return this.#reason;
  }

  /** Opens the first of the names, or the next one. */
  next(): void {
    const [name, ...rest] = this.#names;
    if (name === undefined) {
      this.#setup.exhausted();
      return;
    }
    this.#names = rest;
    this.#carrier = this.#setup.open(name);
    this.#timers.set("deadline", this.#setup.timeout, () => {
      this.#setup.silent();
      // A lesser one will be told so only if it opens: then it is this stream that something keeps back.
      this.unproven(isStream(name) ? "buffered" : "blocked");
    });
    // A poll is answered when there is something to say; this gives the server something.
    if (polls(this.#carrier)) this.#probe();
  }

  /** The carrier has brought messages and was ended as it should before it was proven: another of its kind follows. */
  again({ transport: { name } }: Carrier): void {
    this.#full += 1;
    if (this.#full <= FULL) this.#names = [name, ...this.#names];
    this.close();
    this.next();
  }

  /** No name is tried after the present one. */
  curtail(): void {
    this.#names = [];
  }

  /** The response has begun: a stream is probed until it is proven, and given up when it never is. */
  begun(): void {
    if (this.awaitProof()) this.#probe();
  }

  /** Only a stream needs longer to be proven than to open. */
  awaitProof(): boolean {
    const stream = isStream(this.#carrier?.transport.name);
    if (stream) this.#timers.set("deadline", BUFFERED, () => this.unproven("buffered"));
    return stream;
  }

  /** The carrier that was to take over does not: the next one is tried. */
  unproven(reason: "blocked" | "buffered"): void {
    this.close();
    if (!this.climb) this.#reason = reason;
    this.next();
  }

  /** The carrier is kept by whoever has found it proven. */
  settle(): void {
    this.#timers.stop();
  }

  close(): void {
    this.settle();
    if (this.#carrier !== undefined) abandon(this.#carrier.transport);
  }

  #probe(): void {
    if (this.#carrier === undefined) return;
    this.#setup.probe(this.#carrier);
    this.#timers.set("probe", PROBE, () => this.#probe());
  }
}
