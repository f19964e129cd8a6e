import type { Socket } from "node:net";
import { Bell } from "./bell.ts";

/** What is read ahead from a peer; beyond it the socket is paused, so the peer feels the back-pressure. */
const READ_AHEAD = 64 * 1024;

/**
 * The bytes a peer sent, to be pulled. It reads ahead a little, so that the end of a peer is noticed even while nobody
 * pulls: a client that gives up a long poll sends nothing but its end.
 */
export class ByteSource {
  readonly #socket: Socket;
  readonly #bell = new Bell();
  readonly #chunks: Buffer[] = [];
  #held = 0;
  #ended = false;
  #stalled = false;

  /** @param changed called after bytes came and after the end came */
  constructor(socket: Socket, changed: (bytes: number) => void) {
    this.#socket = socket;
    const end = (): void => {
      this.#ended = true;
      this.#bell.ring();
      changed(0);
    };
    socket.on("end", end).on("close", () => {
      this.#stalled = false;
      end();
    });
    socket.on("data", (chunk: Buffer) => {
      this.#give(chunk, false);
      changed(chunk.length);
    });
  }

  /** The peer sends no more, and all it sent has been pulled. */
  get exhausted(): boolean {
    return this.#ended && this.#held === 0 && !this.#stalled;
  }

  /** The next bytes, or undefined at the end. */
  async pull(): Promise<Buffer | undefined> {
    while (this.#stalled || (this.#held === 0 && !this.#ended)) await this.#bell.wait();
    const chunk = this.#chunks.shift();
    this.#held -= chunk?.length ?? 0;
    this.#flow();
    return chunk;
  }

  /** Gives back what was pulled too far. */
  putBack(bytes: Buffer): void {
    if (bytes.length > 0) this.#give(bytes, true);
  }

  /** While it stalls nothing is read and nothing is given; the peer's bytes wait in the sockets, none is lost. */
  stall(stalled: boolean): void {
    this.#stalled = stalled && !this.#socket.destroyed;
    this.#flow();
    this.#bell.ring();
  }

  #give(bytes: Buffer, first: boolean): void {
    if (first) this.#chunks.unshift(bytes);
    else this.#chunks.push(bytes);
    this.#held += bytes.length;
    this.#flow();
    this.#bell.ring();
  }

  #flow(): void {
    if (this.#stalled || this.#held >= READ_AHEAD) this.#socket.pause();
    else this.#socket.resume();
  }
}
