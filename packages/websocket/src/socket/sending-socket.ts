import type { Connection } from "../connection/connection.ts";
import type { PreparedMessage } from "../frame/prepared-message.ts";
import { type CloseInfo, ConnectionClosedError } from "./connection-closed-error.ts";
import { SocketEventTarget } from "./event-target.ts";
import { encodeJsonMessage } from "./json-message.ts";
import {
  controlPayload,
  isCallback,
  type Payload,
  type SendCallback,
  type SendOptions,
  sendMessage,
} from "./outgoing-message.ts";

/**
 * What a socket does with its connection while it has one: tells of it, sends, and lets the peer wait. A class of its own
 * and no object of its own: there are as many sockets as peers.
 */
export abstract class SendingSocket<Target> extends SocketEventTarget<Target> {
  #connection: Connection | undefined;
  /** How it ended, once it has. */
  #closeInfo: CloseInfo | undefined;

  abstract get readyState(): 0 | 1 | 2 | 3;

  // Static, so that no member of an application's subclass can stand in their way.

  /** The connection, from when there is one on; it stays when it is over. */
  protected static connectionOf<T>(socket: SendingSocket<T>): Connection | undefined {
    return socket.#connection;
  }

  protected static connected<T>(socket: SendingSocket<T>, connection: Connection): void {
    socket.#connection = connection;
  }

  protected static closeInfoOf<T>(socket: SendingSocket<T>): CloseInfo | undefined {
    return socket.#closeInfo;
  }

  protected static ended<T>(socket: SendingSocket<T>, info: CloseInfo): void {
    socket.#closeInfo = info;
  }

  /** The subprotocol that was agreed on, "" when none was. */
  get protocol(): string {
    return this.#connection?.protocol ?? "";
  }

  /** The extensions in use, as the server's answer names them; "" when there are none. */
  get extensions(): string {
    return this.#connection?.extensions ?? "";
  }

  /** Bytes, framing included, that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#connection?.bufferedAmount ?? 0;
  }

  /** The peer's address as the socket knows it; behind a proxy, the proxy's. */
  get remoteAddress(): string | undefined {
    return this.#connection?.remoteAddress;
  }

  get isPaused(): boolean {
    return this.#connection?.paused ?? false;
  }

  /**
   * Sends a message. The callback comes when the operating system has taken it, or with an error. Bytes must not be
   * changed before: those of more than 16 KiB are not copied. What is sent to a socket that is closing is dropped.
   *
   * @throws Error while connecting; TypeError for what is no payload.
   */
  send(data: Payload | PreparedMessage, callback?: SendCallback): void;
  send(data: Payload | PreparedMessage, options?: SendOptions, callback?: SendCallback): void;
  send(data: Payload | PreparedMessage, options?: SendOptions | SendCallback, callback?: SendCallback): void {
    const connection = SendingSocket.#ready(this);
    const done = typeof options === "function" ? options : callback;
    if (connection !== undefined) sendMessage(connection, data, typeof options === "function" ? undefined : options);
    if (done !== undefined) SendingSocket.#whenSent(this, connection, done);
  }

  /** Sends a value as JSON text. @throws TypeError for a value that has none. */
  sendJson(value: unknown, callback?: SendCallback): void {
    this.send(encodeJsonMessage(value), callback);
  }

  /** Resolves when the operating system has taken all that was sent; rejects when it never will. */
  drained(): Promise<void> {
    const connection = this.#connection;
    if (this.#closeInfo !== undefined) return Promise.reject(new ConnectionClosedError(this.#closeInfo));
    if (connection === undefined || connection.bufferedAmount === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      connection.whenSent((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Sends a ping of at most 125 bytes. The heartbeat needs none: this is for measuring. */
  ping(data?: Payload | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    const connection = SendingSocket.#ready(this);
    connection?.ping(controlPayload(data));
    const done = [data, mask, callback].find(isCallback);
    if (done !== undefined) SendingSocket.#whenSent(this, connection, done);
  }

  /** Sends a pong; pings are answered without it, unless `autoPong` is `false`. */
  pong(data?: Payload | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    const connection = SendingSocket.#ready(this);
    connection?.pong(controlPayload(data));
    const done = [data, mask, callback].find(isCallback);
    if (done !== undefined) SendingSocket.#whenSent(this, connection, done);
  }

  /** Stops reading, so that the peer has to wait. Messages that have been read already still come. */
  pause(): void {
    if (this.#closeInfo === undefined) this.#connection?.pause();
  }

  resume(): void {
    if (this.#closeInfo === undefined) this.#connection?.resume();
  }

  /** @throws Error while connecting: the message would have nowhere to wait. */
  static #ready<T>(socket: SendingSocket<T>): Connection | undefined {
    if (socket.readyState === 0) throw new Error("the WebSocket is not open yet (readyState 0)");
    return socket.#connection;
  }

  static #whenSent<T>(socket: SendingSocket<T>, connection: Connection | undefined, callback: SendCallback): void {
    if (connection?.state === "open") connection.whenSent(callback);
    else process.nextTick(callback, new Error(`the WebSocket is not open (readyState ${socket.readyState})`));
  }
}
