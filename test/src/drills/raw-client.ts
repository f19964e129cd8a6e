import { connect, type Socket } from "node:net";
import { closeCodeAtEnd, frame, PONG } from "./raw-frame.ts";

const HOST = "127.0.0.1";

/** A close frame is no longer than this, and the last thing that comes. */
const KEPT = 160;

const PULSE = 250;

/** All sockets read into this one buffer: callbacks are synchronous, and an attacker must not be what runs out of memory. */
const inbox = Buffer.allocUnsafeSlow(256 * 1024);

/** Looks at the first `count` bytes of `bytes`, which are overwritten by the next read. */
export type Receiver = (count: number, bytes: Buffer) => void;

/** A TCP connection whose owner decides about every byte, and that notes when and how it ended. */
export class RawClient {
  /** Called for all that comes. */
  onBytes: Receiver = () => {};
  /** When it began what it is measured by: by default when it was connected. Of `performance.now()`. */
  since = performance.now();
  /** When it was closed by the other side. */
  gone: number | undefined;
  sentBytes = 0;
  readonly #socket: Socket;
  #lastBytes: Buffer = Buffer.alloc(0);
  #status: string | undefined;
  #error: string | undefined;
  #listeners: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    socket.on("close", () => {
      this.gone = performance.now();
      for (const listener of this.#listeners.splice(0)) listener();
    });
  }

  static dial(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const callback = (count: number): boolean => {
        client.#take(count);
        return true;
      };
      const socket = connect({ host: HOST, port, noDelay: true, onread: { buffer: inbox, callback } });
      const client = new RawClient(socket);
      socket.once("connect", () => {
        client.since = performance.now();
        resolve(client);
      });
      client.onGone(() => reject(new Error(`not connected: ${client.ending}`)));
    });
  }

  /** Dials and becomes a WebSocket; `extensions` is offered. Rejects when the server does not answer 101. */
  static async upgrade(port: number, path: string, extensions?: string): Promise<RawClient> {
    const client = await RawClient.dial(port);
    const answered = client.answer();
    client.write(upgradeRequest(path, extensions));
    const answer = await answered;
    if (!answer.startsWith("HTTP/1.1 101 ")) {
      client.reset();
      throw new Error(`not upgraded: ${answer.split("\r\n", 1)[0]}`);
    }
    if (extensions !== undefined && !/^sec-websocket-extensions:/im.test(answer)) {
      client.reset();
      throw new Error(`the server does not agree to ${extensions}`);
    }
    client.since = performance.now();
    return client;
  }

  /** How the server ended it: a close code, an HTTP status, or what TCP said. */
  get ending(): string {
    const code = closeCodeAtEnd(this.#lastBytes);
    if (code !== undefined) return String(code);
    if (this.#status !== undefined && this.#status !== "101") return this.#status;
    return this.#error ?? "closed";
  }

  /** Calls back when the server has closed; at once if it has. */
  onGone(listener: () => void): void {
    if (this.gone === undefined) this.#listeners.push(listener);
    else listener();
  }

  /** Writes without waiting for anything. */
  write(bytes: Buffer | string): void {
    if (this.gone !== undefined) return;
    this.sentBytes += bytes.length;
    this.#socket.write(bytes);
  }

  /** Writes and resolves when the operating system has taken it, or never will. */
  sent(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.gone !== undefined) return resolve();
      this.#socket.write(bytes, (error) => {
        if (!error) this.sentBytes += bytes.length;
        resolve();
      });
    });
  }

  /** Reads nothing any more. Only writing tells then whether the server is still there, so a pong goes out now and then. */
  stopReading(): void {
    this.#socket.pause();
    const pulse = setInterval(() => this.write(frame(PONG, "")), PULSE);
    this.onGone(() => clearInterval(pulse));
  }

  /** Reads nothing any more, and says nothing either. */
  stopListening(): void {
    this.#socket.pause();
  }

  /** Its time runs from now on. */
  restartClock(): void {
    this.since = performance.now();
  }

  /** Ends with a reset: an orderly close would keep the port in TIME_WAIT, and there are only 28 000. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** The head of the server's answer, to one whose request is being written. */
  answer(): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      this.onGone(() => reject(new Error(`no answer: ${this.ending}`)));
      this.onBytes = (count, bytes) => {
        text += bytes.toString("latin1", 0, count);
        if (!text.includes("\r\n\r\n")) return;
        this.onBytes = () => {};
        resolve(text);
      };
    });
  }

  #take(count: number): void {
    this.#status = /^HTTP\/1\.1 (\d{3})/.exec(inbox.toString("latin1", 0, Math.min(count, 16)))?.[1] ?? this.#status;
    this.#lastBytes = Buffer.from(inbox.subarray(Math.max(0, count - KEPT), count));
    this.onBytes(count, inbox);
  }
}

export function upgradeRequest(path: string, extensions?: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
    `${extensions === undefined ? "" : `Sec-WebSocket-Extensions: ${extensions}\r\n`}\r\n`
  );
}
