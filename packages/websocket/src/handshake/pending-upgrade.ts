import type { Duplex } from "node:stream";
import { type Deadline, deadlines } from "../connection/deadline-wheel.ts";

/** Why there is nothing left to decide. */
type Ending = "gone" | "timeout" | "cancelled";

/**
 * A socket whose upgrade waits for an asynchronous decision.
 *
 * Between the `upgrade` event and the decision nobody reads the socket: this keeps a listener on its errors, notices
 * that the peer went away, and ends the wait. The signal is aborted then, with what happened as reason.
 */
export class PendingUpgrade {
  readonly signal: AbortSignal;
  readonly #socket: Duplex;
  readonly #controller = new AbortController();
  readonly #deadline: Deadline;
  #ending: Ending = "gone";
  readonly #gone = (): void => this.#end("gone");
  readonly #look = (): void => {
    // Reading an empty stream that has ended makes it say so; what the peer has sent stays where it is.
    if (this.#socket.readableLength === 0) this.#socket.read();
  };

  constructor(socket: Duplex, timeout: number) {
    this.#socket = socket;
    this.signal = this.#controller.signal;
    this.#deadline = deadlines.set(timeout, () => this.#end("timeout"));
    socket.on("error", this.#gone);
    socket.on("close", this.#gone);
    socket.on("end", this.#gone);
    socket.on("readable", this.#look);
  }

  /** The decision is not waited for any longer, for instance because the server closes. */
  cancel(): void {
    this.#end("cancelled");
  }

  /** Resolves when the wait ended otherwise than by `release`: the peer is gone, the time is up, or it was cancelled. */
  ended(): Promise<Ending> {
    return new Promise((resolve) => {
      const settle = (): void => resolve(this.#ending);
      if (this.signal.aborted) settle();
      else this.signal.addEventListener("abort", settle, { once: true });
    });
  }

  /** The decision has been made: gives the socket back to whoever takes it in the same tick. */
  release(): void {
    this.#deadline.cancel();
    this.#socket.off("error", this.#gone);
    this.#socket.off("close", this.#gone);
    this.#socket.off("end", this.#gone);
    this.#socket.off("readable", this.#look);
  }

  #end(ending: Ending): void {
    if (this.signal.aborted) return;
    this.#ending = ending;
    this.#controller.abort(ending);
  }
}
