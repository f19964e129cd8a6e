/** docs/protocol/session.md, "Acknowledgements": after so many messages at once, otherwise within the time. */
const ACK_MESSAGES = 32;
const ACK_MS = 2000;

/** Which messages of an Everwire session have come, and when to tell the server. */
export class ReceivedCount {
  readonly #acknowledge: () => void;
  #received = 0;
  /** The number of the next message on this downlink. */
  #next = 0;
  #owed = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `acknowledge` tells the server, which calls `tell`. */
  constructor(acknowledge: () => void) {
    this.#acknowledge = acknowledge;
  }

  get owed(): boolean {
    return this.#owed > 0;
  }

  /** The server has said which number its next message has. */
  expect(number: number): void {
    this.#next = number;
  }

  /** A message has come. A load has no cut connections: anything but the next number is a fault. */
  take(): void {
    if (this.#next !== this.#received + 1) throw new Error(`message ${this.#next} after ${this.#received}`);
    this.#next++;
    this.#received++;
    this.#owed++;
    if (this.#owed >= ACK_MESSAGES) this.#acknowledge();
    else this.#timer ??= setTimeout(() => this.#due(), ACK_MS);
  }

  /** The number to acknowledge, which is being sent. */
  tell(): number {
    this.#owed = 0;
    return this.#received;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #due(): void {
    this.#timer = undefined;
    if (this.#owed > 0) this.#acknowledge();
  }
}
