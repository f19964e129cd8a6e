import { Duplex } from "node:stream";

// Looked up here once, so that a clock which replaces the global does not hold the bytes up.
const soon = setImmediate;

/** Told when bytes leave and when they have arrived. */
export interface Traffic {
  left(): void;
  arrived(): void;
}

/**
 * One end of a connection in memory, with as much of a TCP socket's surface as Node's HTTP client and server use.
 *
 * Bytes arrive in a later turn of the event loop, as they do from a network, and a reader that does not read makes the
 * writer wait.
 */
export class MemorySocket extends Duplex {
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 1;
  readonly remoteFamily = "IPv4";
  readonly connecting = false;
  readonly #traffic: Traffic;
  #peer: MemorySocket | undefined;
  /** Of the peer's last write, until this end reads on. */
  #readOn: (() => void) | undefined;

  private constructor(traffic: Traffic) {
    super({ allowHalfOpen: true });
    this.#traffic = traffic;
  }

  static pair(traffic: Traffic): readonly [MemorySocket, MemorySocket] {
    const one = new MemorySocket(traffic);
    const other = new MemorySocket(traffic);
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    const readOn = this.#readOn;
    this.#readOn = undefined;
    readOn?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#carry((peer) => {
      // A copy: who has written may use its memory again.
      if (peer.push(Buffer.from(chunk))) done();
      else peer.#readOn = done;
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#carry((peer) => peer.push(null));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#readOn = undefined;
    this.#carry((peer) => peer.destroy());
    done(error);
  }

  #carry(deliver: (peer: MemorySocket) => void): void {
    this.#traffic.left();
    soon(() => {
      this.#traffic.arrived();
      if (this.#peer?.destroyed === false) deliver(this.#peer);
    });
  }
}
