import type { Socket } from "node:net";
import { type Delivery, pieces } from "./delivery.ts";
import type { Random } from "./wire-frame.ts";

/** Longer deliveries rely on the write alone to make a segment. */
const LET_THE_PEER_READ_BELOW = 512;

const HEAD_END = "\r\n\r\n";

/**
 * A TCP or TLS socket under a deadline, with what came out of it. Nothing here rejects: a case looks at what it got.
 */
export class RawSocket {
  readonly #socket: Socket;
  readonly #deadline: NodeJS.Timeout;
  #waiting: (() => void) | undefined;
  #pending: Buffer = Buffer.alloc(0);
  #sink: ((chunk: Buffer) => void) | undefined;
  /** Whether the deadline, and not an end of the socket, ended the case. */
  late = false;
  /** Whether the peer has ended the connection, by FIN or by reset. */
  peerEnded = false;
  /** Whether nothing more can come. */
  closed = false;

  constructor(socket: Socket, deadline: number) {
    this.#socket = socket;
    this.#deadline = setTimeout(() => {
      this.late = true;
      socket.destroy();
    }, deadline);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("end", () => this.#ended());
    socket.on("error", () => this.#ended());
    socket.on("close", () => {
      this.closed = true;
      clearTimeout(this.#deadline);
      this.#waiting?.();
    });
  }

  /** What came and was not yet read by `head` or `consume`. */
  get pending(): Buffer {
    return this.#pending;
  }

  /** Resolves when the condition holds (true) or can no longer come to hold, the socket being closed (false). */
  async until(condition: () => boolean, within = Number.POSITIVE_INFINITY): Promise<boolean> {
    const end = performance.now() + within;
    while (!condition() && !this.closed && performance.now() < end) await this.#change(end);
    return condition();
  }

  /** The next HTTP head, blank line included, or `undefined` when the socket closes before its end. */
  async head(): Promise<string | undefined> {
    await this.until(() => this.#pending.includes(HEAD_END) || this.peerEnded);
    const end = this.#pending.indexOf(HEAD_END);
    if (end === -1) return undefined;
    const head = this.#pending.toString("latin1", 0, end + HEAD_END.length);
    this.#pending = this.#pending.subarray(end + HEAD_END.length);
    return head;
  }

  /** Hands what is pending, and whatever comes, to `sink`. */
  consume(sink: (chunk: Buffer) => void): void {
    this.#sink = sink;
    const pending = this.#pending;
    this.#pending = Buffer.alloc(0);
    if (pending.length > 0) sink(pending);
  }

  /** Writes `bytes` in pieces, each in a segment of its own as far as the system allows, until `stop` says so. */
  async deliver(bytes: Buffer, delivery: Delivery, random: Random, stop: () => boolean): Promise<void> {
    const pause = delivery !== "whole" && bytes.length <= LET_THE_PEER_READ_BELOW;
    for (const piece of pieces(bytes, delivery, random)) {
      if (stop() || !this.#socket.writable) return;
      await new Promise<void>((resolve) => this.#socket.write(piece, () => resolve()));
      if (pause) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Ends our side. What the peer still sends is read. */
  finish(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#sink === undefined) this.#pending = Buffer.concat([this.#pending, chunk]);
    else this.#sink(chunk);
    this.#waiting?.();
  }

  #ended(): void {
    this.peerEnded = true;
    this.#waiting?.();
  }

  #change(end: number): Promise<void> {
    return new Promise((resolve) => {
      const left = end - performance.now();
      const timer = Number.isFinite(left) ? setTimeout(() => this.#waiting?.(), left) : undefined;
      this.#waiting = () => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve();
      };
    });
  }
}
