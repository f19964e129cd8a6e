import type { Clock } from "../transport/clock.ts";
import type { TransportName } from "../transport/engine-transport.ts";
import { Timers } from "../transport/timers.ts";
import { abandon, type Carrier, isStream, polls } from "./carrier.ts";
import { CarrierProbe } from "./carrier-probe.ts";
import type { TransportReason } from "./transport-choice.ts";

/** A stream that is filled before it is proven is followed by another of its kind so many times. */
const FULL = 16;
/** What refuses one client may refuse all of them at the same time: the next name is tried at any moment of so many ms. */
const SPREAD = 500;
/** What has brought something so many ms ago is not silent. */
const FLOWS = 1_000;

export interface AttemptPlan {
  /** In the order of trying. */
  readonly names: readonly TransportName[];
  readonly reason: TransportReason;
  /** The carrier in use is good; one of these would be better. */
  readonly climb: boolean;
}

export interface AttemptSetup {
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds that one transport may take to open, and then again to be proven. */
  readonly timeout: number;
  readonly open: (name: TransportName) => Carrier;
  /** The carrier was not proven, but what has come by it is sign enough. */
  readonly accept: (carrier: Carrier) => void;
  /** Something keeps a stream back, and will do so with other streams. */
  readonly held: () => void;
  /** None has been proven. */
  readonly exhausted: () => void;
}

/** An attach under way: one carrier is opening, and the next name is tried when it is not proven in time. Used once. */
export class AttachAttempt {
  readonly climb: boolean;
  readonly #setup: AttemptSetup;
  readonly #timers: Timers<"deadline" | "next">;
  #names: readonly TransportName[];
  #reason: TransportReason;
  #carrier: Carrier | undefined;
  #probe: CarrierProbe | undefined;
  #full = 0;
  /** When the last of what the carrier has brought came. */
  #came = Number.NEGATIVE_INFINITY;

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
    const carrier = this.#setup.open(name);
    this.#carrier = carrier;
    this.#came = Number.NEGATIVE_INFINITY;
    this.#await(carrier);
    const post = carrier.transport.post?.bind(carrier.transport);
    if (post === undefined) return;
    const { clock } = this.#setup;
    const held = (): void => this.#heldBack(carrier);
    this.#probe = new CarrierProbe({ clock, post, seen: name === "streaming", held });
    // A poll is answered when there is something to say; this gives the server something. While the carrier before a
    // stream is good, the answer would come by that one.
    if (polls(carrier) || !this.climb) this.#probe.start();
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

  /** The server has seen the attach, or more of the response has come: a stream is probed until it is proven. */
  begun(): void {
    if (this.#carrier === undefined || !isStream(this.#carrier.transport.name)) return;
    if (this.#came < 0) this.#await(this.#carrier);
    this.#came = this.#setup.clock.now();
    this.#probe?.begun();
  }

  /** The carrier that was to take over does not: the next one is tried. */
  unproven(reason: "blocked" | "buffered"): void {
    this.close();
    if (!this.climb) this.#reason = reason;
    if (this.climb || reason === "buffered" || this.#names.length === 0) this.next();
    else this.#timers.set("next", this.#setup.random() * SPREAD, () => this.next());
  }

  /** The carrier is kept by whoever has found it proven. */
  settle(): void {
    this.#timers.stop();
    this.#probe?.stop();
  }

  close(): void {
    this.settle();
    if (this.#carrier !== undefined) abandon(this.#carrier.transport);
  }

  #await(carrier: Carrier): void {
    this.#timers.set("deadline", this.#setup.timeout, () => this.#late(carrier));
  }

  /**
   * Where no request of ours is answered, the way to the server is what is slow, and says nothing of the way back. And
   * where much is on its way back, the answer to the probe may be behind it.
   */
  #late(carrier: Carrier): void {
    const stream = isStream(carrier.transport.name);
    const flows = this.#setup.clock.now() - this.#came < FLOWS;
    if (stream && carrier.useful && (flows || this.#probe?.answered === false)) this.#setup.accept(carrier);
    else if (stream && flows) this.#await(carrier);
    else this.unproven(stream ? "buffered" : "blocked");
  }

  #heldBack({ transport: { name } }: Carrier): void {
    if (!isStream(name)) return;
    this.#names = this.#names.filter((other) => !isStream(other));
    this.#setup.held();
    this.unproven("buffered");
  }
}
