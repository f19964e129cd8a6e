import { connect, type Socket } from "node:net";
import type { Tally } from "./tally.ts";

const HOST = "127.0.0.1";

/** All sockets read into this one buffer: callbacks are synchronous. */
const inbox = Buffer.allocUnsafeSlow(256 * 1024);

export interface LinkHandler {
  /** What came, one character for each byte. */
  text(text: string): void;
  /** The server or the network ended the connection: once, and not after `reset`. */
  closed(reason: string): void;
}

/** A TCP connection whose bytes are counted. What a client here looks into is ASCII. */
export class RawLink {
  /** Set, it takes the number of bytes that came, and nobody looks into them. */
  count: ((bytes: number) => void) | undefined;
  readonly #socket: Socket;
  readonly #tally: Tally;

  /** Writes before the connection stands are sent when it does. */
  constructor(port: number, tally: Tally, handler: LinkHandler) {
    this.#tally = tally;
    const callback = (count: number): boolean => {
      tally.receivedBytes += count;
      if (this.count === undefined) handler.text(inbox.toString("latin1", 0, count));
      else this.count(count);
      return true;
    };
    this.#socket = connect({ host: HOST, port, noDelay: true, onread: { buffer: inbox, callback } });
    let open = true;
    const closed = (reason: string) => {
      if (open) handler.closed(reason);
      open = false;
    };
    this.#socket.on("error", (error) => closed(error.message));
    this.#socket.on("end", () => closed("the server closed the connection"));
  }

  write(data: string | Buffer): void {
    this.#tally.sentBytes += data.length;
    if (typeof data === "string") this.#socket.write(data, "latin1");
    else this.#socket.write(data);
  }

  /** Ends with a reset: an orderly close would keep the port in TIME_WAIT, and there are only 28 000. */
  reset(): void {
    this.#socket.removeAllListeners("end");
    this.#socket.removeAllListeners("error");
    this.#socket.on("error", () => {});
    this.#socket.resetAndDestroy();
  }
}
