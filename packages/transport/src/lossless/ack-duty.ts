import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import type { Arrivals } from "./arrivals.ts";

/** docs/protocol/session.md, "Acknowledgements": after so many messages or bytes at once, otherwise within the time. */
const ACK_MESSAGES = 32;
const ACK_BYTES = 32 * 1024;
const ACK_MS = 2000;

/** Watches how much has arrived that the peer has not been told of, and says when it has to be. */
export class AckDuty {
  readonly #arrivals: Arrivals;
  readonly #wheel: DeadlineWheel;
  readonly #fulfil: () => void;
  #due = false;
  #deadline: Deadline | undefined;

  /** `fulfil` is called when the duty falls due; it stays due until `done`. */
  constructor(arrivals: Arrivals, wheel: DeadlineWheel, fulfil: () => void) {
    this.#arrivals = arrivals;
    this.#wheel = wheel;
    this.#fulfil = fulfil;
  }

  get due(): boolean {
    return this.#due;
  }

  /** Something has arrived, or what was told may have been lost. `prompt`: nothing else will tell the peer. */
  look(prompt = false): void {
    const { untold, untoldBytes } = this.#arrivals;
    if (this.#due || untold === 0) return;
    if (prompt || untold >= ACK_MESSAGES || untoldBytes >= ACK_BYTES) this.#fall();
    else if (this.#deadline?.pending !== true) this.#wait();
  }

  /** The peer has been told. */
  done(): void {
    this.#due = false;
    this.#deadline?.cancel();
  }

  #wait(): void {
    if (this.#deadline === undefined) this.#deadline = this.#wheel.set(ACK_MS, () => this.#fall());
    else this.#deadline.renew(ACK_MS);
  }

  #fall(): void {
    this.#due = true;
    this.#fulfil();
  }
}
