/** What became of a message: it is the next one, it was here before, or one before it is missing. */
export type Arrival = "new" | "seen" | "gap";

/**
 * The messages of the peer that have arrived, whatever way each came. What travels twice is known by its number, so that
 * a request that is sent again does no harm. It also counts what the peer has not been told of.
 */
export class Arrivals {
  #received = 0;
  #told = 0;
  #untoldBytes = 0;

  /** The number of the last message; all before it have arrived as well. */
  get received(): number {
    return this.#received;
  }

  /** Messages that the peer does not know to have arrived. */
  get untold(): number {
    return this.#received - this.#told;
  }

  /** Bytes of those messages. */
  get untoldBytes(): number {
    return this.#untoldBytes;
  }

  /** Takes a message in. Only a `new` one goes to the application. */
  take(number: number, bytes: number): Arrival {
    if (number <= this.#received) return "seen";
    if (number > this.#received + 1) return "gap";
    this.#received = number;
    this.#untoldBytes += bytes;
    return "new";
  }

  /** The peer is told of everything up to now; returns the number to tell. */
  tell(): number {
    this.#told = this.#received;
    this.#untoldBytes = 0;
    return this.#received;
  }

  /** What was told last may have been lost. */
  untell(): void {
    this.#told = 0;
  }
}

/** One request body, or one WebSocket: it says once where it begins, and from there on its messages count themselves. */
export class ArrivalStream {
  readonly #arrivals: Arrivals;
  #next: number | undefined;

  constructor(arrivals: Arrivals) {
    this.#arrivals = arrivals;
  }

  /** The number of the next message. */
  begin(number: number): void {
    this.#next = number;
  }

  /** Takes the next message in; undefined when nobody said which it is. */
  take(bytes: number): Arrival | undefined {
    if (this.#next === undefined) return undefined;
    const number = this.#next;
    this.#next += 1;
    return this.#arrivals.take(number, bytes);
  }
}
