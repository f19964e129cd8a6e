import type { Duplex } from "node:stream";
import type { Outbox } from "./outbox.ts";

/** The writers with something to write, of all connections: one pass at the end of the tick serves them all. */
let dirty: SocketWriter[] = [];

function flushDirty(): void {
  const writers = dirty;
  dirty = [];
  for (const writer of writers) writer.flush();
}

/**
 * Carries an outbox to a socket. Whatever a tick put into the outbox leaves in one write, after the reads of that tick:
 * under load this is worth more than everything else, as the system call is most of what a small message costs.
 */
export class SocketWriter {
  readonly #socket: Duplex;
  readonly #outbox: Outbox;
  #scheduled = false;
  #ending = false;

  constructor(socket: Duplex, outbox: Outbox) {
    this.#socket = socket;
    this.#outbox = outbox;
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#outbox.bytes + this.#socket.writableLength;
  }

  /** Has the outbox written at the end of this tick. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (dirty.push(this) === 1) setImmediate(flushDirty);
  }

  /** Ends the socket's write side after what is in the outbox. */
  end(): void {
    this.#ending = true;
    this.schedule();
  }

  flush(): void {
    this.#scheduled = false;
    const socket = this.#socket;
    if (!socket.writable) {
      this.#outbox.clear();
      return;
    }
    // A pong waits for the 'drain' of a congested socket: that is what bounds the answers to a flood of pings.
    if (!socket.writableNeedDrain) this.#outbox.releasePong();
    if (this.#outbox.bytes > 0) this.#write(this.#outbox.take());
    this.#outbox.congested = socket.writableNeedDrain;
    if (this.#ending) socket.end();
  }

  #write(parts: readonly Buffer[]): void {
    const socket = this.#socket;
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) {
      socket.write(first);
      return;
    }
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  }
}
